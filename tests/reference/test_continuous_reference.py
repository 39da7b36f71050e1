"""Means, scales and false discoveries against published worked examples."""

import pytest

from fedqi.stats import (
    Item,
    Moments,
    benjamini_hochberg,
    between_sums,
    cronbach_alpha,
    mean_spread,
    pooled_moments,
    scale_sums,
)

SLEEP = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
"""Additional hours of sleep, Student (1908), Biometrika 6:1-25, p. 20, last column."""

PLANTS = {
    "ctrl": [4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14],
    "trt1": [4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69],
    "trt2": [6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26],
}
"""Dried weight of plants, Dobson AJ (1983), An Introduction to Statistical Modelling; R's
PlantGrowth."""

# Denis DJ (2016), Applied Univariate, Bivariate, and Multivariate Statistics: five
# items of ten persons, and what SPSS prints of them.
ANSWERS = [
    (10, 12, 15, 11, 12),
    (12, 18, 12, 12, 1),
    (8, 16, 14, 14, 4),
    (6, 8, 16, 8, 6),
    (4, 7, 8, 7, 5),
    (6, 6, 3, 7, 3),
    (3, 4, 6, 5, 8),
    (7, 3, 7, 9, 9),
    (8, 9, 4, 10, 10),
    (9, 5, 6, 11, 12),
]

# The example of Benjamini & Hochberg (1995): 15 comparisons of two treatments.
P_VALUES = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
P_VALUES += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]


def moments(values: list[float], origin: float = 0.0) -> Moments:
    away = [value - origin for value in values]
    return Moments(len(values), sum(away), sum(x * x for x in away), origin)


def test_students_sleep() -> None:
    # t.test(sleep$extra[11:20] - sleep$extra[1:10]): mean 1.58, 0.7001142 to 2.4598858
    for origin in (0.0, 12.0):
        found = moments(SLEEP, origin)
        interval = found.interval()
        assert interval is not None
        assert found.mean == pytest.approx(1.58)
        assert (interval.lower, interval.upper) == pytest.approx((0.7001142, 2.4598858), abs=5e-8)


def test_one_way_analysis_of_variance() -> None:
    # anova(lm(weight ~ group, PlantGrowth)): F = 4.8461 on 2 and 27; residual SE 0.6234
    units = [moments(values, 5.0) for values in PLANTS.values()]
    pooled = pooled_moments(units)
    found = mean_spread(pooled, *between_sums(units, pooled.mean))
    assert found.within_sd == pytest.approx(0.6234, abs=5e-5)
    assert found.spread.phi * 3 / 2 == pytest.approx(4.8461, abs=5e-5)
    # tau2 = (F - 1) sigma2 / n for equal groups: the usual moment estimate.
    assert found.within_sd is not None
    f = found.spread.phi * 3 / 2
    assert found.spread.tau2 == pytest.approx((f - 1) * found.within_sd**2 / 10)


def test_cronbachs_alpha_of_spss() -> None:
    assert round(cronbach_alpha(scale_sums(ANSWERS)) or 0.0, 3) == 0.633


def test_item_statistics_of_spss() -> None:
    means = [7.3, 8.8, 9.1, 9.4, 7.0]
    deviations = [2.71006, 5.05085, 4.74810, 2.71621, 3.80058]
    for column, mean, sd in zip(zip(*ANSWERS, strict=True), means, deviations, strict=True):
        item = Item(1, tuple(column.count(k) for k in range(1, 19)))
        assert item.moments.mean == pytest.approx(mean)
        assert item.moments.sd == pytest.approx(sd, abs=5e-6)


def test_four_discoveries() -> None:
    found = benjamini_hochberg(P_VALUES, 0.05)
    assert (found.rejected, found.threshold) == (4, 0.0095)
