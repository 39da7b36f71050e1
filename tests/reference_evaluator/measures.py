"""Random measures of every scoring: a document, and what each of its expressions means."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.reference_evaluator.criteria import (
    ARITHMETIC,
    CODES,
    CRITERIA,
    Term,
    column,
    conjunction,
    disjunction,
    first_known,
    strict,
)
from tests.reference_evaluator.evaluate import Drawn
from tests.reference_evaluator.tables import TYPES

DERIVED = st.sampled_from(
    [
        column("q"),
        Term("(q IS NULL)", lambda row: row["q"] is None),
        strict("(NOT {})", lambda v: not v, column("q")),
        # Not z alone: where its window is 0 days, a bare 1 is refused as beyond its bounds.
        strict("({} + 0 > 1)", lambda v: v > 1, column("z")),
        Term("(z IS NULL)", lambda row: row["z"] is None),
    ]
)
EVENTS = st.sampled_from([column("events"), Term("2", lambda _: 2)])
EXPOSURE = st.sampled_from(
    [
        column("days"),
        strict("{} + {}", lambda m, n: m + n, column("events"), column("days")),
        first_known(column("y"), Term("1", lambda _: 1)),
    ]
)
EXPECTED = st.sampled_from(
    [
        Term("0.25", lambda _: 0.25),
        Term("CASE WHEN p THEN 0.5 ELSE 0.25 END", lambda row: 0.5 if row["p"] else 0.25),
        Term(
            "CASE WHEN x > -1 THEN 1 END",
            lambda row: 1 if (row["x"] or 0) > -1 and row["x"] is not None else None,
        ),
    ]
)
Document = dict[str, Any]
Meaning = dict[str, Any]


@st.composite
def criteria(draw: st.DrawFn, *keys: str, derived: bool) -> dict[str, Term]:
    """Draw criteria for some of the keys, half of them with a derived column."""
    found = {}
    for key in keys:
        if draw(st.booleans()):
            term = draw(CRITERIA)
            if derived and draw(st.booleans()):
                joined = draw(st.sampled_from([conjunction, disjunction]))
                term = joined(term, draw(DERIVED))
            found[key] = term
    return found


@st.composite
def derivation(draw: st.DrawFn, kinds: Mapping[str, Any]) -> tuple[Document, Term]:
    """Draw what a row takes from others: of the kinds that are given, with their nouns."""
    kind = draw(st.sampled_from([*kinds]))
    where = draw(CRITERIA | st.just(Term("TRUE", lambda _: True)))
    found: Document = {
        kind: draw(st.sampled_from(kinds[kind])),
        draw(st.sampled_from(["after", "before"])): draw(st.sampled_from(["begin", "end", "d"])),
        "where": where.text,
    }
    within = draw(st.none() | st.integers(0, 5))
    if within is not None:
        found["within"] = f"{within} days"
    if kind == "count" and draw(st.booleans()):
        found["at_most"] = 1
    return found, where


@st.composite
def bodies(draw: st.DrawFn, scoring: str) -> tuple[Document, Meaning]:
    """Draw what measures of every scoring have: rows, calendar, providers, who counts."""
    dataset: Document = {"grain": "stay", "key": ["id", "part"], "subject": "who", "columns": TYPES}
    body: Document = {
        "fedqi": 1,
        "id": "drawn",
        "version": "1.0.0",
        "title": "Drawn",
        "direction": draw(st.sampled_from(["lower", "higher"])),
        "scoring": scoring,
        "dataset": dataset,
        "code_lists": {"hf": CODES},
    }
    meaning: Meaning = {}
    if draw(st.booleans()):
        dataset["provider"] = "ward"
    with_others = draw(st.booleans())
    if with_others or draw(st.booleans()):
        grain = draw(st.sampled_from(["month", "quarter", "year"]))
        time = {"start": "begin", "anchor": "end", "grain": grain, "follow_up": "5 days"}
        dataset["time"] = time
    if with_others:
        number, number_where = draw(derivation(NUMBER_KINDS))
        truth, truth_where = draw(derivation(TRUTH_KINDS))
        body["derive"] = {"z": number, "q": truth}
        meaning |= {"derive.z": number_where.value, "derive.q": truth_where.value}
    keys = ["initial_population", "denominator_exclusion", *MORE_KEYS[scoring]]
    drawn = draw(criteria(*keys, derived=with_others))
    put(body, meaning, drawn)
    if draw(st.booleans()):
        body["missing"] = {draw(st.sampled_from(["x", "a", "d"])): "exclude"}
    return body, meaning


NUMBER_KINDS = {"count": ["stay"], "days_to": ["stay"], "first": ["x", "y"], "last": ["x", "y"]}
TRUTH_KINDS = {"exists": ["stay"], "first": ["p"], "last": ["p"]}
MORE_KEYS = {
    "proportion": ["denominator", "denominator_exception", "numerator_exclusion"],
    "rate": ["numerator_exclusion"],
    "continuous": ["denominator"],
    "survey": ["denominator"],
    "composite": ["denominator"],
}


def put(body: Document, meaning: Meaning, terms: Mapping[str, Term]) -> None:
    """Write expressions under their keys."""
    for key, term in terms.items():
        body[key] = term.text
        meaning[key] = term.value


def put_sum(body: Document, meaning: Meaning, key: str, term: Term) -> None:
    """Write an expression that is added up."""
    body[key] = {"sum": term.text}
    meaning[key] = term.value


@st.composite
def risk_models(draw: st.DrawFn, body: Document) -> None:
    """Give a measure a risk model, and rules for what is missing in it."""
    names = draw(
        st.lists(st.sampled_from(["s", "p", "x", "y"]), min_size=1, max_size=3, unique=True)
    )
    body["risk_model"] = {"terms": [{"term": name} for name in names]}
    rules = dict(body.get("missing", {}))
    for name in names:
        usual = ["exclude", "category"] if name in "sp" else ["exclude"]
        rule = draw(st.sampled_from([*usual, *usual, None]))
        if rule is not None:
            rules[name] = rule
    body["missing"] = rules


@st.composite
def proportions(draw: st.DrawFn) -> Drawn:
    """Draw a share of patients."""
    body, meaning = draw(bodies("proportion"))
    put(body, meaning, {"numerator": draw(CRITERIA)})
    if draw(st.booleans()):
        draw(risk_models(body))
    elif draw(st.booleans()):
        put_sum(body, meaning, "expected", draw(EXPECTED))
    return Drawn(body, meaning)


@st.composite
def counted(draw: st.DrawFn) -> Drawn:
    """Draw a share, of a table of which each row is many patients."""
    body, meaning = draw(bodies("proportion").filter(lambda drawn: not uses_patients(drawn[0])))
    put_sum(body, meaning, "numerator", draw(EVENTS))
    put_sum(body, meaning, "denominator", draw(EXPOSURE))
    return Drawn(body, meaning)


def uses_patients(body: Document) -> bool:
    """Whether a measure has keys that speak of single patients."""
    return any(key in body for key in MORE_KEYS["proportion"])


@st.composite
def rates(draw: st.DrawFn) -> Drawn:
    """Draw events over exposure."""
    body, meaning = draw(bodies("rate"))
    if "numerator_exclusion" in body or draw(st.booleans()):
        put(body, meaning, {"numerator": draw(CRITERIA)})
    else:
        put_sum(body, meaning, "numerator", draw(EVENTS))
    put_sum(body, meaning, "exposure", draw(EXPOSURE))
    if draw(st.booleans()):
        draw(risk_models(body))
    return Drawn(body, meaning)


@st.composite
def continuous(draw: st.DrawFn) -> Drawn:
    """Draw a value: an expression, minutes, or a change with responders."""
    body, meaning = draw(bodies("continuous"))
    outside = draw(st.sampled_from(["winsorise", "exclude", "error"]))
    way = draw(st.sampled_from(["expression", "minutes", "change"]))
    body["value"] = {
        "expression": {"bounds": draw(st.sampled_from([[-4, 4], [-1, 2]]))},
        "minutes": {"minutes": ["came", "left"], "bounds": [0, 16]},
        "change": {"change": ["x", "y"]},
    }[way]
    body["value"]["outside"] = outside
    if way == "expression":
        term = draw(ARITHMETIC)
        body["value"]["expression"] = term.text
        meaning["value.expression"] = term.value
    if way == "change" and draw(st.booleans()):
        body["value"]["responder"] = draw(st.sampled_from([0.5, 2]))
    if way != "minutes" and draw(st.booleans()):
        body["value"]["grid"] = [-0.5, 0, 1.25]
    return Drawn(body, meaning)


@st.composite
def surveys(draw: st.DrawFn) -> Drawn:
    """Draw a survey of one to three items."""
    body, meaning = draw(bodies("survey"))
    names = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True))
    body["items"] = [
        {"item": name, "range": [1, 5], "reverse": draw(st.booleans())} for name in names
    ]
    return Drawn(body, meaning)


@st.composite
def composites(draw: st.DrawFn) -> Drawn:
    """Draw a composite of two or three components."""
    body, meaning = draw(bodies("composite"))
    body["rule"] = draw(st.sampled_from(["all_or_none", "opportunity"]))
    body["components"] = []
    for index in range(draw(st.integers(2, 3))):
        part: Document = {"component": f"part-{index}"}
        own: Meaning = {}
        put(part, own, {"numerator": draw(CRITERIA)})
        put(part, own, draw(criteria("denominator", derived="derive" in body)))
        body["components"].append(part)
        meaning |= {f"components.{index}.{key}": value for key, value in own.items()}
    return Drawn(body, meaning)


SCORINGS = {
    "proportion": proportions(),
    "counted": counted(),
    "rate": rates(),
    "continuous": continuous(),
    "survey": surveys(),
    "composite": composites(),
}
