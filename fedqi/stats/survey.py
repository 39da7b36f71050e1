"""Answers of patients: item counts and means, top-box shares, Cronbach's alpha, response rate."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedqi.stats.continuous import Moments
from fedqi.stats.intervals import Interval, wilson


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a questionnaire, summed.

    Parameters
    ----------
    lowest
        Value of the first answer of the scale, for example 1.
    counts
        Answers per value, rising by one: ``counts[k]`` of the value ``lowest + k``.
    """

    lowest: int
    counts: tuple[int, ...]

    @property
    def moments(self) -> Moments:
        """Count, sum and sum of squares of the answers, about the lowest one."""
        return Moments(
            sum(self.counts),
            float(sum(k * c for k, c in enumerate(self.counts))),
            float(sum(k * k * c for k, c in enumerate(self.counts))),
            float(self.lowest),
        )

    def top_box(self, best: int) -> float:
        """Return the share of answers of at least ``best``.

        Raises
        ------
        ValueError
            If nobody answered, or ``best`` is not on the scale.
        """
        if not sum(self.counts):
            raise ValueError("nobody answered the item")
        if not 0 <= best - self.lowest < len(self.counts):
            raise ValueError(f"{best} is not on the scale of the item")
        return sum(self.counts[best - self.lowest :]) / sum(self.counts)


@dataclass(frozen=True, slots=True)
class ScaleSums:
    """What sites add about a scale of several items; complete questionnaires only.

    Parameters
    ----------
    respondents
        Questionnaires with an answer to every item, n.
    items, item_squares
        Per item: Σx and Σx² over these.
    squares
        Σ of the squared total score.
    """

    respondents: int
    items: tuple[float, ...]
    item_squares: tuple[float, ...]
    squares: float


@dataclass(frozen=True, slots=True)
class ResponseRate:
    """How many of those asked answered; shown before anything else about a survey."""

    returned: int
    asked: int
    interval: Interval

    @property
    def share(self) -> float:
        """Returned over asked."""
        return self.returned / self.asked


def scale_sums(answers: Sequence[Sequence[float]]) -> ScaleSums:
    """Return what a site adds, from complete questionnaires of one and the same length.

    Raises
    ------
    ValueError
        If questionnaires have different numbers of answers; with none, no items are known.
    """
    columns = list(zip(*answers, strict=True))
    return ScaleSums(
        len(answers),
        tuple(float(sum(column)) for column in columns),
        tuple(float(sum(x * x for x in column)) for column in columns),
        float(sum(sum(row) ** 2 for row in answers)),
    )


def cronbach_alpha(sums: ScaleSums) -> float | None:
    """Return Cronbach's α: ``k/(k-1) (1 - Σ s²_item / s²_total)``.

    How far the items of a scale measure one thing. All variances have the same divisor, which
    cancels.

    Returns
    -------
    float or None
        None with fewer than two items or two respondents, or where everybody has one total.
        Negative where items contradict each other.

    Raises
    ------
    ValueError
        If the lengths do not fit.

    References
    ----------
    Cronbach LJ (1951). Psychometrika 16:297-334. doi:10.1007/BF02310555
    """
    n, k = sums.respondents, len(sums.items)
    if len(sums.item_squares) != k:
        raise ValueError(f"{k} sums and {len(sums.item_squares)} sums of squares of items")
    if n < 2 or k < 2:
        return None
    total = sums.squares - sum(sums.items) ** 2 / n
    items = sum(q - s * s / n for s, q in zip(sums.items, sums.item_squares, strict=True))
    # Everybody with one total leaves rounding only.
    if total <= 1e-12 * max(1.0, sums.squares):
        return None
    return k / (k - 1) * (1 - items / total)


def response_rate(returned: int, asked: int, level: float = 0.95) -> ResponseRate:
    """Return the response rate with Wilson's interval.

    Raises
    ------
    ValueError
        If nobody was asked, or more returned than were asked.
    """
    return ResponseRate(returned, asked, wilson(returned, asked, level))
