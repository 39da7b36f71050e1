"""The masked vectors of an attempt, read back from the messages that brought them."""

from aggregator import store
from aggregator.database import Database
from fedqi.secagg.messages import MaskedInput
from fedqi.wire.convert import decode_site_envelope


class StoredVectors:
    """The vectors of one attempt, in the database and not in memory.

    Parameters
    ----------
    database
        Holds the messages.
    job, attempt
        Name the attempt.
    """

    def __init__(self, database: Database, job: str, attempt: int) -> None:
        self._database = database
        self._job = job
        self._attempt = attempt

    def put(self, step: int, site: str, vector: bytes) -> None:
        """Keep nothing: the message is stored before it is acknowledged."""

    def get(self, step: int, site: str) -> bytes:
        """Return the vector that a site sent in a step."""
        with self._database.reading() as connection:
            for body in store.newest_of(connection, self._job, self._attempt, site):
                message = decode_site_envelope(body).body
                if isinstance(message, MaskedInput) and message.step == step:
                    return message.vector
        raise RuntimeError(f"{self._job}/{self._attempt}: no vector of {site} in step {step}")
