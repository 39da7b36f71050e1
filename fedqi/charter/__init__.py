"""Charter, roster and programme: the signed documents outside of which no site acts."""

from fedqi.charter.canonical import canonical_json, read_document
from fedqi.charter.describe import GroupNumbers, check_group, describe
from fedqi.charter.documents import (
    Charter,
    Collection,
    Member,
    PlannedMeasure,
    Programme,
    Roster,
    Segment,
    is_identifier,
)
from fedqi.charter.fingerprints import fingerprint, identity_fingerprint
from fedqi.charter.genesis import (
    Genesis,
    check_documents,
    genesis_digest,
    sign_genesis,
    verify_genesis,
)
from fedqi.charter.jobs import JobSpec, check_job, collection_faults, planned_atoms
from fedqi.charter.periods import PeriodGrain, grain_of
from fedqi.charter.questions import check_questions

__all__ = [
    "Charter",
    "Collection",
    "Genesis",
    "GroupNumbers",
    "JobSpec",
    "Member",
    "PeriodGrain",
    "PlannedMeasure",
    "Programme",
    "Roster",
    "Segment",
    "canonical_json",
    "check_documents",
    "check_group",
    "check_job",
    "check_questions",
    "collection_faults",
    "describe",
    "fingerprint",
    "genesis_digest",
    "grain_of",
    "identity_fingerprint",
    "is_identifier",
    "planned_atoms",
    "read_document",
    "sign_genesis",
    "verify_genesis",
]
