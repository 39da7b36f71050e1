"""Documents of a small collaborative, with deterministic identity keys."""

from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.charter import (
    Charter,
    Collection,
    Genesis,
    JobSpec,
    Member,
    PlannedMeasure,
    Programme,
    Roster,
    planned_atoms,
    sign_genesis,
)

SITES = ("alder", "birch", "cedar", "dogwood", "elm")
HF = PlannedMeasure(id="hf", version="1.0.0", digest="11" * 32, lineage="heart-failure")
COPD = PlannedMeasure(id="copd", version="2.1.0", digest="22" * 32, lineage="copd-stays")


def identity_of(site: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(site.encode()).digest())


def make_charter(**changes: object) -> Charter:
    fields: dict[str, object] = {
        "collaborative": "lakes",
        "title": "Hospitals of the lakes",
        "collusion_bound": 1,
        "lineages": ["heart-failure", "copd-stays"],
        "finest_period": "quarter",
        "retention": "Sums are kept for ten years.",
        "arbiter": "The medical council.",
    }
    return Charter.model_validate(fields | changes)


def make_roster(charter: Charter, sites: tuple[str, ...] = SITES) -> Roster:
    members = tuple(
        Member(
            site=site,
            name=f"{site.title()} Hospital",
            identity_key=identity_of(site).public_key().public_bytes_raw().hex(),
        )
        for site in sites
    )
    return Roster(charter=charter.sha256.hex(), members=members)


def make_programme(charter: Charter, **changes: object) -> Programme:
    fields: dict[str, object] = {
        "charter": charter.sha256.hex(),
        "measures": (HF, COPD),
        "collections": (
            Collection(id="both", title="Both", measures=("hf", "copd"), analyses=("crude",)),
            Collection(
                id="heart",
                title="Heart failure by quarter",
                measures=("hf",),
                analyses=("crude", "hierarchical"),
                periods=("2016-Q1", "2016-Q2"),
            ),
        ),
        "expires": "2027-06-30",
    }
    return Programme.model_validate(fields | changes)


@dataclass(frozen=True, slots=True)
class Documents:
    charter: Charter
    roster: Roster
    programme: Programme

    def signature(self, site: str) -> str:
        return sign_genesis(self.charter, self.roster, self.programme, site, identity_of(site))

    def genesis(self, **signatures: str | None) -> Genesis:
        """Signed by all; a keyword replaces a site's signature, None removes it."""
        made = {site: self.signature(site) for site in self.roster.identities}
        kept = {site: text for site, text in (made | signatures).items() if text is not None}
        return Genesis(
            charter=self.charter,
            roster=self.roster,
            programme=self.programme,
            signatures=kept,
        )


def make_documents() -> Documents:
    charter = make_charter()
    return Documents(charter, make_roster(charter), make_programme(charter))


def make_job(
    measures: tuple[PlannedMeasure, ...] = (HF,),
    periods: dict[str, tuple[str, ...]] | None = None,
    **changes: object,
) -> JobSpec:
    chosen = periods or {measure.id: ("2016-Q1",) for measure in measures}
    fields: dict[str, object] = {
        "job": "spring",
        "measures": measures,
        "analyses": ("crude",),
        "periods": chosen,
    }
    if "atoms" not in changes:
        fields["atoms"] = planned_atoms(measures, chosen)
    return JobSpec.model_validate(fields | changes)
