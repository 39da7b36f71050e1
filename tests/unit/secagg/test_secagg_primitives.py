import copy
import pickle
from collections import Counter
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fedqi.errors import LocalProtocolError
from fedqi.secagg import canonical
from fedqi.secagg.drawing import draw
from fedqi.secagg.keys import SEALED_BYTES, Context, PairChannel, agree, derive, load_key
from fedqi.secagg.masking import Expander, MaskContext, add_pair_masks
from fedqi.secagg.secret import Secret
from fedqi.secagg.sharing import (
    PRIME,
    combine,
    is_share,
    lagrange_coefficients,
    split,
)
from tests.unit.secagg.federation import Entropy, names

CONTEXT = Context(bytes(32), 1, b"\x01" * 32)


def channels() -> tuple[PairChannel, PairChannel]:
    shared = b"\x07" * 32
    return PairChannel(CONTEXT, "a", "b", shared), PairChannel(CONTEXT, "b", "a", shared)


def test_the_prime_is_prime() -> None:
    assert all(pow(base, PRIME - 1, PRIME) == 1 for base in (2, 3, 5, 7, 11, 13))
    assert not any(
        all(pow(base, n - 1, n) == 1 for base in (2, 3)) for n in range(2**256 + 1, PRIME, 2)
    )


def test_any_t_shares_rebuild_and_one_fewer_do_not() -> None:
    secret = b"\xff" * 32
    shares = split(secret, 4, 6, Entropy("x"))
    for points in ([1, 2, 3, 4], [6, 1, 5, 2], [3, 4, 5, 6]):
        weights = lagrange_coefficients(points)
        assert combine({p: shares[p - 1] for p in points}, weights) == secret
    weights = lagrange_coefficients([1, 2, 3])
    assert combine({p: shares[p - 1] for p in (1, 2, 3)}, weights) != secret


def test_shares_have_33_bytes_and_are_below_the_prime() -> None:
    assert all(is_share(share) for share in split(bytes(32), 2, 3, Entropy("y")))
    assert is_share((PRIME - 1).to_bytes(33, "big"))
    assert not is_share(PRIME.to_bytes(33, "big"))
    assert not is_share(bytes(32))


@pytest.mark.parametrize("points", [[1, 1], [0, 1], [-1, 2], []])
def test_points_must_be_distinct_and_positive(points: Any) -> None:
    with pytest.raises(ValueError, match="distinct"):
        lagrange_coefficients(points)


def test_a_secret_has_no_printable_form_and_can_be_erased() -> None:
    secret = Secret(b"top secret")
    assert "top" not in repr(secret) + str(secret) + f"{secret}"
    for attempt in (lambda: pickle.dumps(secret), lambda: copy.copy(secret)):
        with pytest.raises(TypeError):
            attempt()
    secret.erase()
    secret.erase()
    assert secret.erased
    with pytest.raises(LocalProtocolError, match="erased"):
        secret.expose()


def test_sealed_shares_open_only_as_they_were_addressed() -> None:
    one, other = channels()
    sealed = one.seal(b"p" * 66, Entropy("n"))
    assert len(sealed) == SEALED_BYTES
    assert other.open(sealed) == b"p" * 66
    assert one.open(sealed) is None  # reflected to its author
    assert other.open(sealed[:-1]) is None
    flipped = bytes([sealed[0] ^ 1]) + sealed[1:]
    assert other.open(flipped) is None
    later = PairChannel(Context(bytes(32), 2, b"\x01" * 32), "b", "a", b"\x07" * 32)
    assert later.open(sealed) is None  # another attempt


def test_tags_name_their_author() -> None:
    one, other = channels()
    tag = one.tag(b"d" * 32)
    assert other.verify(b"d" * 32, tag)
    assert not other.verify(b"e" * 32, tag)
    assert not one.verify(b"d" * 32, tag)


def test_an_all_zero_agreement_is_refused() -> None:
    own = load_key(b"\x05" * 32)
    assert agree(own, bytes(32)) is None
    assert agree(own, b"\x01" + bytes(31)) is None
    assert agree(own, own.public_key().public_bytes_raw()) is not None


def masks(step: int = 0, active: bytes = bytes(32), state: bytes = bytes(32)) -> MaskContext:
    return MaskContext(CONTEXT, step, active, state)


def test_the_masks_of_a_pair_cancel() -> None:
    vector = np.zeros(9, np.uint64)
    add_pair_masks(vector, Expander(9), masks(), "a", {"b": b"k" * 32})
    assert vector.any()
    add_pair_masks(vector, Expander(9), masks(), "b", {"a": b"k" * 32})
    assert not vector.any()


@pytest.mark.parametrize(
    "other", [masks(step=1), masks(active=b"\x02" * 32), masks(state=b"\x02" * 32)]
)
def test_masks_differ_by_step_active_set_and_state(other: Any) -> None:
    vector = np.zeros(9, np.uint64)
    add_pair_masks(vector, Expander(9), masks(), "a", {"b": b"k" * 32})
    add_pair_masks(vector, Expander(9), other, "b", {"a": b"k" * 32})
    assert np.count_nonzero(vector) == 9


def test_an_erased_expander_holds_no_mask() -> None:
    expander = Expander(4)
    view = expander.mask(b"k" * 32)
    assert view.any()
    expander.erase()
    assert not view.any()


def test_canonical_strings_do_not_run_into_each_other() -> None:
    strings = [
        canonical.pack("t", "ab", "c"),
        canonical.pack("t", "a", "bc"),
        canonical.pack("t", ["a", "bc"]),
        canonical.pack("t", ["a"], ["bc"]),
        canonical.pack("ta", "bc"),
        canonical.pack("t", 1),
        canonical.pack("t", (1).to_bytes(8, "big")),
    ]
    assert len(set(strings)) == len(strings)
    assert all(text[4:].startswith(b"fedqi.secagg/1/") for text in strings)


def test_a_mapping_and_a_set_have_one_order() -> None:
    assert canonical.pack("t", {"b": "1", "a": "2"}) == canonical.pack("t", {"a": "2", "b": "1"})
    assert canonical.set_digest(["b", "a"]) == canonical.set_digest(["a", "b"])


def test_keys_are_derived_as_rfc_5869_says() -> None:
    secret, info = b"s" * 32, b"purpose" * 20
    assert derive(secret, info) == HKDF(SHA256(), 32, None, info).derive(secret)


def test_every_candidate_is_drawn_equally_often() -> None:
    entropy = Entropy("uniform")
    counts = Counter(site for _ in range(3_000) for site in draw(names(7), 3, entropy))
    expected = 3_000 * 3 / 7
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < 22.5


def test_words_that_would_favour_small_numbers_are_thrown_away() -> None:
    words = iter([2**64 - 1, 4, 1])
    assert draw(names(3), 2, lambda size: next(words).to_bytes(size, "big")) == ("s001", "s002")
