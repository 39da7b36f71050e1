"""Whether each row has a key of its own, without a table of all keys.

Equal keys have equal hashes. So the hashes are compared first, sorted and a part at a time;
only if two are equal are the keys themselves compared.
"""

from collections.abc import Mapping

import numpy as np

from fedqi.engine.opened import OpenTable
from fedqi.measures import Measure

PART = 2**25
"""Hashes that are sorted at a time, about; eight bytes each, twice in memory."""

MOST_LISTED = 10_000
"""With more suspicious hashes than this all keys are compared."""


def duplicated_rows(
    measure: Measure, opened: OpenTable, rows: str, number: int
) -> Mapping[str, int]:
    """Count the rows per site that share their key with another row.

    Parameters
    ----------
    measure
        With a key.
    opened
        The table.
    rows
        SQL for the typed rows.
    number
        How many these are.

    Returns
    -------
    dict of str to int
        Without the sites where every row has a key of its own.
    """
    key = ", ".join(f'"{name}"' for name in measure.dataset.key or ())
    condition = ""
    if opened.hashes:
        suspicious = _suspicious(opened, rows, f'hash("@site", {key})', number)
        if not suspicious.size:
            return {}
        if suspicious.size <= MOST_LISTED:
            listed = ", ".join(map(str, suspicious.tolist()))
            condition = f'WHERE hash("@site", {key}) IN ({listed})'
    found = opened.ask(
        f'SELECT "@site", sum("@n") FROM (SELECT "@site", count(*) AS "@n" '
        f'FROM ({rows}) AS "@typed" {condition} GROUP BY "@site", {key} HAVING count(*) > 1) '
        'AS "@shared" GROUP BY "@site"'
    )
    return {site: int(n) for site, n in found}


def _suspicious(opened: OpenTable, rows: str, hashed: str, number: int) -> np.ndarray:
    """Return the hashes that more than one row has."""
    parts = -(-number // PART)
    found = [np.empty(0, np.uint64)]
    for part in range(parts):
        # Every part holds all rows of each of its hashes.
        only = f"WHERE {hashed} % {parts} = {part}" if parts > 1 else ""
        hashes = opened.numbers(f'SELECT {hashed} FROM ({rows}) AS "@typed" {only}')
        hashes.sort()
        found.append(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]))
    return np.concatenate(found)
