"""How a turn and a reply lie in Flower's records: as bytes, read by nobody on the way."""

from flwr.app import ConfigRecord, RecordDict

from fedqi.errors import RemoteProtocolError

ACTION = "fedqi"
MESSAGE_TYPE = f"query.{ACTION}"
RECORD = "fedqi"
FIELD = "bytes"
SOCKET = "fedqi-socket"
"""Key of a SuperNode's configuration: where the hospital's agent listens."""


def record(data: bytes) -> RecordDict:
    """Return the content of a message."""
    return RecordDict({RECORD: ConfigRecord({FIELD: data})})


def read_bytes(content: RecordDict) -> bytes:
    """Return what a message carries.

    Raises
    ------
    RemoteProtocolError
        When it is a message of something else.
    """
    found = content.config_records.get(RECORD, {}).get(FIELD)
    if not isinstance(found, bytes):
        raise RemoteProtocolError("a message of another app was relayed", round_name="relay")
    return found
