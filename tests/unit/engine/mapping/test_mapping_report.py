"""What does not fit is told in counts, with who must act; and of values only common codes."""

from pathlib import Path

import pytest

from fedqi.engine.mapped import MappedTables
from fedqi.engine.mapping_report import MappingReport, examine
from fedqi.engine.profile import profile
from fedqi.mapping import DataMapping
from tests.unit.engine.mapping.small import PATIENTS, STAYS, folder, mapping, measure
from tests.unit.mapping.documents import DATASET

SECRET = "Winterbottom"


def report(path: Path, own: DataMapping | None = None, **columns: str) -> MappingReport:
    return examine(measure(**columns), MappedTables(path, own or mapping()))


def blocking(found: MappingReport) -> list[str]:
    return [str(remark) for remark in found.remarks if remark.blocking]


def test_everything_fits(tmp_path: Path) -> None:
    found = report(folder(tmp_path))
    assert (found.ok, found.rows, found.remarks) == (True, 3, ())
    shares = {share.column: (share.empty, share.true) for share in found.columns}
    assert shares["stay_id"] == (0, None)
    assert shares["planned"] == (0, 1)


def test_a_column_that_the_mapping_has_not(tmp_path: Path) -> None:
    found = report(folder(tmp_path), diagnosis="string")
    assert blocking(found) == [
        "diagnosis: the dataset 'hospital stay' of the mapping has no such column (string); the "
        "mapping's author must act"
    ]


def test_a_column_that_is_not_in_the_table(tmp_path: Path) -> None:
    folder(tmp_path, ["case no,patient,came,left,kind"])
    (found,) = blocking(report(tmp_path))
    assert "ADT_Stays.csv: column 'went' is missing" in found
    assert "the data manager must add it, or the mapping's author name another" in found


def test_codes_are_listed_if_many_rows_have_them(tmp_path: Path) -> None:
    more = [f"{n},a,2024-01-01,2024-01-02,{'U' if n < 20 else SECRET},x" for n in range(10, 22)]
    folder(tmp_path, [*STAYS, *more])
    assert blocking(report(tmp_path)) == [
        "planned: codes that the mapping does not name, in 12 rows: 'U' (10), 1 more in fewer than "
        "5 rows each, or too many to show; the mapping's author must act"
    ]


def test_what_cannot_be_read_and_what_is_empty(tmp_path: Path) -> None:
    folder(tmp_path, [*STAYS, f"5,b,{SECRET},,E,x"])
    found = report(tmp_path)
    told = blocking(found)
    assert any(
        each.startswith("ADT_Stays.csv, came: cannot be read as a date: 1 row") for each in told
    )
    assert any(each.startswith("discharged_on: no value in 1 row") for each in told)
    assert SECRET not in str(found.to_dict())
    assert {s.column: s.empty for s in found.columns}["admitted_on"] == 1


def test_what_a_crosswalk_makes_empty_is_counted_as_empty(tmp_path: Path) -> None:
    column = {"from": "kind", "codes": {"P": ""}, "otherwise": "keep"}
    found = report(folder(tmp_path), mapping(column, *DATASET, "columns", "stay_id"))
    told = {share.column: share.empty for share in found.columns}["stay_id"]
    (missing,) = (each for each in blocking(found) if each.startswith("stay_id: no value in"))
    assert told > 0
    assert missing.startswith(f"stay_id: no value in {told} row")


def test_rows_without_a_partner_are_told(tmp_path: Path) -> None:
    found = report(folder(tmp_path, patients=PATIENTS[:2]))
    assert "patient.csv: 1 of 3 rows have no row there" in map(str, found.remarks)


def test_offsets_without_a_zone_are_told(tmp_path: Path) -> None:
    folder(tmp_path, [*STAYS, "5,a,2024-03-01T23:30:00-05:00,2024-03-02,E,x"])
    found = report(tmp_path)
    (told,) = (str(each) for each in found.remarks)
    assert found.ok
    assert told.startswith("ADT_Stays.csv, came: 1 row with times that carry an offset, and the ma")
    assert told.endswith(
        "the mapping's author (zone: offset) and the operator (time_zone) must act"
    )


def test_a_zone_that_nothing_names(tmp_path: Path) -> None:
    own = mapping({"type": "date", "zone": "UTC"}, "tables", "stay", "columns", "came")
    (found,) = blocking(report(folder(tmp_path), own))
    assert "nothing says in which zone the hospital counts its days; the operator must say" in found


def test_notes_are_shown(tmp_path: Path) -> None:
    column = {"expression": "FALSE", "note": "nobody writes it down"}
    found = report(folder(tmp_path), mapping(column, *DATASET, "columns", "planned"))
    assert [str(each) for each in found.remarks] == ["planned: note: nobody writes it down"]


def test_another_grain(tmp_path: Path) -> None:
    own = mapping()
    body = own.model_copy(update={"datasets": {"arrival": own.datasets["hospital stay"]}})
    (found,) = blocking(report(folder(tmp_path), body))
    assert "one row per 'hospital stay', and no dataset of the mapping is called so" in found


@pytest.mark.parametrize(("rows", "shown"), [(4, ()), (5, (SECRET,))])
def test_a_rare_value_is_never_a_code(tmp_path: Path, rows: int, shown: tuple[str, ...]) -> None:
    lines = ["stay_id,planned,name", *(f"{n},{SECRET},{SECRET}" for n in range(rows))]
    (tmp_path / "stays.csv").write_text("\n".join(lines) + "\n")
    (table,) = profile(measure(), tmp_path).tables
    assert table.columns["planned"].codes == shown
    assert table.columns["name"].codes == table.columns["stay_id"].codes == ()


@pytest.mark.parametrize(
    "values", [[f"v{n}" for n in range(21)], ["a text of a letter that is long"]]
)
def test_many_or_long_values_are_no_codes(tmp_path: Path, values: list[str]) -> None:
    lines = ["planned", *(value for value in values for _ in range(6))]
    (tmp_path / "stays.csv").write_text("\n".join(lines) + "\n")
    (table,) = profile(measure(), tmp_path).tables
    assert table.columns["planned"].codes == ()
