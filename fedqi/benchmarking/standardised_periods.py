"""Period by period against the model of all periods: sums of events expected, and own charts.

Per period the sites add how many events the model expects of their patients, and nothing else:
sums that are linear in counts of patients, in thousandths of an event. Whoever wants more of a
period, the squares of what is left, would pay for it with a fingerprint of the counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.analysis import UnitResult, Values
from fedqi.benchmarking.crude_sums import MAXIMUM_PROVIDERS
from fedqi.benchmarking.standardised_linear_figures import LinearPeriodResult, linear_period
from fedqi.benchmarking.standardised_patients import expectation, patients_of
from fedqi.benchmarking.standardised_state import ModelState
from fedqi.measures import MeasureSummary
from fedqi.secagg.encoding import Block
from fedqi.stats.period_cusum import (
    RATIOS,
    RUN_LENGTH,
    PeriodRisks,
    period_cusum,
    period_vlad,
)
from fedqi.stats.regression_blocks import Family, Patterns

EXPECTED_GRAIN = 2.0**-10
"""Events expected of a site in one period are rounded to it; of values, their scaled sum."""

FEWEST_PERIODS = 2
"""Periods of a provider from which it has a chart."""


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """All sites in one period, against the model of all periods.

    Parameters
    ----------
    rate
        Sum O / sum N of the period.
    expected
        Sum of E, to a thousandth of an event per site.
    ratio
        Sum O / sum E; None where nothing is expected.
    """

    rate: float
    expected: float
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Cusum:
    """A risk-adjusted CUSUM of one provider, one step per period.

    Parameters
    ----------
    odds_ratio
        What it looks for: 2 doubled odds of the event (of a rate: the rate), 0.5 halved ones.
    threshold
        A value of at least this signals, and the next period starts again from 0.
    values
        After each period.
    signals
        Periods after which it signalled.
    """

    odds_ratio: float
    threshold: float
    values: tuple[float, ...]
    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OverTime:
    """One provider's periods in order, made at its own site.

    Parameters
    ----------
    periods
        Those with patients.
    observed, expected
        O and E of each.
    vlad, vlad_sd
        Sum of E - O up to each, and its standard deviation by chance (pointwise).
    cusums
        For doubled and for halved odds.
    false_alarm_every
        Periods between false alarms of one CUSUM, on average.
    """

    periods: tuple[str, ...]
    observed: tuple[int, ...]
    expected: tuple[float, ...]
    vlad: tuple[float, ...]
    vlad_sd: tuple[float, ...]
    cusums: tuple[Cusum, ...]
    false_alarm_every: float


def period_blocks(state: ModelState, largest: float) -> Iterator[Block]:
    """Yield the blocks of each released period of a calendar."""
    for period in state.charted:
        atom = state.subject.atom(period)
        yield Block(f"{period}/providers", (1,), "count", 0, MAXIMUM_PROVIDERS, atom=atom)
        low = -largest if state.family is Family.GAUSSIAN else 0.0
        yield Block(f"{period}/expected", (1,), "real", low, largest, EXPECTED_GRAIN, atom)


def period_values(state: ModelState, summary: MeasureSummary) -> dict[str, NDArray[Any]]:
    """Return this site's numbers for these blocks."""
    found: dict[str, NDArray[Any]] = {}
    for period in state.charted:
        own = patients_of(state, summary, {period}).patterns(state).values()
        expected = [expectation(each, state.coefficients, state.family)[1] for each in own]
        found[f"{period}/providers"] = np.array([len(expected)])
        found[f"{period}/expected"] = np.array([sum(expected)], dtype=np.float64)
    return found


def with_periods(state: ModelState, total: Values) -> ModelState:
    """Return the state with what the sums say of each period."""
    series = {
        period: replace(
            state.series[period],
            providers=int(total[f"{period}/providers"][0]),
            expected=float(total[f"{period}/expected"][0]),
        )
        for period in state.charted
    }
    return replace(state, series={**state.series, **series})


def period_results(state: ModelState) -> dict[str, UnitResult]:
    """Return one result for each released period of a calendar."""
    return {
        period: UnitResult(
            sites=tuple(sorted(state.offering[period])),
            providers=state.series[period].providers,
            observed=state.series[period].observed,
            denominator=state.series[period].denominator,
            detail=_period_result(state, period),
        )
        for period in state.charted
    }


def _period_result(state: ModelState, period: str) -> PeriodResult | LinearPeriodResult:
    sums = state.series[period]
    if state.family is Family.GAUSSIAN:
        return linear_period(state, sums)
    return PeriodResult(
        rate=sums.observed / sums.denominator if sums.denominator else 0.0,
        expected=sums.expected,
        ratio=sums.observed / sums.expected if sums.expected > 0 else None,
    )


def over_time(state: ModelState, series: Mapping[str, Patterns]) -> OverTime | None:
    """Return a provider's charts; None with too few periods, or where nothing can vary."""
    risks = [
        PeriodRisks(
            float(own.outcome.sum()),
            own.weight,
            own.mean(state.coefficients, state.family),
            state.family,
        )
        for own in series.values()
    ]
    if len(risks) < FEWEST_PERIODS or not all(each.variance > 0 for each in risks):
        return None
    periods, (vlad, deviation) = tuple(series), period_vlad(risks)
    charts = [period_cusum(risks, ratio) for ratio in RATIOS]
    return OverTime(
        periods=periods,
        observed=tuple(round(each.observed) for each in risks),
        expected=tuple(each.expected for each in risks),
        vlad=vlad,
        vlad_sd=deviation,
        cusums=tuple(
            Cusum(c.ratio, c.threshold, c.values, tuple(periods[i] for i in c.signals))
            for c in charts
        ),
        false_alarm_every=RUN_LENGTH,
    )


def series_of(state: ModelState, summary: MeasureSummary) -> dict[str, dict[str, Patterns]]:
    """Return provider -> released period -> its patients in the columns of the fitted model."""
    found: dict[str, dict[str, Patterns]] = {}
    for period in state.charted:
        own = patients_of(state, summary, {period}).patterns(state)
        for provider, patterns in own.items():
            found.setdefault(provider, {})[period] = patterns
    return found
