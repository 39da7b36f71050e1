"""Random criteria: each as text, and as plain Python with SQL's three-valued logic written out.

None is unknown.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

Row = dict[str, Any]
Value = Callable[[Row], Any]
CODES = ["I11", "I50"]
COLUMNS = {
    "x": "number",
    "y": "integer",
    "s": "string",
    "p": "boolean",
    "d": "date",
    "e": "date",
}


class Term(NamedTuple):
    """An expression as text, and what it means."""

    text: str
    value: Value


def strict(text: str, meaning: Callable[..., Any], *terms: Term) -> Term:
    """Return a term that is unknown as soon as one of its parts is."""

    def value(row: Row) -> Any:
        parts = [term.value(row) for term in terms]
        return None if None in parts else meaning(*parts)

    return Term(text.format(*(term.text for term in terms)), value)


def conjunction(left: Term, right: Term) -> Term:
    def value(row: Row) -> Any:
        both = (left.value(row), right.value(row))
        return False if False in both else None if None in both else True

    return Term(f"({left.text} AND {right.text})", value)


def disjunction(left: Term, right: Term) -> Term:
    def value(row: Row) -> Any:
        both = (left.value(row), right.value(row))
        return True if True in both else None if None in both else False

    return Term(f"({left.text} OR {right.text})", value)


def member(left: Term, items: list[Term]) -> Term:
    def value(row: Row) -> Any:
        sought = left.value(row)
        if sought is None:
            return None
        found = [item.value(row) for item in items]
        return (
            True
            if sought in [f for f in found if f is not None]
            else None
            if None in found
            else False
        )

    return Term(f"{left.text} IN ({', '.join(item.text for item in items)})", value)


def choice(condition: Term, then: Term, otherwise: Term) -> Term:
    text = f"CASE WHEN {condition.text} THEN {then.text} ELSE {otherwise.text} END"
    return Term(text, lambda row: (then if condition.value(row) is True else otherwise).value(row))


def first_known(left: Term, right: Term) -> Term:
    def value(row: Row) -> Any:
        known = left.value(row)
        return right.value(row) if known is None else known

    return Term(f"COALESCE({left.text}, {right.text})", value)


def column(name: str) -> Term:
    """Return a column; an empty text is a missing value."""
    return Term(name, lambda row: None if row[name] == "" else row[name])


NUMBERS = st.one_of(
    st.sampled_from([column("x"), column("y")]),
    st.integers(-3, 3).map(lambda n: Term(f"({n})", lambda _: n)),
    # A bare NULL is refused in a comparison.
    st.just(Term("NULLIF(1, 1)", lambda _: None)),
)
DATES = st.one_of(
    st.sampled_from([column("d"), column("e")]),
    st.just(Term("DATE '2016-04-15'", lambda _: date(2016, 4, 15))),
)


def arithmetic(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    binary = {
        "({} + {})": lambda a, b: a + b,
        "({} - {})": lambda a, b: a - b,
        "({} * {})": lambda a, b: a * b,
        "({} / {})": lambda a, b: a / b if b else None,
    }
    return st.one_of(
        st.builds(
            lambda form, a, b: strict(form, binary[form], a, b),
            st.sampled_from([*binary]),
            inner,
            inner,
        ),
        st.builds(first_known, inner, inner),
        st.builds(lambda a: strict("abs({})", abs, a), inner),
        st.builds(lambda a: strict("(-{})", lambda v: -v, a), inner),
    )


def date_numbers() -> st.SearchStrategy[Term]:
    return st.one_of(
        st.builds(
            lambda a, b: strict("date_diff('day', {}, {})", lambda m, n: (n - m).days, a, b),
            DATES,
            DATES,
        ),
        st.builds(lambda a, b: strict("({} - {})", lambda m, n: (m - n).days, a, b), DATES, DATES),
        st.builds(lambda a: strict("month({})", lambda m: m.month, a), DATES),
    )


ARITHMETIC = st.recursive(NUMBERS | date_numbers(), arithmetic, max_leaves=4)
COMPARISONS = {
    "{} = {}": lambda a, b: a == b,
    "{} <> {}": lambda a, b: a != b,
    "{} < {}": lambda a, b: a < b,
    "{} >= {}": lambda a, b: a >= b,
}


def compared(values: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    return st.builds(
        lambda form, a, b: strict(f"({form})", COMPARISONS[form], a, b),
        st.sampled_from([*COMPARISONS]),
        values,
        values,
    )


ATOMS = st.one_of(
    compared(ARITHMETIC),
    compared(DATES),
    st.sampled_from([column("p"), Term("TRUE", lambda _: True), Term("FALSE", lambda _: False)]),
    st.builds(
        lambda a, b, c: conjunction(
            strict("{} >= {}", lambda m, n: m >= n, a, b),
            strict("{} <= {}", lambda m, n: m <= n, a, c),
            # Two numbers of which the first is the greater are refused, so it is no bare one here.
        )._replace(text=f"({a.text} BETWEEN {b.text} + 0 AND {c.text})"),
        NUMBERS,
        NUMBERS,
        NUMBERS,
    ),
    st.builds(member, NUMBERS, st.lists(NUMBERS, min_size=1, max_size=3)),
    st.just(strict("{} IN code_list('hf')", lambda s: s in CODES, column("s"))),
    st.sampled_from(["I", "I5", "J"]).map(
        lambda start: strict(f"{{}} LIKE '{start}%'", lambda s: s.startswith(start), column("s"))
    ),
    st.just(strict("{} NOT LIKE 'I%'", lambda s: not s.startswith("I"), column("s"))),
    st.sampled_from([*COLUMNS]).map(
        lambda name: Term(f"({name} IS NULL)", lambda row: row[name] in (None, ""))
    ),
)
CRITERIA = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(conjunction, inner, inner),
        st.builds(disjunction, inner, inner),
        st.builds(lambda a: strict("(NOT {})", lambda v: not v, a), inner),
        st.builds(choice, inner, inner, inner),
        st.builds(lambda a: Term(f"({a.text} IS TRUE)", lambda row: a.value(row) is True), inner),
    ),
    max_leaves=5,
)
DAYS = st.integers(0, 60).map(lambda n: date(2016, 4, 1) + timedelta(days=n))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "x": st.none() | st.integers(-8, 8).map(lambda n: n / 4),
            "y": st.none() | st.integers(-3, 3),
            "s": st.none() | st.sampled_from([*CODES, "J18", "", "I5%"]),
            "p": st.none() | st.booleans(),
            "d": st.none() | DAYS,
            "e": st.none() | DAYS,
        }
    ),
    min_size=1,
    max_size=12,
)
CRITERION_KEYS = (
    "initial_population",
    "denominator",
    "denominator_exclusion",
    "denominator_exception",
    "numerator",
    "numerator_exclusion",
)
