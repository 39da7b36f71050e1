"""What ``direct`` releases, and where one provider stands."""

from dataclasses import dataclass
from math import sqrt

from fedqi.benchmarking.direct_state import DirectState
from fedqi.benchmarking.direct_sums import Strata, direct_rate, null_variance
from fedqi.benchmarking.standardised_result import LEVEL, joint_threshold
from fedqi.stats import Band, Interval, classify, overdispersion


@dataclass(frozen=True, slots=True)
class StratumResult:
    """One group of strata over all sites.

    Parameters
    ----------
    levels
        Levels of the covariates, in the order of the risk model; several where rare strata were
        taken together with another.
    patients, observed
        Their sums: patients or exposure, and events.
    weight
        Share of the standard population.
    """

    levels: tuple[tuple[str, ...], ...]
    patients: int
    observed: int
    weight: float


@dataclass(frozen=True, slots=True)
class DirectResult:
    """The released figures.

    Parameters
    ----------
    covariates
        What the strata are made of.
    rate
        Of all patients together: what every standardised rate is compared with.
    strata
        The standard population.
    compared
        Providers with patients in every stratum.
    phi, tau2, overdispersed
        Overdispersion of their standardised rates, additive variance between providers, and
        whether limits that allow for it are the ones to use.
    joint_z
        z beyond which a provider stands out among all (Bonferroni, 5 % in all).
    """

    covariates: tuple[str, ...]
    rate: float
    strata: tuple[StratumResult, ...]
    compared: int
    phi: float
    tau2: float
    overdispersed: bool
    joint_z: float


@dataclass(frozen=True, slots=True)
class DirectPosition:
    """One provider's standardised rate.

    Parameters
    ----------
    band
        "exemplary", "as expected", "review" or "insufficient", by ``z_adjusted``.
    stands_out
        Whether ``z_adjusted`` is beyond the threshold for all comparisons together.
    lacking
        Strata (as in ``DirectResult``) in which the provider has nobody; then its rate there is
        unknown, and there are no further figures.
    rate, interval
        Standardised to the patients of all sites, with Fay and Feuer's interval.
    ratio
        Comparative figure: over the rate of all.
    z, z_adjusted
        Distance from the rate of all in standard errors, without and with τ².
    """

    band: str
    stands_out: bool
    lacking: tuple[tuple[tuple[str, ...], ...], ...]
    rate: float | None = None
    interval: Interval | None = None
    ratio: float | None = None
    z: float | None = None
    z_adjusted: float | None = None


def direct_result(state: DirectState) -> DirectResult:
    """Compute everything that the sums say."""
    observed, denominator = state.pooled
    found = state.spread
    spread = overdispersion(found.providers, found.z_squared, found.weights, found.weights_squared)
    return DirectResult(
        covariates=tuple(term.name for term in state.covariates),
        rate=observed / denominator,
        strata=tuple(
            StratumResult(levels_of(state, places), n, r, w)
            for places, n, r, w in zip(
                state.groups, state.patients, state.observed, state.weights, strict=True
            )
        ),
        compared=found.providers,
        phi=spread.phi,
        tau2=spread.tau2,
        overdispersed=spread.evident,
        joint_z=joint_threshold(found.providers),
    )


def direct_position(state: DirectState, result: DirectResult, own: Strata) -> DirectPosition:
    """Return where a provider with patients stands."""
    rate = direct_rate(state, own)
    if rate is None:
        nobody = (places for places, n in zip(state.groups, own[:, 0], strict=True) if not n)
        lacking = tuple(levels_of(state, places) for places in nobody)
        return DirectPosition(Band.INSUFFICIENT.value, False, lacking)
    chance, difference = null_variance(state, own), rate.value - result.rate
    z_adjusted = difference / sqrt(chance + result.tau2)
    measure, patients = state.subject.measure, int(own[:, 0].sum())
    enough = patients >= measure.minimum_denominator
    band = classify(z_adjusted, patients, measure.direction, measure.minimum_denominator)
    return DirectPosition(
        band=band.value,
        stands_out=enough and abs(z_adjusted) >= result.joint_z,
        lacking=(),
        rate=rate.value,
        interval=rate.interval(LEVEL),
        ratio=rate.value / result.rate,
        z=difference / sqrt(chance),
        z_adjusted=z_adjusted,
    )


def levels_of(state: DirectState, places: tuple[int, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the levels of a group's strata."""
    return tuple(state.strata[place] for place in places)
