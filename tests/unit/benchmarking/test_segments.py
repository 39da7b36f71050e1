"""Peer groups: each is summed by itself, large enough or not at all, and all add up."""

from pathlib import Path

import pytest

import fedqi
from fedqi.benchmarking.entropy import seeded_entropy
from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.rehearsal import Rehearsal, rehearse
from fedqi.benchmarking.result import Result, collect_positions, collect_results
from fedqi.errors import ConfigurationError, InsufficientSitesError
from fedqi.measures import ALL_PERIODS, Cell
from tests.unit.benchmarking.collaborative import counted_measure, run_counts, summary_of
from tests.unit.commands.files import counted
from tests.unit.commands.files import fedqi as command

MEASURE = counted_measure()
RURAL, URBAN = tuple(f"s{i}" for i in range(8)), tuple(f"s{i}" for i in range(8, 16))
GROUPS = {"rural": RURAL, "urban": URBAN}
POLICY = Policy(collusion_bound=1)  # m = 4
COUNTS = {site: Cell(5 + 3 * i, 100 + i) for i, site in enumerate((*RURAL, *URBAN))}


def run(*drop: str, before: str = "shares") -> Rehearsal:
    summaries = {
        site: {"m": summary_of(MEASURE, {ALL_PERIODS: cell}, site)} for site, cell in COUNTS.items()
    }
    lost = dict.fromkeys(drop, before)
    entropy = seeded_entropy(3)
    return rehearse([MEASURE], summaries, ["crude"], entropy, POLICY, lost, segments=GROUPS)


def released(rehearsal: Rehearsal) -> Result:
    return collect_results(rehearsal.plan, rehearsal.outcome.state, rehearsal.transcript)


def test_each_group_is_released_as_it_would_be_alone() -> None:
    found = released(run())
    for name, group in GROUPS.items():
        alone = {site: {ALL_PERIODS: COUNTS[site]} for site in group}
        expected = run_counts(MEASURE, alone, policy=POLICY)[1].find("m", ALL_PERIODS)
        own = found.find("m", ALL_PERIODS, name)
        assert own.survivors == tuple(sorted(group))
        assert (own.observed, own.denominator) == (expected.observed, expected.denominator)
        assert own.analyses == expected.analyses


def test_all_groups_add_up_and_each_must_be_named() -> None:
    found = released(run())
    whole = (sum(c.observed for c in COUNTS.values()), sum(c.denominator for c in COUNTS.values()))
    assert found.overall("m", ALL_PERIODS) == whole
    assert [each.segment for each in found.within("rural").results] == ["rural"]
    with pytest.raises(KeyError, match="rural, urban; name one"):
        found.find("m", ALL_PERIODS)


def test_a_group_that_lost_too_many_is_not_summed_and_the_other_is() -> None:
    found = released(run(*RURAL[:5]))
    assert [each.segment for each in found.results] == ["urban"]
    assert found.overall("m", ALL_PERIODS)[0] == sum(COUNTS[s].observed for s in URBAN)


def test_a_group_that_loses_too_many_after_the_shares_stops_the_attempt_by_name() -> None:
    """Whoever dealt shares was counted on: services run the attempt again without them."""
    with pytest.raises(InsufficientSitesError, match=r"atom m\|all\|rural: 3 sites, .* least 4"):
        run(*RURAL[:5], before="masked_input")


def test_a_hospital_stands_among_its_own_group_only() -> None:
    rehearsal = run()
    state = rehearsal.outcome.state
    summaries = {"m": summary_of(MEASURE, {ALL_PERIODS: COUNTS["s9"]}, "s9")}
    (position,) = collect_positions(rehearsal.plan, state, summaries, "s9", "urban")
    urban = released(rehearsal).find("m", ALL_PERIODS, "urban").analyses["crude"]
    assert position.segment == "urban"
    assert position.analyses["crude"].z < 0 < urban.rate - COUNTS["s9"].observed / 109


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"rural": RURAL, "urban": URBAN[1:]}, "in no peer group: s8"),
        ({"rural": RURAL, "urban": (*URBAN, "s0")}, "in several peer groups: s0"),
        ({"rural": RURAL, "urban": (*URBAN, "s99")}, "no sites of this run: s99"),
        ({"all": (*RURAL, *URBAN)}, "divides nobody"),
        ({"rural ones": RURAL, "urban": URBAN}, "names that cannot be used: rural ones"),
    ],
)
def test_groups_that_do_not_hold_each_site_once_are_refused(
    groups: dict[str, tuple[str, ...]], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        fedqi.benchmark(MEASURE, dict.fromkeys(COUNTS, "nowhere.csv"), segments=groups)


def test_a_group_below_the_minimum_is_refused_by_name() -> None:
    groups = {"rural": RURAL[:3], "urban": (*RURAL[3:], *URBAN)}
    summaries = {s: {"m": summary_of(MEASURE, {ALL_PERIODS: c}, s)} for s, c in COUNTS.items()}
    with pytest.raises(InsufficientSitesError, match="'rural' has 3 sites, 4 are needed"):
        rehearse([MEASURE], summaries, ["crude"], seeded_entropy(1), POLICY, segments=groups)


def asked(folder: Path, groups: str) -> tuple[int, str]:
    """Run the command on sixteen hospitals with a file of peer groups."""
    file, table = folder / "groups.yaml", folder / "rows.csv"
    file.write_text(groups)
    table.write_text("hospital,r,n\n" + "".join(f"{s},{c.observed},{c.denominator}\n"
                                               for s, c in COUNTS.items()))  # fmt: skip
    options = ("--data", table, "--site-column", "hospital", "--segments", file)
    result = command("benchmark", counted(folder), *options, "--report", folder / "pages")
    return result.exit_code, result.output


def test_the_command_compares_within_groups(tmp_path: Path) -> None:
    groups = "".join(f"{name}: [{', '.join(own)}]\n" for name, own in GROUPS.items())
    code, told = asked(tmp_path, groups)
    assert code == 0, told
    assert "m, rural, all:" in told and "m, urban, all:" in told
    page = (tmp_path / "pages" / "s9.html").read_text()
    assert "8 hospitals of the peer group urban" in page
    assert "The network is your peer group, urban" in page
    together = sum(c.observed for c in COUNTS.values()) / sum(
        c.denominator for c in COUNTS.values()
    )
    assert f"All peer groups together: Counted events {100 * together:.1f} per 100" in page


def test_a_file_that_holds_no_groups_is_refused_with_an_example(tmp_path: Path) -> None:
    code, told = asked(tmp_path, "[rural, urban]\n")
    assert code == 2 and "such as 'rural: [north, south]'" in told
