"""Isolation by elimination: masks cancel, and what remains is what is known."""

from fedqi.simulation.algebra import Row, eliminate, isolated, rank

MASKS = frozenset({("pair", "a", "b"), ("pair", "a", "c"), ("pair", "b", "c")})


def masked() -> list[Row]:
    """Three sites, masked pairwise."""
    return [
        {"a": 1, ("pair", "a", "b"): 1, ("pair", "a", "c"): 1},
        {"b": 1, ("pair", "a", "b"): -1, ("pair", "b", "c"): 1},
        {"c": 1, ("pair", "a", "c"): -1, ("pair", "b", "c"): -1},
    ]


def test_masks_leave_the_sum_over_all_and_nothing_else() -> None:
    (known,) = eliminate(masked(), MASKS)
    assert len(set(known.values())) == 1
    assert set(known) == {"a", "b", "c"}
    assert isolated([known], 2) is None
    assert isolated([known], 3) == ("a", "b", "c")


def test_a_missing_input_leaves_nothing() -> None:
    assert eliminate(masked()[:2], MASKS) == []


def test_two_sums_that_differ_by_one_site_isolate_it() -> None:
    rows: list[Row] = [{"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1}]
    assert isolated(rows, 2) == ("c",)


def test_three_sums_isolate_what_no_two_of_them_do() -> None:
    rows: list[Row] = [
        {"a": 1, "b": 1, "c": 1, "d": 1},
        {"c": 1, "d": 1, "e": 1, "f": 1},
        {"b": 1, "e": 1, "f": 1},
    ]
    # the first less the second plus the third is a + 2 b
    assert isolated(rows, 2) == ("a", "b")
    assert all(isolated([r for r in rows if r is not left_out], 2) is None for left_out in rows)


def test_rank_counts_independent_rows() -> None:
    assert rank([{"a": 1, "b": 1}, {"a": 2, "b": 2}, {"b": 5}]) == 2
