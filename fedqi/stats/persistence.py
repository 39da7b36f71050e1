"""Whether standing out lasts: k of the last n periods, and how many flagged sites return."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedqi.stats.classification import Band
from fedqi.stats.intervals import Interval, wilson


@dataclass(frozen=True, slots=True)
class Persistence:
    """A site's own recent history.

    Parameters
    ----------
    flagged
        Periods with the band asked for, among the last ones.
    judged
        Periods among them with enough patients to be judged.
    by_chance
        Probability of at least as many flags in ``judged`` periods for a site that is as
        expected in all of them.
    """

    flagged: int
    judged: int
    by_chance: float


@dataclass(frozen=True, slots=True)
class Return:
    """Of the sites flagged in one period, how many were as expected in the next.

    A large share is what regression to the mean gives: most who stand out once do so by chance.

    Parameters
    ----------
    flagged
        Sites flagged in the earlier period and judged in the later one.
    returned
        Of these, those no longer flagged.
    interval
        Wilson's interval of the share; None where nobody was flagged.
    """

    flagged: int
    returned: int
    interval: Interval | None

    @property
    def share(self) -> float | None:
        """Returned over flagged; None where nobody was flagged."""
        return self.returned / self.flagged if self.flagged else None


def persistence(
    bands: Sequence[Band], last: int, level: float = 0.95, band: Band = Band.REVIEW
) -> Persistence:
    """Return in how many of the last periods a site was flagged.

    Parameters
    ----------
    bands
        The site's band per period, oldest first.
    last
        How many of the latest periods to look at, at least 1; fewer where fewer exist.
    level
        Coverage of the limits behind the bands; a flag on one side then comes by chance with
        probability (1 - level)/2.
    band
        Which band counts as a flag.

    Returns
    -------
    Persistence
        Periods with an insufficient denominator are not judged.

    Raises
    ------
    ValueError
        If ``last`` is below 1 or the level no probability.
    """
    if last < 1 or not 0 < level < 1:
        raise ValueError(f"the last {last} periods at level {level}")
    judged = [each for each in bands[-last:] if each is not Band.INSUFFICIENT]
    flagged = sum(each is band for each in judged)
    return Persistence(flagged, len(judged), _at_least(flagged, len(judged), (1 - level) / 2))


def return_sums(
    earlier: Sequence[Band], later: Sequence[Band], band: Band = Band.REVIEW
) -> tuple[int, int]:
    """Return what a site adds: its providers flagged earlier and judged later, and the returned.

    Parameters
    ----------
    earlier, later
        Band of each provider of the site in two periods, in the same order.
    """
    pairs = [
        (before, after)
        for before, after in zip(earlier, later, strict=True)
        if before is band and after is not Band.INSUFFICIENT
    ]
    return len(pairs), sum(after is not band for _, after in pairs)


def share_returned(flagged: int, returned: int, level: float = 0.95) -> Return:
    """Return the share of flagged sites that returned, from the totals of :func:`return_sums`.

    Raises
    ------
    ValueError
        If more returned than were flagged.
    """
    if not 0 <= returned <= flagged:
        raise ValueError(f"{returned} of {flagged} flagged sites returned")
    return Return(flagged, returned, wilson(returned, flagged, level) if flagged else None)


def _at_least(successes: int, trials: int, probability: float) -> float:
    from scipy.special import bdtrc

    return float(bdtrc(successes - 1, trials, probability)) if successes > 0 else 1.0
