from pathlib import Path

import pytest
import yaml

from fedqi.engine import load_measure
from fedqi.errors import DefinitionError
from fedqi.measures import parse_measure
from tests.unit.measures.documents import document


def saved(folder: Path, **changes: object) -> Path:
    path = folder / "measure.yaml"
    path.write_text(yaml.safe_dump(document(**changes)), encoding="utf-8")
    return path


def test_a_measure_and_its_codes(tmp_path: Path) -> None:
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes/hf.csv").write_text("term,code\nfailure, I50.9\n\nother,I11.0\n")
    measure = load_measure(saved(tmp_path, code_lists={"hf": "codes/hf.csv"}))
    assert measure.code_lists == {"hf": ("I11.0", "I50.9")}
    assert measure.digest == parse_measure(document()).digest


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ("../hf.csv", "expected a file beside or below this one"),
        ("/etc/passwd", "expected a file beside or below this one"),
        ("none.csv", "code_lists.hf: none.csv is no file beside or below this one"),
        ("bare.csv", r"no column named code in its first line, .*\(found i50.9\); the measure's"),
        ("semicolons.csv", r"\(found code;term\)"),
        ("open.csv", r"code_lists.hf: open.csv, line 3: a quotation mark is open"),
    ],
)
def test_code_lists_that_cannot_be_read(tmp_path: Path, listed: str, words: str) -> None:
    (tmp_path / "bare.csv").write_text("I50.9\n")
    (tmp_path / "semicolons.csv").write_text("code;term\nI50.9;failure\n")
    (tmp_path / "open.csv").write_text('code,term\nI50.9,a\nI11.0,"b\nI13.0,c\n')
    with pytest.raises(DefinitionError, match=rf"measure\.yaml: .*{words}"):
        load_measure(saved(tmp_path, code_lists={"hf": listed}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"id: [", "line 1: not valid YAML"),
        (b"id: a\nid: b\n", "line 2: not valid YAML: the key 'id' comes twice"),
        (b"a: {b: 1, b: 2}\n", "comes twice"),
        (b"title: Stroke: all\n", "a text with a colon in it needs quotation marks"),
        (b'title: "a\nid: "b"\n', "is a quotation mark open before it"),
        (b'title: a\nid: "b\n', "line 3: .*begins in line 2.; a quotation mark is not closed"),
        (b"title: a\n\tid: b\n", "indent with blanks, not with tabs"),
        (b"references:\n  - a\n - b\n", "indented alike"),
        (b"id: a\ntitle: 'b\nc: d\n", "quoted scalar that begins in line 2"),
        (b"", "expected the keys of a measure"),
        (b"- 1\n", "expected the keys of a measure"),
        (b"1: 2\n", "expected the keys of a measure"),
        (b"\xff", "not UTF-8"),
        (b"a: !!python/object/apply:os.getcwd []\n", "not valid YAML"),
        (b"#" * 1_000_001, "larger than"),
        (b"? [a]\n: 1\n", "measure.yaml"),
        (b"id: a\nsince: 2024-02-30\n", "line 2: not valid YAML: found '2024-02-30', which is no"),
        (
            b"id: a\nb: !!bool perhaps\n",
            "line 2: not valid YAML: found 'perhaps', which is no bool",
        ),
        (b"id: a\nb: !!int ''\n", "line 2: not valid YAML: found '', which is no int"),
        (b"id: a\nb: " + b"[" * 5000, "line 2: not valid YAML: nested more than 50 deep"),
        (b"id: " + b"{a: " * 5000, "line 1: not valid YAML: nested more than 50 deep"),
        (b"id: &a [*a]\n", "measure.yaml"),
        (b"id: hf\nderive: &a {x: *a}\n", "measure.yaml"),
    ],
)
def test_files_that_are_no_measure(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "measure.yaml"
    path.write_bytes(content)
    with pytest.raises(DefinitionError, match=words):
        load_measure(path)


def test_coefficients_nested_without_end_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("[" * 100_000)
    with pytest.raises(DefinitionError, match=r"model\.json is not JSON"):
        load_measure(saved(tmp_path, risk_model={"coefficients": "model.json"}))


def test_a_fault_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(
        DefinitionError, match=r"measure\.yaml: measure stays: 5:1: colour: is an unknown key"
    ):
        load_measure(saved(tmp_path, colour="red"))
    with pytest.raises(DefinitionError, match=r"none\.yaml: cannot be read"):
        load_measure(tmp_path / "none.yaml")


LINES = """
fedqi: 1
id: stays
{}
version: 1.0.0
title: Stays
direction: lower
scoring: proportion
dataset:
  grain: stay
  columns:
    age: {{type: {}}}
    days: {{type: integer, min: 9, max: 1}}
risk_model:
  terms:
    - age
    - {{term: {}}}
numerator: "{}"
"""


@pytest.mark.parametrize(
    ("written", "places"),
    [
        (("", "strng", "age", "age > 1"), ["12:11: dataset.columns.age.type: "]),
        (("", "number", "age", "age > 1"), ["13:5: dataset.columns.days: min is greater"]),
        (("numm: 1", "strng", "age", "a"), ["12:11: dataset.columns.age.type", "4:1: numm: is"]),
        (("", "number", "[1]", "age > 1"), ["17:8: risk_model.terms.1.term: "]),
    ],
)
def test_each_fault_has_line_and_column(
    tmp_path: Path, written: tuple[str, ...], places: list[str]
) -> None:
    path = tmp_path / "measure.yaml"
    path.write_text(LINES.format(*written), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_measure(path)
    assert [place for place in places if place not in str(caught.value)] == []


def test_a_fault_in_an_expression_has_the_place_of_its_key(tmp_path: Path) -> None:
    path = tmp_path / "measure.yaml"
    text = LINES.format("", "number, min: 1, max: 9", "days", "aeg > 1").replace("min: 9", "min: 0")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"measure stays: 18:1: numerator, 1:1: 'aeg' is an"):
        load_measure(path)
