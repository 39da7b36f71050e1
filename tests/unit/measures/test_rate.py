"""A rate: events over exposure."""

import json

import pytest

from fedqi.errors import DefinitionError
from fedqi.measures import parse_measure
from fedqi.measures.explain import explained
from tests.unit.measures.documents import document

RATE = {"scoring": "rate", "exposure": {"sum": "date_diff('day', admitted, discharged)"}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scoring": "rate"}, "scoring is rate, which needs exposure"),
        ({"exposure": {"sum": "beds"}}, "exposure is what a rate is over, but scoring is proport"),
        ({**RATE, "denominator": "age > 3"}, "say in initial_population which rows count"),
        ({**RATE, "denominator": {"sum": "beds"}}, "say in initial_population which rows count"),
        ({**RATE, "denominator_exception": "planned"}, "say in initial_population"),
        ({**RATE, "expected": {"sum": "beds"}}, "expected is for proportions"),
        ({"scoring": "rate", "exposure": {"sum": "bedz"}}, "did you mean beds?"),
        ({"scoring": "rate", "exposure": "beds"}, "exposure"),
    ],
)
def test_what_a_rate_cannot_be(changes: dict[str, object], words: str) -> None:
    with pytest.raises(DefinitionError) as error:
        parse_measure(document(**changes))
    assert words in str(error.value)


def test_an_exposure_is_part_of_the_digest() -> None:
    rate = parse_measure(document(**RATE))
    assert json.loads(rate.canonical_json)["exposure"] == RATE["exposure"]
    longer = {"sum": "2 * date_diff('day', admitted, discharged)"}
    assert parse_measure(document(**(RATE | {"exposure": longer}))).digest != rate.digest


def test_a_rate_in_plain_words() -> None:
    told = dict(explained(parse_measure(document(**RATE, targets={"national": 0.005}))))
    assert told["Who is counted"][0].startswith("Every row has an exposure (one row is one row): ")
    assert "The rate is what counts, over the exposure." in told["What counts"]
    assert any("25 units of exposure" in line for line in told["What counts"])
    assert "Target national: 0.005 per unit of exposure." in told["Which is better"]


def test_a_rate_may_have_a_risk_model() -> None:
    rate = parse_measure(document(**RATE, risk_model={"terms": ["planned"]}))
    assert rate.design is not None
    assert rate.design.names == ("(Intercept)", "planned[true]")
