"""The last message of the aggregator that was dealt with."""

from site_agent.journal import replace_file
from site_agent.state import StateDirectory

FILE = "cursor"


def load_cursor(state: StateDirectory) -> int:
    """Return the last sequence dealt with; 0 to have everything sent again.

    Losing it does no harm: messages are ignored where there is no session for them.
    """
    path = state.root / FILE
    text = path.read_text(encoding="ascii", errors="replace").strip() if path.exists() else ""
    return int(text) if text.isdecimal() else 0


def save_cursor(state: StateDirectory, sequence: int) -> int:
    """Keep the sequence durably and return it."""
    replace_file(state.root / FILE, f"{sequence}\n".encode())
    return sequence
