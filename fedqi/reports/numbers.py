"""How numbers are written for people: natural frequencies, plain percentages, odds."""

import math

from fedqi.reports.data import MeasureReport

SMALL = 100
"""Below this many patients the counts themselves are the clearest numbers."""

BASES = (100, 1_000, 10_000)
"""Bases of natural frequencies, the most familiar first."""

RATE_BASES = (100, 1_000, 10_000, 100_000)
"""Bases of events over an exposure; 1,000 unless events are more frequent than its units."""

MOST_PLACES = 3
"""Places of a mean, at most."""

EXACT = 1e6
"""Below it a number is written with the places that it has."""


def count(value: float) -> str:
    """Write a whole number with thousands separated: ``46,315,223``."""
    return f"{round(value):,}"


def decimal(value: float, places: int = 1) -> str:
    """Write a number with fixed places and a real minus sign."""
    text = f"{value:,.{places}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def base_of(measure: MeasureReport) -> int:
    """Return the base in which this measure's rates can be told apart; 1 of a mean.

    Rates of a few per cent read better in 1,000; so does a hospital that stands out although
    its rate and the network's would be written with the same number.
    """
    rates = [rate for rate in (measure.rate, measure.network_rate) if rate is not None]
    if measure.scale == "mean":
        return 1
    if measure.scale == "rate":
        return _rate_base(max(rates, default=0.0))
    if not any(rates):
        return BASES[0]
    flagged = measure.band in {"review", "exemplary"}
    for base in BASES:
        alike = len({round(rate * base) for rate in rates}) == 1
        if max(rates, default=1.0) * base >= 5 and not (flagged and alike):
            return base
    return BASES[-1]


def _rate_base(rate: float) -> int:
    if rate >= 1:
        return RATE_BASES[0]
    return next((base for base in RATE_BASES[1:] if rate * base >= 1), RATE_BASES[-1])


def places_of(measure: MeasureReport) -> int:
    """Return the places of a mean that its interval leaves a meaning."""
    if measure.interval is None or measure.interval.upper <= measure.interval.lower:
        return 1
    # A quarter of the interval must be seen: 3.62 (3.51 to 3.73), but 7.9 (7.3 to 8.6).
    quarter = (measure.interval.upper - measure.interval.lower) / 4
    return min(MOST_PLACES, max(0, -math.floor(math.log10(quarter))))


def written(rate: float, measure: MeasureReport) -> str:
    """Write a rate or a mean in the base of its measure, as on a chart."""
    if measure.scale == "mean":
        return decimal(rate, places_of(measure))
    return per_decimal(rate, base_of(measure))


def in_unit(measure: MeasureReport) -> str:
    """Return what follows a figure: " per 100" of a rate, " days" of a mean, or nothing."""
    if measure.scale == "mean":
        return f" {measure.unit}".rstrip()
    return f" per {base_of(measure):,}"


def plainly(value: float) -> str:
    """Write a number that a definition states, with the places that it has there."""
    return f"{value:,g}".replace("-", "−") if abs(value) < EXACT else count(value)


def spoken(rate: float, measure: MeasureReport) -> str:
    """Write a rate in the base of its measure as a sentence says it: people are whole numbers."""
    if measure.scale == "proportion":
        return per(rate, base_of(measure))
    return written(rate, measure)


def per(rate: float, base: int) -> str:
    """Write a rate in its base, as in a sentence: ``29``."""
    return count(rate * base)


def per_decimal(rate: float, base: int) -> str:
    """Write a rate in its base, as on a chart: ``28.5``; whole numbers from 100 on."""
    return count(rate * base) if rate * base >= 100 else decimal(rate * base)


def plenty(share: float) -> str:
    """Write a probability as odds people can picture: "about 1 in 40".

    Parameters
    ----------
    share
        A probability, 0 to 1.
    """
    if share < 0.001:
        return "fewer than 1 in 1,000"
    if share > 0.5:
        return "more than half"
    if share > 0.15:
        return f"about {round(share * 10)} in 10"
    return f"about 1 in {count(_readable(1 / share))}"


def _readable(value: float) -> float:
    """Round to two digits at most, in steps of 5 from 20 on: false precision helps nobody."""
    if value < 20:
        return round(value)
    step = 5.0 * 10.0 ** max(0, math.floor(math.log10(value)) - 1)
    return step * round(value / step)


def two_sided(z: float) -> float:
    """Return the probability that a standard normal lies at least as far out as ``z``."""
    return math.erfc(abs(z) / math.sqrt(2))
