"""What a site's session hands to its driver."""

from dataclasses import dataclass

from fedqi.secagg.commits import Entry
from fedqi.secagg.encoding import Layout, UInt64Array
from fedqi.secagg.messages import SiteMessage
from fedqi.secagg.state import PublicState


@dataclass(frozen=True, slots=True)
class Send:
    """Send this message to the aggregator."""

    message: SiteMessage


@dataclass(frozen=True, slots=True)
class Commit:
    """Store this entry durably, then call ``confirm`` with this very output."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class StepVerified:
    """The site recomputed the total of a step and found it right, or enough members signed it.

    Parameters
    ----------
    step
        From 0.
    layout
        Decodes the total.
    total
        Shape ``(layout.length,)``.
    recomputed
        Whether this site recomputed it; it took the word of auditors otherwise.
    """

    step: int
    layout: Layout
    total: UInt64Array
    recomputed: bool


@dataclass(frozen=True, slots=True)
class Completed:
    """The plan is finished, and no other honest site can hold another last total as settled."""

    state: PublicState


Output = Send | Commit | StepVerified | Completed
