import json
from pathlib import Path
from typing import Any

import pytest

from fedqi.engine import load_measure
from fedqi.measures.explain import DIRECTIONS
from tests.architecture import sources
from tests.unit.commands.files import counted, fedqi

EXAMPLES = sources.ROOT / "fedqi/examples"


def diff(old: Path, new: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fedqi("measure", "diff", old, new, "--json").output)
    return found


def test_check_prints_what_a_programme_pins(tmp_path: Path) -> None:
    path = counted(tmp_path)
    done = fedqi("measure", "check", path)
    assert done.exit_code == 0
    assert "m 1.0.0 is valid" in done.output
    assert load_measure(path).digest in done.output
    assert "needs n (integer), r (integer)" in done.output


def test_check_tells_every_fault_and_leaves_with_the_code_of_a_definition(tmp_path: Path) -> None:
    wrong = counted(tmp_path, "wrong.yaml", numerator={"sum": "rr"})
    none = tmp_path / "none.yaml"
    failed = fedqi("measure", "check", wrong, none, counted(tmp_path))
    assert failed.exit_code == 3
    assert "numerator.sum, 1:1: 'rr' is an unknown column" in failed.output
    assert "none.yaml: cannot be read" in failed.output
    assert "m 1.0.0 is valid" in failed.output
    listed = fedqi("measure", "check", "--json", wrong, counted(tmp_path))
    assert listed.exit_code == 3
    assert [each["valid"] for each in json.loads(listed.stdout)] == [False, True]
    assert "rr" in json.loads(listed.stdout)[0]["error"]


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*/*.yaml")), ids=lambda path: path.stem)
def test_every_example_is_explained_with_all_its_columns(file: Path) -> None:
    done = fedqi("measure", "explain", file)
    assert done.exit_code == 0
    measure = load_measure(file)
    assert all(f"  {name}: " in done.output for name in measure.dataset.columns)
    assert DIRECTIONS[measure.direction] in done.output


def test_explain_says_who_counts_and_what() -> None:
    told = " ".join(
        fedqi("measure", "explain", EXAMPLES / "stays/readmission-stays.yaml").output.split()
    )
    assert "where diagnosis is one of the codes of list hf and age is at least 18." in told
    assert "Left out: rows where died is true." in told
    assert "days from discharged_on to readmitted_on is from 0 to 30. Not where planned" in told
    assert "One figure per quarter, by the date in discharged_on" in told


def test_explain_steers_no_terminal(tmp_path: Path) -> None:
    assert "\x1b" not in fedqi("measure", "explain", counted(tmp_path, title="a\x1b[2Jb")).output


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Other"},
        {"steward": "Somebody"},
        {"references": ["A source"]},
        {"targets": {"national": 0.1}},
        {"words": {"event": "seen"}},
        {"minimum_denominator": 10},
        {"version": "1.0.1"},
    ],
)
def test_what_is_told_otherwise_stays_comparable(tmp_path: Path, changes: dict[str, Any]) -> None:
    found = diff(counted(tmp_path), counted(tmp_path, "new.yaml", **changes))
    assert found["comparable"]
    assert bool(found["changes"]) == ("version" not in changes)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"numerator": {"sum": "n - r"}}, "numerator"),
        ({"initial_population": "n > 1"}, "initial_population"),
        ({"expected": {"sum": "n * 0.1"}}, "expected"),
        ({"direction": "higher"}, "direction"),
        ({"code_lists": {"hf": ["I50"]}}, "code_lists.hf"),
        (
            {
                "dataset": {
                    "columns": {"n": {"type": "integer", "max": 5}, "r": {"type": "integer"}}
                }
            },
            "dataset.columns.n",
        ),
    ],
)
def test_what_counts_otherwise_is_named(tmp_path: Path, changes: dict[str, Any], key: str) -> None:
    old, new = counted(tmp_path), counted(tmp_path, "new.yaml", version="1.1.0", **changes)
    found = diff(old, new)
    assert not found["comparable"]
    assert [change["key"] for change in found["changes"]] == [key]
    told = fedqi("measure", "diff", old, new)
    assert told.exit_code == 0
    assert f"not comparable, because of {key}." in told.output


def test_the_same_definition_differs_in_nothing(tmp_path: Path) -> None:
    same = diff(counted(tmp_path), counted(tmp_path, "same.yaml"))
    assert (same["changes"], same["comparable"]) == ([], True)
    assert "No key differs" in fedqi("measure", "diff", *[tmp_path / "m.yaml"] * 2).output


def test_codes_are_told_as_added_and_removed(tmp_path: Path) -> None:
    old = counted(tmp_path, code_lists={"hf": ["I11", "I50"]})
    new = counted(tmp_path, "new.yaml", code_lists={"hf": ["I50", "I51"]})
    told = fedqi("measure", "diff", old, new).output
    assert "code_lists.hf: added I51; removed I11" in told
    assert "needs a version of its own" in " ".join(told.split())


def test_what_the_author_says_of_the_version_before_is_told(tmp_path: Path) -> None:
    bridge = {"version": "1.0.0", "comparable": "bridge"}
    new = counted(
        tmp_path, "new.yaml", version="2.0.0", numerator={"sum": "n - r"}, supersedes=bridge
    )
    told = " ".join(fedqi("measure", "diff", counted(tmp_path), new).output.split())
    assert "not comparable, because of numerator." in told
    assert "says: bridge; for a while sum both versions over the same periods" in told
    assert diff(counted(tmp_path), new)["declared"] == "bridge"
    assert diff(counted(tmp_path), counted(tmp_path, "same.yaml"))["declared"] is None
