"""The founding documents of six sites, one of them with real files."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.charter import (
    Charter,
    Collection,
    Genesis,
    Member,
    PlannedMeasure,
    Programme,
    Roster,
    sign_genesis,
)
from site_agent.credentials import Credentials
from site_agent.state import StateDirectory, create_state
from tests.unit.site_agent.local_authority import Authority
from tests.unit.site_agent.local_federation import enrolled

PLANNED = PlannedMeasure(id="hf", version="1.0.0", digest="ab" * 32, lineage="hf-stays")


def public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


@dataclass
class Founding:
    """Documents of north, whose keys are real files, and of five others."""

    folder: Path
    planned: PlannedMeasure = PLANNED
    others: tuple[PlannedMeasure, ...] = ()

    def __post_init__(self) -> None:
        self.credentials: Credentials = enrolled(self.folder, Authority())
        self.state: StateDirectory = create_state(self.folder)
        own = self.credentials.keys.identity
        self.keys = {"north": own} | {f"s{n}": Ed25519PrivateKey.generate() for n in range(5)}
        measures = (self.planned, *self.others)
        self.charter = Charter(
            collaborative="collab",
            title="A collaborative",
            collusion_bound=1,
            lineages=tuple(measure.lineage for measure in measures),
            retention="Ten years.",
            arbiter="The board.",
        )
        members = tuple(
            Member(
                site=s, name=f"Hospital {s}", identity_key=k.public_key().public_bytes_raw().hex()
            )
            for s, k in self.keys.items()
        )
        charter = self.charter.sha256.hex()
        self.roster = Roster(charter=charter, members=members)
        named = tuple(measure.id for measure in measures)
        collection = Collection(id="c", title="All", measures=named, analyses=("crude",))
        self.programme = Programme(charter=charter, measures=measures, collections=(collection,))

    def genesis(self, without: str = "") -> Genesis:
        documents = (self.charter, self.roster, self.programme)
        signatures = {
            site: sign_genesis(*documents, site, key)
            for site, key in self.keys.items()
            if site != without
        }
        return Genesis(
            charter=self.charter,
            roster=self.roster,
            programme=self.programme,
            signatures=signatures,
        )
