"""What of a job may be looked at together: periods that stand, and whether they may be pooled."""

from collections import Counter

from fedqi.benchmarking.analysis import Offering, Subject
from fedqi.measures import ALL_PERIODS


def has_calendar(subject: Subject) -> bool:
    """Whether "all" is a unit of its own, summed from the periods."""
    return subject.periods != (ALL_PERIODS,)


def released_periods(subject: Subject, offering: Offering) -> tuple[str, ...]:
    """Return the periods that enough sites offer."""
    return tuple(period for period in subject.periods if offering.get(period))


def may_be_pooled(subject: Subject, offering: Offering) -> bool:
    """Whether all released periods may be summed together.

    Squares of sums less sums of squares leave what sites with several periods add by having
    them together; so either no site has several released periods, or at least m have.
    """
    offers = Counter(
        site for period in released_periods(subject, offering) for site in offering[period]
    )
    several = sum(count > 1 for count in offers.values())
    return several == 0 or several >= subject.minimum


def pooled_sites(subject: Subject, offering: Offering) -> tuple[str, ...]:
    """Return the sites behind all released periods together, sorted."""
    periods = released_periods(subject, offering)
    return tuple(sorted({site for period in periods for site in offering[period]}))


def atom_of(subject: Subject, unit: str) -> str | None:
    """Return the atom a unit's blocks belong to; "all" is made of cells already released."""
    return None if unit == ALL_PERIODS and has_calendar(subject) else subject.atom(unit)
