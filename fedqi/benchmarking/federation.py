"""A whole job in one process: the real sessions, with the aggregator's driver in between.

Every vector is masked and every total recomputed by every site, exactly as between machines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fedqi.benchmarking.participation import Member
from fedqi.errors import InsufficientSitesError
from fedqi.secagg.aggregator_session import AggregatorSession, Phase
from fedqi.secagg.messages import (
    Advert,
    Certificate,
    MaskedInput,
    Shares,
    SiteMessage,
    Statement,
    Unmasking,
)
from fedqi.secagg.parameters import AttemptMode, AttemptParameters
from fedqi.secagg.state import PublicPlan, PublicState

FIRST_UNSENT: Mapping[str, type] = {
    "advert": Advert,
    "shares": Shares,
    "masked_input": MaskedInput,
    "statement": Statement,
    "unmasking": Unmasking,
}
"""Words for the message of the first step from which on a dropped site is silent."""

Drop = Mapping[str, str | int]
"""Site to the first message of step 1 that it does not send (see ``FIRST_UNSENT``), after which it
comes back; or to the number of a later step, before which it disappears for good."""

ROUND_WORDS: Mapping[Phase, str] = {
    Phase.ADVERTISING: "keys",
    Phase.SHARING: "shares",
    Phase.MASKING: "masked inputs",
    Phase.STATING: "consistency statements",
    Phase.UNMASKING: "unmasking",
    Phase.AUDITING: "audit",
    Phase.SUMMING: "closed step",
    Phase.VERIFYING: "verification",
}

Progress = Callable[[str, int, int], None]
"""Called with the phase in words, how many sites have answered, and how many are expected."""


def silent(phase: str, answered: int, expected: int) -> None:
    """Report no progress."""


Witness = Callable[[str, int, SiteMessage], None]
"""Called with a site, the attempt, and a message that is about to leave the site."""


def unseen(site: str, attempt: int, message: SiteMessage) -> None:
    """Keep no record of what leaves."""


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """A job in one process that has come to its end.

    Parameters
    ----------
    parameters
        Of the attempt that came furthest.
    state
        Cohort, offering and verified totals.
    waiting_for
        Sites that disappeared before the last step; the totals are those up to then.
    """

    parameters: AttemptParameters
    state: PublicState
    waiting_for: tuple[str, ...] = ()


def run_job(
    parameters: AttemptParameters,
    plan: PublicPlan,
    members: Mapping[str, Member],
    drop: Drop | None = None,
    progress: Progress = silent,
    witness: Witness = unseen,
) -> JobOutcome:
    """Run a job's open attempt and, where a member was lost on the way, a closed one over K.

    Parameters
    ----------
    parameters
        Of the first attempt.
    plan
        The public plan.
    members
        Site to its long-lived part.
    drop
        Sites that fail, and when.
    progress
        Told of every phase.
    witness
        Told of every message before it leaves its site.

    Raises
    ------
    InsufficientSitesError
        If too few sites stand together; nothing is released.
    """
    drop = drop or {}
    opened = Attempt(parameters, plan, members, drop, progress, witness)
    if opened.run() or opened.gone:
        return opened.outcome()
    certificate = opened.certificate
    if certificate is None:
        raise InsufficientSitesError(opened.obstacle)
    closed = closed_attempt(parameters, certificate, members)
    for_good = {site: when for site, when in drop.items() if isinstance(when, int)}
    again = Attempt(closed[0], plan, closed[1], for_good, progress, witness)
    if again.run() or again.gone:
        return again.outcome()
    raise InsufficientSitesError(again.obstacle)


def closed_attempt(
    parameters: AttemptParameters, certificate: Certificate, members: Mapping[str, Member]
) -> tuple[AttemptParameters, Mapping[str, Member]]:
    """Return the closed attempt over the set a certificate proves, its members bound to it."""
    survivors = {entry.site: members[entry.site] for entry in certificate.survivors.entries}
    for member in survivors.values():
        member.bind(parameters, certificate)
    closed = replace(parameters, attempt=parameters.attempt + 1, mode=AttemptMode.CLOSED)
    return closed, survivors


class Attempt:
    """One attempt of a job in one process."""

    def __init__(
        self,
        parameters: AttemptParameters,
        plan: PublicPlan,
        members: Mapping[str, Member],
        drop: Drop,
        progress: Progress,
        witness: Witness = unseen,
    ) -> None:
        self._parameters = parameters
        self._witness = witness
        self._session = AggregatorSession(parameters, plan, tuple(sorted(members)))
        self._sites = {site: member.join(parameters) for site, member in members.items()}
        self._drop = drop
        self._silent: set[str] = set()
        self._progress = progress

    @property
    def certificate(self) -> Certificate | None:
        """Proof of the cohort, once there is one."""
        return self._session.certificate

    @property
    def obstacle(self) -> str:
        """Why the attempt stopped."""
        return self._session.obstacle

    @property
    def gone(self) -> tuple[str, ...]:
        """Sites that disappeared for good, sorted."""
        return tuple(sorted(s for s in self._silent if isinstance(self._drop[s], int)))

    def outcome(self) -> JobOutcome:
        """Return the result of a finished attempt, or what sites that are gone left of it.

        Raises
        ------
        InsufficientSitesError
            If that is nothing.
        """
        session = self._session
        if session.result is not None:
            return JobOutcome(self._parameters, session.result)
        if session.settled is None:
            raise InsufficientSitesError(self.obstacle)
        return JobOutcome(self._parameters, session.settled, self.gone)

    def run(self) -> bool:
        """Drive the attempt; False when it stopped before its end."""
        for site, participant in self._sites.items():
            self._submit(site, participant.start())
        while self._session.phase is not Phase.DONE:
            expected = len(self._sites) - len(self._silent)
            waiting = len(self._session.waiting_for)
            self._progress(ROUND_WORDS[self._session.phase], expected - waiting, expected)
            if not (self._session.ready or self._session.can_proceed):
                return False
            self._deliver()
        return True

    def _deliver(self) -> None:
        for site, message in self._session.proceed():
            if site not in self._silent:
                self._submit(site, self._sites[site].receive(message))

    def _submit(self, site: str, messages: Sequence[SiteMessage]) -> None:
        for message in messages:
            if self._fails(site, message):
                self._silent.add(site)
            if site in self._silent:
                return
            self._witness(site, self._parameters.attempt, message)
            self._session.receive(site, message)

    def _fails(self, site: str, message: SiteMessage) -> bool:
        when = self._drop.get(site)
        if isinstance(when, int):
            return isinstance(message, MaskedInput) and message.step + 1 >= when
        return when is not None and isinstance(message, FIRST_UNSENT[when])
