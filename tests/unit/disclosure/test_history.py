"""The release history: every transition of the tables, and everything that is not in them."""

import json
from hashlib import sha256

import pytest

from fedqi.disclosure import (
    ATOM_TRANSITIONS,
    AtomPhase,
    AtomsBound,
    AtomsFreed,
    AtomsOpened,
    AttemptPhase,
    Bound,
    Entry,
    Free,
    GivenUp,
    GivenUpState,
    Open,
    ReceiptSigned,
    ReleaseHistory,
    UnmaskingAnswered,
    cohort_digest,
    entry_from_json,
)
from fedqi.errors import PolicyError
from fedqi.secagg.canonical import set_digest

APRIL, MAY = "hf|2016-04|*", "hf|2016-05|*"
K = ("alder", "birch", "cedar", "elm")
U1 = bytes(32)
OPENED = AtomsOpened("spring", 1, (APRIL,), U1)
BOUND = AtomsBound("spring", 1, {APRIL: K})
FREED = AtomsFreed("spring", 1, (APRIL,))
GIVEN_UP = GivenUp((APRIL,))
ANSWERED = UnmaskingAnswered("spring", 1)
RECEIPT = ReceiptSigned("spring", 1)
REOPENED = AtomsOpened("summer", 2, (APRIL,), U1)


def history_of(*entries: Entry) -> ReleaseHistory:
    history = ReleaseHistory()
    for entry in entries:
        history = history.apply(entry)
    return history


def lines_of(*entries: Entry) -> list[str]:
    history, lines = ReleaseHistory(), []
    for entry in entries:
        lines.append(history.line(entry))
        history = history.apply(entry)
    return lines


def test_the_states_of_an_atom() -> None:
    assert history_of().state(APRIL) == Free()
    assert history_of(OPENED).state(APRIL) == Open("spring", 1, U1)
    assert history_of(OPENED, BOUND).state(APRIL) == Bound(K)
    assert history_of(OPENED, FREED).state(APRIL) == Free()
    assert history_of(OPENED, GIVEN_UP).state(APRIL) == GivenUpState()
    assert history_of(GIVEN_UP).state(APRIL) == GivenUpState()
    assert history_of(OPENED).state(MAY) == Free()


REACHED = {
    AtomPhase.FREE: (),
    AtomPhase.OPEN: (OPENED,),
    AtomPhase.BOUND: (OPENED, BOUND),
    AtomPhase.GIVEN_UP: (GIVEN_UP,),
}


@pytest.mark.parametrize("phase", list(AtomPhase))
@pytest.mark.parametrize("entry", [REOPENED, BOUND, FREED, GIVEN_UP])
def test_exactly_the_transitions_of_the_table_are_possible(phase: AtomPhase, entry: Entry) -> None:
    permitted = {
        (before, after) for (before, _), after in ATOM_TRANSITIONS.items() if before is phase
    }
    reached = history_of(*REACHED[phase])
    try:
        after = reached.apply(entry).state(APRIL).phase
    except PolicyError:
        wanted = {"opened": AtomPhase.OPEN, "bound": AtomPhase.BOUND, "freed": AtomPhase.FREE}
        target = wanted.get(str(entry.to_json()["kind"]), AtomPhase.GIVEN_UP)
        assert (phase, target) not in permitted
    else:
        assert (phase, after) in permitted


ILLEGAL: list[tuple[str, tuple[Entry, ...], str]] = [
    ("opening a bound atom", (OPENED, BOUND, REOPENED), "it is bound"),
    ("opening an open atom", (OPENED, REOPENED), "receipts of attempt spring/1,"),
    ("opening a given up atom", (GIVEN_UP, REOPENED), "it is given up"),
    ("binding a free atom", (BOUND,), "it is free"),
    ("binding a given up atom", (OPENED, GIVEN_UP, BOUND), "it is given up"),
    (
        "binding to another set",
        (OPENED, BOUND, AtomsBound("spring", 1, {APRIL: K[:3]})),
        "it is bound",
    ),
    (
        "binding in another attempt",
        (OPENED, AtomsBound("spring", 2, {APRIL: K})),
        "open in spring/1, not in spring/2",
    ),
    ("binding to nobody", (OPENED, AtomsBound("spring", 1, {APRIL: ()})), "empty set"),
    ("freeing a bound atom", (OPENED, BOUND, FREED), "it is bound"),
    ("freeing in another attempt", (OPENED, AtomsFreed("spring", 2, (APRIL,))), "open in spring/1"),
    ("giving up a bound atom", (OPENED, BOUND, GIVEN_UP), "it is bound"),
    ("unmasking before binding", (OPENED, ANSWERED), "recorded as bound before"),
    ("unmasking twice", (OPENED, BOUND, ANSWERED, ANSWERED), "unmasking answered, so"),
    ("unmasking after a receipt", (OPENED, BOUND, RECEIPT, ANSWERED), "receipt signed, so"),
    ("a receipt after unmasking", (OPENED, BOUND, ANSWERED, RECEIPT), "unmasking answered, so"),
    ("opening after a receipt", (RECEIPT, OPENED), "receipt signed, so"),
    ("opening after unmasking", (ANSWERED, OPENED), "unmasking answered, so"),
    (
        "opening twice in one attempt",
        (OPENED, AtomsOpened("spring", 1, (MAY,), U1)),
        "masked input recorded, so",
    ),
    ("a re-cut period", (OPENED, BOUND, GivenUp(("hf|2016|*",))), "without being their union"),
    (
        "a union of bound periods summed anew",
        (OPENED, BOUND, AtomsOpened("year", 1, ("hf|2016-04-01..2016-04-30|*",), U1)),
        "never summed again",
    ),
    ("another partition", (AtomsOpened("s", 1, ("hf|2016|north",), U1),), "partition"),
    ("overlap within one entry", (GivenUp((APRIL, "hf|2016|*")),), "of one job overlap"),
]


