"""Outgoing messages: stored first, then fetched by the sites' long polls."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from itertools import count

from sqlalchemy import Connection, insert, select

from aggregator.database import Database
from aggregator.tables import outbox, payload_parts, payloads
from fedqi.wire.control import Envelope
from fedqi.wire.convert import envelope_parts, sequence_part


def post(connection: Connection, sites: Sequence[str], envelope: Envelope) -> None:
    """Store one message for several sites; its bytes are kept once, and never held at once."""
    hashed = hashlib.sha256()
    for part in envelope_parts(envelope):
        hashed.update(part)
    digest = hashed.digest()
    known = connection.execute(select(payloads.c.digest).where(payloads.c.digest == digest))
    if known.one_or_none() is None:
        parts = envelope_parts(envelope)
        connection.execute(insert(payloads).values(digest=digest, body=next(parts)))
        for place, part in enumerate(parts, start=1):
            values = {"payload": digest, "place": place, "body": part}
            connection.execute(insert(payload_parts).values(**values))
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

    def message(self, sequence: int) -> Iterator[bytes]:
        """Yield one message, encoded with its sequence, in parts."""
        query = select(payloads.c.digest, payloads.c.body)
        query = query.join(outbox, outbox.c.payload == payloads.c.digest)
        with self._database.reading() as connection:
            row = connection.execute(query.where(outbox.c.sequence == sequence)).one()
        yield row.body
        for place in count(1):
            part = self._part(row.digest, place)
            if part is None:
                break
            yield part
        yield sequence_part(sequence)

    def _part(self, payload: bytes, place: int) -> bytes | None:
        # no connection is held while a part is on its way to a site
        columns = payload_parts.c
        query = select(columns.body).where(columns.payload == payload, columns.place == place)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def after(self, site: str, cursor: int) -> list[int]:
        """Return the sequences after the cursor, in order."""
        query = select(outbox.c.sequence).where(outbox.c.site == site, outbox.c.sequence > cursor)
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(outbox.c.sequence)).scalars())
