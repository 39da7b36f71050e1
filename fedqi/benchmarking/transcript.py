"""One number for all that a job released, which every site computes for itself."""

import hashlib

from fedqi.secagg.parameters import AttemptParameters
from fedqi.secagg.state import PublicState

TAG = b"fedqi/v1/transcript"


def transcript_digest(parameters: AttemptParameters, state: PublicState) -> str:
    """Return the SHA-256, hex, over the signed documents, the plan, the cohort and the totals.

    It does not depend on how many attempts it took: two sites hold the same released figures of
    a job if and only if their digests agree.

    Parameters
    ----------
    parameters
        Of any attempt of the job.
    state
        Cohort, offering and verified totals.
    """
    digest = hashlib.sha256(TAG)
    for part in (
        parameters.collaborative.encode(),
        parameters.job.encode(),
        parameters.charter,
        parameters.roster,
        parameters.programme,
        parameters.plan,
    ):
        _add(digest, part)
    _add_names(digest, state.cohort)
    for atom, sites in sorted(state.offering.items()):
        _add(digest, atom.encode())
        _add_names(digest, sites)
    for total in state.totals:
        _add(digest, total.astype("<u8").tobytes())
    return digest.hexdigest()


def _add_names(digest: "hashlib._Hash", sites: tuple[str, ...]) -> None:
    digest.update(len(sites).to_bytes(4, "big"))
    for site in sites:
        _add(digest, site.encode())


def _add(digest: "hashlib._Hash", part: bytes) -> None:
    digest.update(len(part).to_bytes(8, "big") + part)
