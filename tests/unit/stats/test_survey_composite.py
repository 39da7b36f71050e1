import pytest

from fedqi.stats import (
    CompositeSums,
    Item,
    ScaleSums,
    composite_sums,
    cronbach_alpha,
    response_rate,
    scale_sums,
)


def test_items_that_agree_and_items_that_contradict() -> None:
    assert cronbach_alpha(scale_sums([(1, 1), (2, 2), (5, 5)])) == pytest.approx(1)
    contradicting = cronbach_alpha(scale_sums([(1, 4), (2, 2), (5, 2)]))
    assert contradicting is not None and contradicting < 0


def test_no_alpha_where_there_is_none() -> None:
    assert cronbach_alpha(scale_sums([])) is None
    assert cronbach_alpha(scale_sums([(1, 2)])) is None
    assert cronbach_alpha(scale_sums([(1,), (2,)])) is None
    assert cronbach_alpha(scale_sums([(1, 5), (5, 1), (3, 3)])) is None
    with pytest.raises(ValueError, match="sums of squares"):
        cronbach_alpha(ScaleSums(3, (1.0, 2.0), (1.0,), 4.0))
    with pytest.raises(ValueError, match="zip"):
        scale_sums([(1, 2), (1, 2, 3)])


def test_alpha_is_that_of_all_sites_together() -> None:
    here, there = [(1, 2, 1), (4, 5, 3)], [(2, 2, 4), (5, 3, 5), (1, 1, 2)]
    a, b = scale_sums(here), scale_sums(there)
    total = ScaleSums(
        a.respondents + b.respondents,
        tuple(x + y for x, y in zip(a.items, b.items, strict=True)),
        tuple(x + y for x, y in zip(a.item_squares, b.item_squares, strict=True)),
        a.squares + b.squares,
    )
    assert total == scale_sums(here + there)


def test_the_top_box_counts_the_best_answers() -> None:
    item = Item(1, (1, 2, 3, 4))
    assert item.top_box(4) == 0.4
    assert item.top_box(3) == 0.7
    assert item.top_box(1) == 1
    assert item.moments.mean == pytest.approx(3)
    for best in (0, 5):
        with pytest.raises(ValueError, match="not on the scale"):
            item.top_box(best)
    with pytest.raises(ValueError, match="nobody answered"):
        Item(1, (0, 0)).top_box(1)


def test_response_rate() -> None:
    found = response_rate(30, 100)
    assert found.share == 0.3
    assert found.interval.lower < 0.3 < found.interval.upper
    for returned, asked in ((0, 0), (5, 4)):
        with pytest.raises(ValueError, match="not a proportion"):
            response_rate(returned, asked)


def test_all_or_none_is_stricter_than_opportunities() -> None:
    sums = composite_sums(
        [
            (True, True, True),
            (True, False, True),
            (None, True, None),
            (None, None, None),
        ]
    )
    assert sums == CompositeSums(patients=3, complete=2, opportunities=7, met=6)
    assert (sums.all_or_none, sums.opportunity) == pytest.approx((2 / 3, 6 / 7))
    assert sums + sums == CompositeSums(6, 4, 14, 12)


def test_nobody_eligible_no_score() -> None:
    empty = composite_sums([(None, None)])
    assert (empty.all_or_none, empty.opportunity) == (None, None)
