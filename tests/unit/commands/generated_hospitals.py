"""Rows of made-up hospitals for any measure, from its dataset alone."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from fedqi.measures import Column, Measure

Row = dict[str, Any]
HOSPITALS, ROWS, UNITS = 16, 480, 20
MOST = 400
"""Largest number that is drawn, whatever a column allows."""


def hospitals(measure: Measure, seed: int) -> list[Row]:
    """Return the rows of all hospitals; the column ``hospital`` tells them apart."""
    random = Random(seed)
    return [
        {"hospital": f"h{number:02}", **_row(measure, random, index, 0.3 + number / 40)}
        for number in range(HOSPITALS)
        for index in range(ROWS)
    ]


def _row(measure: Measure, random: Random, index: int, share: float) -> Row:
    """Return a row; dates and times rise in the order of the columns."""
    dataset = measure.dataset
    day = date(2023, 1, 1) + timedelta(days=random.randrange(330))
    time = datetime(2023, 1, 1, 20) + timedelta(days=random.randrange(330))
    row: Row = {}
    for name, column in dataset.columns.items():
        if column.type == "date":
            day += timedelta(days=random.randrange(30))
            row[name] = day
        elif column.type == "datetime":
            time += timedelta(minutes=random.randrange(200))
            row[name] = time
        else:
            row[name] = _drawn(measure, name, column, random, share)
        if not column.required and random.random() < 0.1:
            row[name] = None
    row.update(_names(measure, random, index))
    return row


def _names(measure: Measure, random: Random, index: int) -> Row:
    """Return the key, whose parts together occur once, and the patient."""
    dataset = measure.dataset
    names: Row = {} if dataset.subject is None else {dataset.subject: random.randrange(ROWS // 2)}
    if dataset.provider is not None:
        names[dataset.provider] = "main"
    key = dataset.key or ()
    if len(key) == 2:
        year, month = divmod(index // UNITS, 12)
        return names | {key[0]: f"u{index % UNITS}", key[1]: date(2023 + year, month + 1, 1)}
    return names | {name: index for name in key}


def _drawn(measure: Measure, name: str, column: Column, random: Random, share: float) -> Any:
    items = {each.item: each.range for each in measure.items}
    if column.allowed is not None:
        return random.choice(column.allowed)
    if column.type == "boolean":
        return random.random() < share
    if column.type == "string":
        codes = [code for codes in measure.code_lists.values() for code in codes]
        return random.choice([*codes, "other"]) if codes else "other"
    if name in items:
        return random.randint(*items[name])
    low, high = int(column.min or 0), int(MOST if column.max is None else column.max)
    return random.randint(max(low, 0), min(high, MOST))
