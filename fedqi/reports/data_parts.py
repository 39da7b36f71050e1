"""What lies behind a mean or a composite, own beside the network's; see fedqi.reports.data."""

from dataclasses import dataclass

from fedqi.reports.data_basic import Interval


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the patients, 0 to 1, own beside the network's; None where one is not known.

    Parameters
    ----------
    label
        Whose share it is, such as ``"above 21 days"``.
    own, network
        The shares.
    interval
        Of the own one.
    network_range
        Between what the network's certainly lies, where it was read off merged bins.
    size
        Own patients behind it.
    """

    label: str
    own: float | None
    network: float | None
    interval: Interval | None = None
    network_range: tuple[float, float] | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Ascertainment:
    """How complete the cases are: found in the hospital's data, out of those to be expected."""

    found: int
    expected: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """All values of the network on the public grid, and the quantiles of both.

    Parameters
    ----------
    edges, counts
        Values per bin, lowest first; ``len(edges) == len(counts) + 1``.
    shares
        Of which quantiles, rising, such as ``(0.1, 0.25, 0.5, 0.75, 0.9)``.
    network, own
        One quantile per share; `own` is empty where it is not known.
    limit
        The mark beyond which a share is counted, where the measure names one.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    shares: tuple[float, ...]
    network: tuple[float, ...]
    own: tuple[float, ...] = ()
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """How one item was answered, by the own patients or by all.

    Parameters
    ----------
    mean
        On the scale as it was asked.
    counts
        Per group of the item.
    """

    mean: float
    counts: tuple[int, ...]

    @property
    def answered(self) -> int:
        """All answers."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class ItemAnswers:
    """One question of a survey.

    Parameters
    ----------
    label
        What is asked, in words.
    groups
        First and last answer of each group, lowest first; joined where too few sites have one.
    own, network
        None where nobody answered, or where too few sites have answers.
    reverse
        Whether a low answer is the good one.
    """

    label: str
    groups: tuple[tuple[int, int], ...]
    own: Answers | None
    network: Answers | None
    reverse: bool = False
