"""What the analysis ``crude`` says of a mean, in the report's words."""

from collections.abc import Mapping
from dataclasses import replace

from fedqi.benchmarking import crude_value_result as released
from fedqi.benchmarking.crude_value_position import ValuePosition
from fedqi.benchmarking.crude_value_result import Bracket, ItemResult, ValueResult
from fedqi.reports.crude_parts import OUTER_LEVEL, PRINCIPAL_LEVEL, histogram_of
from fedqi.reports.data import MeasureReport
from fedqi.reports.data_basic import Benchmark, Funnel, Interval, band_name
from fedqi.reports.data_model import Quality, Reading
from fedqi.reports.data_parts import Answers, Distribution, ItemAnswers, Share
from fedqi.reports.numbers import plainly

STILL = "Values do not vary within the hospitals, so no distance between them can be judged."

FEWEST = 20
"""Own values from which the outer tenths are more than one or two patients."""

Groups = tuple[tuple[int, int], ...]


def with_mean(made: MeasureReport, common: ValueResult, own: ValuePosition) -> MeasureReport:
    """Add the mean, where it stands, and what lies behind it."""
    band = band_name(own.band)
    interval = Interval.of(own.interval) if own.interval else None
    judged = own.estimate is None or own.z_adjusted is not None
    return replace(
        made,
        rate=own.estimate,
        interval=interval,
        band=band,
        reason=None if judged else STILL,
        basis="crude",
        network_rate=common.mean,
        benchmark=benchmark_of(common, made.patients),
        z=own.z,
        z_adjusted=own.z_adjusted,
        percentile_band=own.percentile_band,
        gap=own.gap,
        phi=common.phi,
        tau2=common.tau2,
        between_site_sd=common.between_site_sd,
        funnel=funnel_of(own, common),
        histogram=histogram_of(common.histogram),
        shrunken=own.shrunken,
        reliability=own.reliability,
        quality=quality_of(own, common),
        readings=(*made.readings, Reading("crude", own.estimate, interval, band)),
        distribution=distribution_of(common, own.quantiles, made.size),
        items=items_of(made.items, common.items or {}, own.items or {}),
        completeness=completeness_of(common.completeness, own.completeness),
        shares=shares_of(made, common, own),
    )


def funnel_of(own: ValuePosition, common: ValueResult) -> Funnel | None:
    """Return the limits that the page draws: the adjusted ones where sites differ beyond chance."""
    found = own.funnel
    if found is None or common.within_sd is None:
        return None
    limits = found.adjusted_limits if found.adjusted else found.limits
    return Funnel(
        target=found.target,
        limits_95=limits[PRINCIPAL_LEVEL],
        limits_998=limits[OUTER_LEVEL],
        tau2=(common.tau2 or 0.0) if found.adjusted else 0.0,
        kind=found.kind,
        within_sd=common.within_sd,
    )


def benchmark_of(common: ValueResult, patients: str) -> Benchmark | None:
    """Return the mean at the best hospitals, and how many these are."""
    found = common.benchmark
    if found is None:
        return None
    method = f"{found.sites} hospitals with {found.denominator:,} {patients}"
    return Benchmark(found.value, found.method, method)


def quality_of(own: ValuePosition, common: ValueResult) -> Quality | None:
    """Return whether the plain mean can tell hospitals apart."""
    if own.reliability is None:
        return None
    return Quality(
        own.reliability,
        common.minimum_volume,
        differs=bool(common.tau2),
        share_below=None if common.quality is None else common.quality.share_below,
    )


def distribution_of(
    common: ValueResult, own: Mapping[str, Bracket] | None, size: int
) -> Distribution | None:
    """Return the values of all hospitals together; None where they were not released."""
    if common.distribution is None or common.quantiles is None:
        return None
    shares = sorted(common.quantiles, key=float)
    if own is None or size < FEWEST:
        own = {}
    return Distribution(
        edges=common.distribution.edges,
        counts=common.distribution.counts,
        shares=tuple(float(share) for share in shares),
        network=tuple(common.quantiles[share].value for share in shares),
        own=tuple(own[share].value for share in shares if share in own),
        limit=None if common.beyond is None else common.beyond.limit,
    )


def completeness_of(
    common: released.Completeness | None, own: released.Completeness | None
) -> Share | None:
    """Return how many have a value, beside the network's share; None where nobody was asked."""
    if own is None:
        return None
    everywhere = None if common is None else common.share
    return Share("with a value", own.share, everywhere, size=own.asked)


def shares_of(made: MeasureReport, common: ValueResult, own: ValuePosition) -> tuple[Share, ...]:
    """Return the shares beyond the limit and of responders, where the measure names them."""
    found = []
    if (beyond := common.beyond) is not None:
        label = f"above {amount(beyond.limit, made)}"
        ends = (beyond.lower, beyond.upper)
        found.append(Share(label, own.beyond, beyond.share, network_range=ends))
    if (reached := common.responders) is not None:
        way = "lower" if made.direction == "lower" else "higher"
        label = f"at least {amount(reached.change, made)} {way} than before"
        mine = own.responders
        interval = None if mine is None else Interval.of(mine.interval)
        found.append(Share(label, mine.rate if mine else None, reached.rate, interval))
    return tuple(found)


def amount(value: float, made: MeasureReport) -> str:
    """Write a value of the definition with its unit."""
    return f"{plainly(value)} {made.unit}".rstrip()


def items_of(
    asked: tuple[ItemAnswers, ...],
    common: Mapping[str, ItemResult],
    own: Mapping[str, ItemResult],
) -> tuple[ItemAnswers, ...]:
    """Return every item of the definition with its answers, in the groups that were released.

    Parameters
    ----------
    asked
        The items, named as in the definition, with every answer by itself.
    common, own
        Item to its answers; an item that nobody answered is absent.
    """
    return tuple(
        replace(
            item,
            label=item.label.replace("_", " "),
            groups=(groups := groups_of(item, common.get(item.label))),
            own=grouped(own.get(item.label), groups),
            network=grouped(common.get(item.label), groups),
        )
        for item in asked
    )


def groups_of(item: ItemAnswers, common: ItemResult | None) -> Groups:
    """Return the groups of answers that were released; each answer by itself where none were."""
    if common is None:
        return item.groups
    return tuple((group.first, group.last) for group in common.answers)


def grouped(found: ItemResult | None, groups: Groups) -> Answers | None:
    """Count answers in given groups."""
    if found is None:
        return None
    counts = tuple(
        sum(each.count for each in found.answers if first <= each.first and each.last <= last)
        for first, last in groups
    )
    return Answers(found.mean, counts)
