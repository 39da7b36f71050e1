import pytest

from fedqi.stats import (
    Band,
    benjamini_hochberg,
    discoveries_on_grid,
    false_alarms,
    persistence,
    return_sums,
    share_returned,
)

REVIEW, FINE, FEW, BEST = Band.REVIEW, Band.AS_EXPECTED, Band.INSUFFICIENT, Band.EXEMPLARY


def test_k_of_the_last_n() -> None:
    found = persistence([REVIEW, FINE, REVIEW, FEW, REVIEW], last=4)
    assert (found.flagged, found.judged) == (2, 3)
    # Two or three flags of three at one in forty each.
    assert found.by_chance == pytest.approx(3 * 0.025**2 * 0.975 + 0.025**3)


def test_no_flag_and_no_history_are_certain_by_chance() -> None:
    assert persistence([FINE, BEST], last=6).by_chance == 1
    empty = persistence([], last=3)
    assert (empty.flagged, empty.judged, empty.by_chance) == (0, 0, 1)
    assert persistence([BEST, BEST], 2, band=BEST).flagged == 2
    for last, level in ((0, 0.95), (3, 1.0)):
        with pytest.raises(ValueError, match="at level"):
            persistence([], last, level)


def test_flagged_sites_that_returned() -> None:
    earlier = [REVIEW, REVIEW, REVIEW, FINE, BEST]
    later = [FINE, REVIEW, FEW, REVIEW, FINE]
    assert return_sums(earlier, later) == (2, 1)
    found = share_returned(20, 15)
    assert found.share == 0.75
    assert found.interval is not None and found.interval.lower < 0.75 < found.interval.upper
    nobody = share_returned(0, 0)
    assert (nobody.share, nobody.interval) == (None, None)
    with pytest.raises(ValueError, match="returned"):
        share_returned(2, 3)


def test_false_alarms_among_a_hundred() -> None:
    found = false_alarms(100)
    assert found.expected == pytest.approx(5)
    assert found.at_least_one == pytest.approx(1 - 0.95**100)
    assert false_alarms(100, one_sided=True).expected == pytest.approx(2.5)
    assert false_alarms(500, 0.998).expected == pytest.approx(1)
    assert false_alarms(0).at_least_one == 0
    with pytest.raises(ValueError, match="comparisons"):
        false_alarms(-1)


def test_nothing_stands_out_where_nothing_does() -> None:
    assert benjamini_hochberg([0.2, 0.5, 0.9]).threshold is None
    assert benjamini_hochberg([]).rejected == 0
    assert benjamini_hochberg([0.05], 0.05).rejected == 1
    for p, rate in ((1.2, 0.05), (0.5, 0.0)):
        with pytest.raises(ValueError, match="no probability"):
            benjamini_hochberg([p], rate)


def test_discoveries_from_counts() -> None:
    # Five of 100 up to 0.001, nine up to 0.01: 100 * 0.01 = 1 > 0.05 * 9, 100 * 0.001 <= 0.05 * 5.
    found = discoveries_on_grid((0.001, 0.01, 0.1, 1.0), (5, 4, 11, 80))
    assert (found.threshold, found.rejected) == (0.001, 5)
    assert discoveries_on_grid((0.5, 1.0), (2, 8)).threshold is None
    assert discoveries_on_grid((1.0,), (0,)).rejected == 0


@pytest.mark.parametrize("thresholds", [(0.0, 1.0), (0.5, 0.5, 1.0), (0.1, 0.5), ()])
def test_grids_of_p_values_that_do_not_rise_to_one_are_refused(
    thresholds: tuple[float, ...],
) -> None:
    with pytest.raises(ValueError, match="does not rise"):
        discoveries_on_grid(thresholds, [1] * len(thresholds))
    with pytest.raises(ValueError, match="do not fit"):
        discoveries_on_grid((1.0,), (1, 2))
