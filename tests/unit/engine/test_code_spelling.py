"""A table that writes codes otherwise than the measure is told so, before it counts nobody."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from fedqi.engine import catalogue, split
from fedqi.engine.code_spelling import code_doubts
from fedqi.measures import Measure, parse_measure
from fedqi.measures.code_use import code_uses

TEXT = """
fedqi: 1
id: strokes
version: 1.0.0
title: Strokes
direction: lower
scoring: proportion
dataset:
  grain: stay
  key: stay
  subject: patient
  time: {start: day, anchor: day, grain: quarter, follow_up: 30 days}
  columns:
    stay: {type: string}
    patient: {type: string}
    day: {type: date}
    dx: {type: string}
    kind: {type: string}
    ward: {type: string, required: false}
    sex: {type: string, allowed: [female, male]}
    died: {type: boolean}
code_lists: {stroke: [I63.9, I61.0], brain: [C71.0]}
derive: {back: {exists: stay, within: 30 days, after: day, where: "kind <> 'planned'"}}
initial_population: "dx IN code_list('stroke') AND sex = 'female' AND ward IN ('A 1', 'B')"
denominator_exclusion: "substring(dx, 1, 3) = 'I62' OR 'x' = ward OR dx IN code_list('brain')"
numerator: "back OR died"
"""
HEADER = "stay,patient,day,dx,kind,ward,sex,died\n"


def measure() -> Measure:
    return parse_measure(yaml.safe_load(TEXT))


def table(folder: Path, **cells: str) -> Path:
    """Write 60 rows that fit, but for the cells that are named."""
    usual = {"dx": "I63.9", "kind": "planned", "ward": "A 1", "sex": "female"} | cells
    row = "{dx},{kind},{ward},{sex}".format_map(usual)
    rows = [f"{number},p{number},2024-02-03,{row},no\n" for number in range(60)]
    path = folder / "rows.csv"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


def test_what_the_conditions_look_for() -> None:
    assert [(use.column, use.words, use.codes) for use in code_uses(measure())] == [
        ("dx", "a code of list 'stroke'", ("I61.0", "I63.9")),
        ("ward", "'A 1' or 'B'", ("A 1", "B")),
        ("dx", "a code of list 'brain'", ("C71.0",)),
        ("ward", "'x'", ("x",)),
        ("kind", "'planned'", ("planned",)),
    ]


def told(source: Any) -> dict[str, str]:
    """Return the first words of each doubt, by its column; of lists that some row has, none."""
    found: dict[str, str] = {}
    for doubt in code_doubts(measure(), source):
        column, words = doubt.removeprefix("column ").split(": ", 1)
        found.setdefault(column.strip("'"), words)
    return found


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"dx": "I639"}, "dx", "60 rows have a code of list 'stroke' but for dots, blanks or"),
        ({"dx": "i63.9 "}, "dx", "60 rows have a code of list 'stroke' but for dots"),
        ({"dx": "J18.9"}, "dx", "no row of 60 has a code of list 'stroke'"),
        ({"ward": "a-1"}, "ward", "60 rows have 'A 1' or 'B' but for dots"),
        ({"kind": "Planned"}, "kind", "60 rows have 'planned' but for dots"),
        ({"kind": ""}, "kind", "no row of 60 has 'planned'"),
    ],
)
def test_another_spelling(tmp_path: Path, cells: dict[str, str], column: str, words: str) -> None:
    assert told(table(tmp_path, **cells))[column].startswith(words)


def test_where_all_is_well_only_what_nobody_has_is_told(tmp_path: Path) -> None:
    found = [*code_doubts(measure(), table(tmp_path))]
    assert found == [
        "column 'dx': no row of 60 has a code of list 'brain'",
        "column 'ward': no row of 60 has 'x'",
    ]


def test_one_site_of_a_table_and_a_column_that_lacks(tmp_path: Path) -> None:
    path = table(tmp_path, dx="I639")
    path.write_text(path.read_text().replace(",sex,", ",gender,"))
    assert code_doubts(measure(), path) == ()
    doubtful = code_doubts(measure(), split(table(tmp_path, dx="I639"), by="patient")["p7"])
    assert doubtful == (
        "column 'dx': 1 row has a code of list 'stroke' but for dots, blanks or capitals, which "
        "is not the same; the data manager must write codes as the measure does, or map them",
    )


@pytest.mark.parametrize(
    ("condition", "otherwise"),
    [
        ("dx IN code_list('stroke')", 3),
        ("upper(dx) IN code_list('stroke')", 2),
        ("upper(trim(dx)) IN code_list('stroke')", 1),
        ("'I63.9' = (trim(dx))", 2),
    ],
)
def test_codes_in_other_letters_are_told_as_far_as_the_condition_misses_them(
    tmp_path: Path, condition: str, otherwise: int
) -> None:
    plain = {"derive": {}, "initial_population": condition, "denominator_exclusion": "FALSE"}
    asked = parse_measure(yaml.safe_load(TEXT) | plain | {"numerator": "died"})
    path = table(tmp_path)
    header, *rows = path.read_text().splitlines()
    spelled = ["I639", "i63.9", " I63.9"]
    rows = [row.replace("I63.9", dx) for row, dx in zip(rows, spelled, strict=False)]
    path.write_text("\n".join([header, *rows]))
    (doubt,) = code_doubts(asked, path)
    rows_have = "1 row has" if otherwise == 1 else f"{otherwise} rows have"
    assert doubt.startswith(f"column 'dx': {rows_have} ")


def test_nothing_is_asked_where_no_code_is_looked_for(tmp_path: Path) -> None:
    assert code_doubts(catalogue()["length-of-stay"], tmp_path / "no such file") == ()
