import json

from click.testing import CliRunner

from benchmarks import engine, engine_time

SMALL = ["--rows", "20000", "--pattern-rows", "20000", "--repeat", "1"]


def run(*arguments: str) -> str:
    done = CliRunner().invoke(engine.main, [*SMALL, *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_each_task_has_both_systems_and_their_times() -> None:
    lines = [json.loads(line) for line in run("--json").splitlines()]
    assert [(line["task"], line["system"]) for line in lines] == [
        (task, system)
        for task in ("proportion", "proportion, key checked", "patterns")
        for system in ("fedqi", "by hand")
    ]
    assert all(line["seconds"] > 0 and line["cpu_s"] > 0 for line in lines)


def test_ratios_are_printed() -> None:
    assert run().count("ratio") == 3


def test_of_several_runs_the_fastest_counts() -> None:
    slow = iter([200_000, 10, 200_000])
    best = engine_time.cheapest({"one": lambda: sum(range(100 * next(slow)))}, 3)
    assert best["one"][1] == sum(range(1000))
