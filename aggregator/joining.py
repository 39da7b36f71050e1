"""Who takes part in a job: intents, refusals, and over which sites the first attempt runs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fedqi.charter import Genesis, JobSpec
from fedqi.errors import InsufficientSitesError, RemoteProtocolError
from fedqi.secagg.parameters import AttemptMode, group_minimum
from fedqi.wire.control import Decline, Intent, SiteEnvelope, intent_statement

MOST_ANSWERS = 100
"""Answers of one site to one announcement that are stored; nobody needs nearly so many."""


@dataclass(frozen=True, slots=True)
class Group:
    """Sites and mode of a job's first attempt."""

    mode: AttemptMode
    participants: tuple[str, ...]


@dataclass(slots=True)
class Joining:
    """The answers to a job's announcement.

    Parameters
    ----------
    genesis
        The rules and the members.
    spec
        The job.
    """

    genesis: Genesis
    spec: JobSpec
    intents: dict[str, Intent] = field(default_factory=dict)
    declined: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def all_answered(self) -> bool:
        """Whether every member has answered."""
        answered = set(self.intents) | set(self.declined)
        return answered == set(self.genesis.roster.identities)

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Members that have not answered, sorted."""
        answered = set(self.intents) | set(self.declined)
        return tuple(sorted(set(self.genesis.roster.identities) - answered))

    def accept(self, site: str, envelope: SiteEnvelope) -> None:
        """Take a site's answer; an intent may follow a refusal, and the other way round.

        Raises
        ------
        RemoteProtocolError
            When the answer does not fit the job; nothing has changed.
        """
        body = envelope.body
        if self.answers[site] >= MOST_ANSWERS:
            raise RemoteProtocolError(f"it answered {MOST_ANSWERS} times already", site=site)
        if isinstance(body, Decline):
            self.intents.pop(site, None)
            self.declined[site] = body.reason
        elif isinstance(body, Intent):
            self._check_intent(site, body)
            self.declined.pop(site, None)
            self.intents[site] = body
        else:
            raise RemoteProtocolError(
                f"a {type(body).__name__} names attempt {envelope.attempt}, which cannot be",
                site=site,
            )
        self.answers[site] += 1

    def group(self, bound: Mapping[str, tuple[str, ...]]) -> Group:
        """Return over whom the first attempt runs.

        Parameters
        ----------
        bound
            Atom -> the sites over which it was summed before.

        Raises
        ------
        InsufficientSitesError
            When too few sites stand together, with the numbers.
        """
        charter = self.genesis.charter
        needed = group_minimum(charter.collusion_bound, charter.min_others)
        joined = tuple(sorted(self.intents))
        cohort = {site for atom in self.spec.atoms for site in bound.get(atom, ())}
        if absent := sorted(cohort - set(joined)):
            raise InsufficientSitesError(
                "part of its figures was released over a fixed set before; missing from that "
                f"set: {', '.join(absent)}. They must join, or the job leave those figures out"
            )
        participants = tuple(sorted(cohort)) or joined
        self._check_offers(bound, participants)
        if len(participants) < needed:
            raise InsufficientSitesError(
                f"{len(participants)} sites joined, at least {needed} must stand together "
                f"(collusion bound {charter.collusion_bound}, min_others {charter.min_others}, "
                f"{len(self.genesis.roster.members)} members); nothing was released"
            )
        every = all(atom in bound for atom in self.spec.atoms)
        return Group(AttemptMode.CLOSED if every else AttemptMode.OPEN, participants)

    def _check_offers(
        self, bound: Mapping[str, tuple[str, ...]], participants: tuple[str, ...]
    ) -> None:
        # protocol 4.6: the sites would refuse the attempt; here it is still known what to do
        for atom in self.spec.atoms:
            offering = {site for site in participants if atom in self.intents[site].atoms}
            more = sorted(offering - set(bound.get(atom, offering)))
            fewer = sorted(set(bound.get(atom, ())) - offering)
            if more:
                raise InsufficientSitesError(
                    f"{atom} was released over a fixed set before, to which {', '.join(more)} does "
                    "not belong but offers it now; it must leave this measure out: fedqi-site "
                    "reject JOB --measure MEASURE"
                )
            if fewer:
                raise InsufficientSitesError(
                    f"{atom} was released over a fixed set before; {', '.join(fewer)} belongs to "
                    "it and does not offer it now, and must do so, or the job leave it out"
                )

    def _check_intent(self, site: str, intent: Intent) -> None:
        if intent.site != site:
            raise RemoteProtocolError(f"the intent is in the name of {intent.site!r}", site=site)
        if intent.plan != self.spec.plan_hash:
            raise RemoteProtocolError("the intent is for another specification", site=site)
        if intent.atoms != tuple(a for a in self.spec.atoms if a in set(intent.atoms)):
            raise RemoteProtocolError("the intent offers atoms that are not the job's", site=site)
        key = Ed25519PublicKey.from_public_bytes(self.genesis.roster.identities[site])
        statement = intent_statement(
            self.genesis.charter.collaborative,
            self.spec.job,
            site,
            intent.atoms,
            intent.frozen_input,
            intent.plan,
        )
        try:
            key.verify(intent.signature, statement)
        except InvalidSignature as error:
            raise RemoteProtocolError(
                "the intent is not signed by its identity key", site=site
            ) from error
