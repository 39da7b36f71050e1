"""Minimum groups behind atoms, bins and cells."""

import numpy as np
import pytest

from fedqi.disclosure import check_bins, void_atoms
from fedqi.errors import PolicyError


def test_an_atom_is_void_below_the_minimum() -> None:
    offering = {"a|2016|*": ("x", "y", "z"), "b|2016|*": ("x", "y"), "c|2016|*": ()}
    assert void_atoms(offering, 3) == ("b|2016|*", "c|2016|*")
    assert void_atoms({"a|2016|*": ("x", "x", "y")}, 3) == ("a|2016|*",)


@pytest.mark.parametrize("counts", [[4, 4], [8, 12, 17], [4], [4, 4, 4, 4]])
def test_bins_with_enough_inside_and_outside_pass(counts: list[int]) -> None:
    check_bins(counts, sum(counts), 4)


@pytest.mark.parametrize(
    ("counts", "total", "reason"),
    [
        ([3, 9], 12, "bin 1 of 2: 3 organisations, 9 outside"),
        ([9, 3], 12, "bin 1 of 2: 9 organisations, 3 outside"),
        ([4, 0, 8], 12, "bin 2 of 3: 0 organisations"),
        ([3], 3, "bin 1 of 1: 3 organisations"),
        ([4, 4], 9, "bins hold 8 organisations, 9 expected"),
        ([16, -4], 12, "bin 1 of 2"),
        ([], 4, "bins hold 0"),
    ],
)
def test_bins_that_would_single_out_are_refused(counts: list[int], total: int, reason: str) -> None:
    with pytest.raises(PolicyError, match=reason):
        check_bins(counts, total, 4)


def test_bins_may_be_an_array() -> None:
    check_bins(np.array([5, 6]), 11, 5)
