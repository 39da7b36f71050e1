import math

import numpy as np
import pytest

from fedqi.stats import (
    average_run_length,
    likelihood_score,
    risk_adjusted_cusum,
    threshold_for,
    vlad,
)
from fedqi.stats.run_length import Scores, threshold_of


def test_scores_of_opposite_outcomes_balance_at_the_null() -> None:
    # Under the null hypothesis the expected likelihood ratio, not its logarithm, is 1.
    for risk in (0.001, 0.2, 0.9):
        dead, alive = (likelihood_score(risk, event, 2.0) for event in (True, False))
        assert risk * math.exp(dead) + (1 - risk) * math.exp(alive) == pytest.approx(1)
        assert risk * dead + (1 - risk) * alive < 0


def test_the_chart_starts_again_after_a_signal() -> None:
    one = likelihood_score(0.1, True, 2.0)
    chart = risk_adjusted_cusum([True] * 4 + [False], [0.1] * 5, threshold=2 * one)
    assert chart.signals == (1, 3)
    assert chart.values == pytest.approx((one, 2 * one, one, 2 * one, 0.0))


def test_a_good_run_does_not_earn_credit() -> None:
    chart = risk_adjusted_cusum([False] * 50 + [True], [0.3] * 51, threshold=4.5)
    assert chart.values[:50] == (0,) * 50
    assert chart.values[50] == pytest.approx(likelihood_score(0.3, True, 2.0))


def test_improvement_is_a_chart_of_its_own() -> None:
    chart = risk_adjusted_cusum([False] * 3, [0.5] * 3, threshold=4.5, odds_ratio=0.5)
    assert chart.values == pytest.approx([-k * math.log(0.75) for k in (1, 2, 3)])


def test_vlad_adds_expected_less_observed() -> None:
    found = vlad([False, True, False], [0.2, 0.5, 0.1])
    assert found.values == pytest.approx((0.2, -0.3, -0.2))
    assert found.chance_sd == pytest.approx((0.4, math.sqrt(0.41), math.sqrt(0.5)))
    assert vlad([], []).values == ()
    with pytest.raises(ValueError, match="no probability"):
        vlad([True], [1.1])


def lattice_run_length(up: int, threshold: int, risk: float) -> float:
    """Solve exactly the chain that falls by one step or rises by ``up``, absorbed from above."""
    chain = np.zeros((threshold, threshold))
    for level in range(threshold):
        chain[level, max(0, level - 1)] += 1 - risk
        if level + up < threshold:
            chain[level, level + up] += risk
    return float(np.linalg.solve(np.eye(threshold) - chain, np.ones(threshold))[0])


@pytest.mark.parametrize("true_ratio", [1.0, 2.0])
@pytest.mark.parametrize("up", [2, 4, 9])
def test_run_length_on_a_lattice_is_exact(up: int, true_ratio: float) -> None:
    # 1 + p = 2^(1/(up+1)) makes the score of an event exactly `up` times that of none.
    risk = 2 ** (1 / (up + 1)) - 1
    step = math.log(1 + risk)
    true = true_ratio * risk / (1 - risk + true_ratio * risk)
    found = average_run_length([risk], 29.5 * step, true_odds_ratio=true_ratio, nodes=60)
    assert found == pytest.approx(lattice_run_length(up, 30, true), rel=1e-9)


@pytest.mark.parametrize("rarely", [1e-17, 1e-15, 0.0])
def test_a_chart_that_never_signals_has_a_threshold(rarely: float) -> None:
    # Leaving is lost in rounding: the equations are singular, or their solution is negative.
    scores = Scores(np.array([-0.1, 2.0]), np.array([1 - rarely, rarely]))
    assert 0 < threshold_of(scores, 100, 150) <= 1


def test_the_threshold_gives_the_run_length() -> None:
    risks = [0.01, 0.02, 0.02, 0.05, 0.1, 0.3]
    threshold = threshold_for(risks, 500, nodes=150)
    assert average_run_length(risks, threshold, nodes=150) >= 500
    assert average_run_length(risks, threshold * 0.98, nodes=150) < 500
    # Doubled odds are seen much earlier than a false alarm comes.
    assert average_run_length(risks, threshold, true_odds_ratio=2.0, nodes=150) < 250


def test_risks_weigh_by_how_often_they_occur() -> None:
    once, thrice = [0.05, 0.2], [0.05, 0.2, 0.2, 0.05, 0.05, 0.2]
    assert average_run_length(once, 3, nodes=50) == pytest.approx(
        average_run_length(thrice, 3, nodes=50)
    )


def test_impossible_charts_are_refused() -> None:
    for risk in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="a risk of"):
            risk_adjusted_cusum([True], [risk], 4.5)
    with pytest.raises(ValueError, match="threshold"):
        risk_adjusted_cusum([True], [0.1], 0.0)
    with pytest.raises(ValueError, match="threshold"):
        risk_adjusted_cusum([True], [0.1], 4.5, odds_ratio=1.0)
    with pytest.raises(ValueError, match="threshold"):
        average_run_length([0.1], 0.0)
    with pytest.raises(ValueError, match="0 risks"):
        average_run_length([], 4.5)
    with pytest.raises(ValueError, match="run length"):
        threshold_for([0.1], 1.0)
