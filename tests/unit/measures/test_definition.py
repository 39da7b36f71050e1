import json
from typing import Any

import pytest

from fedqi.errors import DefinitionError
from fedqi.measures import Measure, Sum, parse_measure
from tests.unit.measures.documents import COLUMNS, dataset, document


def refusal(**changes: Any) -> str:
    with pytest.raises(DefinitionError) as refused:
        parse_measure(document(**changes))
    return str(refused.value)


def test_the_smallest_measure_has_its_defaults() -> None:
    measure = parse_measure(document())
    assert (measure.lineage, measure.minimum_denominator) == ("stays", 25)
    assert (measure.denominator, measure.denominator_exclusion) == ("TRUE", "FALSE")
    assert measure.dataset.time is None and not measure.counted


def test_the_canonical_json_gives_the_measure_again() -> None:
    measure = parse_measure(document(dataset=dataset(), targets={"national": 0.2}))
    again = parse_measure(measure.canonical_json)
    assert again == measure
    assert again.digest == measure.digest
    assert parse_measure(json.loads(measure.canonical_json)).digest == measure.digest


def test_the_digest_is_pinned() -> None:
    """A change of the canonical form would separate sites that hold the same definition."""
    body = document(dataset={"columns": {"age": {"type": "number"}}}, code_lists=None)
    assert parse_measure(body).digest == DIGEST


def test_writing_a_default_out_does_not_change_the_digest() -> None:
    plain = parse_measure(document())
    written = parse_measure(document(denominator="TRUE", lineage="stays", minimum_denominator=25))
    assert written.digest == plain.digest


def test_order_and_repetition_of_codes_do_not_change_the_digest() -> None:
    other = parse_measure(document(code_lists={"hf": ["I11.0", "I50.9", "I11.0"]}))
    assert other.digest == parse_measure(document()).digest


def test_whole_and_decimal_bounds_are_the_same() -> None:
    def digest(bound: float) -> str:
        columns = {"age": {"type": "number", "max": bound}}
        return parse_measure(document(dataset={"columns": columns}, code_lists=None)).digest

    assert digest(120) == digest(120.0) != digest(121)


@pytest.mark.parametrize(
    "changes",
    [
        {"numerator": "age >= 66"},
        {"version": "1.0.1"},
        {"code_lists": {"hf": ["I50.9"]}},
        {"direction": "higher"},
        {"words": {"event": "old"}},
    ],
)
def test_a_change_of_the_definition_changes_the_digest(changes: dict[str, Any]) -> None:
    assert parse_measure(document(**changes)).digest != parse_measure(document()).digest


def test_a_counted_table() -> None:
    measure = parse_measure(document(numerator={"sum": "beds"}, denominator={"sum": "beds * 2"}))
    assert measure.counted
    assert measure.denominator == Sum(sum="beds * 2")


def test_a_measure_cannot_be_changed() -> None:
    measure: Any = parse_measure(document())
    with pytest.raises(ValueError, match="frozen"):
        measure.numerator = "TRUE"


def test_an_unknown_key_is_named_with_its_path_and_the_nearest() -> None:
    assert "nummerator: is an unknown key: did you mean numerator?" in refusal(nummerator="TRUE")
    columns = {"age": {"type": "number", "alowed": [1]}}
    assert "dataset.columns.age.alowed: is an unknown key: did you mean allowed?" in refusal(
        dataset={"columns": columns}
    )
    assert "exclusions: is an unknown key: did you mean denominator_exclusion or numerator_" in (
        refusal(exclusions="planned")
    )
    assert "inclusion: is an unknown key: known are ascertainment, code_lists" in (
        refusal(inclusion="planned")
    )
    assert "denominators: is an unknown key: did you mean denominator?" in (
        refusal(denominators="planned")
    )
    assert "numerator.summ: is an unknown key: did you mean sum?" in refusal(
        numerator={"summ": "a"}
    )


