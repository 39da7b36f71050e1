"""What PostgreSQL is not asked yet is refused in words, and not counted otherwise."""

from pathlib import Path

import pytest

from fedqi.engine import summarise
from fedqi.errors import DefinitionError
from tests.unit.engine.postgres.server import Server
from tests.unit.engine.tables import measure


def test_values_are_refused(server: Server, tmp_path: Path) -> None:
    stays = tmp_path / "stays.csv"
    stays.write_text("days\n3\n5\n")
    wanted = measure(
        scoring="continuous",
        dataset={"columns": {"days": {"type": "number", "min": 0, "max": 400}}},
        value={"expression": "days", "bounds": [0, 400]},
        numerator=None,
    )
    with pytest.raises(DefinitionError, match="cannot be asked of PostgreSQL yet"):
        summarise(wanted, server.copy_of(stays, "valued", days="numeric"))
