"""What the ``crude`` analysis of a value or a survey releases for one unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from fedqi.benchmarking.crude_persistence import FlagsReturned
from fedqi.benchmarking.crude_result import Benchmark, Histogram
from fedqi.benchmarking.crude_value_state import HeldBins, ItemSums, MeanBins, ValueState
from fedqi.measures import Item, Value
from fedqi.stats import (
    MeanSpread,
    MeasureQuality,
    Moments,
    grid_quantile,
    mean_spread,
    minimum_volume,
    pared_bins,
    share_above,
)

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Bracket:
    """A figure read off merged bins, and between what the exact one lies for certain."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Beyond:
    """Share of the values above the limit that the measure names."""

    limit: float
    share: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Responders:
    """Patients whose change reaches the one that the measure names."""

    change: float
    observed: int
    denominator: int
    rate: float


@dataclass(frozen=True, slots=True)
class Completeness:
    """Rows with a value (questionnaires with a score), of all rows of the population."""

    observed: int
    asked: int
    share: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """Values per merged bin, lowest first; bins are closed above."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """Answers from `first` to `last`, both included; joined where too few sites have one."""

    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item of a survey.

    Parameters
    ----------
    answered
        Answers.
    mean
        On the scale as it was asked, whether or not the score reverses it.
    answers
        How often each was given; one group where too few sites have any single answer.
    """

    answered: int
    mean: float
    answers: tuple[AnswerGroup, ...]


@dataclass(frozen=True, slots=True)
class ValueResult:
    """The released figures of one unit.

    Parameters
    ----------
    mean, sd
        Of all values together; None without any (sd: with fewer than two).
    within_sd
        Standard deviation of the values within providers.
    phi, tau2, overdispersed, between_site_sd
        How the providers' means differ beyond chance.
    minimum_volume
        Values from which a provider's own mean has a reliability of 0.7.
    completeness
        Response rate of a survey; share of rows with a value.
    quantiles
        "0.1", "0.25", "0.5", "0.75", "0.9"; of all periods together only, like what follows.
    beyond, responders
        None where the measure names no limit, no change.
    benchmark, histogram
        Mean among the patients of the best sites; sites per bin of their means.
    distribution
        What the quantiles are read from.
    items
        Item -> its answers; of a survey. An item of which no answer is held by enough sites is
        absent.
    quality
        How many providers are large enough to be told apart; of all periods together only.
    persistence
        Of the providers flagged in one period, how many were not in the next.
    """

    mean: float | None
    sd: float | None = None
    within_sd: float | None = None
    phi: float | None = None
    tau2: float | None = None
    overdispersed: bool = False
    between_site_sd: float | None = None
    minimum_volume: float | None = None
    completeness: Completeness | None = None
    quantiles: Mapping[str, Bracket] | None = None
    beyond: Beyond | None = None
    responders: Responders | None = None
    benchmark: Benchmark | None = None
    histogram: Histogram | None = None
    distribution: Distribution | None = None
    items: Mapping[str, ItemResult] | None = None
    quality: MeasureQuality | None = None
    persistence: FlagsReturned | None = None


def value_result(state: ValueState, unit: str) -> ValueResult:
    """Compute everything that the sums of one unit say."""
    sums = state.sums[unit]
    completeness = completeness_of(sums.values, sums.asked)
    if not sums.values:
        return ValueResult(mean=None, completeness=completeness)
    found = spread_of(state, unit)
    around = state.spreads[unit]
    squares = around.within + around.between
    value = state.subject.measure.value
    distribution = distribution_of(state, unit)
    return ValueResult(
        mean=found.mean,
        sd=sqrt(squares / (sums.values - 1)) if sums.values > 1 else None,
        within_sd=found.within_sd,
        phi=found.spread.phi,
        tau2=found.spread.tau2,
        overdispersed=found.spread.evident,
        between_site_sd=sqrt(found.spread.tau2),
        minimum_volume=minimum_volume(found.prior_patients),
        completeness=completeness,
        quantiles=quantiles_of(distribution),
        beyond=beyond_of(value, distribution),
        responders=responders_of(value, sums.responders, sums.values),
        benchmark=benchmark_of(state, unit),
        histogram=histogram_of(state.means.get(unit)),
        distribution=distribution,
        items=items_of(state, unit),
    )


def spread_of(state: ValueState, unit: str) -> MeanSpread:
    """Return variation within and between providers."""
    sums, around = state.sums[unit], state.spreads[unit]
    # About the pooled mean itself, the sum of the values is 0.
    pooled = Moments(sums.values, 0.0, around.within + around.between, state.target(unit))
    return mean_spread(pooled, sums.providers, around.between, around.count_squared)


def completeness_of(observed: int, asked: int) -> Completeness | None:
    """Return the share of rows with a value; None where nobody was asked."""
    return Completeness(observed, asked, observed / asked) if asked else None


def distribution_of(state: ValueState, unit: str) -> Distribution | None:
    """Return the values per merged bin; None where a single bin stands."""
    found = state.values.get(unit, HeldBins(()))
    if len(found.counts) < 2:
        return None
    return Distribution(tuple(state.scale.edges[index] for index in found.kept), found.counts)


def quantiles_of(found: Distribution | None) -> Mapping[str, Bracket] | None:
    """Return the quantiles with the bins that they certainly lie in."""
    if found is None:
        return None
    read = {share: grid_quantile(found.edges, found.counts, share) for share in QUANTILES}
    return {str(q): Bracket(each.value, each.lower, each.upper) for q, each in read.items()}


def beyond_of(value: Value | None, found: Distribution | None) -> Beyond | None:
    """Return the share above the measure's limit; exact where the limit is an edge."""
    if value is None or value.limit is None or found is None:
        return None
    share = share_above(found.edges, found.counts, value.limit)
    return Beyond(value.limit, share.value, share.lower, share.upper)


def responders_of(value: Value | None, observed: int, count: int) -> Responders | None:
    """Return the responders among the patients with both scores."""
    if value is None or value.responder is None or not count:
        return None
    return Responders(value.responder, observed, count, observed / count)


def benchmark_of(state: ValueState, unit: str) -> Benchmark | None:
    """Return the mean among the patients of the best sites; none where nothing is better."""
    bins = state.means.get(unit)
    if bins is None or not bins.values or state.subject.measure.direction == "none":
        return None
    order = -1 if state.subject.measure.direction == "higher" else 1
    found = pared_bins(bins.total[::order], bins.values[::order], bins.sites[::order])
    if found is None:
        return None
    return Benchmark(state.scale.origin + found.value, found.sites, found.size, found.method)


def histogram_of(bins: MeanBins | None) -> Histogram | None:
    """Return the sites per bin of their means."""
    return Histogram(bins.edges, bins.sites) if bins is not None and len(bins.sites) > 1 else None


def items_of(state: ValueState, unit: str) -> Mapping[str, ItemResult] | None:
    """Return what was answered to each item, of a survey."""
    measure = state.subject.measure
    if unit not in state.items or not measure.items:
        return None
    pairs = zip(measure.items, state.items[unit], strict=True)
    return {each.item: item_of(each, sums) for each, sums in pairs if sums.answered}


def item_of(item: Item, sums: ItemSums) -> ItemResult:
    """Return one item's mean and answers."""
    first, kept = item.range[0], sums.answers.kept
    groups = tuple(
        AnswerGroup(first + kept[place], first + kept[place + 1] - 1, count)
        for place, count in enumerate(sums.answers.counts)
    )
    return ItemResult(sums.answered, sums.total / sums.answered, groups)
