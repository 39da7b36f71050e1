"""What all parts of the running service share, and the one way by which a message leaves."""

import secrets
from dataclasses import dataclass, field

from fedqi.benchmarking.participation import Member, Participant, SiteIdentity
from fedqi.errors import FedQIError, RemoteProtocolError
from fedqi.secagg.messages import MaskedInput, Verdict
from fedqi.wire.control import SiteBody, SiteEnvelope
from site_agent.config import AgentConfig
from site_agent.counters import load_counters
from site_agent.credentials import Credentials
from site_agent.events import Events
from site_agent.faults import FaultPlan
from site_agent.genesis import Pinned
from site_agent.holding import NotYetError
from site_agent.jobs import JobRecord, find, save
from site_agent.ledger import Records, word_of
from site_agent.state import StateDirectory
from site_agent.transport import FederationClient, Submitted
from site_agent.work import Work


@dataclass
class Agent:
    """One running agent.

    Parameters
    ----------
    config, state, credentials, pinned
        What it was started with.
    records
        Release history and audit ledger.
    events
        Its phase events.
    client
        The connection.
    faults
        Where to die in a drill.
    participants
        Job to its session, as long as this process lives; secrets are nowhere else.
    works
        Job to its plan over the frozen input, rebuilt after a restart.
    """

    config: AgentConfig
    state: StateDirectory
    credentials: Credentials
    pinned: Pinned
    records: Records
    events: Events
    client: FederationClient
    faults: FaultPlan = field(default_factory=FaultPlan)
    participants: dict[str, Participant] = field(default_factory=dict)
    works: dict[str, Work] = field(default_factory=dict)

    @property
    def site(self) -> str:
        """Name of the site."""
        return self.config.site

    def record(self, job: str) -> JobRecord | None:
        """Return what is known of a job."""
        return find(self.state, job)

    def save(self, record: JobRecord) -> JobRecord:
        """Store a record durably and return it."""
        return save(self.state, record)

    def member(self, job: str) -> Member:
        """Return this site's part in a job, over the release history as it is now."""
        identity = SiteIdentity(
            self.site, self.credentials.keys.identity, secrets.token_bytes, self.config.min_others
        )
        counters = load_counters(self.state)
        plan = self.works[job].plan
        return Member(identity, plan, self.records.history, self.records.store, counters)

    def forget(self, job: str) -> None:
        """Erase the secrets of a job's attempt."""
        participant = self.participants.pop(job, None)
        if participant is not None:
            participant.erase()

    async def send(self, job: str, attempt: int, body: SiteBody) -> Submitted:
        """Log a message durably, then hand it in until it is acknowledged."""
        envelope = SiteEnvelope(job, attempt, body)
        self.faults.before_sending(body)
        departure = self.records.depart(envelope)
        if isinstance(body, MaskedInput):
            self.state.save_sent(job, body.vector)
        outcome = await self.client.submit(envelope)
        self.events.emit(
            _event(body),
            job=job,
            attempt=attempt,
            step=departure.step,
            bytes=departure.size,
            sha256=departure.digest.hex(),
            check=body.reason if isinstance(body, Verdict) and body.reason else None,
            reason="closed" if outcome is Submitted.CLOSED else None,
        )
        self.faults.after_acknowledged(body)
        return outcome


def _event(body: SiteBody) -> str:
    if isinstance(body, Verdict):
        return "total-verified" if body.accepted else "total-refused"
    return f"{word_of(body)}-sent"


def public_reason(error: FedQIError) -> str:
    """Return what the aggregator and the log may know of a failure: never the hospital's data."""
    if isinstance(error, RemoteProtocolError):
        return error.reason
    if isinstance(error, NotYetError):
        return str(error)
    return WORDS.get(type(error).__name__, "this site cannot take part")


WORDS = {
    "PolicyError": "a rule of the site or of the signed documents forbids it",
    "DefinitionError": "a definition is not valid at this site",
    "DataQualityError": "the hospital's data do not satisfy the measure's dataset",
    "ConfigurationError": "the agent's configuration does not cover it",
    "EncodingRangeError": "a number lies outside the bounds of the layout",
    "ConvergenceError": "a model of the measure has no maximum in the sums of this job",
    "LocalProtocolError": "the agent cannot run this attempt",
    "InsufficientSitesError": "too few organisations would stand beside this site",
}
