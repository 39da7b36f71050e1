"""A site signs only what it compared, and works only under what all members signed."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fedqi.charter import (
    Genesis,
    JobSpec,
    fingerprint,
    planned_atoms,
)
from fedqi.errors import ConfigurationError, DefinitionError, PolicyError
from fedqi.secagg.parameters import AttemptMode
from site_agent.genesis import (
    Pinned,
    check_fingerprint,
    in_words,
    is_accepted,
    load_pinned,
    pin,
    read_answer,
    sign,
)
from site_agent.transport import GenesisAnswer
from tests.unit.site_agent.founding import PLANNED, Founding

TODAY = date(2026, 1, 1)


@pytest.fixture
def founding(tmp_path: Path) -> Founding:
    return Founding(tmp_path / "state")


def served(genesis: Genesis) -> GenesisAnswer:
    return GenesisAnswer(
        genesis.charter.canonical(),
        genesis.roster.canonical(),
        genesis.programme.canonical(),
        {site: bytes.fromhex(text) for site, text in genesis.signatures.items()},
        True,
    )


def test_documents_are_read_as_served(founding: Founding) -> None:
    assert read_answer(served(founding.genesis())) == founding.genesis()


@pytest.mark.parametrize(
    ("part", "content", "words"),
    [
        ("charter", b"{}", "Charter: .*Field required"),
        ("roster", b"[", "Roster: .*Invalid JSON"),
        ("signatures", {"north": b"short"}, "Genesis: signatures.north"),
        ("signatures", {"": bytes(64)}, "Genesis: signatures"),
    ],
)
def test_a_malformed_answer_is_refused_in_words(
    founding: Founding, part: str, content: Any, words: str
) -> None:
    with pytest.raises(DefinitionError, match=words):
        read_answer(replace(served(founding.genesis()), **{part: content}))


def test_the_words_carry_numbers_and_fingerprints(founding: Founding) -> None:
    text = "\n".join(in_words(founding.genesis()))
    assert "N = 6 organisations" in text
    assert fingerprint(founding.genesis()) in text
    assert "Identity key of north: " in text


def test_fingerprint_is_compared_whatever_its_spacing(founding: Founding) -> None:
    genesis = founding.genesis()
    check_fingerprint(genesis, fingerprint(genesis).lower().replace(" ", "-"))
    with pytest.raises(PolicyError, match="nothing was signed"):
        check_fingerprint(genesis, fingerprint(genesis)[:-1] + "?")


def test_sign_then_pin(founding: Founding) -> None:
    genesis = founding.genesis()
    assert not is_accepted(founding.state)
    signature = sign(founding.state, genesis, founding.credentials)
    assert signature.hex() == genesis.signatures["north"]
    assert is_accepted(founding.state)
    assert load_pinned(founding.state) is None
    pin(founding.state, genesis)
    assert load_pinned(founding.state) == Pinned(genesis)


def test_pin_refuses_a_missing_signature(founding: Founding) -> None:
    sign(founding.state, founding.genesis(), founding.credentials)
    with pytest.raises(PolicyError, match="not signed by s3"):
        pin(founding.state, founding.genesis(without="s3"))
    assert load_pinned(founding.state) is None


def test_pin_refuses_what_was_never_accepted(founding: Founding) -> None:
    with pytest.raises(PolicyError, match="accept-genesis"):
        pin(founding.state, founding.genesis())


def test_damaged_documents_are_named_with_their_file(founding: Founding) -> None:
    (founding.state.genesis / "pinned.json").write_text("{}")
    with pytest.raises(ConfigurationError, match=r"pinned\.json: damaged"):
        load_pinned(founding.state)


def test_documents_changed_after_acceptance_are_refused(founding: Founding) -> None:
    sign(founding.state, founding.genesis(), founding.credentials)
    founding.charter = founding.charter.model_copy(update={"title": "Another title"})
    charter = founding.charter.sha256.hex()
    founding.roster = founding.roster.model_copy(update={"charter": charter})
    founding.programme = founding.programme.model_copy(update={"charter": charter})
    forked = founding.genesis()
    with pytest.raises(PolicyError, match="changed or forked"):
        pin(founding.state, forked)
    with pytest.raises(PolicyError, match="changed or forked"):
        sign(founding.state, forked, founding.credentials)


def job(**changes: object) -> JobSpec:
    periods: dict[str, tuple[str, ...]] = {"hf": ("2025",)}
    fields: dict[str, object] = {
        "job": "job-1",
        "measures": (PLANNED,),
        "analyses": ("crude",),
        "periods": periods,
        "atoms": planned_atoms((PLANNED,), periods),
    }
    return JobSpec.model_validate(fields | changes)


def test_a_job_within_the_documents_is_admitted(founding: Founding) -> None:
    pinned = Pinned(founding.genesis())
    spec = job()
    assert pinned.admit(spec.canonical(), "job-1", TODAY) == spec
    parameters = pinned.parameters(spec, 2, AttemptMode.CLOSED)
    assert parameters.plan == spec.plan_hash
    assert parameters.identities == founding.roster.identities
    assert pinned.minimum(3) == 1 + 3 + 1


@pytest.mark.parametrize(
    ("content", "announced", "words"),
    [
        (job(analyses=("hierarchical",)).canonical(), "job-1", "hierarchical is not in collection"),
        (job().canonical(), "job-2", "or is that of job job-1"),
        (job().canonical() + b" ", "job-1", "not canonical"),
    ],
)
def test_a_job_outside_the_documents_is_refused(
    founding: Founding, content: bytes, announced: str, words: str
) -> None:
    with pytest.raises(PolicyError, match=words):
        Pinned(founding.genesis()).admit(content, announced, TODAY)
