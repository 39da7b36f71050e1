"""Where one provider's mean stands in the ``crude`` analysis; computed at its own site."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from fedqi.benchmarking.analysis import Subject
from fedqi.benchmarking.crude_persistence import OwnPersistence
from fedqi.benchmarking.crude_position import LEVELS, FunnelPosition
from fedqi.benchmarking.crude_result import Histogram
from fedqi.benchmarking.crude_value_bins import answers_of
from fedqi.benchmarking.crude_value_result import (
    AnswerGroup,
    Bracket,
    Completeness,
    Distribution,
    ItemResult,
    ValueResult,
    completeness_of,
    quantiles_of,
    responders_of,
)
from fedqi.measures import Cell, Measure, Scale, ValueTable
from fedqi.stats import (
    Band,
    Interval,
    Moments,
    bin_of,
    classify,
    mean_funnel_limits,
    mean_z_score,
    share_above,
    wilson,
    z_score,
)


@dataclass(frozen=True, slots=True)
class OwnShare:
    """A share of the own patients beside the network's.

    Parameters
    ----------
    rate, interval
        Own share and Wilson's interval of it.
    z
        Standard errors from the network's share.
    """

    rate: float
    interval: Interval
    z: float


@dataclass(frozen=True, slots=True)
class ValuePosition:
    """One provider's figures beside the released ones.

    Parameters
    ----------
    band
        "exemplary", "as expected", "review" or "insufficient"; the last also where nothing
        varies within providers, so that no distance can be judged.
    band_basis
        "mean".
    estimate, sd, interval
        Own mean, standard deviation, and Student's interval of the mean.
    z, z_adjusted
        Standard errors from the network's mean, without and with overdispersion.
    funnel
        Limits at the own number of values, cut off at the bounds; kind "normal".
    shrunken, reliability
        Own mean drawn to the network's by its unreliability.
    percentile_band
        Share of sites (0 to 100) with means below and up to the own bin.
    gap
        Sum over the own patients that separates them from the benchmark, in the unit of the
        value (bed days, minutes), never negative.
    persistence
        How often the own periods were in review; of all periods together.
    completeness, quantiles, beyond, responders, items
        As released, of this provider alone. `beyond` is a share as the public grid shows it.
    """

    band: str
    band_basis: str = "mean"
    estimate: float | None = None
    sd: float | None = None
    interval: Interval | None = None
    z: float | None = None
    z_adjusted: float | None = None
    funnel: FunnelPosition | None = None
    shrunken: float | None = None
    reliability: float | None = None
    percentile_band: tuple[float, float] | None = None
    gap: float | None = None
    completeness: Completeness | None = None
    quantiles: Mapping[str, Bracket] | None = None
    beyond: float | None = None
    responders: OwnShare | None = None
    items: Mapping[str, ItemResult] | None = None
    persistence: OwnPersistence | None = None


def value_position(
    subject: Subject, result: ValueResult, cell: Cell, table: ValueTable | None
) -> ValuePosition:
    """Return where a provider with these values stands among the released figures."""
    completeness = completeness_of(cell.observed, cell.denominator)
    scale = subject.measure.scale
    if table is None or scale is None or result.mean is None:
        return ValuePosition(Band.INSUFFICIENT.value, completeness=completeness)
    own = moments_of(table, scale)
    within, tau2 = result.within_sd or 0.0, result.tau2 or 0.0
    distribution = Distribution(scale.edges, table.grid)
    z_adjusted = mean_z_score(own.mean, own.count, result.mean, within, tau2)
    return ValuePosition(
        band=band_of(subject.measure, z_adjusted, own.count),
        estimate=own.mean,
        sd=own.sd,
        interval=own.interval(),
        z=mean_z_score(own.mean, own.count, result.mean, within),
        z_adjusted=z_adjusted,
        funnel=funnel_of(result, own.count, scale),
        shrunken=shrunken(result, own),
        reliability=reliability(result, own.count),
        percentile_band=own_percentiles(result.histogram, own.mean),
        gap=gap_of(subject, result, own),
        completeness=completeness,
        quantiles=quantiles_of(distribution),
        beyond=own_beyond(subject.measure, distribution),
        responders=own_responders(subject, result, table),
        items=own_items(subject.measure, table) if subject.measure.items else None,
    )


def moments_of(table: ValueTable, scale: Scale) -> Moments:
    """Return a provider's moments about its own mean."""
    mean = scale.origin + table.total / table.count * scale.step
    return Moments(table.count, 0.0, table.about_mean * scale.step**2, mean)


