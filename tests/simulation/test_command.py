"""``python -m fedqi.simulation``."""

import json
from typing import Any

from click.testing import CliRunner

from fedqi.secagg import site_rounds
from fedqi.simulation.__main__ import main
from tests.simulation.test_planted_bugs import nothing

KEYS = {"seeds", "released", "partial", "ended", "attacks", "violations"}


def test_json_is_one_object_and_progress_goes_elsewhere() -> None:
    result = CliRunner().invoke(main, ["--seeds", "3", "--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found.keys() == KEYS
    assert (found["seeds"], found["violations"]) == (3, [])
    assert "3 of 3 seeds, 0 violations" in result.stderr


def test_people_get_a_table() -> None:
    result = CliRunner().invoke(main, ["--seeds", "2", "--start", "5"])
    assert result.exit_code == 0
    assert result.stdout.startswith("2 seeds: a release in ")


def test_a_violation_fails_and_prints_what_to_paste(monkeypatch: Any) -> None:
    monkeypatch.setattr(site_rounds, "check_statements", nothing)
    seeds = range(0, 40)
    for seed in seeds:
        result = CliRunner().invoke(main, ["--seeds", "1", "--start", str(seed), "--json"])
        if result.exit_code:
            break
    (finding,) = json.loads(result.stdout)["violations"]
    assert finding["seed"] == seed
    assert finding["operations"][0].startswith("Found(")
    assert "replay(\n    [\n        Found(" in result.stderr
