"""Over whom a job's first attempt runs, and what stands in its way by name."""

from pathlib import Path

import pytest

from aggregator.joining import MOST_ANSWERS, Joining
from fedqi.charter import JobSpec
from fedqi.errors import InsufficientSitesError, RemoteProtocolError
from fedqi.secagg.parameters import AttemptMode
from fedqi.wire.control import Decline, Intent, SiteEnvelope
from tests.unit.aggregator.federation import Federation

FALLS, ULCERS = "falls|all|*", "ulcers|all|*"
EVERYBODY = tuple(f"s{place}" for place in range(6))
WITHOUT_LAST = EVERYBODY[:-1]


@pytest.fixture
def joining(tmp_path: Path) -> Joining:
    genesis = Federation(tmp_path).sites["s0"].genesis
    spec = JobSpec(job="again", measures=(), analyses=(), atoms=(FALLS, ULCERS), periods={})
    made = Joining(genesis, spec)
    for site in EVERYBODY:
        made.intents[site] = Intent(site, spec.atoms, bytes(32), spec.plan_hash, b"")
    return made


def offers(joining: Joining, site: str, *atoms: str) -> None:
    joining.intents[site] = Intent(site, atoms, bytes(32), joining.spec.plan_hash, b"")


def test_a_site_that_came_late_to_one_of_two_measures_is_named(joining: Joining) -> None:
    bound = {FALLS: EVERYBODY, ULCERS: WITHOUT_LAST}
    with pytest.raises(InsufficientSitesError, match=r"ulcers.* to which s5 does not belong"):
        joining.group(bound)
    offers(joining, "s5", FALLS)
    group = joining.group(bound)
    assert (group.mode, group.participants) == (AttemptMode.CLOSED, EVERYBODY)


def test_a_site_that_does_not_offer_what_is_bound_is_named(joining: Joining) -> None:
    offers(joining, "s1", ULCERS)
    with pytest.raises(InsufficientSitesError, match=r"falls.*; s1 belongs to it and does not"):
        joining.group({FALLS: EVERYBODY})


def test_what_is_free_is_offered_by_whoever_has_it(joining: Joining) -> None:
    offers(joining, "s1", ULCERS)
    assert joining.group({}).mode is AttemptMode.OPEN
    assert joining.group({ULCERS: EVERYBODY}).participants == EVERYBODY


def test_a_member_cannot_fill_the_disk_with_answers(joining: Joining) -> None:
    answers = [SiteEnvelope("again", 0, Decline(f"reason {n}")) for n in range(MOST_ANSWERS + 1)]
    for answer in answers[:-1]:
        joining.accept("s0", answer)
    with pytest.raises(RemoteProtocolError, match="100 times already"):
        joining.accept("s0", answers[-1])
    joining.accept("s1", answers[-1])
    assert joining.declined == {"s0": f"reason {MOST_ANSWERS - 1}", "s1": f"reason {MOST_ANSWERS}"}
