"""Outgoing messages: stored first, then fetched by the sites' long polls."""

import asyncio
import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from aggregator.database import Database
from aggregator.tables import outbox, payloads
from fedqi.wire.control import Envelope
from fedqi.wire.convert import encode_envelope, with_sequence


def post(connection: Connection, sites: Sequence[str], envelope: Envelope) -> None:
    """Store one message for several sites; its bytes are kept once."""
    body = encode_envelope(envelope)
    digest = hashlib.sha256(body).digest()
    known = connection.execute(select(payloads.c.digest).where(payloads.c.digest == digest))
    if known.one_or_none() is None:
        connection.execute(insert(payloads).values(digest=digest, body=body))
    rows = [{"site": site, "payload": digest} for site in sites]
    if rows:
        connection.execute(insert(outbox), rows)


class Mailbox:
    """Hands stored messages to sites, and wakes those that wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed: dict[str, asyncio.Event] = {}

    def wake(self) -> None:
        """Let every waiting poll look again."""
        for event in self._changed.values():
            event.set()

    async def sequences(self, site: str, cursor: int, seconds: float) -> list[int]:
        """Return what lies after the cursor, waiting for it if there is nothing."""
        event = self._changed.setdefault(site, asyncio.Event())
        event.clear()
        found = self.after(site, cursor)
        if found or seconds <= 0:
            return found
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return []
        return self.after(site, cursor)

    def message(self, sequence: int) -> bytes:
        """Return one message, encoded with its sequence."""
        query = select(payloads.c.body).join(outbox, outbox.c.payload == payloads.c.digest)
        with self._database.reading() as connection:
            row = connection.execute(query.where(outbox.c.sequence == sequence)).one()
        return with_sequence(row.body, sequence)

    def after(self, site: str, cursor: int) -> list[int]:
        """Return the sequences after the cursor, in order."""
        query = select(outbox.c.sequence).where(outbox.c.site == site, outbox.c.sequence > cursor)
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(outbox.c.sequence)).scalars())
