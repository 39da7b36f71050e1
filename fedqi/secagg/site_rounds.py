"""What a site does in each round; the session decides whether it may.

Every method computes first and assigns last, so that a refused message changes nothing.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.errors import DefinitionError, LocalProtocolError, RemoteProtocolError
from fedqi.secagg import messages as m
from fedqi.secagg import signing
from fedqi.secagg.auditors import auditors, check_acceptances, check_agreement
from fedqi.secagg.certificate import opened_atoms
from fedqi.secagg.checks import (
    ROUND_CONSISTENCY,
    ROUND_INPUT,
    ROUND_VERIFICATION,
    check_u2,
    check_u3,
)
from fedqi.secagg.commits import AtomsBound, AtomsOpened, Entry, UnmaskingAnswered
from fedqi.secagg.outputs import Commit, Completed, Output, Send, StepVerified
from fedqi.secagg.parameters import AttemptMode, AttemptParameters
from fedqi.secagg.site_checks import (
    UNKNOWN_HEAD,
    KnownCounters,
    check_dealt_inputs,
    check_delivery,
    check_holders,
    check_own_entry,
    check_statements,
    checked_view,
)
from fedqi.secagg.site_secrets import SiteSecrets
from fedqi.secagg.state import PublicState, SitePlan
from fedqi.secagg.statements import statement_digest
from fedqi.secagg.step import mask_vector, next_step, own_vector, with_survivors
from fedqi.secagg.transcript import StepFacts, checked_total, read_total
from fedqi.secagg.transitions import SitePhase
from fedqi.secagg.view import AttemptView, Offering

Outcome = tuple[SitePhase, list[Output]]


class SiteRounds:
    """The working state of one attempt at one site.

    Parameters
    ----------
    parameters, site, identity, plan, known
        As of the session.
    secrets
        Of this attempt.
    """

    def __init__(
        self,
        parameters: AttemptParameters,
        site: str,
        identity: Ed25519PrivateKey,
        plan: SitePlan,
        known: KnownCounters,
        secrets: SiteSecrets,
    ) -> None:
        self._parameters = parameters
        self._site = site
        self._identity = identity
        self._plan = plan
        self._known = known
        self._secrets = secrets
        self._advert: m.Advert | None = None
        self._view = AttemptView(parameters, ())
        self._facts: StepFacts | None = None
        self._state = PublicState((), {}, ())
        self._offered: Offering = {}
        self._sent: m.MaskedInput | None = None
        self._stated = b""
        self._holders: frozenset[str] = frozenset()
        self._neighbours = 0

    def advertise(self, advert: m.Advert) -> m.Advert:
        """Sign this site's advert and remember it.

        Parameters
        ----------
        advert
            Without keys, commitment and signature.
        """
        # protocol 4.1
        sealing, mask_key = self._secrets.public_keys()
        seed = self._secrets.seed.expose()
        commitment = signing.seed_commitment(self._parameters, self._site, seed)
        keyed = replace(advert, sealing_key=sealing, mask_key=mask_key, seed_commitment=commitment)
        text = signing.advert_bytes(self._parameters, keyed)
        self._advert = replace(keyed, signature=self._identity.sign(text))
        return self._advert

    def take_adverts(self, message: m.AdvertList) -> Outcome:
        """Round 0: check U1, then draw holders and deal shares, or go on to a closed step."""
        if self._advert is None:
            raise LocalProtocolError("the session was not started")
        view = checked_view(self._parameters, self._advert, message, self._known)
        opened = self._parameters.mode is AttemptMode.OPEN
        holders = self._secrets.draw(view)
        with self._secrets.agreed(view, self._others(holders), sealed=opened):
            return self._deal(view, holders) if opened else self._begin_closed(view, holders)

    def _begin_closed(self, view: AttemptView, holders: tuple[str, ...]) -> Outcome:
        state = PublicState(view.members, check_u2(view, view.members), ())
        self._neighbours = view.bits(holders)
        facts, sent = self._next_input(view, state, view.members, None)
        if facts is None or sent is None:
            raise DefinitionError("the plan has no step")
        self._view, self._state, self._facts = view, state, facts
        self._secrets.forget_keys()
        return SitePhase.SUMMING, [Send(sent)]

    def _deal(self, view: AttemptView, holders: tuple[str, ...]) -> Outcome:
        dealt = m.Shares(self._site, self._secrets.deal(view.threshold, holders), b"")
        signed = self._identity.sign(signing.shares_bytes(view.context, dealt))
        self._view, self._holders = view, frozenset(holders)
        return SitePhase.DEALT, [Send(replace(dealt, signature=signed))]

    def take_shares(self, message: m.SharesDelivery) -> Outcome:
        """Round 1: check U2, open the shares, and mask the input of the open step."""
        # protocol 5.1
        check_delivery(self._view, message, self._site)
        offered = check_u2(self._view, message.dealers)
        check_holders(self._view, self._holders, message.dealers, ROUND_INPUT)
        neighbours = self._holders.intersection(message.dealers).union(message.sealed)
        with self._secrets.agreed(self._view, self._others(neighbours), sealed=True):
            return self._open(message, offered, self._view.bits(neighbours))

    def _open(self, message: m.SharesDelivery, offered: Offering, neighbours: int) -> Outcome:
        held = self._secrets.open_shares(message.sealed)
        state = PublicState((), offered, ())
        self._neighbours = neighbours
        seed = self._secrets.seed.expose()
        facts, sent = self._next_input(self._view, state, message.dealers, seed)
        if facts is None or sent is None:
            raise DefinitionError("the plan has no step")
        self._facts, self._state, self._offered, self._sent = facts, state, offered, sent
        self._secrets.hold(held)
        self._secrets.forget_keys()
        return SitePhase.OPENING, [Commit(self._opening_entry(offered))]

    def _opening_entry(self, offered: Offering) -> AtomsOpened:
        view, parameters = self._view, self._parameters
        atoms = opened_atoms(view, offered, self._site)
        holders = () if view.is_complete else tuple(sorted(self._holders))
        digest = view.context.u1_digest
        return AtomsOpened(parameters.job, parameters.attempt, atoms, digest, holders)

    def _others(self, sites: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(site for site in sites if site != self._site))

    def opened(self) -> Outcome:
        """Send the masked input: the open atoms are recorded."""
        if self._sent is None:
            raise LocalProtocolError("no masked input was prepared")
        return SitePhase.MASKED, [Send(self._sent)]

    def take_survivors(self, message: m.Survivors) -> Outcome:
        """Round 3: check U3 and state it to its members."""
        if self._sent is None:
            raise LocalProtocolError("no masked input was prepared")
        facts, cohort = self._step, tuple(entry.site for entry in message.entries)
        offering = check_u3(self._view, self._offered, facts.active, cohort)
        check_own_entry(message, self._sent)
        check_holders(self._view, self._holders, cohort, ROUND_CONSISTENCY)
        context, masks = self._view.context, facts.masks
        digest = statement_digest(context, masks.active_digest, masks.state_hash, message)
        dealers = self._view.bits(self._secrets.dealers).to_bytes(self._view.bitmap_bytes, "little")
        tags = self._secrets.tags(self._dealers_in(cohort), digest)
        statement = m.Statement(self._site, digest, dealers, tags, b"")
        signed = self._identity.sign(signing.statement_bytes(context, statement))
        self._facts = with_survivors(facts, message)
        self._state = PublicState(cohort, offering, ())
        self._stated = digest
        return SitePhase.STATED, [Send(replace(statement, signature=signed))]

    def _dealers_in(self, cohort: tuple[str, ...]) -> tuple[str, ...]:
        return self._others(set(self._secrets.dealers).intersection(cohort))

    def take_statements(self, message: m.StatementSet) -> Outcome:
        """Round 4: check the statements of t holders and bind the atoms."""
        cohort = self._state.cohort
        holders = self._holders.intersection(cohort)
        check_statements(self._view, self._secrets, self._site, self._stated, holders, message)
        if not self._view.is_complete:
            check_dealt_inputs(self._step, self._dealers_in(cohort), message.inputs)
        atoms = opened_atoms(self._view, self._offered, self._site)
        bound = {atom: self._state.offering[atom] for atom in atoms}
        entry = AtomsBound(self._parameters.job, self._parameters.attempt, bound)
        return SitePhase.BINDING, [Commit(entry)]

    def bound(self) -> Outcome:
        """Go on to record that the unmasking is answered: the atoms are bound."""
        # protocol 6.6
        entry: Entry = UnmaskingAnswered(self._parameters.job, self._parameters.attempt)
        return SitePhase.ANSWERING, [Commit(entry)]

    def answer(self) -> Outcome:
        """Answer the unmasking, once: that it is answered is recorded."""
        # protocol 6.7
        answer = m.Unmasking(self._site, self._secrets.unmask(self._state.cohort), b"")
        text = signing.unmasking_bytes(self._view.context, answer)
        return SitePhase.SUMMING, [Send(replace(answer, signature=self._identity.sign(text)))]

    def take_transcript(self, message: m.StepTranscript) -> Outcome:
        """Round 5: recompute the total; accept it and go on, or complain and stop."""
        # protocol 7.1
        facts = self._expected(message)
        try:
            total = checked_total(facts, message)
        except RemoteProtocolError as error:
            reason = error.reason if error.site is None else f"{error.site}: {error.reason}"
            claimed = hashlib.sha256(message.total).digest()
            return SitePhase.FAILED, [Send(self._verdict(message.step, claimed, reason))]
        # protocol 7.5
        state = self._state.after(total)
        accepted = self._verdict(facts.masks.step, state.digests[-1], "")
        return self._accept(facts, state, [Send(accepted)])

    def take_accepted(self, message: m.AcceptedTotal) -> Outcome:
        """Round 5, for those that are no auditors: take a total that c + 1 members accepted."""
        # protocol 7.11
        facts, digest = self._expected(message), hashlib.sha256(message.total).digest()
        if self._site in auditors(facts):
            raise RemoteProtocolError(
                "this site is to recompute the total itself", round_name=ROUND_VERIFICATION
            )
        check_acceptances(facts, digest, message.verdicts)
        total = read_total(facts, message.total)
        phase, outputs = self._accept(facts, self._state.after(total), [])
        if phase is SitePhase.AGREEING:
            with suppress(RemoteProtocolError):
                # it is taken; that it is settled may come later, or never
                phase, settled = self.take_agreement(message)
                outputs += settled
        return phase, outputs

    def take_agreement(self, message: m.AcceptedTotal) -> Outcome:
        """After the last step: the total held here is the one that enough auditors accepted."""
        # protocol 7.13
        facts, digest = self._expected(message), hashlib.sha256(message.total).digest()
        if digest != self._state.digests[-1]:
            raise RemoteProtocolError(
                "the last total is said to be another than the one that this site holds",
                round_name=ROUND_VERIFICATION,
            )
        check_agreement(facts, digest, message.verdicts)
        return SitePhase.COMPLETED, [Completed(self._state)]

    def _expected(self, message: m.StepTranscript | m.AcceptedTotal) -> StepFacts:
        facts = self._step
        if message.step != facts.masks.step:
            raise RemoteProtocolError(
                f"a total of step {message.step}, expected step {facts.masks.step}",
                round_name=ROUND_VERIFICATION,
            )
        return facts

    def _accept(self, facts: StepFacts, state: PublicState, verdict: list[Output]) -> Outcome:
        # protocol 7.7
        following, sent = self._next_input(self._view, state, state.cohort, None)
        taken = (facts.masks.step, facts.layout, state.totals[-1])
        verified = StepVerified(*taken, recomputed=bool(verdict))
        outputs: list[Output] = [verified, *verdict]
        self._state, self._facts = state, following or facts
        if sent is None:
            return SitePhase.AGREEING, outputs
        return SitePhase.SUMMING, [*outputs, Send(sent)]

    @property
    def state(self) -> PublicState:
        """Cohort, offering and totals as far as this site has come."""
        return self._state

    def verified(self, message: m.StepTranscript | m.AcceptedTotal) -> bool:
        """Tell whether a transcript or accepted total repeats the last step that was accepted."""
        last = len(self._state.totals) - 1
        return (
            0 <= last == message.step
            and hashlib.sha256(message.total).digest() == self._state.digests[last]
        )

    @property
    def histories(self) -> dict[str, tuple[int, bytes]]:
        """What the others' adverts and the open step's total say of their release histories."""
        # protocol 4.10
        seen = {a.site: (a.history_counter, a.history_head) for a in self._view.adverts}
        seen.pop(self._site, None)
        if self._parameters.mode is AttemptMode.OPEN and self._state.totals:
            for site in self._others(self._state.cohort):
                # without its input there would be no total, and no input leaves before this
                if opened_atoms(self._view, self._offered, site):
                    seen[site] = (seen[site][0] + 1, UNKNOWN_HEAD)
        return seen

    @property
    def _step(self) -> StepFacts:
        if self._facts is None:
            raise LocalProtocolError("no step is under way")
        return self._facts

    def _next_input(
        self, view: AttemptView, state: PublicState, active: tuple[str, ...], seed: bytes | None
    ) -> tuple[StepFacts | None, m.MaskedInput | None]:
        facts = next_step(view, self._plan, state, active)
        if facts is None:
            return None, None
        # protocol 5.10
        edges = self._neighbours & view.bits(active) & ~(1 << view.places[self._site])
        vector = own_vector(facts, state, self._site, self._plan.values(state))
        pairs = self._secrets.pairs(view.sites(edges))
        masked = mask_vector(facts, self._site, vector, pairs, seed)
        peers = edges.to_bytes(view.bitmap_bytes, "little")
        unsigned = m.MaskedInput(self._site, facts.masks.step, peers, masked, b"")
        text = signing.input_bytes(facts.masks, self._site, signing.input_digest(unsigned))
        return facts, replace(unsigned, signature=self._identity.sign(text))

    def _verdict(self, step: int, digest: bytes, reason: str) -> m.Verdict:
        facts = self._step
        verdict = m.Verdict(self._site, step, not reason, digest, reason, b"")
        text = signing.verdict_bytes(facts.masks, facts.cohort_digest, verdict)
        return replace(verdict, signature=self._identity.sign(text))
