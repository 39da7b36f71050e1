"""The life of one job at the simulated aggregator, folded from what is stored."""

from collections.abc import Callable

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import AttemptMode, Phase, group_minimum
from fedqi.simulation.attempt import REFUSED_TOTAL, Attempt, Deadlines, Decision, Step
from fedqi.simulation.moments import AGGREGATOR, Moments
from fedqi.simulation.setting import Rules
from fedqi.simulation.store import Beginning, Ending, Store, Stored
from fedqi.wire.control import (
    AggregatorBody,
    AttemptEnded,
    AttemptLost,
    AttemptOpened,
    Intent,
    JobAnnouncement,
    ReceiptRequest,
    SiteEnvelope,
)
from fedqi.wire.convert import decode_site_envelope

MOST_ATTEMPTS = 4
ENDED_IN_VAIN = "its attempts are used up"
Post = Callable[[str, int, str, AggregatorBody], None]
"""Posts to a site: job, attempt, site, body."""


class Job:
    """One job in memory, over its store.

    Parameters
    ----------
    store
        Its disk.
    rules
        What all members signed.
    bound
        Atom -> the set it was summed over, of all jobs.
    moments
        Where the aggregator fails.
    post
        Sends to a site.
    """

    def __init__(
        self,
        store: Store,
        rules: Rules,
        bound: dict[str, tuple[str, ...]],
        moments: Moments,
        post: Post,
    ) -> None:
        self.store, self._rules, self._bound = store, rules, bound
        self._moments, self._post = moments, post
        self.attempt: Attempt | None = None

    @property
    def name(self) -> str:
        """Name of the job."""
        return self.store.spec.job

    def announce(self) -> None:
        """Invite the sites."""
        for site in self.store.invited:
            self._post(self.name, 0, site, JobAnnouncement(self.store.spec.to_bytes()))

    def resume(self, now: float) -> None:
        """Fold what is stored: the state is then what it was when the last line was stored."""
        if self.store.beginnings and self.store.ending is None:
            attempt = self._begin(self.store.beginnings[-1], now)
            for line in self.store.lines:
                if line.attempt != attempt.parameters.attempt:
                    continue
                if line.step is Step.PROCEED:
                    attempt.session.proceed()
                elif line.step is Step.ASK_RECEIPTS:
                    attempt.receipts_asked = True
                else:
                    attempt.take(line.site, decode_site_envelope(line.data))

    def take(self, site: str, envelope: SiteEnvelope, data: bytes) -> None:
        """Take and store a message.

        Raises
        ------
        RemoteProtocolError
            If nobody waits for it, or it is illegal; nothing has changed.
        """
        if isinstance(envelope.body, Intent):
            if not self.store.beginnings and site in self.store.invited:
                self.store.intents[site] = envelope.body
            return
        attempt = self.attempt
        if attempt is None or attempt.parameters.attempt != envelope.attempt:
            raise RemoteProtocolError("the attempt is over", site=site)
        attempt.take(site, envelope)
        if not isinstance(envelope.body, AttemptLost) or site in attempt.participants:
            self.store.lines.append(Stored(envelope.attempt, site, data))

    def advance(self, now: float, deadlines: Deadlines) -> bool:
        """Do the next thing that is due; return whether anything was done."""
        if self.store.ending is not None:
            return False
        if self.attempt is None:
            late = now >= self.store.announced + deadlines.join
            if set(self.store.intents) != set(self.store.invited) and not late:
                return False
            self._close_joining(now)
            return True
        decision = self.attempt.decide(now, deadlines)
        if decision.step is Step.WAIT:
            return False
        self._follow(self.attempt, decision, now)
        return True

    def _close_joining(self, now: float) -> None:
        joined = tuple(sorted(self.store.intents))
        needed = group_minimum(self._rules.collusion_bound, self._rules.min_others)
        atoms = self.store.spec.atoms
        cohort = sorted({site for atom in atoms for site in self._bound.get(atom, ())})
        absent = tuple(site for site in cohort if site not in joined)
        participants = tuple(cohort) or joined
        if absent:
            self._end(Ending("ended", "a member of a bound set did not join", absent))
        elif len(participants) < needed:
            away = tuple(site for site in self._rules.sites if site not in joined)
            self._end(Ending("ended", "too few sites joined", away, f"{len(joined)} of {needed}"))
        else:
            every = all(atom in self._bound for atom in atoms)
            mode = AttemptMode.CLOSED if every else AttemptMode.OPEN
            self._open_attempt(Beginning(mode, participants), now)

    def _follow(self, attempt: Attempt, decision: Decision, now: float) -> None:
        match decision.step:
            case Step.PROCEED:
                self._proceed(attempt, now)
            case Step.ASK_RECEIPTS:
                self.store.lines.append(Stored(attempt.parameters.attempt, step=Step.ASK_RECEIPTS))
                attempt.receipts_asked, attempt.since = True, now
                self._tell(attempt, ReceiptRequest())
            case Step.FINISH:
                # the proof binds the atoms of a member that was away at the end
                self._tell(attempt, self._end_of(attempt, decision))
                self._end(Ending("released"))
            case Step.END:
                self._tell(attempt, self._end_of(attempt, decision))
                self._end(self._partial(attempt, decision))
            case _:
                self._retry(attempt, decision, now)

    def _proceed(self, attempt: Attempt, now: float) -> None:
        phase = attempt.session.phase
        self._moments.power(AGGREGATOR, f"proceed {phase.value}")
        try:
            sending = attempt.session.proceed()
        except RemoteProtocolError as error:
            # Shares that rebuild no secret: the set stands, and a closed step needs none.
            self._retry(attempt, Decision(Step.RETRY_CLOSED, detail=str(error)), now)
            return
        number = attempt.parameters.attempt
        self.store.lines.append(Stored(number, step=Step.PROCEED))
        attempt.since = now
        for site, message in sending:
            self._post(self.name, number, site, message)
        self._moments.power(AGGREGATOR, f"proceeded {phase.value}")

    def _retry(self, attempt: Attempt, decision: Decision, now: float) -> None:
        self._tell(attempt, self._end_of(attempt, decision))
        self._note_verified(attempt)
        if len(self.store.beginnings) >= MOST_ATTEMPTS:
            waiting = decision.waiting or attempt.session.waiting_for or attempt.participants
            used_up = Decision(Step.END, ENDED_IN_VAIN, waiting, decision.detail)
            self._end(self._partial(attempt, used_up))
        elif decision.step is Step.RETRY_OPEN:
            joined = tuple(sorted(self.store.intents))
            self._open_attempt(Beginning(AttemptMode.OPEN, joined), now)
        else:
            proof = attempt.certificate
            cohort = attempt.participants
            if proof is not None:
                cohort = tuple(entry.site for entry in proof.survivors.entries)
            self._open_attempt(Beginning(AttemptMode.CLOSED, cohort, proof), now)

    def _end_of(self, attempt: Attempt, decision: Decision) -> AttemptEnded:
        adverts = tuple(attempt.adverts[site] for site in sorted(attempt.adverts))
        receipts = attempt.session.receipts if decision.step is Step.RETRY_OPEN else ()
        proof = attempt.session.certificate
        reason = decision.kind or decision.step.value
        return AttemptEnded(reason, receipts, proof, adverts if receipts else ())

    def _partial(self, attempt: Attempt, decision: Decision) -> Ending:
        # Steps that were verified before stay; the rest names who is missing.
        self._note_verified(attempt)
        some = self.store.verified > 0 and decision.kind != REFUSED_TOTAL
        outcome = "partial" if some else "ended"
        return Ending(outcome, decision.kind, decision.waiting, decision.detail)

    def _note_verified(self, attempt: Attempt) -> None:
        state = attempt.session.state
        steps = 0 if state is None else len(state.totals)
        self.store.verified = max(self.store.verified, steps)

    def _open_attempt(self, beginning: Beginning, now: float) -> None:
        self.store.beginnings.append(beginning)
        attempt = self._begin(beginning, now)
        self._tell(
            attempt, AttemptOpened(beginning.mode, beginning.participants, beginning.certificate)
        )

    def _begin(self, beginning: Beginning, now: float) -> Attempt:
        number = len(self.store.beginnings)
        parameters = self._rules.parameters(self.store.spec, number, beginning.mode)
        self.attempt = Attempt(
            parameters, self.store.spec, beginning.participants, beginning.certificate, now
        )
        return self.attempt

    def _tell(self, attempt: Attempt, body: AggregatorBody) -> None:
        number = attempt.parameters.attempt
        sites = attempt.participants
        if isinstance(body, AttemptEnded):
            sites = tuple(sorted(set(sites) | set(self.store.intents)))
        for site in sites:
            self._post(self.name, number, site, body)

    def _end(self, ending: Ending) -> None:
        self.store.ending = ending
        self._note_bound()

    def _note_bound(self) -> None:
        attempt = self.attempt
        if attempt is None or attempt.session.phase is Phase.ADVERTISING:
            return
        proof = attempt.certificate
        if proof is None:
            return
        cohort = {entry.site for entry in proof.survivors.entries}
        for atom in self.store.spec.atoms:
            offering = tuple(
                sorted(
                    advert.site
                    for advert in proof.adverts
                    for item in advert.atoms
                    if item.atom == atom and item.state != "none" and advert.site in cohort
                )
            )
            summed = group_minimum(self._rules.collusion_bound, self._rules.min_others)
            if len(offering) >= summed:
                self._bound.setdefault(atom, offering)