def band_of(measure: Measure, z_adjusted: float | None, count: int) -> str:
    """Return one word for a mean; without variation within providers none can be given."""
    if z_adjusted is None:
        return Band.INSUFFICIENT.value
    return classify(z_adjusted, count, measure.direction, measure.minimum_denominator).value


def funnel_of(result: ValueResult, count: int, scale: Scale) -> FunnelPosition | None:
    """Return the limits at a provider's own number of values; None without variation."""
    if result.within_sd is None or result.mean is None:
        return None
    target, sd = result.mean, result.within_sd

    def limits(tau2: float) -> Mapping[str, tuple[float, float]]:
        found = {level: mean_funnel_limits(count, target, sd, level, tau2) for level in LEVELS}
        return {
            str(level): (max(scale.lower, each.lower), min(scale.upper, each.upper))
            for level, each in found.items()
        }

    return FunnelPosition(
        kind="normal",
        target=target,
        limits=limits(0.0),
        adjusted_limits=limits(result.tau2 or 0.0),
        adjusted=result.overdispersed,
    )


def reliability(result: ValueResult, count: int) -> float:
    """Return the share of a provider's variance that is signal; 0 where nothing varies."""
    prior = prior_of(result)
    return count / (count + prior)


def prior_of(result: ValueResult) -> float:
    """Return the values that the network's mean is worth; infinite without variation."""
    return (result.within_sd or 0.0) ** 2 / result.tau2 if result.tau2 else inf


def shrunken(result: ValueResult, own: Moments) -> float:
    """Return the own mean drawn to the network's."""
    weight = reliability(result, own.count)
    return weight * own.mean + (1 - weight) * (result.mean or 0.0)


def own_percentiles(found: Histogram | None, mean: float) -> tuple[float, float] | None:
    """Return the share of sites in bins below the own one, and up to it, in per cent."""
    if found is None:
        return None
    place = bin_of(min(max(mean, found.edges[0]), found.edges[-1]), found.edges)
    below, total = sum(found.sites[:place]), sum(found.sites)
    return 100 * below / total, 100 * (below + found.sites[place]) / total


def gap_of(subject: Subject, result: ValueResult, own: Moments) -> float | None:
    """Return what separates all own patients together from the benchmark."""
    if result.benchmark is None:
        return None
    worse = own.mean - result.benchmark.value
    return max(0.0, own.count * (-worse if subject.measure.direction == "higher" else worse))


def own_beyond(measure: Measure, found: Distribution) -> float | None:
    """Return the own share above the measure's limit, as the public grid shows it."""
    if measure.value is None or measure.value.limit is None:
        return None
    return share_above(found.edges, found.counts, measure.value.limit).value


def own_responders(subject: Subject, result: ValueResult, table: ValueTable) -> OwnShare | None:
    """Return the own responders beside the network's."""
    found = responders_of(subject.measure.value, table.responders, table.count)
    if found is None or result.responders is None:
        return None
    z = z_score(found.observed, found.denominator, result.responders.rate)
    return OwnShare(found.rate, wilson(found.observed, found.denominator), z)


def own_items(measure: Measure, table: ValueTable) -> Mapping[str, ItemResult]:
    """Return the own answers, each by itself."""
    found = {}
    for item, counts in zip(measure.items, table.items, strict=True):
        if answered := sum(counts):
            places = [item.range[0] + place for place in range(answers_of(item))]
            groups = tuple(AnswerGroup(p, p, n) for p, n in zip(places, counts, strict=True))
            total = sum(p * n for p, n in zip(places, counts, strict=True))
            found[item.item] = ItemResult(answered, total / answered, groups)
    return found
