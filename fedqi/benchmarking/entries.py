"""What a session wants durable, as entries of the release history."""

from fedqi import disclosure
from fedqi.disclosure import Open, ReleaseHistory
from fedqi.secagg import commits


def as_history_entry(entry: commits.Entry) -> disclosure.Entry:
    """Translate a session's entry; the two packages do not know each other.

    Parameters
    ----------
    entry
        What the session handed out in a ``Commit``.
    """
    match entry:
        case commits.AtomsOpened(job, attempt, atoms, u1_digest, holders):
            return disclosure.AtomsOpened(job, attempt, atoms, u1_digest, holders)
        case commits.AtomsBound(job, attempt, offering):
            return disclosure.AtomsBound(job, attempt, offering)
        case commits.AtomsFreed(job, attempt, atoms):
            return disclosure.AtomsFreed(job, attempt, atoms)
        case commits.UnmaskingAnswered(job, attempt):
            return disclosure.UnmaskingAnswered(job, attempt)
        case commits.ReceiptSigned(job, attempt):
            return disclosure.ReceiptSigned(job, attempt)


def opened_in(history: ReleaseHistory, job: str, attempt: int) -> commits.AtomsOpened | None:
    """Return what a site opened in an attempt and has still open; None when nothing.

    Parameters
    ----------
    history
        Of the site.
    job, attempt
        Name the attempt.
    """
    found = {
        str(atom): state
        for atom, state in history.atoms.items()
        if isinstance(state, Open) and (state.job, state.attempt) == (job, attempt)
    }
    for state in found.values():
        return commits.AtomsOpened(job, attempt, tuple(found), state.u1_digest, state.holders)
    return None
