"""Periods that wait: not offered before their follow-up and the lock of their data are over."""

from collections.abc import Mapping
from datetime import date

from fedqi.charter import JobSpec
from fedqi.errors import PolicyError
from fedqi.measures import Measure
from fedqi.measures.calendar import Waiting, wait_of, waiting
from site_agent.jobs import JobRecord


class NotYetError(PolicyError):
    """Every period that a job asks of this site still waits; it may be asked again later.

    Its message is of the calendars of the measures alone, so that the aggregator may know it.
    """


def held_back(
    spec: JobSpec, measures: Mapping[str, Measure], today: date
) -> tuple[tuple[str, str], ...]:
    """Return measure and period of what a job asks for too early.

    Parameters
    ----------
    spec
        The job.
    measures
        Measure id to definition, of those that this site offers.
    today
        The day of this machine's clock.

    Raises
    ------
    NotYetError
        If nothing else is asked.
    """
    waits = [
        (name, each)
        for name, measure in measures.items()
        for each in waiting(measure, spec.periods[name], today)
    ]
    if waits and len(waits) == sum(len(spec.periods[name]) for name in measures):
        last = max((each for _, each in waits), key=lambda each: each.opens)
        raise NotYetError(
            f"nothing that job {spec.job} asks for may be summed yet; {last.measure} "
            f"{last.period}: {last.told}; the operator can open such a job then"
        )
    return tuple((name, each.period) for name, each in waits)


def offered_periods(record: JobRecord, spec: JobSpec, measure: str) -> frozenset[str]:
    """Return the periods of a measure that a job may have from this site."""
    return frozenset(p for p in spec.periods[measure] if (measure, p) not in record.held)


def held_waits(
    record: JobRecord, measures: Mapping[str, Measure]
) -> Mapping[tuple[str, str], Waiting]:
    """Return why each period that is held back was."""
    return {(name, period): wait_of(measures[name], period) for name, period in record.held}
