"""The reference of every key is what the models say today."""

from click.testing import CliRunner

from fedqi.cli import main
from fedqi.measures import Measure
from fedqi.measures.reference import reference
from tests.architecture import sources

DOCUMENT = sources.ROOT / "docs/measure-reference.md"


def test_the_reference_is_current() -> None:
    told = CliRunner().invoke(main, ["measure", "reference"]).stdout
    assert DOCUMENT.read_text("utf-8") == told, "write it anew with: fedqi measure reference"


def test_every_key_of_the_measure_has_a_row_of_its_own() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("| `")]
    keys = [line.split("`")[1] for line in rows]
    assert set(Measure.model_fields) <= set(keys)
    assert {"as", "within", "follow_up", "comparable"} <= set(keys)
    assert all(len(line.split(" | ")) == 4 for line in rows)
    assert all(line.split(" | ")[3].strip(" |").endswith((".", ";")) for line in rows)
