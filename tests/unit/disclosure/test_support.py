"""A cell is summed only where enough organisations stand behind it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedqi.disclosure import Support, claims_of
from fedqi.errors import PolicyError
from tests.attacks.algebra import isolated

MINIMUM, COLLUDERS = 5, 2
SITES = 9

cells = st.lists(
    st.lists(st.integers(-3, 3), min_size=4, max_size=4), min_size=SITES, max_size=SITES
).map(np.array)


def support_of(figures: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Support:
    claims = np.sum([claims_of(row) for row in figures], axis=0)
    return Support.from_claims(claims, len(figures), MINIMUM)


def test_a_claim_is_whether_a_figure_is_not_zero() -> None:
    assert claims_of(np.array([[0, -2], [3, 0]])).tolist() == [[0, 1], [1, 0]]
    assert claims_of(np.array([0.0, 0.25, np.nan])).tolist() == [0, 1, 1]


def test_cells_are_supported_from_the_minimum_on() -> None:
    found = Support.from_claims(np.array([[0, 4], [5, 9]]), SITES, MINIMUM)
    assert found.kept.tolist() == [[False, False], [True, True]]
    assert found.dropped(np.array([[1, 2], [3, 4]])).tolist() == [[0, 0], [3, 4]]


@pytest.mark.parametrize(
    ("claims", "groups", "merged"),
    [
        ([9, 1, 0, 5, 2], [0, 0, 0, 1, 1], [6, 9]),
        ([1, 2, 6], [0, 0, 0], [6]),
        ([1, 6, 6], [0, 0, 1], [3, 3]),
        ([1, 2, 4], [-1, -1, -1], []),
    ],
)
def test_cells_that_are_not_supported_join_a_supported_one(
    claims: list[int], groups: list[int], merged: list[int]
) -> None:
    found = Support.from_claims(np.array(claims), SITES, MINIMUM)
    assert found.groups().tolist() == groups
    assert found.merged(np.arange(1, len(claims) + 1)).tolist() == merged


@pytest.mark.parametrize("claims", [[10, 3], [-1, 3]])
def test_claims_that_cannot_be_are_refused(claims: list[int]) -> None:
    with pytest.raises(PolicyError, match="expected 0 to 9"):
        Support.from_claims(np.array(claims), SITES, MINIMUM)


def test_cells_of_a_table_are_not_merged_without_an_order() -> None:
    with pytest.raises(PolicyError, match="2 dimensions found, 1 expected"):
        Support.from_claims(np.array([[9], [9]]), SITES, MINIMUM).groups()


@given(cells)
def test_merging_keeps_the_total_and_puts_honest_sites_behind_every_sum(
    figures: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
) -> None:
    found = support_of(figures)
    merged = np.array([found.merged(row) for row in figures])
    if found.kept.any():
        assert (merged.sum(axis=1) == figures.sum(axis=1)).all()
    groups = found.groups()
    for group in range(merged.shape[1]):
        behind = np.flatnonzero((figures[:, groups == group] != 0).any(axis=1))
        assert len(behind) >= MINIMUM


@given(cells, st.booleans())
def test_neither_dropped_nor_merged_cells_isolate_a_figure_that_is_not_zero(
    figures: np.ndarray[tuple[int, ...], np.dtype[np.int64]], dropping: bool
) -> None:
    """Zeros are public where a cell is known to be rare; colluders claim whatever they like."""
    figures[:COLLUDERS] = 1
    found = support_of(figures)
    honest = range(COLLUDERS, SITES)
    cell_of = np.where(found.kept, np.arange(4), -1) if dropping else found.groups()
    equations = [
        {(s, c): 1 for s in honest for c in range(4) if cell_of[c] == group and figures[s, c]}
        for group in sorted(set(cell_of[cell_of >= 0]))
    ]
    if not dropping and found.kept.any():
        equations.append({(s, c): 1 for s in honest for c in range(4) if figures[s, c]})
    secrets = {cell for equation in equations for cell in equation}
    assert isolated(equations, secrets, 3, owner=lambda cell: cell[0]) == frozenset()


def test_the_control_a_total_beside_dropped_cells_isolates() -> None:
    kept = {(site, 0): 1 for site in range(5)}
    assert isolated([kept, {**kept, (7, 1): 1}], {*kept, (7, 1)}, 3, lambda c: c[0]) == {7}
