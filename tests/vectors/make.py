"""Write the JSON vectors of the secure aggregation: ``python -m tests.vectors.make``.

Entropy is SHA-256 in counter mode over a fixed seed, so that the files are reproducible;
``test_secagg_vectors.py`` fails when they are not what this script writes.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fedqi.secagg import Block, Layout, canonical
from fedqi.secagg.keys import PairChannel, load_key
from fedqi.secagg.masking import Expander, MaskContext
from fedqi.secagg.messages import Advert, Survivors
from fedqi.secagg.sharing import PRIME, split
from fedqi.secagg.signing import advert_bytes, input_bytes, receipt_bytes, seed_commitment
from fedqi.secagg.state import PublicState, state_hash
from fedqi.secagg.statements import statement_digest
from tests.unit.secagg.federation import Entropy, Federation, federation, parameters_for

FOLDER = Path(__file__).parent
PROVENANCE = "made by tests/vectors/make.py; protocol version 1; see docs/protocol.md"

Vector = dict[str, Any]


def canonical_vectors() -> list[Vector]:
    cases: list[tuple[str, list[Any]]] = [
        ("empty", []),
        ("text", ["Ünïted", ""]),
        ("numbers", [0, 1, 2**63 - 1]),
        ("lists", [["a", "b"], [], ["ab"]]),
        ("mapping", [{"b": "2", "a": "1"}]),
    ]
    return [
        {"tag": tag, "fields": fields, "bytes": canonical.pack(tag, *fields).hex()}
        for tag, fields in cases
    ]


def sharing_vectors() -> list[Vector]:
    out: list[Vector] = []
    for name, secret in (("zero", bytes(32)), ("ones", b"\xff" * 32), ("text", b"q" * 32)):
        shares = split(secret, 4, 6, Entropy(f"vector/{name}"))
        out.append({"secret": secret.hex(), "threshold": 4, "shares": [s.hex() for s in shares]})
    return out


def bad_share_vectors() -> list[Vector]:
    right = split(b"q" * 32, 4, 6, Entropy("vector/bad"))[0]
    return [
        {"share": PRIME.to_bytes(33, "big").hex(), "refused_by": "not below the prime"},
        {"share": (b"\x02" + right[1:]).hex(), "refused_by": "not below the prime"},
        {"share": right[1:].hex(), "refused_by": "not 33 bytes"},
        {"share": right.hex() + "00", "refused_by": "not 33 bytes"},
    ]


def layout_vectors() -> list[Vector]:
    blocks = (
        Block("deaths", (2,), "count", 0, 1000, atom="hf|2016|*"),
        Block("score", (2,), "real", -8.0, 8.0, 2.0**-10),
    )
    layout = Layout(blocks, 140)
    values = {"deaths": [12, 1000], "score": [-8.0, 0.333]}
    vector = layout.encode({name: np.array(array) for name, array in values.items()})
    return [
        {
            "sites": 140,
            "blocks": [
                [b.name, list(b.shape), b.kind, b.lower, b.upper, b.resolution, b.atom]
                for b in blocks
            ],
            "digest": layout.digest.hex(),
            "values": values,
            "vector": vector.astype("<u8").tobytes().hex(),
        }
    ]


def bad_layout_vectors() -> list[Vector]:
    return [
        {"block": ["b", [1], "count", 0, 2.0**56, 1.0, None], "refused_by": "could wrap around"},
        {"block": ["b", [1], "real", 0, 1.0, 0.1, None], "refused_by": "power of two"},
        {"block": ["b", [1], "count", 0, 1.5, 1.0, None], "refused_by": "whole bounds"},
        {"block": ["b", [0], "count", 0, 1, 1.0, None], "refused_by": "positive lengths"},
        {"block": ["b", [1], "count", 2, 1, 1.0, None], "refused_by": "above its upper bound"},
    ]


def derivation_vectors(fed: Federation) -> Vector:
    """The derived values of one attempt, from its parameters to its statement."""
    rounds = fed.aggregator._rounds
    view, opening = rounds.view, rounds.opening
    assert opening is not None
    masks: MaskContext = opening.masks
    shared, secret = b"\x07" * 32, b"\x05" * 32
    channel = PairChannel(view.context, "s000", "s001", shared)
    zero = PublicState((), rounds.offered, ())
    return {
        "session_hash": fed.parameters.session_hash.hex(),
        "u1_digest": view.context.u1_digest.hex(),
        "active_digest": masks.active_digest.hex(),
        "state_hash": state_hash(fed.parameters.session_hash, zero, opening.layout).hex(),
        "advert_bytes_sha256": sha(advert_bytes(fed.parameters, view.adverts[0])),
        "input_bytes": input_bytes(masks, "s000", bytes(32)).hex(),
        "receipt_bytes": receipt_bytes(fed.parameters, "s000").hex(),
        "seed_commitment": seed_commitment(fed.parameters, "s000", secret).hex(),
        "statement_digest": rounds.stated.hex(),
        "statement_digest_again": statement_digest(
            view.context, masks.active_digest, masks.state_hash, rounds.survivors
        ).hex(),
        "empty_statement_digest": statement_digest(
            view.context, masks.active_digest, masks.state_hash, Survivors(())
        ).hex(),
        "x25519_public": load_key(secret).public_key().public_bytes_raw().hex(),
        "sealed": channel.seal(b"p" * 66, Entropy("vector/nonce")).hex(),
        "tag": channel.tag(b"d" * 32).hex(),
        "pair_mask": Expander(4).mask(masks.pair_key(shared, "s000", "s001")).tobytes().hex(),
        "self_mask": Expander(4).mask(masks.self_key(secret, "s000")).tobytes().hex(),
        "total": rounds.state.totals[0].tobytes().hex(),
    }


def sha(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def fields_of(advert: Advert) -> Vector:
    return {
        "site": advert.site,
        "sealing_key": advert.sealing_key.hex(),
        "mask_key": advert.mask_key.hex(),
        "seed_commitment": advert.seed_commitment.hex(),
        "min_others": advert.min_others,
        "uncounted": list(advert.uncounted),
        "atoms": [[a.atom, a.state.value, a.detail.hex()] for a in advert.atoms],
        "history_counter": advert.history_counter,
        "history_head": advert.history_head.hex(),
        "signature": advert.signature.hex(),
    }


def bad_adverts(right: Advert) -> list[Vector]:
    other = replace(right, mask_key=right.sealing_key)
    return [
        fields_of(replace(right, signature=b"")) | {"refused_by": "not signed under its key"},
        fields_of(other) | {"refused_by": "not signed under its key"},
        fields_of(replace(right, site="s999")) | {"refused_by": "not in the roster"},
        fields_of(replace(right, sealing_key=b"x")) | {"refused_by": "has not 32 bytes"},
        fields_of(replace(right, atoms=())) | {"refused_by": "not those of the attempt"},
        fields_of(replace(right, uncounted=("b", "a"))) | {"refused_by": "not sorted and unique"},
        fields_of(replace(right, min_others=0)) | {"refused_by": "out of range"},
    ]


def files() -> dict[str, Vector]:
    """Every file's content."""
    fed = federation(parameters_for(6))
    fed.run()
    advert = fed.aggregator._rounds.adverts["s000"]
    return {
        "secagg_canonical.json": {"vectors": canonical_vectors()},
        "secagg_sharing.json": {"vectors": sharing_vectors(), "bad": bad_share_vectors()},
        "secagg_layout.json": {"vectors": layout_vectors(), "bad": bad_layout_vectors()},
        "secagg_advert.json": {"vectors": [fields_of(advert)], "bad": bad_adverts(advert)},
        "secagg_derivations.json": {"vectors": [derivation_vectors(fed)]},
    }


def text_of(content: Vector) -> str:
    ordered = {"provenance": PROVENANCE} | content
    return json.dumps(ordered, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, content in files().items():
        (FOLDER / name).write_text(text_of(content), encoding="utf-8")
