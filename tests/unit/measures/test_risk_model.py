"""Risk models as they stand in a measure: what they become, and what is refused."""

from typing import Any

import pytest

from fedqi.errors import DefinitionError
from fedqi.measures import Measure, parse_measure
from fedqi.measures.explain import explained
from tests.unit.measures.documents import document

COLUMNS: dict[str, dict[str, Any]] = {
    "stay": {"type": "string"},
    "age": {"type": "number", "min": 18, "max": 120},
    "sex": {"type": "string", "allowed": ["female", "male"], "required": False},
    "type": {"type": "integer", "allowed": [1, 2, 3]},
    "planned": {"type": "boolean"},
    "lactate": {"type": "number"},
    "day": {"type": "date"},
}
SPLINE = {"term": "age", "as": "spline", "knots": [50, 65, 80]}


def with_risk(model: dict[str, Any], **changes: Any) -> Measure:
    dataset = {"key": "stay", "columns": COLUMNS}
    return parse_measure(document(dataset=dataset, risk_model=model, **changes))


def refusal(model: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(DefinitionError) as refused:
        with_risk(model, **changes)
    return str(refused.value)


def names(measure: Measure) -> tuple[str, ...]:
    assert measure.design is not None
    return measure.design.names


def test_types_say_how_a_covariate_enters() -> None:
    found = with_risk({"terms": ["type", "planned", SPLINE]})
    assert names(found) == ("(Intercept)", "type[2]", "type[3]", "planned[true]", "age", "age'")
    assert parse_measure(found.canonical_json) == found


def test_a_reference_level_is_chosen() -> None:
    found = with_risk({"terms": [{"term": "type", "reference": "2"}]})
    assert names(found) == ("(Intercept)", "type[1]", "type[3]")


def test_missing_values_as_a_level() -> None:
    found = with_risk({"terms": ["sex"]}, missing={"sex": "category"})
    assert names(found) == ("(Intercept)", "sex[male]", "sex[missing]")


def test_a_model_of_the_intercept_alone() -> None:
    assert names(with_risk({})) == ("(Intercept)",)


def test_an_integer_may_be_a_number() -> None:
    columns = {"n": {"type": "integer", "min": 0, "max": 9}, "age": {"type": "number"}}
    body = document(dataset={"columns": columns}, risk_model={"terms": ["n"]})
    assert names(parse_measure(body)) == ("(Intercept)", "n")


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("agee", "risk_model.terms.0: 'agee' is no column"),
        ("lactate", "risk_model.terms.0 (lactate): a number in a risk model needs min and max"),
        ("day", "as: number is for integer and number columns, found type date"),
        ("stay", "'stay' identifies a patient or a unit"),
        ({"term": "age", "as": "category"}, "as: category is for text, integers and booleans"),
        ({"term": "age", "as": "splin"}, "risk_model.terms.0.as: Input should be 'number'"),
        (
            {"term": "age", "ass": "spline"},
            "risk_model.terms.0.ass: is an unknown key: did you mean",
        ),
        ({"term": "age", "knots": [1]}, "knots are for as: spline"),
        ({**SPLINE, "knots": [50, 65]}, "at least 3 rising knots, found [50.0, 65.0]"),
        ({**SPLINE, "knots": [50, 80, 65]}, "at least 3 rising knots"),
        ({**SPLINE, "knots": [10, 65, 80]}, "knots must lie between min 18 and max 120"),
        ({"term": "type", "reference": "4"}, "reference '4' is none of: 1, 2, 3"),
        ({"term": "age", "reference": "4"}, "reference is for a category, found a number"),
    ],
)
def test_what_cannot_be_a_term(term: object, words: str) -> None:
    assert words in refusal({"terms": [term]})


def test_a_term_that_comes_twice() -> None:
    assert "risk_model.terms.1: 'age' comes twice" in refusal({"terms": ["age", SPLINE]})


def test_missing_values_of_a_number_are_no_level() -> None:
    columns = {"age": {"type": "number", "min": 0, "max": 9, "required": False}}
    body = document(
        dataset={"columns": columns}, risk_model={"terms": ["age"]}, missing={"age": "category"}
    )
    with pytest.raises(DefinitionError, match="exclude or error"):
        parse_measure(body)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"sexx": "error"}, "missing names the unknown column 'sexx': did you mean sex?"),
        ({"age": "exclude"}, "missing.age: the column has a value in every row"),
        ({"sex": "error"}, "missing.sex: error is for a covariate of the risk model; a value in"),
        ({"sex": "category"}, "missing.sex: category is for a category of the risk model"),
        ({"sex": "ignore"}, "missing.sex: Input should be 'category', 'exclude' or 'error'"),
    ],
)
def test_rules_for_missing_values_that_cannot_be(missing: dict[str, str], words: str) -> None:
    assert words in refusal({"terms": ["age"]}, missing=missing)


def test_frozen_coefficients_fit_the_columns() -> None:
    frozen = {"(Intercept)": -2.0, "age": 0.03}
    model = with_risk({"terms": ["age"], "coefficients": frozen}).risk_model
    assert model is not None
    assert model.coefficients == frozen
    found = refusal({"terms": ["age"], "coefficients": {"(Intercept)": -2.0, "agee": 0.03}})
    assert "risk_model.coefficients: lacking age; unknown agee; expected one for each of" in found


def test_a_risk_model_and_its_missing_values_are_explained() -> None:
    told = dict(
        explained(with_risk({"terms": ["sex", "type", SPLINE]}, missing={"sex": "category"}))
    )
    assert told["Case mix"][1:] == [
        "sex: a category, compared with female; patients without a value are a category of their "
        "own.",
        "type: a category, compared with 1.",
        "age: a curve that bends at 50, 65, 80.",
    ]
    assert not any("without a value" in line for line in told["Who is counted"])


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({}, "a patient who counts and has no value is refused"),
        ({"sex": "exclude"}, "left out above"),
    ],
)
def test_each_rule_for_missing_values_has_its_words(missing: dict[str, str], words: str) -> None:
    told = dict(explained(with_risk({"terms": ["sex"]}, missing=missing)))
    assert words in told["Case mix"][1]
    left_out = "Left out as well: rows without a value of sex." in told["Who is counted"]
    assert left_out == bool(missing)


def test_what_is_not_there_is_not_explained() -> None:
    frozen = {"(Intercept)": -2.0}
    assert "Case mix" not in dict(explained(parse_measure(document())))
    told = dict(explained(with_risk({"coefficients": frozen})))["Case mix"]
    assert told[1:] == [
        "No covariate: every patient has the same risk.",
        "A frozen model comes with the definition, beside the one fitted to the sites.",
    ]
