"""The providers of one hospital: its wards, surgeons or houses, where a measure compares them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fedqi.benchmarking.result import Position, Result
from fedqi.errors import PolicyError
from fedqi.measures import ALL_PERIODS, Measure
from fedqi.reports.data import MeasureReport
from fedqi.reports.one_measure import one_measure


def units_of(
    measure: Measure,
    result: Result,
    positions: Sequence[Position],
    site: str,
    asked: Sequence[str] = (),
) -> Mapping[str, MeasureReport]:
    """Return every provider of a measure that can be shown, by name, in its principal period.

    Parameters
    ----------
    measure
        The definition.
    result
        What was released.
    positions
        Of this site.
    site
        Its id.
    asked
        The analyses that the job was to run.
    """
    found = {}
    for name in sorted({p.provider for p in positions if p.measure == measure.id}):
        chosen = principal(series_of_unit(measure, positions, name))
        released = result.find(measure.id, chosen.period)
        made = one_measure(measure, released, chosen, site, asked)
        if any(reading.band is not None for reading in made.readings):
            found[name] = made
    return found


def series_of_unit(
    measure: Measure, positions: Sequence[Position], name: str
) -> Sequence[Position]:
    """Return the positions of one provider in one measure, by period."""
    own = [p for p in positions if (p.measure, p.provider) == (measure.id, name)]
    return sorted(own, key=lambda position: position.period)


def principal(series: Sequence[Position]) -> Position:
    """Return the position a report opens with: all periods together, else the last one."""
    return next((p for p in series if p.period == ALL_PERIODS), series[-1])


def largest(units: Mapping[str, MeasureReport]) -> str:
    """Return the provider with the most patients, the first of them by name."""
    return max(units, key=lambda name: units[name].size)


def named(units: Mapping[str, MeasureReport], name: str, site: str) -> MeasureReport:
    """Return one provider's report with its name, and the others beside it if there are some."""
    if set(units) == {site}:
        return units[name]
    every = tuple(replace(each, provider=other) for other, each in units.items())
    return replace(units[name], provider=name, units=every if len(every) > 1 else ())


def require_unit(positions: Sequence[Position], provider: str | None) -> None:
    """Refuse a provider that no measure knows.

    Raises
    ------
    PolicyError
        Naming those that there are.
    """
    known = sorted({position.provider for position in positions})
    if provider is not None and provider not in known:
        raise PolicyError(
            f"no provider of this hospital is called {provider!r} in any measure; there are: "
            f"{', '.join(known) or 'none'}"
        )


def unit_notice(made: MeasureReport) -> str | None:
    """Say that a page speaks of one provider; None where the hospital itself is compared."""
    if made.provider is None:
        return None
    told = f"{made.title}: this page speaks of {made.provider}"
    if not made.units:
        return f"{told}, and calls it your hospital."
    return (
        f"{told}, one of {len(made.units)} that are compared at your hospital, and calls it your "
        "hospital. The others are in a table below."
    )
