"""What a row takes from other rows of the same patient: a loop over all pairs of rows."""

from collections.abc import Mapping
from typing import Any

from tests.reference_evaluator.criteria import Row, Value

NO_LIMIT = 1_000_000


def derived(
    derivation: Mapping[str, Any],
    where: Value,
    row: Row,
    rows: list[Row],
    dataset: Mapping[str, Any],
) -> Any:
    """Return what one row takes, as docs/measures.md says it.

    Parameters
    ----------
    derivation
        As an author writes it.
    where
        What its ``where`` gives for a row.
    row, rows
        The row, and all rows of its site.
    dataset
        As an author writes it: subject, key and ``time.start``.
    """
    anchor = row[derivation.get("after") or derivation["before"]]
    if anchor is None:
        return None
    found = _looked_at(derivation, where, row, rows, dataset)
    if "exists" in derivation:
        return bool(found)
    if "count" in derivation:
        return min(len(found), derivation.get("at_most", len(found)))
    if not found:
        return None
    if "days_to" in derivation:
        return min(abs((other[dataset["time"]["start"]] - anchor).days) for other in found)
    return found[0][derivation["first"]] if "first" in derivation else found[-1][derivation["last"]]


def _looked_at(
    derivation: Mapping[str, Any],
    where: Value,
    row: Row,
    rows: list[Row],
    dataset: Mapping[str, Any],
) -> list[Row]:
    """Return the other rows in the window, in their order."""
    ahead = "after" in derivation
    anchor = row[derivation["after"] if ahead else derivation["before"]]
    start, subject = dataset["time"]["start"], dataset["subject"]
    longest = int(derivation["within"].split()[0]) if "within" in derivation else NO_LIMIT

    def place(each: Row) -> tuple[Any, ...]:
        return each[start], *(each[name] for name in dataset["key"])

    found = []
    for other in rows:
        days = (other[start] - anchor).days if ahead else (anchor - other[start]).days
        in_order = place(other) > place(row) if ahead else place(other) < place(row)
        near = 0 <= days <= longest
        if other[subject] == row[subject] and in_order and near and where(other) is True:
            found.append(other)
    return sorted(found, key=place)
