"""What a derivation may be, how it is told, and the SQL that other databases would run."""

from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from fedqi.errors import DefinitionError
from fedqi.measures import Measure, parse_measure
from fedqi.measures.derive_sql import derived_rows
from fedqi.measures.explain import explained
from tests.unit.measures.documents import COLUMNS, dataset, document

TIME = {"start": "admitted", "anchor": "discharged", "grain": "month", "follow_up": "30 days"}
READMITTED = {"exists": "stay", "within": "30 days", "after": "discharged", "where": "NOT planned"}


def body(time: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    rows = dataset(grain="hospital stay", time=time or TIME)
    return document(**{"dataset": rows, "derive": {"readmitted": READMITTED}, **changes})


def derived(**derivation: Any) -> Measure:
    return parse_measure(body(derive={"x": derivation}, numerator="x IS NOT NULL"))


@pytest.mark.parametrize(
    ("derivation", "words"),
    [
        ({"after": "discharged"}, "expected exactly one of exists, count, days_to, first, last"),
        ({"exists": "stay", "count": "stay", "after": "admitted"}, "found exists and count"),
        ({"exists": "stay"}, "expected either after or before, found none"),
        ({"exists": "stay", "after": "admitted", "before": "admitted"}, "before, found both"),
        ({"exists": "stay", "after": "age"}, "'age' of type number, expected a date"),
        ({"exists": "stay", "before": "discharge"}, "unknown column 'discharge': did you mean"),
        ({"exists": "visit", "before": "admitted"}, "a row is one 'hospital stay' by"),
        ({"first": "beds2", "before": "admitted"}, "first names the unknown column 'beds2'"),
        ({"last": "patient", "before": "admitted"}, "which identifies a patient or a unit"),
        ({"exists": "stay", "before": "admitted", "within": "1 month"}, "such as 30 days"),
        ({"exists": "stay", "before": "admitted", "at_most": 3}, "at_most is for count"),
        ({"exists": "stay", "before": "admitted", "where": "patient = 'p'"}, "derive.x.where, 1:1"),
        ({"exists": "stay", "before": "admitted", "where": "x"}, "unknown column"),
        ({"exists": "stay", "before": "admitted", "where": "age"}, "is a number, expected a bool"),
        ({"exists": "stay", "after": "discharged", "within": "31 days"}, "at least 31 days (fo"),
        ({"exists": "stay", "before": "admitted", "whre": "TRUE"}, "did you mean where?"),
    ],
)
def test_what_a_derivation_cannot_be(derivation: dict[str, Any], words: str) -> None:
    with pytest.raises(DefinitionError) as error:
        derived(**derivation)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"subject": None}, "dataset.subject lacks"),
        ({"key": None}, "dataset.key lacks"),
        ({"time": TIME | {"start": None}}, "dataset.time.start lacks"),
        ({"columns": COLUMNS | {"Readmitted": {"type": "date"}}}, "a column has this name already"),
    ],
)
def test_what_the_dataset_must_hold(rows: dict[str, Any], words: str) -> None:
    with pytest.raises(DefinitionError, match=r"derive") as error:
        parse_measure(body(dataset=dataset(grain="hospital stay", **{"time": TIME, **rows})))
    assert words in str(error.value)


def test_a_derived_column_has_a_kind() -> None:
    with pytest.raises(DefinitionError, match="'x' is a number, expected a boolean"):
        parse_measure(body(derive={"x": {"count": "stay", "before": "admitted"}}, numerator="x"))


def test_a_derivation_is_part_of_the_digest_and_reads_back() -> None:
    measure = parse_measure(body())
    assert parse_measure(measure.canonical_json) == measure
    other = {"readmitted": READMITTED | {"within": "29 days"}}
    assert parse_measure(body(derive=other)).digest != measure.digest


def test_keys_that_came_later_change_no_digest_where_they_are_unused() -> None:
    time = {"start": "admitted", "anchor": "discharged", "grain": "month"}
    text = parse_measure(document(dataset=dataset(time=time))).canonical_json
    assert not any(key in text for key in (b"derive", b"follow_up", b"lock"))


def test_no_follow_up_at_all_is_said_in_the_digest() -> None:
    text = parse_measure(body(TIME | {"lock": "0 days"})).canonical_json
    assert b'"follow_up":30' in text
    assert b'"lock":0' in text


def test_a_count_that_a_risk_model_uses_needs_a_most() -> None:
    prior = {"count": "stay", "within": "365 days", "before": "admitted"}
    model = {"terms": [{"term": "prior", "as": "number"}]}
    with pytest.raises(DefinitionError, match="needs min and max"):
        parse_measure(body(derive={"prior": prior}, risk_model=model))
    measure = parse_measure(body(derive={"prior": prior | {"at_most": 5}}, risk_model=model))
    assert measure.design is not None
    assert measure.design.names == ("(Intercept)", "prior")


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "tsql"])
def test_the_sql_is_one_that_other_databases_read(dialect: str) -> None:
    derive = {
        "a": READMITTED | {"where": "diagnosis IN code_list('hf') AND age / beds > 1"},
        "b": {"count": "stay", "before": "admitted", "within": "9 days", "at_most": 3},
        "c": {"days_to": "stay", "after": "discharged"},
        "d": {"last": "age", "before": "admitted"},
    }
    sql = derived_rows(parse_measure(body(derive=derive, numerator="a")), '"@rows"', dialect)
    tree = sqlglot.parse_one(f"SELECT * FROM {sql}", read=dialect)
    assert not [*tree.find_all(exp.Join)]
    assert not [*tree.find_all(exp.Anonymous)]
    assert all(column.this.quoted for column in tree.find_all(exp.Column) if column.name != "*")
    assert ("COLLATE" in sql) == (dialect != "duckdb")
    assert ("TOP 1" in sql) == (dialect == "tsql")


def test_a_derivation_in_plain_words() -> None:
    derive = {
        "readmitted": READMITTED,
        "prior": {"count": "stay", "within": "365 days", "before": "admitted", "at_most": 5},
        "gap": {"days_to": "stay", "before": "admitted"},
        "was": {"last": "diagnosis", "before": "admitted"},
    }
    told = dict(explained(parse_measure(body(derive=derive))))["What is derived"]
    assert told[0] == (
        "readmitted: whether there is a later hospital stay of the same patient that starts 0 to "
        "30 days after discharged, where planned is false."
    )
    assert told[1].endswith("365 days before admitted; more than 5 count as 5.")
    assert told[2].startswith("gap: the days to admitted from the start of the nearest earlier")
    assert "diagnosis of the last earlier hospital stay" in told[3]
