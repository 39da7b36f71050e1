"""How far the aggregator's messages are dealt with."""

from dataclasses import dataclass

from site_agent.journal import replace_file
from site_agent.state import StateDirectory

FILE = "cursor"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last message of the aggregator that was dealt with.

    Parameters
    ----------
    sequence
        Its number; 0 before any.
    epoch
        The run of the aggregator that numbered it, as the aggregator names it.
    """

    sequence: int = 0
    epoch: str = ""


def load_cursor(state: StateDirectory) -> Cursor:
    """Return the last message dealt with; sequence 0 to have everything sent again.

    Losing it does no harm: messages are ignored where there is no session for them.
    """
    path = state.root / FILE
    text = path.read_text(encoding="ascii", errors="replace") if path.exists() else ""
    sequence, _, epoch = text.strip().partition(" ")
    return Cursor(int(sequence), epoch) if sequence.isdecimal() else Cursor()


def save_cursor(state: StateDirectory, cursor: Cursor) -> Cursor:
    """Keep the cursor durably and return it."""
    replace_file(state.root / FILE, f"{cursor.sequence} {cursor.epoch}\n".encode())
    return cursor
