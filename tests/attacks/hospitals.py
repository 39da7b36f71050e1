"""Hospitals with release histories over several jobs, as their agents hold them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fedqi.benchmarking.federation import Attempt, silent
from fedqi.benchmarking.participation import Member, SiteIdentity
from fedqi.benchmarking.plan import build_public_plan, build_site_plan
from fedqi.charter import JobSpec, PlannedMeasure, check_questions, planned_atoms
from fedqi.disclosure import Bound, Entry, Open, ReleaseHistory
from fedqi.measures import Cell, Measure, MeasureSummary
from fedqi.secagg import AttemptMode, AttemptParameters, default_collusion_bound, group_minimum
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
    """Hospitals under one charter, and what was released of each atom."""

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
    name: str, *periods: str, measure: Measure = MEASURE, analyses: tuple[str, ...] = ("crude",)
) -> JobSpec:
    """Return a job over these periods."""
    planned = PlannedMeasure(
        id=measure.id, version=measure.version, digest=measure.digest, lineage=measure.lineage
    )
    fields: dict[str, Any] = {
        "job": name,
        "measures": (planned,),
        "analyses": analyses,
        "periods": {measure.id: periods},
        "atoms": planned_atoms((planned,), {measure.id: periods}),
    }
    return JobSpec.model_validate(fields)
