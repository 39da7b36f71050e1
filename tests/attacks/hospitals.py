"""Hospitals with release histories over several jobs, as their agents hold them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fedqi.benchmarking.entries import as_history_entry
from fedqi.benchmarking.federation import Attempt, silent
from fedqi.benchmarking.participation import Member, SiteIdentity
from fedqi.benchmarking.plan import build_public_plan, build_site_plan
from fedqi.charter import JobSpec, PlannedMeasure, check_questions, planned_atoms
from fedqi.disclosure import Bound, Entry, Open, ReceiptSigned, ReleaseHistory
from fedqi.measures import Cell, Measure, MeasureSummary
from fedqi.secagg import (
    AttemptMode,
    AttemptParameters,
    default_collusion_bound,
    group_minimum,
    sign_discard_receipt,
    verify_discard_receipts,
)
from fedqi.secagg.commits import AtomsOpened
from fedqi.secagg.parameters import HASH_BYTES
from tests.unit.benchmarking.collaborative import counted_measure, summary_of
from tests.unit.secagg.federation import Entropy, identity_of, names

MEASURE = counted_measure()


@dataclass
class Hospital:
    """What one hospital keeps between jobs: its history, the questions asked, its figures."""

    site: str
    figures: MeasureSummary
    history: ReleaseHistory = field(default_factory=ReleaseHistory)
    stored: list[Entry] = field(default_factory=list)
    asked: list[JobSpec] = field(default_factory=list)
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    @property
    def taken(self) -> set[str]:
        """Atoms that are open or bound here."""
        atoms = self.history.atoms.items()
        return {str(atom) for atom, state in atoms if isinstance(state, Open | Bound)}


@dataclass
class Collaborative:
    """Hospitals under one charter, and what was released of each atom.

    The two ways to go on after a failed attempt are those of the aggregator.
    """

    hospitals: dict[str, Hospital]
    releases: list[Mapping[str, tuple[str, ...]]] = field(default_factory=list)

    def member(self, site: str, spec: JobSpec, measure: Measure) -> Member:
        """Let a hospital take part in a job, if its questions and history allow it."""
        own = self.hospitals[site]
        check_questions(spec, own.taken, own.asked)
        sites, minimum = len(self.hospitals), self.minimum
        summary = {measure.id: replace(own.figures, digest=measure.digest)}
        plan = build_site_plan(spec, {measure.id: measure}, summary, site, sites, minimum)
        entropy = Entropy(f"{site}/{spec.job}/{len(own.stored)}")
        identity = SiteIdentity(site, identity_of(site), entropy)
        return Member(identity, plan, own.history, own.stored.append, own.seen)

    @property
    def minimum(self) -> int:
        return group_minimum(default_collusion_bound(len(self.hospitals)), 2)

    def parameters(self, spec: JobSpec, number: int, mode: AttemptMode) -> AttemptParameters:
        keys = {s: identity_of(s).public_key().public_bytes_raw() for s in self.hospitals}
        document = bytes(HASH_BYTES)
        return AttemptParameters(
            "qi", spec.job, number, mode, document, document, document, spec.plan_hash, keys,
            default_collusion_bound(len(keys)), 2, spec.atoms,
        )  # fmt: skip

    def attempt(
        self,
        spec: JobSpec,
        number: int = 1,
        sites: Iterable[str] | None = None,
        mode: AttemptMode = AttemptMode.OPEN,
        drop: Mapping[str, str] | None = None,
        measure: Measure = MEASURE,
    ) -> Attempt:
        """Run one attempt as far as it goes and keep the histories."""
        chosen = tuple(sites or self.hospitals)
        members = {site: self.member(site, spec, measure) for site in chosen}
        plan = build_public_plan(spec, {measure.id: measure}, len(self.hospitals), self.minimum)
        parameters = self.parameters(spec, number, mode)
        made = Attempt(parameters, plan, members, drop or {}, silent)
        try:
            if made.run():
                self.releases.append(made.outcome().state.offering)
        finally:
            for site, member in members.items():
                self.keep(site, spec, member)
        return made

    def again_over_its_set(self, spec: JobSpec, failed: Attempt, back: Collection[str]) -> str:
        """Run a closed attempt over the set that a certificate proves, if all of it is back."""
        cohort = self.tell(spec, failed, back)
        absent = sorted(set(cohort) - set(back))
        if absent:
            return f"waiting for {', '.join(absent)}"
        return self.say(self.attempt(spec, 2, cohort, AttemptMode.CLOSED))

    def tell(self, spec: JobSpec, ended: Attempt, back: Collection[str]) -> tuple[str, ...]:
        """Show a certificate to those that are back, and return the set that it proves."""
        certificate = ended.certificate
        assert certificate is not None
        parameters = self.parameters(spec, 1, AttemptMode.OPEN)
        for site in back:
            if self.opened(site, spec):
                member = self.member(site, spec, MEASURE)
                member.bind(parameters, certificate)
                self.keep(site, spec, member)
        return tuple(entry.site for entry in certificate.survivors.entries)

    def opened(self, site: str, spec: JobSpec) -> tuple[str, ...]:
        """Return the atoms that are open at a site in a job."""
        atoms = self.hospitals[site].history.atoms.items()
        return tuple(str(a) for a, s in atoms if isinstance(s, Open) and s.job == spec.job)

    def again_after_receipts(self, spec: JobSpec, failed: Attempt, back: Collection[str]) -> str:
        """Free the atoms by receipts of those that are back, and run an open attempt anew."""
        parameters, view = failed._parameters, failed._session._rounds.view
        receipts = []
        for site in sorted(set(back) & set(view.members)):
            own = self.hospitals[site]
            own.history = own.history.apply(ReceiptSigned(spec.job, 1))
            receipts.append(sign_discard_receipt(parameters, site, identity_of(site)))
        if len(receipts) < view.threshold:
            absent = sorted(set(view.members) - set(back))
            return f"waiting for a receipt of {', '.join(absent)}"
        for site in back:
            own, atoms = self.hospitals[site], self.opened(site, spec)
            if atoms:
                opened = AtomsOpened(spec.job, 1, atoms, view.context.u1_digest)
                freed = verify_discard_receipts(parameters, opened, view.adverts, receipts)
                own.history = own.history.apply(as_history_entry(freed))
        return self.say(self.attempt(spec, 2, back))

    @staticmethod
    def say(attempt: Attempt) -> str:
        """Say whether an attempt released, or what it waits for."""
        waiting = attempt._session.waiting_for
        return f"waiting for {', '.join(waiting)}" if waiting else attempt.obstacle

    def keep(self, site: str, spec: JobSpec, member: Member) -> None:
        """Take over what a member recorded."""
        own = self.hospitals[site]
        own.history = member.history
        if any(job == spec.job for job, _ in own.history.attempts):
            own.asked.append(spec)


def collaborative(count: int = 7, months: Sequence[str] = ("2020-01", "2020-02")) -> Collaborative:
    """Return hospitals that all have figures for every month."""
    made = {}
    for place, site in enumerate(names(count)):
        cells = {month: Cell(1 + place, 20 + 3 * place) for month in months}
        made[site] = Hospital(site, summary_of(MEASURE, cells))
    return Collaborative(made)


def job(
    name: str,
    *periods: str,
    measure: Measure = MEASURE,
    analyses: tuple[str, ...] = ("crude",),
    partition: tuple[str, ...] = ("*",),
) -> JobSpec:
    """Return a job over these periods, within these segments."""
    planned = PlannedMeasure(
        id=measure.id, version=measure.version, digest=measure.digest, lineage=measure.lineage
    )
    fields: dict[str, Any] = {
        "job": name,
        "measures": (planned,),
        "analyses": analyses,
        "periods": {measure.id: periods},
        "atoms": planned_atoms((planned,), {measure.id: periods}, partition),
    }
    return JobSpec.model_validate(fields)
