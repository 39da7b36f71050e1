"""The numbers of each step of the ``direct`` analysis."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.benchmarking.analysis import Values
from fedqi.benchmarking.crude_sums import MAXIMUM_PROVIDERS
from fedqi.benchmarking.crude_value_sums import significant
from fedqi.benchmarking.direct_state import DirectState, Spread, Stage
from fedqi.benchmarking.fixed_point import real_block
from fedqi.benchmarking.released import atom_of
from fedqi.measures import ALL_PERIODS, MAXIMUM_COUNT, MeasureSummary, PatternTable
from fedqi.secagg.encoding import Block
from fedqi.stats import DirectRate, Stratum, direct_standardisation

Strata = NDArray[np.int64]
"""Patients and events of each stratum (or group of strata), shape (strata, 2)."""

FARTHEST = 64.0
"""Of a squared z, for each unit of the inverse variance; what lies beyond counts as much."""


def step_blocks(state: DirectState) -> Iterator[Block]:
    """Yield the blocks of the second step and those after it."""
    atom = atom_of(state.subject, ALL_PERIODS)
    if state.stage is Stage.SUPPORT:
        yield Block("providers", (1,), "count", 0, MAXIMUM_PROVIDERS, atom=atom)
        yield Block("claims", (len(state.strata),), "count", 0, 1, atom=atom)
    elif state.stage is Stage.STRATA:
        for name in ("patients", "observed"):
            yield Block(name, (len(state.groups),), "count", 0, MAXIMUM_COUNT, atom=atom)
        yield Block("complete", (1,), "count", 0, 1, atom=atom)
    elif state.stage is Stage.SPREAD:
        weight = state.largest_weight
        yield Block("spread/providers", (1,), "count", 0, MAXIMUM_PROVIDERS, atom=atom)
        yield real_block("spread/z_squared", 1, (0.0, FARTHEST * weight), atom)
        yield real_block("spread/weights", 1, (0.0, weight), atom)
        yield real_block("spread/weights_squared", 1, (0.0, weight**2), atom)


def step_values(state: DirectState, summary: MeasureSummary) -> dict[str, NDArray[Any]]:
    """Return one site's numbers for these blocks; none without patients."""
    own = own_strata(state, summary)
    if not own:
        return {}
    if state.stage is Stage.SUPPORT:
        present = sum((each[:, 0] > 0 for each in own.values()), np.zeros(len(state.strata), bool))
        return {"providers": np.array([len(own)]), "claims": present.astype(np.int64)}
    groups = {provider: grouped(state, each) for provider, each in own.items()}
    if state.stage is Stage.STRATA:
        together = np.sum(list(groups.values()), axis=0)
        complete = any(is_complete(each) for each in groups.values())
        return {
            "patients": together[:, 0],
            "observed": together[:, 1],
            "complete": np.array([int(complete)]),
        }
    return spread_values(state, groups)


def spread_values(state: DirectState, groups: Mapping[str, Strata]) -> dict[str, NDArray[Any]]:
    """Return one site's spread over its providers, rounded where few sites have one."""
    target = state.pooled[0] / state.pooled[1]
    placed = [
        (rate.value - target, null_variance(state, each))
        for each in groups.values()
        if (rate := direct_rate(state, each)) is not None
    ]
    weights = [1 / variance for _, variance in placed]
    most = FARTHEST * state.largest_weight
    parts = asdict(
        Spread(
            len(placed),
            min(sum(far**2 / variance for far, variance in placed), most),
            sum(weights),
            sum(each**2 for each in weights),
        )
    )
    if state.is_coarse:
        reals = ("z_squared", "weights", "weights_squared")
        parts |= {name: significant(parts[name]) for name in reals}
    return {f"spread/{name}": np.array([value]) for name, value in parts.items()}


def own_strata(state: DirectState, summary: MeasureSummary) -> dict[str, Strata]:
    """Return provider -> patients and events of each stratum, of providers with patients."""
    kept = summary.restricted(set(state.released)).patterns
    found = {
        provider: np.sum([_placed(state, table) for table in series.values()], axis=0)
        for provider, series in sorted(kept.items())
        if series
    }
    return {provider: each for provider, each in found.items() if each[:, 0].sum() > 0}


def _placed(state: DirectState, table: PatternTable) -> Strata:
    places = np.zeros(len(table.patients), dtype=np.int64)
    for term in state.covariates:
        places = places * len(term.levels) + np.asarray(table.values[term.name], dtype=np.int64)
    found = np.zeros((len(state.strata), 2), dtype=np.int64)
    np.add.at(found, places, np.column_stack([table.patients, table.events]))
    return found


def grouped(state: DirectState, own: Strata) -> Strata:
    """Return patients and events of each group of strata."""
    return np.array([own[list(places)].sum(axis=0) for places in state.groups])


def is_complete(own: Strata) -> bool:
    """Whether a provider has patients in every group."""
    return bool(np.all(own[:, 0] > 0))


def direct_rate(state: DirectState, own: Strata) -> DirectRate | None:
    """Return a provider's standardised rate; None where it has nobody in some group."""
    if not is_complete(own):
        return None
    strata = [Stratum(int(observed), int(patients)) for patients, observed in own]
    return direct_standardisation(strata, state.weights)


def null_variance(state: DirectState, own: Strata) -> float:
    """Return the variance of a standardised rate if the provider were like all others."""
    weights, variances = np.array(state.weights), np.array(state.variances())
    return float(np.sum(weights**2 * variances / own[:, 0]))


def read_spread(total: Values) -> Spread:
    """Read the spread back from a decoded total."""
    names = ("providers", "z_squared", "weights", "weights_squared")
    return Spread(*(total[f"spread/{name}"][0].item() for name in names))
