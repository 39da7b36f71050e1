import math

import pytest

from fedqi.stats import measure_quality, minimum_patients, minimum_volume, quality_sums


def test_the_volume_for_seven_tenths() -> None:
    # M = 30: n / (n + 30) = 0.7 at n = 70.
    assert minimum_volume(30) == pytest.approx(70)
    assert minimum_patients(30) == 70
    assert minimum_patients(30.1) == 71
    # 9 * 0.8 / 0.2 = 36.00000000000001 in binary fractions.
    assert minimum_patients(9, 0.8) == 36
    assert minimum_volume(30, 0.5) == pytest.approx(30)


def test_no_volume_is_enough_without_variation() -> None:
    assert minimum_volume(math.inf) is minimum_patients(math.inf) is None
    found = measure_quality(*quality_sums([0.0, 0.0]))
    assert (found.units, found.below, found.share_below, found.mean_reliability) == (2, 2, 1, 0)


def test_each_site_counts_its_own_units() -> None:
    # 70 patients beside a prior of 30 are just enough.
    sums = quality_sums([n / (n + 30) for n in (30, 70, 270)])
    assert sums == pytest.approx((3, 1, 0.5 + 0.7 + 0.9))
    found = measure_quality(*sums)
    assert (found.share_below, found.mean_reliability) == pytest.approx((1 / 3, 0.7))
    assert measure_quality(0, 0, 0.0).share_below == 0


@pytest.mark.parametrize(("prior", "threshold"), [(30, 0), (30, 1), (0, 0.7), (-1, 0.7)])
def test_impossible_questions_are_refused(prior: float, threshold: float) -> None:
    with pytest.raises(ValueError, match="reliability"):
        minimum_volume(prior, threshold)


@pytest.mark.parametrize(("below", "reliability"), [(4, 1.0), (-1, 1.0), (1, 3.1), (1, -0.1)])
def test_impossible_sums_are_refused(below: int, reliability: float) -> None:
    with pytest.raises(ValueError, match="of 3 units below"):
        measure_quality(3, below, reliability)
