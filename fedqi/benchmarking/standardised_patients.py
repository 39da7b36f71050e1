"""One site's patients as covariate patterns, and what a fixed model expects of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.standardised_state import ModelState
from fedqi.measures import MeasureSummary, PatternTable
from fedqi.stats.regression_blocks import Family, Floats, Patterns

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class SitePatients:
    """Patients of one site's providers over some periods, as covariate patterns.

    Parameters
    ----------
    tables
        Provider -> its tables, of at least one pattern together.
    """

    tables: Mapping[str, Sequence[PatternTable]]

    @cached_property
    def arrays(self) -> Mapping[str, tuple[Arrays, Floats, Floats]]:
        """Provider -> covariates, patients and events of its patterns."""
        return {
            provider: (
                {
                    name: np.concatenate([np.asarray(table.values[name]) for table in tables])
                    for name in tables[0].values
                },
                np.concatenate([np.asarray(table.patients, np.float64) for table in tables]),
                np.concatenate([np.asarray(table.events, np.float64) for table in tables]),
            )
            for provider, tables in self.tables.items()
        }

    def patterns(self, state: ModelState) -> dict[str, Patterns]:
        """Return provider -> patterns in the scaled columns of the supported model."""
        model, unit = state.fitted_model, unit_of(state)
        return {
            provider: Patterns(
                model.design.scaled(model.values(given), len(n)),
                n,
                y * unit,
                sum(table.about_means for table in self.tables[provider]) * unit**2,
            )
            for provider, (given, n, y) in self.arrays.items()
        }

    def unscaled_patterns(self, state: ModelState) -> dict[str, Patterns]:
        """Return provider -> patterns in the columns of the measure's own risk model."""
        design = state.design
        return {
            provider: Patterns(design.matrix(given, len(n)), n, y)
            for provider, (given, n, y) in self.arrays.items()
        }


def patients_of(
    state: ModelState, summary: MeasureSummary, periods: Collection[str] | None = None
) -> SitePatients:
    """Return a site's patients of all released periods, or of some."""
    kept = summary.restricted(set(state.released if periods is None else periods)).patterns
    tables = {
        provider: [table for _, table in sorted(series.items()) if table.patients]
        for provider, series in sorted(kept.items())
    }
    return SitePatients({provider: own for provider, own in tables.items() if own})


def unit_of(state: ModelState) -> float:
    """Return what one of the whole numbers of a pattern is to the model: an event, or a step."""
    scale = state.subject.measure.scale
    return 1.0 if scale is None else scale.step / (scale.upper - scale.origin)


def frozen_coefficients(state: ModelState) -> tuple[float, ...]:
    """Return the frozen model's coefficients in model order."""
    model = state.subject.measure.risk_model
    assert model is not None and model.coefficients is not None
    return tuple(model.coefficients[name] for name in state.design.names)


def expectation(
    patterns: Patterns, coefficients: Sequence[float], family: Family
) -> tuple[float, float, float]:
    """Return observed, expected and the variance of the observed, under a fixed model.

    The variance of a value is in units of its residual variance.
    """
    mean = patterns.mean(coefficients, family)
    if family is Family.GAUSSIAN:
        variance = np.ones_like(mean)
    else:
        variance = mean * (1 - mean) if family is Family.BINOMIAL else mean
    return (
        float(patterns.outcome.sum()),
        float(patterns.weight @ mean),
        float(patterns.weight @ variance),
    )