def test_a_yes_that_yaml_reads_as_true_is_told_once() -> None:
    columns = {"route": {"type": "string", "allowed": [True, "other"]}}
    found = refusal(dataset={"columns": columns})
    assert "columns.route.allowed.0: expected texts or whole numbers; yes, no, on and off" in found
    assert found.count("allowed.0") == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scoring": "average"}, "scoring"),
        ({"title": None}, "title is missing"),
        ({"version": "1.0"}, "version"),
        ({"version": 1.0}, "quote it in YAML"),
        ({"id": "a|b"}, "id"),
        ({"direction": "up"}, "direction"),
        ({"minimum_denominator": 0}, "minimum_denominator"),
        ({"targets": {"national": 20}}, "targets.national"),
        ({"targets": {"national": True}}, "targets.national"),
        ({"numerator": {"sum": "beds"}}, "must both be"),
        ({"denominator": {"sum": "beds"}}, "must both be"),
        ({"code_lists": {"hf": []}}, "code_lists.hf is empty"),
        (
            {"code_lists": {"hf": ["I11.0", "I50*"]}},
            "are starts_with(column, 'I50') in an expression",
        ),
        (
            {"code_lists": {"hf": ["I50.9, I11.0"]}},
            "code_lists.hf: found 'I50.9, I11.0', expected one",
        ),
        ({"code_lists": {"hf": [" I50.9"]}}, "expected one code, without blanks around it"),
        ({"code_lists": {"hf": [""]}}, "found '', expected one code"),
        ({"code_lists": {"hf": ["# heart failure"]}}, "found '# heart failure', expected one code"),
        ({"code_lists": {"hf": "codes/hf.csv"}}, "load_measure"),
        ({"code_lists": ["hf"]}, "code_lists"),
        ({"dataset": {"columns": {}}}, "dataset.columns"),
        ({"dataset": {"columns": {"a b": {"type": "string"}}}}, "dataset.columns"),
    ],
)
def test_a_malformed_definition_is_refused(changes: dict[str, Any], words: str) -> None:
    assert words in refusal(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"key": "stey"}, "dataset.key names the unknown column 'stey': did you mean stay?"),
        ({"key": ["stay", "bed"]}, "dataset.key names the unknown column 'bed'"),
        ({"subject": "person"}, "dataset.subject names the unknown column"),
        ({"provider": "beds"}, "must then not be required: false"),
        ({"time": {"anchor": "age", "grain": "year"}}, "expected a date (which reads times too"),
        ({"time": {"anchor": "discharged", "grain": "week"}}, "dataset.time.grain"),
        ({"columns": COLUMNS | {"AGE": {"type": "date"}}}, "differ in upper and lower case"),
        ({"columns": COLUMNS | {"sex": {"type": "string", "allowed": [1]}}}, "quote strings"),
        ({"columns": COLUMNS | {"sex": {"type": "string", "allowed": [False]}}}, "allowed"),
        ({"columns": COLUMNS | {"sex": {"type": "date", "allowed": ["1"]}}}, "allowed is for"),
        ({"columns": COLUMNS | {"sex": {"type": "string", "min": 1}}}, "min and max are for"),
        ({"columns": COLUMNS | {"h": {"type": "number", "min": 2, "max": 1}}}, "min is greater"),
    ],
)
def test_a_dataset_must_agree_with_itself(changes: dict[str, Any], words: str) -> None:
    assert words in refusal(dataset=dataset(**changes))


@pytest.mark.parametrize("key", ["denominator_exception", "numerator_exclusion"])
def test_criteria_of_patients_do_not_go_with_counts(key: str) -> None:
    sums = {"numerator": {"sum": "beds"}, "denominator": {"sum": "beds"}}
    assert f"{key} needs one row per patient" in refusal(**sums, **{key: "planned"})


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_bytes_that_are_no_definition(body: bytes) -> None:
    with pytest.raises(DefinitionError):
        parse_measure(body)


def test_the_words_of_a_report() -> None:
    words = {"event": "readmitted", "patients": "heart-failure patients"}
    measure: Measure = parse_measure(document(words=words))
    assert (measure.words.event, measure.words.patients) == tuple(words.values())


DIGEST = "3c4adea4bf9cfa90ad5af2e89b46f2695a2e74b672b49d32c165a889320d21ba"
