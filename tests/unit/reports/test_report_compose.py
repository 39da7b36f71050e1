from pathlib import Path

import fedqi
from fedqi.benchmarking.crude_result import Benchmark, CrudeResult
from fedqi.reports.compose import rehearsal_report
from fedqi.reports.crude_parts import benchmark_of
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
