"""Values and components are frozen and read back whole: figures once counted never change."""

from dataclasses import replace
from pathlib import Path

from fedqi.measures import Cell, ComponentTable, MeasureSummary, ValueTable
from site_agent.frozen import FrozenStore

VALUES = ValueTable(3, -(2**70), 2**100, (1, 2, 0), 1, ((1, 2), (0, 3)))
COMPONENTS = ComponentTable((5, 4), (3, 4), 20, 22, 30)
SUMMARY = MeasureSummary(
    *("m", "1.0.0", "ab"),
    cells={"": {"2020": Cell(3, 4)}},
    values={"": {"2020": VALUES}},
    components={"": {"2020": COMPONENTS}},
)


def test_a_frozen_input_is_read_back_whole(tmp_path: Path) -> None:
    store = FrozenStore(tmp_path)
    frozen = store.freeze("job", [SUMMARY])
    again = store.load("job")
    assert again is not None
    assert again.summaries == {"m": SUMMARY}
    assert again.sha256 == frozen.sha256


def test_a_later_job_reads_the_values_that_were_frozen_first(tmp_path: Path) -> None:
    store = FrozenStore(tmp_path)
    store.freeze("first", [SUMMARY])
    changed = replace(VALUES, total=7)
    later = replace(
        SUMMARY,
        cells={"": {"2020": Cell(3, 4), "2021": Cell(3, 3)}},
        values={"": {"2020": changed, "2021": changed}},
        components={"": {"2020": ComponentTable((1, 1), (0, 0), 0, 0, 2)}},
    )
    found = store.freeze("second", [later]).summaries["m"]
    assert found.values == {"": {"2020": VALUES, "2021": changed}}
    assert found.components == {"": {"2020": COMPONENTS}}
