"""Several jobs over the same data: other sets, cuts, definitions, refreshed or rolled-back data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fedqi.benchmarking.courses import portions
from fedqi.benchmarking.federation import Attempt
from fedqi.benchmarking.participation import Member, Participant
from fedqi.charter import JobSpec
from fedqi.disclosure import AtomsOpened, ReleaseHistory, check_bins
from fedqi.errors import InsufficientSitesError, PolicyError, RemoteProtocolError
from fedqi.measures import Cell
from fedqi.secagg import AttemptMode, AttemptParameters
from fedqi.secagg.messages import Advert, AdvertList, MaskedInput, Shares, SharesDelivery
from site_agent.courses import keep_course
from site_agent.frozen import FrozenStore
from site_agent.state import StateDirectory, create_state
from tests.attacks.algebra import isolated
from tests.attacks.hospitals import MEASURE, Collaborative, collaborative, job
from tests.unit.benchmarking.collaborative import counted_measure, summary_of
from tests.unit.secagg.federation import names

ALL = names(7)
JANUARY, FEBRUARY = "2020-01", "2020-02"
COLLUDERS = {"s005", "s006"}


def isolates(releases: list[Mapping[str, tuple[str, ...]]]) -> frozenset[object]:
    """Look for a sum over fewer than three honest hospitals in all releases together."""
    equations = [
        {(site, atom): 1 for site in sites if site not in COLLUDERS}
        for offering in releases
        for atom, sites in offering.items()
    ]
    return isolated(equations, {cell for item in equations for cell in item}, 3)


def published(hospitals: Collaborative, spec: JobSpec, **options: Any) -> None:
    """Run a job to its end."""
    before = len(hospitals.releases)
    hospitals.attempt(spec, **options)
    assert len(hospitals.releases) == before + 1


def test_the_same_question_with_other_figures_of_a_colluder_takes_no_other_course(
    tmp_path: Path,
) -> None:
    """Every honest hospital stops after the first total; only its like is gone on from."""
    hospitals = collaborative()
    disks = {site: create_state(tmp_path / site) for site in ALL if site not in COLLUDERS}
    for name in ("first", "second"):
        mode = AttemptMode.OPEN if name == "first" else AttemptMode.CLOSED
        kept(disks, hospitals.attempt(job(name, JANUARY), mode=mode))
    hospitals.hospitals["s006"].figures = summary_of(MEASURE, {JANUARY: Cell(1, 999)})
    steered = hospitals.attempt(job("third", JANUARY), mode=AttemptMode.CLOSED)
    for site, disk in disks.items():
        with pytest.raises(RemoteProtocolError, match="the total of step 0 is another"):
            kept({site: disk}, steered)


def kept(disks: Mapping[str, StateDirectory], attempt: Attempt) -> None:
    """Do as the agents do with each total that a session takes."""
    for site, disk in disks.items():
        participant = attempt._sites[site]
        assert participant.verified
        for taken in participant.verified:
            plan = participant._member.plan
            keep_course(disk, taken.step, portions(plan, participant.state, taken))


def test_an_atom_is_not_summed_again_over_fewer_or_more_hospitals() -> None:
    hospitals = collaborative()
    published(hospitals, job("first", JANUARY), sites=ALL[:6])
    for number, sites in ((1, ALL[:5]), (2, ALL), (3, ALL[1:])):
        for mode in AttemptMode:
            with pytest.raises((RemoteProtocolError, InsufficientSitesError)):
                hospitals.attempt(job("second", JANUARY), number, sites, mode).outcome()
    assert len(hospitals.releases) == 1
    assert isolates(hospitals.releases) == frozenset()


def test_the_control_two_sets_of_one_atom_do_isolate() -> None:
    january = "m|2020-01|*"
    assert isolates([{january: ALL[:6]}, {january: ALL[:5]}]) == frozenset()
    assert isolates([{january: ALL[1:]}, {january: ALL}]) == {("s000", january)}


def test_the_same_job_again_over_the_same_hospitals_is_the_same_sum() -> None:
    hospitals = collaborative()
    published(hospitals, job("first", JANUARY), sites=ALL[:6])
    published(hospitals, job("second", JANUARY), sites=ALL[:6], mode=AttemptMode.CLOSED)
    assert hospitals.releases[0] == hospitals.releases[1]
    assert isolates(hospitals.releases) == frozenset()


def test_a_second_definition_that_differs_in_one_hospital_is_refused() -> None:
    hospitals = collaborative()
    published(hospitals, job("first", JANUARY))
    other = counted_measure(direction="higher")
    assert other.lineage == MEASURE.lineage
    with pytest.raises(PolicyError, match="by another definition"):
        hospitals.attempt(job("second", JANUARY, measure=other), measure=other)


def test_bins_over_another_calendar_or_by_another_analysis_are_refused() -> None:
    hospitals = collaborative()
    published(hospitals, job("first", JANUARY))
    for spec in (job("second", JANUARY, FEBRUARY), job("third", JANUARY, analyses=("crude", "x"))):
        with pytest.raises(PolicyError, match="other analyses or another list of periods"):
            hospitals.attempt(spec)


@pytest.mark.parametrize(
    "period", ["2020", "2020-Q1", "all", "2020-01-15..2020-02-14", "2019-12-31..2020-01-01"]
)
def test_a_period_cut_anew_is_refused_by_every_history(period: str) -> None:
    hospitals = collaborative()
    published(hospitals, job("first", JANUARY, FEBRUARY))
    for own in hospitals.hospitals.values():
        entry = AtomsOpened("second", 1, (f"m|{period}|*",), bytes(32))
        with pytest.raises(PolicyError, match=r"without being their union|never summed again"):
            own.history.apply(entry)


def test_two_overlapping_periods_of_one_job_are_refused() -> None:
    history = ReleaseHistory()
    with pytest.raises(PolicyError, match="of one job overlap"):
        history.apply(AtomsOpened("j", 1, ("m|2020-01|*", "m|2020-Q1|*"), bytes(32)))


def test_bins_of_the_whole_group_and_segments_never_meet_in_one_history() -> None:
    """A charter with segments releases by segments; without them "*" is the only part."""
    parted = ReleaseHistory(partition=("north", "south"))
    with pytest.raises(PolicyError, match="segment '\\*' found, the charter's partition is north"):
        parted.apply(AtomsOpened("j", 1, ("m|2020-01|*",), bytes(32)))
    with pytest.raises(PolicyError, match="segment 'north' found"):
        ReleaseHistory().apply(AtomsOpened("j", 1, ("m|2020-01|north",), bytes(32)))


def test_a_segment_and_bins_that_differ_by_one_hospital_would_isolate_it() -> None:
    """The control: bins may be large enough each, and still betray a hospital beside segments."""
    check_bins((4, 4), 8, 4)
    eight = names(8)
    segment, bin_ = dict.fromkeys(eight[:4], 1), dict.fromkeys(eight[:5], 1)
    assert isolated([segment, bin_], eight, 3) == {"s004"}


def test_an_agent_whose_disk_was_rolled_back_is_refused_by_name() -> None:
    hospitals = collaborative()
    published(hospitals, job("first", JANUARY))
    heads = {s: (h.history.counter, h.history.head) for s, h in hospitals.hospitals.items()}
    for own in hospitals.hospitals.values():
        own.seen = dict(heads)
    hospitals.hospitals["s003"].history = ReleaseHistory()
    hospitals.hospitals["s003"].asked = []
    with pytest.raises(RemoteProtocolError, match="rolled back or cloned") as caught:
        hospitals.attempt(job("second", FEBRUARY))
    assert caught.value.site == "s003"
    assert len(hospitals.releases) == 1


def test_two_clones_of_an_agent_are_refused_by_name() -> None:
    """Both continue the same history, each in a job of its own; the counters meet."""
    hospitals = collaborative(months=(JANUARY, FEBRUARY, "2020-03"))
    published(hospitals, job("first", JANUARY))
    clone = hospitals.hospitals["s003"].history
    published(hospitals, job("second", FEBRUARY))
    heads = {s: (h.history.counter, h.history.head) for s, h in hospitals.hospitals.items()}
    for number in (1, 2, 3):
        entry = AtomsOpened("other", number, (f"m|2021-0{number}|*",), bytes(32))
        clone = clone.apply(entry)
    hospitals.hospitals["s003"].history = clone
    hospitals.hospitals["s000"].seen = heads
    with pytest.raises(RemoteProtocolError, match="with another head") as caught:
        hospitals.attempt(job("third", "2020-03"))
    assert caught.value.site == "s003"


def test_a_data_refresh_between_two_attempts_does_not_change_what_is_sent(tmp_path: Path) -> None:
    store = FrozenStore(tmp_path)
    first = store.freeze("first", [summary_of(MEASURE, {JANUARY: Cell(3, 20)})])
    refreshed = summary_of(MEASURE, {JANUARY: Cell(4, 21), FEBRUARY: Cell(1, 9)})
    with pytest.raises(PolicyError, match="never computed again"):
        store.freeze("first", [refreshed])
    second = store.freeze("second", [refreshed])
    assert second.summaries["m"].cells[""][JANUARY] == first.summaries["m"].cells[""][JANUARY]
    assert second.summaries["m"].cells[""][FEBRUARY] == Cell(1, 9)


def test_two_jobs_that_ask_for_one_atom_at_once_open_it_in_one_of_them() -> None:
    """All adverts of both jobs say "free" before either goes on."""
    hospitals = collaborative()
    members = {site: hospitals.member(site, job("first", JANUARY), MEASURE) for site in ALL}
    first, second = (
        dealt(hospitals.parameters(job(name, JANUARY), 1, AttemptMode.OPEN), members)
        for name in ("first", "second")
    )
    for site in ALL:
        participant, delivery = first[site]
        assert isinstance(participant.receive(delivery)[0], MaskedInput)
        participant, delivery = second[site]
        with pytest.raises(PolicyError, match="it is open and waits for"):
            participant.receive(delivery)


def dealt(
    parameters: AttemptParameters, members: Mapping[str, Member]
) -> dict[str, tuple[Participant, SharesDelivery]]:
    """Bring an attempt to where every site waits for its shares."""
    joined = {site: member.join(parameters) for site, member in members.items()}
    adverts = [message for p in joined.values() for message in p.start()]
    shown = AdvertList(tuple(item for item in adverts if isinstance(item, Advert)))
    answers = [message for p in joined.values() for message in p.receive(shown)]
    shares = {item.site: item.sealed for item in answers if isinstance(item, Shares)}
    return {
        site: (p, SharesDelivery(ALL, {d: shares[d][site] for d in ALL if d != site}))
        for site, p in joined.items()
    }