@pytest.mark.parametrize(("entries", "reason"), [case[1:] for case in ILLEGAL],
                         ids=[case[0] for case in ILLEGAL])  # fmt: skip
def test_what_is_refused(entries: tuple[Entry, ...], reason: str) -> None:
    history = history_of(*entries[:-1])
    before = (history.head, dict(history.atoms), dict(history.attempts))
    with pytest.raises(PolicyError, match=reason):
        history.apply(entries[-1])
    assert (history.head, dict(history.atoms), dict(history.attempts)) == before


def test_a_refused_entry_leaves_no_part_of_itself() -> None:
    history = history_of(OPENED)
    both = AtomsOpened("summer", 1, (MAY, APRIL), U1)
    with pytest.raises(PolicyError):
        history.apply(both)
    assert history.state(MAY) == Free()


def test_what_is_permitted_beyond_the_straight_way() -> None:
    assert history_of(OPENED, FREED, REOPENED).state(APRIL) == Open("summer", 2, U1)
    later = AtomsBound("summer", 3, {APRIL: tuple(reversed(K))})
    assert history_of(OPENED, BOUND, later).state(APRIL) == Bound(K)
    assert history_of(OPENED, RECEIPT, RECEIPT, BOUND).state(APRIL) == Bound(K)
    assert history_of(ANSWERED).attempts == {("spring", 1): AttemptPhase.ANSWERED}
    assert history_of(OPENED, BOUND, ANSWERED, ReceiptSigned("spring", 2)).counter == 4


def test_segments_of_the_charter_are_separate_atoms() -> None:
    history = ReleaseHistory(partition=("north", "south"))
    history = history.apply(AtomsOpened("s", 1, ("hf|2016|north",), U1))
    assert history.apply(GivenUp(("hf|2016|south",))).state("hf|2016|north").phase == "open"
    with pytest.raises(PolicyError, match="partition"):
        history.apply(GivenUp(("hf|2017|*",)))


def test_the_digest_of_a_set_is_as_documented() -> None:
    tag = b"\0\0\0\x12fedqi.secagg/1/set"
    written = tag + b"\0\0\0\x02" + b"\0\0\0\x02ab" + "\0\0\0\x02é".encode()
    assert cohort_digest(["é", "ab"]) == sha256(written).digest()
    assert Bound(("ab", "é")).digest == cohort_digest(("é", "ab", "ab"))
    assert cohort_digest(["a", "bc"]) != cohort_digest(["ab", "c"])


def test_the_digest_of_a_set_is_that_of_the_adverts() -> None:
    for sites in ([], ["elm"], list(K), ["é", "z", "Z"]):
        assert cohort_digest(sites) == set_digest(sites)


EVERY = (OPENED, RECEIPT, BOUND, GivenUp((MAY,)), AtomsOpened("x", 1, ("hf|2017|*",), U1),
         AtomsFreed("x", 1, ("hf|2017|*",)), UnmaskingAnswered("y", 3))  # fmt: skip


def test_every_entry_survives_storage() -> None:
    for entry in EVERY:
        assert entry_from_json(json.loads(json.dumps(entry.to_json()))) == entry
    loaded, folded = ReleaseHistory.load(lines_of(*EVERY)), history_of(*EVERY)
    assert (loaded.counter, loaded.head) == (folded.counter, folded.head) == (7, folded.head)
    assert (loaded.atoms, loaded.attempts) == (folded.atoms, folded.attempts)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"kind": "erased"},
        {"kind": "given_up"},
        {"kind": "given_up", "atoms": "hf"},
        {"kind": "given_up", "atoms": [1]},
        {"kind": "given_up", "atoms": [], "more": 1},
        {"kind": "opened", "job": "a", "attempt": 1, "atoms": [], "u1_digest": "xy"},
        {"kind": "opened", "job": "a", "attempt": "1", "atoms": [], "u1_digest": ""},
        {"kind": "bound", "job": "a", "attempt": 1, "offering": {"hf|2016|*": "abc"}},
        {"kind": "bound", "job": "a", "attempt": 1, "offering": {"hf|2016|*": ["b", "a"]}},
    ],
)
def test_entries_that_this_release_does_not_write(value: dict[str, object]) -> None:
    with pytest.raises(PolicyError, match="not one that this release writes"):
        entry_from_json(value)


def test_a_broken_chain_names_the_entry() -> None:
    lines = lines_of(*EVERY)
    for broken in (lines[:2] + lines[3:], [*lines[:2], lines[2][:-9], *lines[3:]]):
        with pytest.raises(PolicyError, match="entry 3: does not continue the hash chain"):
            ReleaseHistory.load(broken)


def test_a_stored_entry_that_was_never_permitted_names_the_entry() -> None:
    chain = history_of(OPENED, BOUND)
    forged = [*lines_of(OPENED, BOUND), chain.line(REOPENED)]
    with pytest.raises(PolicyError, match=r"release history, entry 3: atom hf.* it is bound"):
        ReleaseHistory.load(forged)
