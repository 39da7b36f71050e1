"""A mapping that is not valid is refused, with the place."""

import pytest

from fedqi.errors import DefinitionError
from fedqi.mapping import parse_mapping
from tests.unit.mapping.documents import DATASET, DOCUMENT, changed


def refusal(value: object, *steps: str) -> str:
    with pytest.raises(DefinitionError) as refused:
        parse_mapping(changed(value, *steps))
    assert str(refused.value).endswith("the mapping's author must correct it")
    return str(refused.value)


def test_the_small_mapping_is_valid() -> None:
    assert parse_mapping(DOCUMENT).datasets["hospital stay"].tables == ("stay", "patient")


@pytest.mark.parametrize(
    ("value", "steps", "words"),
    [
        (2, ("fedqi_mapping",), "fedqi_mapping: Input should be 1 (found 2)"),
        (None, ("title",), "title: is missing"),
        ("Small one", ("id",), "id: String should match"),
        ({}, ("tabels",), "tabels: is an unknown key: did you mean tables?"),
        ("x", (*DATASET, "wher"), "wher: is an unknown key: did you mean where?"),
        ({}, ("tables", "stay", "columns"), "tables.stay.columns: Dictionary should have at least"),
        ("txt", ("tables", "stay", "columns", "nr"), "columns.nr.type: Input should be 'string'"),
        (
            {"from": "a", "path": "$.a"},
            ("tables", "stay", "columns", "nr"),
            "either from or path, not both",
        ),
        ({"path": "$..x"}, ("tables", "stay", "columns", "nr"), "path: String should match"),
        (
            {"path": "$.x') FROM read_text('/etc/passwd'"},
            ("tables", "stay", "columns", "nr"),
            "path: String should match",
        ),
        ({"zone": "UTC"}, ("tables", "stay", "columns", "nr"), "a string has no zone"),
        ("Mars/Base", ("time_zone",), "'Mars/Base' is no time zone"),
        ("UTC' || version() || '", ("time_zone",), "time_zone: String should match"),
        ("stays", (*DATASET, "from"), "'stays' is no table: did you mean stay?"),
        (
            {"match": {"id": "patient"}},
            (*DATASET, "joins", "ward"),
            "'ward' is no table: known are patient, stay",
        ),
        ({"match": {"id": "patient"}}, (*DATASET, "joins", "stay"), "is joined to itself"),
        (
            {"nr": "patient"},
            (*DATASET, "joins", "patient", "match"),
            "'nr' is no column of patient",
        ),
        ({"birth": "patient"}, (*DATASET, "joins", "patient", "match"), "is a string, expected a"),
        ("day", (*DATASET, "joins", "patient", "first"), "'day' is no column of patient"),
        ("stay.number", (*DATASET, "columns", "stay_id"), "'stay.number' is an unknown column"),
        ({"from": "nr", "expression": "nr"}, (*DATASET, "columns", "x"), "either from or express"),
        ({"from": "nr", "otherwise": "keep"}, (*DATASET, "columns", "x"), "there are no codes"),
        (
            {"from": "nr", "codes": {"a": True, "b": "x"}},
            (*DATASET, "columns", "x"),
            "the values of the codes are of several kinds",
        ),
        (
            {"from": "nr", "codes": {True: "a"}},
            (*DATASET, "columns", "x"),
            "the code True is not text as YAML reads it; put it in quotes",
        ),
        (
            {"from": "nr", "codes": {"a": True}, "otherwise": "keep"},
            (*DATASET, "columns", "x"),
            "otherwise: keep needs codes whose values are text",
        ),
        (
            {"from": "nr", "codes": {"a": "b"}, "otherwise": "drop"},
            (*DATASET, "columns", "x"),
            "otherwise: Input should be 'refuse', 'missing' or 'keep' (found 'drop')",
        ),
        (
            {"from": "came", "codes": {"a": "b"}},
            (*DATASET, "columns", "x"),
            "stand for a date, expected text or a whole number as codes",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(value: object, steps: tuple[str, ...], words: str) -> None:
    found = refusal(value, *steps)
    assert found.startswith("mapping ") and words in found


def test_an_unknown_key_beside_a_value_is_told_once() -> None:
    codes = {"from": "nr", "codes": {"a": "b"}, "otherwise": {"valu": "c"}}
    found = refusal(codes, *DATASET, "columns", "x")
    assert "otherwise.valu: is an unknown key: did you mean value?" in found
    assert "Input should be" not in found


def test_the_place_in_an_expression_has_line_and_column() -> None:
    found = refusal({"expression": "year(came)\n - yar(birth)"}, *DATASET, "columns", "age")
    assert "columns.age.expression, 2:4: 'YAR(birth)' calls an unknown function" in found


def test_a_name_that_two_tables_have_needs_its_table() -> None:
    body = changed({"columns": {"id": "string", "ward": "string"}}, "tables", "patient")
    body["datasets"]["hospital stay"]["columns"]["age"] = {"expression": "1"}
    body["datasets"]["hospital stay"]["columns"]["ward"] = "ward"
    with pytest.raises(
        DefinitionError,
        match=r"'ward' is an unknown column: did you mean patient.ward or stay.ward",
    ):
        parse_mapping(body)


@pytest.mark.parametrize(
    "expression",
    [
        "read_csv('/etc/passwd') IS NULL",
        "pg_read_file('/etc/passwd') IS NULL",
        "dblink('host=example.org', 'SELECT 1') IS NULL",
        "EXISTS (SELECT 1 FROM patient)",
        "nr IN (SELECT id FROM patient)",
        "(SELECT count(*) FROM pg_class) > 1",
        "nr = 'x'; DROP TABLE stay",
        "TRUE) OR (SELECT TRUE",
        "pg_catalog.lower(nr) = 'x'",
        "nr::regclass IS NULL",
        "pg_authid.rolname = 'x'",
        "main.stay.nr = 'x'",
        "current_user = 'postgres'",
        "getenv('HOME') IS NULL",
        "lo_import('/etc/passwd') > 0",
        "nr = $$a$$ || version()",
        "nr IN code_list('x')",
        "count(*) > 1",
        "row_number() OVER () = 1",
    ],
)
@pytest.mark.parametrize("key", ["where", "column", "match", "join where"])
def test_an_expression_cannot_reach_further(expression: str, key: str) -> None:
    steps: dict[str, tuple[str, ...]] = {
        "where": ("where",),
        "column": ("columns", "planned"),
        "match": ("joins", "patient", "match"),
        "join where": ("joins", "patient", "where"),
    }
    value = {"column": {"expression": expression}, "match": {"id": expression}}.get(key, expression)
    assert "mapping small: datasets.hospital stay." in refusal(value, *DATASET, *steps[key])
