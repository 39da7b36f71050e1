from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import fedqi
from fedqi.benchmarking.crude_result import Benchmark, CrudeResult
from fedqi.benchmarking.result import Result
from fedqi.errors import PolicyError
from fedqi.measures.definition import Words
from fedqi.reports.absence import NO_FIGURES, NOT_DRAWN, absences, reason
from fedqi.reports.compose import asked_of, measure_reports, rehearsal_report
from fedqi.reports.crude_parts import benchmark_of
from fedqi.reports.one_measure import words_of
from tests.unit.commands.files import SITES, counted, table


def test_hospitals_without_figures_are_not_counted_in_the_heading(tmp_path: Path) -> None:
    path = table(tmp_path)
    path.write_text(path.read_text("utf-8") + "h98,0,0\nh99,0,0\n", "utf-8")
    run = fedqi.benchmark(fedqi.load_measure(counted(tmp_path)), fedqi.split(path, by="hospital"))
    positions = run.site("h00").positions
    assert len(run.cohort) == 8
    assert rehearsal_report(run.measures, run.result, positions, "h00").sites == len(SITES)


def test_a_benchmark_speaks_of_what_the_measure_counts() -> None:
    found = Benchmark(0.1, 9, 2782, "achievable benchmark", 0.0002)
    shown = benchmark_of(CrudeResult(rate=0.2, benchmark=found), "attendances")
    assert shown is not None
    told = "9 hospitals with 2,782 attendances, known to within 0.1 percentage points"
    assert shown.method == told


@dataclass(frozen=True)
class Failed:
    failed: str = "no maximum was found"


def run_of(tmp_path: Path) -> fedqi.Run:
    return fedqi.benchmark(
        fedqi.load_measure(counted(tmp_path)), fedqi.split(table(tmp_path), by="hospital")
    )


def test_an_analysis_that_failed_is_named_and_the_others_decide(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    results = tuple(
        replace(each, analyses={**each.analyses, "hierarchical": Failed()})
        for each in run.result.results
    )
    made = measure_reports(
        run.measures,
        Result(results),
        run.site("h00").positions,
        "h00",
        asked={run.measures[0].id: ("crude", "standardised", "hierarchical")},
    )
    assert made[0].basis == "crude"
    by_name = {reading.analysis: reading.failed for reading in made[0].readings}
    assert by_name["crude"] is None
    assert by_name["hierarchical"] == "The analysis failed: no maximum was found"
    assert "not completed" in str(by_name["standardised"])


def test_what_is_not_shown_has_its_reason(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    own = run.measures[0]
    positions = run.site("h00").positions
    shown = measure_reports([own], run.result, positions, "h00")
    assert absences(run.measures, run.result, shown) == ()
    assert reason(own.id, Result(())).startswith("Not released")
    assert reason(own.id, run.result) == NO_FIGURES
    failed = tuple(replace(r, analyses={"crude": Failed()}) for r in run.result.results)
    assert reason(own.id, Result(failed)) == "The analysis failed: no maximum was found"
    later = tuple(replace(r, analyses={"survey": object()}) for r in run.result.results)
    assert reason(own.id, Result(later)) == NOT_DRAWN


def test_a_report_without_any_figure_says_why(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    with pytest.raises(PolicyError, match=r"h00 has no figures to report on\..*no figures for it"):
        rehearsal_report(run.measures, run.result, (), "h00")


def test_a_job_is_asked_what_its_plan_says(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    assert asked_of(run.rehearsal.plan) == {run.measures[0].id: ["crude"]}


def test_a_rate_has_words_of_its_own(tmp_path: Path) -> None:
    own = run_of(tmp_path).measures[0]
    rate = own.model_copy(update={"scoring": "rate"})
    silent = rate.model_copy(update={"words": Words()})
    assert words_of(silent) == ("events", "units of exposure")
    days = rate.model_copy(update={"words": Words(event="falls", patients="bed days")})
    assert words_of(days) == ("falls", "bed days")
