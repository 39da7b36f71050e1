import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import competitors, secagg, stopwatch
from benchmarks.secagg_cost import FIELDS, Cost, cheapest

SMALL = ["--n", "7", "--d", "20", "--drop", "1", "--steps", "2", "--repeat", "1"]
OURS = Cost("fedqi", 1.0, 2.0, 9.0, 10.0, 20.0, {"open_client_cpu_s": 3.0}, {"run": "once"})


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(secagg.main, [*SMALL, *arguments])
    return result.exit_code, result.output


def stand_in(path: Path, script: str) -> Path:
    """Write an interpreter that ignores what it is asked to run."""
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    return path


def test_every_system_gets_a_line_with_the_common_figures() -> None:
    code, output = run("--json")
    lines = [json.loads(line) for line in output.splitlines()]
    assert code == 0
    assert [line["system"] for line in lines] == ["fedqi", "limit"]
    assert all(line[name] > 0 for line in lines for name in FIELDS)


def test_the_open_step_and_the_verification_are_told_apart() -> None:
    ours = json.loads(run("--json", "--against", "")[1])
    assert ours["open_client_cpu_s"] > 0
    assert ours["open_server_cpu_s"] > 0
    assert ours["verify_cpu_s"] > 0
    # six sites get six vectors of 20 words in each step, and that is not in bytes_down
    assert ours["verify_bytes_down"] > 6 * 6 * 20 * 8
    assert ours["open_bytes_down"] == pytest.approx(2 * ours["bytes_down"])


def test_client_figures_are_of_one_client() -> None:
    ours = json.loads(run("--json", "--against", "")[1])
    staying = 6 * ours["client_cpu_s"]
    assert staying + ours["server_cpu_s"] < ours["total_cpu_s"] < 2 * staying + ours["server_cpu_s"]


def test_the_table_has_ratios() -> None:
    output = run()[1]
    assert "its open step alone" in output
    assert "its verification" in output
    assert "limit as multiples of fedqi: client" in output


def test_memory_is_told_for_growing_numbers_of_sites() -> None:
    lines = [json.loads(line) for line in run("--memory", "--n", "28")[1].splitlines()]
    assert [line["sites"] for line in lines] == [7, 14, 28]
    assert all(line["aggregator_peak_bytes"] > line["vector_bytes"] for line in lines)


def test_an_unknown_system_is_refused() -> None:
    code, output = run("--against", "limit,else")
    assert code == 2
    assert "unknown: ['else']" in output


def test_a_missing_environment_names_the_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(competitors.VARIABLE, str(tmp_path / "nowhere"))
    code, output = run("--against", "flwr")
    assert code == 1
    assert competitors.INSTALL in output


def test_a_failure_of_another_system_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = stand_in(tmp_path / "python", "echo 'No module named flwr' >&2; exit 1")
    monkeypatch.setenv(competitors.VARIABLE, str(python))
    with pytest.raises(competitors.CompetitorError, match="No module named flwr"):
        competitors.run("benchmarks.secagg_flower", [1, 2])


def test_lines_of_another_system_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = stand_in(tmp_path / "python", f"echo noise\necho '{OURS.to_json()}'")
    monkeypatch.setenv(competitors.VARIABLE, str(python))
    assert competitors.run("benchmarks.secagg_flower", []) == [OURS]


def test_the_cheapest_run_counts() -> None:
    totals = iter([5.0, 3.0, 4.0])
    chosen = cheapest(lambda: Cost("x", 0.0, 0.0, next(totals), 0.0, 0.0), 3)
    assert chosen.total_cpu_s == 3.0


def test_inner_calls_are_not_charged_to_outer_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 5.0, 7.0])  # outer starts, inner starts and ends, outer ends
    monkeypatch.setattr("time.process_time", lambda: next(now))
    watch = stopwatch.Stopwatch()
    watch.time("server", "step", lambda: watch.time("client", "step", lambda: None))
    assert dict(watch.seconds) == {("client", "step"): 4.0, ("server", "step"): 3.0}
