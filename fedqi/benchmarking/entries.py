"""What a session wants durable, as entries of the release history."""

from fedqi import disclosure
from fedqi.secagg import commits


def as_history_entry(entry: commits.Entry) -> disclosure.Entry:
    """Translate a session's entry; the two packages do not know each other.

    Parameters
    ----------
    entry
        What the session handed out in a ``Commit``.
    """
    match entry:
        case commits.AtomsOpened(job, attempt, atoms, u1_digest):
            return disclosure.AtomsOpened(job, attempt, atoms, u1_digest)
        case commits.AtomsBound(job, attempt, offering):
            return disclosure.AtomsBound(job, attempt, offering)
        case commits.AtomsFreed(job, attempt, atoms):
            return disclosure.AtomsFreed(job, attempt, atoms)
        case commits.UnmaskingAnswered(job, attempt):
            return disclosure.UnmaskingAnswered(job, attempt)
        case commits.ReceiptSigned(job, attempt):
            return disclosure.ReceiptSigned(job, attempt)
