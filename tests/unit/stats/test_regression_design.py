"""Columns of terms: names, splines, scaling."""

import numpy as np
import pytest

from fedqi.stats.regression_design import (
    CategoryTerm,
    Design,
    NumberTerm,
    SplineTerm,
    restricted_cubic_spline,
)

KNOTS = (50.0, 65.0, 80.0)
DESIGN = Design(
    (
        CategoryTerm("sex", ("female", "male", "other")),
        SplineTerm("age", KNOTS, 18, 120),
        NumberTerm("lactate", 0, 30),
    )
)


def test_names_in_model_order() -> None:
    assert DESIGN.names == ("(Intercept)", "sex[male]", "sex[other]", "age", "age'", "lactate")


def test_spline_by_hand() -> None:
    # At 70: (20³ - 5³ x 30/15) / 30² ; at 90: (40³ - 25³ x 2 + 10³) / 900.
    found = restricted_cubic_spline(np.array([40.0, 70.0, 90.0]), KNOTS)
    assert found[:, 0].tolist() == [40, 70, 90]
    assert found[:, 1] == pytest.approx([0, 7750 / 900, 33750 / 900], rel=1e-15)


@pytest.mark.parametrize("knots", [KNOTS, (20.0, 30.0, 70.0, 71.0), (1.0, 2.0, 50.0, 80.0, 99.0)])
def test_spline_is_linear_beyond_its_knots_and_rises(knots: tuple[float, ...]) -> None:
    beyond = restricted_cubic_spline(np.array([100.0, 110.0, 120.0]), knots)
    assert np.diff(beyond, 2, axis=0) == pytest.approx(0, abs=1e-9)
    assert (restricted_cubic_spline(np.array([-5.0, 1.0]), knots)[:, 1:] == 0).all()
    within = restricted_cubic_spline(np.linspace(0, 120, 500), knots)
    assert (np.diff(within, axis=0) >= -1e-12).all()


@pytest.mark.parametrize("knots", [(1.0, 2.0), (1.0, 3.0, 2.0)])
def test_too_few_or_falling_knots(knots: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="at least three, rising"):
        restricted_cubic_spline(np.array([1.0]), knots)


def test_scaled_columns_give_the_same_predictor() -> None:
    values = {
        "sex": np.array([0, 1, 2, 0]),
        "age": np.array([18.0, 120.0, 66.0, 80.0]),
        "lactate": np.array([0.0, 30.0, 4.5, 2.0]),
    }
    scaled, plain = DESIGN.scaled(values, 4), DESIGN.matrix(values, 4)
    assert np.abs(scaled).max() <= 1
    assert scaled[0].tolist() == [1, 0, 0, -1, -1, -1]
    beta = np.array([0.3, -1.0, 2.0, 0.7, -0.4, 1.1])
    assert plain @ (DESIGN.unscaled() @ beta) == pytest.approx(scaled @ beta, abs=1e-12)
