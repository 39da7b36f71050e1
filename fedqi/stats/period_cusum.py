"""Risk-adjusted CUSUM and VLAD from one period to the next. Purely local, nothing is summed.

Within a period the order of the patients is not known where only counts per covariate pattern
are kept, so the chart takes one step per period: the log-likelihood ratio of all its patients.
A change is seen at the end of a period, not in the middle of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log, sqrt

import numpy as np

from fedqi.stats.regression_blocks import Family, Floats
from fedqi.stats.run_length import Scores, threshold_of

RUN_LENGTH = 100.0
"""Mean number of periods between false alarms."""

RATIOS = (2.0, 0.5)
"""Doubled and halved odds (of a rate: rates) of the event."""

_NODES = 100
_LATTICE = 512
_RISK_BINS = 256


@dataclass(frozen=True, slots=True, eq=False)
class PeriodRisks:
    """A provider's patients of one period.

    Parameters
    ----------
    observed
        Events.
    weight
        Patients of each pattern, or their exposure, shape ``(g,)``.
    mean
        Predicted probability, or rate, of each, shape ``(g,)``.
    family
        Binomial, or Poisson for a rate.
    """

    observed: float
    weight: Floats
    mean: Floats
    family: Family = Family.BINOMIAL

    @property
    def expected(self) -> float:
        """E, the events that the model predicts."""
        return float(self.weight @ self.mean)

    @property
    def variance(self) -> float:
        """V, the variance of the events by chance."""
        rest = 1 - self.mean if self.family is Family.BINOMIAL else 1.0
        return float(self.weight @ (self.mean * rest))

    def cost(self, ratio: float) -> float:
        """Return what the score of a period is less than its events times ln R."""
        if self.family is Family.POISSON:
            return (ratio - 1) * self.expected
        return float(self.weight @ np.log1p((ratio - 1) * self.mean))

    def score(self, ratio: float) -> float:
        """Return ln of the likelihood with odds (or rates) times R over that without."""
        return self.observed * log(ratio) - self.cost(ratio)


@dataclass(frozen=True, slots=True)
class PeriodCusum:
    """A CUSUM with one step per period.

    Parameters
    ----------
    ratio
        The change it looks for: 2 doubled odds (of a rate: a doubled rate), 1/2 halved ones.
    threshold
        h; a value of at least h signals.
    values
        After each period, from 0 upwards; it starts again at 0 after a signal.
    signals
        Index of each period after which it signalled.
    """

    ratio: float
    threshold: float
    values: tuple[float, ...]
    signals: tuple[int, ...]


def period_cusum(
    periods: Sequence[PeriodRisks], ratio: float, run_length: float = RUN_LENGTH
) -> PeriodCusum:
    """Return the CUSUM ``X_t = max(0, X_{t-1} + W_t)``, W_t the score of a period.

    Parameters
    ----------
    periods
        In order of time; together with a variance above 0.
    ratio
        R, above 0 and not 1.
    run_length
        Mean number of periods between false alarms, for periods such as these.

    References
    ----------
    Steiner SH, Cook RJ, Farewell VT, Treasure T (2000). Biostatistics 1:441-452.
    doi:10.1093/biostatistics/1.4.441
    """
    threshold = threshold_of(period_scores(periods, ratio), run_length, _NODES)
    level, values, signals = 0.0, [], []
    for index, period in enumerate(periods):
        level = max(0.0, level + period.score(ratio))
        values.append(level)
        if level >= threshold:
            signals.append(index)
            level = 0.0
    return PeriodCusum(ratio, threshold, tuple(values), tuple(signals))


def period_vlad(periods: Sequence[PeriodRisks]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return Σ(E - O) after each period, and its standard deviation by chance √ΣV.

    References
    ----------
    Lovegrove J et al. (1997). Lancet 350:1128-1130. doi:10.1016/S0140-6736(97)06507-0
    """
    return (
        tuple(accumulate(period.expected - period.observed for period in periods)),
        tuple(sqrt(each) for each in accumulate(period.variance for period in periods)),
    )


def period_scores(periods: Sequence[PeriodRisks], ratio: float) -> Scores:
    """Return the steps that chance alone gives, each period as likely as any other.

    Steps are gathered on 512 equally spaced points; what lies between two is shared so that the
    mean stays.
    """
    parts = [(events_by_chance(p), p.cost(ratio)) for p in periods]
    steps = np.concatenate([np.arange(len(pmf)) * log(ratio) - cost for pmf, cost in parts])
    shares = np.concatenate([pmf / len(parts) for pmf, _ in parts])
    lattice = np.linspace(steps.min(), steps.max(), _LATTICE)
    place = (steps - lattice[0]) / (lattice[1] - lattice[0])
    below = np.minimum(place.astype(np.int64), _LATTICE - 2)
    upper = place - below
    gathered = np.zeros(_LATTICE)
    gathered += np.bincount(below, shares * (1 - upper), _LATTICE)
    gathered += np.bincount(below + 1, shares * upper, _LATTICE)
    return Scores(lattice, gathered)


def events_by_chance(period: PeriodRisks) -> Floats:
    """Return the probability of 0, 1, 2, ... events, up to where the rest is negligible.

    Of a proportion, the sum of independent events with their own risks, from its characteristic
    function; risks within 1/256 of one another are taken as their mean.
    """
    length = int(period.expected + 10 * sqrt(period.variance) + 20)
    turn = np.exp(-2j * np.pi * np.arange(length) / length) - 1
    if period.family is Family.POISSON:
        transform = np.exp(period.expected * turn)
    else:
        place = np.minimum((period.mean * _RISK_BINS).astype(np.int64), _RISK_BINS - 1)
        weight = np.bincount(place, period.weight)
        risk = np.bincount(place, period.weight * period.mean)[weight > 0] / weight[weight > 0]
        transform = np.exp(np.log1p(np.outer(turn, risk)) @ weight[weight > 0])
    found = np.maximum(np.fft.ifft(transform).real, 0.0)
    return np.asarray(found / found.sum())
