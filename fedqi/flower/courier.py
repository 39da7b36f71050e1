"""From a node to the hospital's agent and back: one turn, one reply, over a Unix socket."""

import socket

PIECE = 1 << 20
PATIENCE_SECONDS = 60.0


def exchange(path: str, turn: bytes) -> bytes:
    """Hand a turn to the agent that listens on a socket; return its reply.

    Parameters
    ----------
    path
        Of the socket.
    turn
        As the aggregator sealed it.

    Returns
    -------
    bytes
        As the agent sealed it; empty where it refused the turn.

    Raises
    ------
    OSError
        When no agent listens there, or it takes too long.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(path)
        connection.sendall(turn)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(PIECE), b""))
