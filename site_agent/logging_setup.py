"""Structured logs with an allow-list of fields: never a patient's value, never a figure."""

import json
import logging
import os
import re
import sys
from datetime import UTC, datetime
from typing import Any

ALLOWED_FIELDS: dict[str, type] = {
    "site": str,
    "job": str,
    "attempt": int,
    "mode": str,
    "step": int,
    "phase": str,
    "round": str,
    "measure": str,
    "sites": int,
    "bytes": int,
    "sha256": str,
    "seconds": float,
    "accused": str,
    "check": str,
    "error": str,
    "reason": str,
}
"""Every field a log line or event may carry, with its type. None of them can hold a figure:
``sites`` counts organisations, ``bytes`` the length of a message."""

EVENT_NAME = re.compile(r"[a-z][a-z-]{1,48}")
WITHHELD = "message-withheld"
LOGGER = logging.getLogger("site_agent")


class AllowListFormatter(logging.Formatter):
    """Format a record as one JSON object with nothing but allowed fields.

    The message itself is shown only if it is the bare name of an event; free text, exception
    texts and tracebacks are withheld because a library may have put a value into them.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": self._event(record),
        }
        line.update(allowed(getattr(record, "fields", {})))
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False)

    @staticmethod
    def _event(record: logging.LogRecord) -> str:
        plain = isinstance(record.msg, str) and EVENT_NAME.fullmatch(record.msg)
        return str(record.msg) if plain else WITHHELD


def allowed(fields: object) -> dict[str, Any]:
    """Return the fields that are on the list and of the listed type; drop all others."""
    if not isinstance(fields, dict):
        return {}
    return {
        name: value
        for name, value in fields.items()
        if name in ALLOWED_FIELDS and type(value) is ALLOWED_FIELDS[name]
    }


def set_up_logging(level: int = logging.INFO) -> None:
    """Send every log line of the process, libraries included, through the allow-list to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AllowListFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # The C core of gRPC writes lines of its own past the allow-list; what went wrong with a
    # connection is in the error that it raises. It reads this when it is loaded.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
