"""One attempt at the aggregator. It holds no secret, no clock and no entropy."""

from fedqi.secagg.messages import AggregatorMessage, Certificate, SiteMessage, Verdict
from fedqi.secagg.parameters import AttemptParameters
from fedqi.secagg.state import PublicPlan, PublicState
from enum import StrEnum


class Phase(StrEnum):
    """What the aggregator waits for."""

    ADVERTISING = "advertising"  # adverts
    SHARING = "sharing"  # shares (open mode)
    MASKING = "masking"  # masked inputs of the open step
    STATING = "stating"  # statements
    UNMASKING = "unmasking"  # unmasking answers
    SUMMING = "summing"  # masked inputs of a closed step (and verdicts on the step before)
    VERIFYING = "verifying"  # verdicts on the last step
    DONE = "done"
    ABORTED = "aborted"


class AggregatorSession:
    """One attempt of a job at the aggregator: a fold of messages and ``proceed`` calls.

    Parameters
    ----------
    parameters
        Of the attempt.
    plan
        What is summed.
    participants
        Sites that may take part: those that signed an intent, or K in closed mode.
    """

    def __init__(
        self, parameters: AttemptParameters, plan: PublicPlan, participants: tuple[str, ...]
    ) -> None: ...

    def receive(self, site: str, message: SiteMessage) -> None:
        """Take a message; an identical repetition changes nothing."""

    def proceed(self) -> list[tuple[str, AggregatorMessage]]:
        """Close the round and return what to send to whom, sorted by site."""

    def abort(self, reason: str) -> None:
        """End the attempt."""

    @property
    def phase(self) -> Phase:
        """What the session waits for."""

    @property
    def ready(self) -> bool:
        """Whether everyone expected has answered."""

    @property
    def can_proceed(self) -> bool:
        """Whether enough have answered to go on without the rest."""

    @property
    def obstacle(self) -> str:
        """Why ``can_proceed`` is false, in words; empty when it is true."""

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Sites that have not answered yet, sorted."""

    @property
    def state(self) -> PublicState | None:
        """The state after the totals so far; also while the attempt goes on."""

    @property
    def result(self) -> PublicState | None:
        """The final state once the attempt is done."""

    @property
    def certificate(self) -> Certificate | None:
        """Proof of the cohort, once t statements have come."""

    @property
    def complaints(self) -> tuple[Verdict, ...]:
        """Signed complaints about totals; any of them stops the attempt."""

    @property
    def receipts(self) -> tuple[str, ...]:
        """Sites that have signed a discard receipt, sorted."""
