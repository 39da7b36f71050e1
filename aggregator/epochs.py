"""Runs of the server: they tell when the database is older than what the sites have seen of it.

A database that is restored from a backup numbers its messages on from there, and a site whose
cursor stands further would not see them. So every start begins an epoch at the last sequence, and
a site names the epoch in which its cursor moved: the sequences of an epoch that ended early, or
that nobody here remembers, went with the database that is gone.
"""

import secrets
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Connection, func, insert, select

from aggregator.tables import epochs, outbox

EPOCH_BYTES = 16


@dataclass(frozen=True, slots=True)
class Resumption:
    """From where a site goes on.

    Parameters
    ----------
    cursor
        The last sequence that it has dealt with and that is still here.
    lost
        Whether it has dealt with messages that are not here any more.
    """

    cursor: int
    lost: bool


def begin_epoch(connection: Connection) -> str:
    """Begin an epoch after the last message and return its name."""
    last = connection.execute(select(func.max(outbox.c.sequence))).scalar_one() or 0
    name = secrets.token_hex(EPOCH_BYTES)
    connection.execute(insert(epochs).values(epoch=name, begins=last))
    return name


def resume(connection: Connection, epoch: str, cursor: int) -> Resumption:
    """Return from where a site goes on.

    Parameters
    ----------
    epoch
        In which its cursor moved last; empty if it never did.
    cursor
        The last sequence that it has dealt with.
    """
    rows = connection.execute(select(epochs).order_by(epochs.c.id)).all()
    ends = {row.epoch: following.begins for row, following in pairwise(rows)}
    if (rows and rows[-1].epoch == epoch) or not cursor:
        return Resumption(cursor, lost=False)
    if epoch not in ends:
        # It began after the backup. What was dealt with before is dealt with once more: messages
        # without a session, and known ones, do nothing.
        return Resumption(0, lost=True)
    return Resumption(min(cursor, ends[epoch]), lost=cursor > ends[epoch])
