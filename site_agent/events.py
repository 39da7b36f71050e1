"""What the agent is doing, phase by phase, in its log and in ``state_dir/events.jsonl``."""

import json
import time
from pathlib import Path
from typing import Any

from site_agent.journal import storage_error
from site_agent.logging_setup import LOGGER, allowed


class Events:
    """Phase events of one agent, without figures.

    They are for people and dashboards: unlike the ledgers they are not forced to disk, and
    nothing depends on them.

    Parameters
    ----------
    path
        The file of JSON lines to append to.
    site
        The site's name, put on every line.
    """

    def __init__(self, path: Path, site: str) -> None:
        self._path = path
        self._site = site

    def emit(self, event: str, **fields: object) -> None:
        """Log one event; fields outside the allow-list are dropped."""
        kept: dict[str, Any] = {"site": self._site, **allowed(fields)}
        LOGGER.info(event, extra={"fields": kept})
        line = json.dumps({"time": time.time(), "event": event, **kept}, ensure_ascii=False)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise storage_error(self._path, error) from error


def read_events(path: Path) -> list[dict[str, Any]]:
    """Return all whole events of a file, oldest first; none if the file does not exist."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]
