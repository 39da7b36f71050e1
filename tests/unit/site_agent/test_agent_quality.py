"""What ``fedqi-site check`` says of periods that are not over."""

import json
from pathlib import Path

from click.testing import CliRunner

from site_agent.cli import main

MEASURE = """
fedqi: 1
id: m
version: 1.0.0
title: Counted
direction: lower
scoring: proportion
dataset:
  time: {anchor: d, grain: year, lock: 60 days}
  columns: {x: {type: boolean}, d: {type: date}}
numerator: x
"""


def test_periods_that_wait_are_told_with_the_day(tmp_path: Path) -> None:
    config = tmp_path / "fedqi-site.yaml"

    def run(*arguments: object) -> str:
        done = CliRunner().invoke(main, ["--config", str(config), *map(str, arguments)])
        assert done.exit_code == 0, done.output
        return done.stdout

    run("init", "--site", "north", "--aggregator", "localhost:7443")
    (tmp_path / "data.csv").write_text("x,d\nyes,2019-05-01\nno,2199-05-01\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text(MEASURE, encoding="utf-8")
    told = run("check", tmp_path / "m.yaml")
    assert "m 1.0.0: can be used" in told
    assert "period 2199 may be summed from 2200-03-02 on, not before" in told
    assert "2019" not in told
    assert len(json.loads(run("check", "--json", tmp_path / "m.yaml"))[0]["waiting"]) == 1
