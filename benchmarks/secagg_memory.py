"""Peak memory of the aggregator's session, for growing numbers of sites.

The session is a fold of messages, so a run is recorded first, with all sites in the process,
and then replayed to an aggregator alone: one message at a time from a file, as from a network.
"""

import tempfile
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from benchmarks.secagg_plan import JOB, Federation
from benchmarks.secagg_sessions import Run
from fedqi.secagg.aggregator_session import AggregatorSession
from fedqi.secagg.encoding import WORD_BYTES
from fedqi.secagg.messages import AggregatorMessage, SiteMessage
from fedqi.wire.control import SiteEnvelope
from fedqi.wire.convert import decode_site_envelope, encode_site_envelope

SIZE_BYTES = 8
PROCEED = bytes(SIZE_BYTES)


@dataclass(frozen=True, slots=True)
class FileStore:
    """Masked vectors in files, as a service keeps them in its database.

    Parameters
    ----------
    folder
        One file for each step and site.
    """

    folder: Path

    def put(self, step: int, site: str, vector: bytes) -> None:
        """Write a vector."""
        (self.folder / f"{step}-{site}").write_bytes(vector)

    def get(self, step: int, site: str) -> bytes:
        """Read it back."""
        return (self.folder / f"{step}-{site}").read_bytes()


class Recorder(AggregatorSession):
    """An aggregator that writes down what happens to it.

    Parameters
    ----------
    federation
        The sites.
    tape
        Gets every message behind its size, and a size of nought for each ``proceed``.
    """

    def __init__(self, federation: Federation, tape: BinaryIO) -> None:
        super().__init__(federation.parameters, federation.plan, federation.names)
        self._tape = tape

    def receive(self, site: str, message: SiteMessage) -> None:
        """Write the message down and take it."""
        text = encode_site_envelope(SiteEnvelope(JOB, 1, message))
        self._tape.write(len(text).to_bytes(SIZE_BYTES, "big") + text)
        super().receive(site, message)

    def proceed(self) -> list[tuple[str, AggregatorMessage]]:
        """Write the call down and obey."""
        self._tape.write(PROCEED)
        return super().proceed()


def measure(sites: int, length: int, dropped: int, steps: int) -> Iterator[dict[str, int]]:
    """Yield the aggregator's peak memory at a quarter, a half and all of the sites.

    Parameters
    ----------
    sites, length, dropped, steps
        Of the largest run; the dropped shrink in proportion.
    """
    for part in (4, 2, 1):
        yield {
            "sites": sites // part,
            "length": length,
            "vector_bytes": length * WORD_BYTES,
            "aggregator_peak_bytes": _peak(sites // part, length, dropped // part, steps),
        }


def _peak(sites: int, length: int, dropped: int, steps: int) -> int:
    federation = Federation(sites, length, steps)
    with tempfile.TemporaryFile() as tape, tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(federation, tape)
        Run(federation, recorder, dropped).complete()
        del recorder
        tape.seek(0)
        tracemalloc.start()
        try:
            _replay(federation, tape, FileStore(Path(folder)))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def _replay(federation: Federation, tape: BinaryIO, vectors: FileStore) -> None:
    aggregator = AggregatorSession(
        federation.parameters, federation.plan, federation.names, vectors
    )
    while size := tape.read(SIZE_BYTES):
        if size == PROCEED:
            aggregator.proceed()
            continue
        envelope = decode_site_envelope(tape.read(int.from_bytes(size, "big")))
        message = cast(SiteMessage, envelope.body)
        aggregator.receive(message.site, message)
