"""Definitions of values, surveys and composites, and what they are refused for."""

from typing import Any

import pytest

from fedqi.errors import DefinitionError
from fedqi.measures import parse_measure
from fedqi.measures.explain import explained, kind_words
from fedqi.measures.values import scale_of

COLUMNS: dict[str, dict[str, Any]] = {
    "days": {"type": "number"},
    "before": {"type": "integer", "min": 0, "max": 48, "required": False},
    "after": {"type": "integer", "min": 0, "max": 48, "required": False},
    "arrived": {"type": "datetime"},
    "opened": {"type": "datetime"},
    "calm": {"type": "integer", "required": False},
    "told": {"type": "integer", "required": False},
    "stay": {"type": "integer"},
    "due": {"type": "boolean"},
}
DAYS = {"expression": "days", "bounds": [0, 400]}
ITEMS = [{"item": "calm", "range": [1, 5]}, {"item": "told", "range": [1, 5]}]
PARTS = [{"component": "a", "numerator": "due"}, {"component": "b", "numerator": "NOT due"}]


def document(scoring: str, **changes: Any) -> dict[str, Any]:
    body = {
        "fedqi": 1,
        "id": "m",
        "version": "1.0.0",
        "title": "M",
        "direction": "lower",
        "scoring": scoring,
        "dataset": {"key": "stay", "columns": COLUMNS},
        **changes,
    }
    return {key: value for key, value in body.items() if value is not None}


@pytest.mark.parametrize(
    "body",
    [
        document("continuous", value=DAYS),
        document("continuous", value={"minutes": ["arrived", "opened"], "bounds": [0, 600]}),
        document("continuous", value={"change": ["before", "after"], "responder": 5}),
        document("survey", items=ITEMS),
        document("composite", rule="all_or_none", components=PARTS),
    ],
)
def test_the_canonical_form_gives_the_measure_again(body: dict[str, Any]) -> None:
    measure = parse_measure(body)
    assert parse_measure(measure.canonical_json) == measure


@pytest.mark.parametrize(
    ("scoring", "changes", "words"),
    [
        ("proportion", {}, "numerator is missing"),
        ("proportion", {"numerator": "due", "value": DAYS}, "value is for scoring continuous"),
        ("continuous", {}, "needs value"),
        ("continuous", {"value": DAYS, "numerator": "due"}, "numerator is for proportions"),
        ("continuous", {"value": DAYS, "targets": {"own": 500}}, "targets.own is 500"),
        ("continuous", {"value": DAYS, "items": ITEMS}, "items is for scoring survey"),
        ("continuous", {"value": {"bounds": [0, 1]}}, "exactly one of expression"),
        ("continuous", {"value": {"expression": "days"}}, "value.bounds must be"),
        ("continuous", {"value": DAYS | {"bounds": [4, 4]}}, "value.bounds must be"),
        ("continuous", {"value": DAYS | {"grid": [3, 2]}}, "value.grid must rise"),
        ("continuous", {"value": DAYS | {"grid": [0, 2]}}, "value.grid must rise"),
        ("continuous", {"value": DAYS | {"limit": 500}}, "value.limit must lie between"),
        ("continuous", {"value": DAYS | {"responder": 5}}, "for a change of a score"),
        ("continuous", {"value": DAYS | {"expression": "day"}}, "did you mean days?"),
        ("continuous", {"value": DAYS | {"expression": "stay"}}, "key, subject or provider"),
        ("continuous", {"value": {"minutes": ["days", "opened"]}}, "expected datetime"),
        ("continuous", {"value": {"change": ["days", "after"]}}, "value.bounds must be"),
        ("continuous", {"value": {"change": ["befor", "after"]}}, "did you mean before?"),
        ("continuous", {"value": {"change": ["stay", "after"]}}, "identifies a patient"),
        ("survey", {}, "needs items"),
        ("survey", {"items": ITEMS[:1] * 2}, "a column is named twice"),
        ("survey", {"items": [{"item": "days", "range": [1, 5]}]}, "expected integer"),
        ("survey", {"items": [{"item": "calm", "range": [5, 1]}]}, "must rise"),
        ("survey", {"items": [{"item": "calm", "range": [0, 100]}]}, "at most 11 answers"),
        (
            "survey",
            {"items": [ITEMS[0], {"item": "told", "range": [1, 4]}]},
            "another range than calm",
        ),
        ("composite", {"rule": "all_or_none", "components": PARTS[:1]}, "at least two components"),
        ("composite", {"components": PARTS}, "needs rule"),
        ("composite", {"rule": "opportunity", "components": PARTS[:1] * 2}, "a name stands twice"),
        ("composite", {"rule": "some", "components": PARTS}, "rule"),
    ],
)
def test_refusals(scoring: str, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        parse_measure(document(scoring, **changes))
    assert words in str(refused.value)


def test_a_responder_needs_a_direction() -> None:
    value = {"change": ["before", "after"], "responder": 5}
    with pytest.raises(DefinitionError, match="in the direction that is better"):
        parse_measure(document("continuous", value=value, direction="none"))


@pytest.mark.parametrize("bounds", [(0, 400), (-48, 48), (1e6, 1e6 + 1), (0, 1e-9), (0.1, 0.3)])
def test_a_scale_holds_its_bounds_in_few_steps(bounds: tuple[float, float]) -> None:
    scale = scale_of(*bounds, ())
    assert scale.half <= 2**40
    for bound in bounds:
        assert scale.origin + scale.steps(bound) * scale.step == pytest.approx(bound, rel=1e-11)
    assert scale.edges[0] == bounds[0] and scale.edges[-1] == bounds[1]


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (
            document("continuous", value=DAYS | {"limit": 14}),
            "a value of patients",
            "the value is days, from 0 to 400; what lies beyond counts as the bound",
        ),
        (
            document("continuous", value={"change": ["before", "after"], "responder": 5}),
            "a value of patients",
            "A fall by 5 or more makes a responder.",
        ),
        (document("survey", items=ITEMS), "a score of patients", "from 1 to 5 to 2 items"),
        (
            document("composite", rule="opportunity", components=PARTS),
            "several components of the care of patients",
            "a: eligible all; received where due is true.",
        ),
    ],
)
def test_plain_words(body: dict[str, Any], kind: str, words: str) -> None:
    measure = parse_measure(body)
    assert kind_words(measure) == kind
    assert words in " ".join(dict(explained(measure))["What counts"])
