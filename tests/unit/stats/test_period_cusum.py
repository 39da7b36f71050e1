"""CUSUM and VLAD with one step per period."""

from math import log, sqrt

import numpy as np
import pytest
from scipy.stats import binom, poisson

from fedqi.stats.cusum import likelihood_score
from fedqi.stats.period_cusum import (
    PeriodRisks,
    events_by_chance,
    period_cusum,
    period_scores,
    period_vlad,
)
from fedqi.stats.regression_blocks import Family
from fedqi.stats.run_length import average_run_length


def month(observed: float, *patterns: tuple[float, float], rate: bool = False) -> PeriodRisks:
    weight, mean = (np.array(each) for each in zip(*patterns, strict=True))
    return PeriodRisks(observed, weight, mean, Family.POISSON if rate else Family.BINOMIAL)


def test_a_period_scores_what_its_patients_score() -> None:
    found = month(3, (10, 0.1), (5, 0.4)).score(2.0)
    patients = [likelihood_score(0.1, index < 1, 2.0) for index in range(10)]
    patients += [likelihood_score(0.4, index < 2, 2.0) for index in range(5)]
    assert found == pytest.approx(sum(patients))
    assert month(3, (200, 0.01), rate=True).score(2.0) == pytest.approx(3 * log(2) - 2)


def test_events_by_chance() -> None:
    pmf = events_by_chance(month(0, (40, 0.2)))
    assert pmf[:30] == pytest.approx(binom.pmf(np.arange(30), 40, 0.2), abs=1e-12)
    pmf = events_by_chance(month(0, (100, 0.07), rate=True))
    assert pmf[:20] == pytest.approx(poisson.pmf(np.arange(20), 7), abs=1e-12)
    two = events_by_chance(month(0, (12, 0.1), (9, 0.5)))
    first, second = np.zeros(13), np.zeros(10)
    first[:], second[:] = binom.pmf(range(13), 12, 0.1), binom.pmf(range(10), 9, 0.5)
    parts = np.convolve(first, second)
    assert two[:22] == pytest.approx(parts, abs=1e-12)


def test_one_patient_a_period_is_steiner_s_chart() -> None:
    risks = [0.05, 0.3, 0.1]
    found = period_cusum([month(1, (1, risk)) for risk in risks], 2.0, run_length=200)
    run = average_run_length(risks, found.threshold, 2.0)
    assert run == pytest.approx(200, rel=0.03)


def test_a_deterioration_signals_and_an_improvement_does_so_on_the_other_chart() -> None:
    steady, bad = month(10, (100, 0.1)), month(25, (100, 0.1))
    worse = period_cusum([steady] * 5 + [bad] * 3, 2.0)
    assert worse.signals and min(worse.signals) >= 5
    assert not period_cusum([steady] * 5 + [bad] * 3, 0.5).signals
    better = period_cusum([steady] * 5 + [month(1, (100, 0.1))] * 3, 0.5)
    assert better.signals


def test_scores_keep_their_mean() -> None:
    periods = [month(0, (30, 0.2)), month(0, (50, 0.1), (4, 0.9))]
    scores = period_scores(periods, 2.0)
    means = [p.expected * log(2) - p.cost(2.0) for p in periods]
    assert scores.probabilities.sum() == pytest.approx(1)
    assert scores.steps @ scores.probabilities == pytest.approx(np.mean(means), abs=1e-9)


def test_vlad_adds_up_what_was_expected_and_did_not_happen() -> None:
    values, sd = period_vlad([month(3, (10, 0.2)), month(1, (10, 0.2))])
    assert values == pytest.approx((-1, 0))
    assert sd == pytest.approx((sqrt(1.6), sqrt(3.2)))
