"""What is proposed from names, types and codes; and that the text of it is a mapping."""

import pytest
import yaml

from fedqi.mapping import parse_mapping
from fedqi.mapping.draft import draft
from fedqi.mapping.suggest import ColumnProfile, Suggestion, TableProfile, candidates, suggest
from fedqi.mapping.synonyms import likeness, meaning
from fedqi.measures import Measure, parse_measure

DATED = ColumnProfile({"date": 1.0, "number": 0.0, "boolean": 0.0})
TEXT = ColumnProfile({"date": 0.0, "number": 0.0, "boolean": 0.0})


def measure(**more: dict[str, object]) -> Measure:
    columns = {
        "stay_id": {"type": "string"},
        "patient_id": {"type": "string"},
        "admitted_on": {"type": "date"},
        "discharged_on": {"type": "date"},
        "age": {"type": "number", "min": 0, "max": 120},
        "sex": {"type": "string", "allowed": ["female", "male", "other"], "required": False},
        "died": {"type": "boolean"},
    }
    return parse_measure(
        {
            "fedqi": 1,
            "id": "m",
            "version": "1.0.0",
            "title": "M",
            "direction": "lower",
            "scoring": "proportion",
            "dataset": {"grain": "hospital stay", "key": "stay_id", "columns": columns | more},
            "denominator": "age >= 18",
            "numerator": "died",
        }
    )


def table(name: str, **columns: ColumnProfile) -> TableProfile:
    return TableProfile(name, columns)


STAYS = table(
    "ADT",
    VisitNumber=TEXT,
    PAT_ID=TEXT,
    AdmissionDate=DATED,
    Discharge_DT=DATED,
    Deceased=ColumnProfile({"boolean": 0.0}, codes=("J", "N", "?")),
    Ward=TEXT,
)
PATIENTS = table(
    "patients",
    PAT_ID=TEXT,
    date_of_birth=DATED,
    Gender=ColumnProfile({}, codes=("M", "V", "X", "99")),
)


@pytest.mark.parametrize(
    ("wanted", "found", "least", "most"),
    [
        ("stay_id", "STAY_ID", 1, 1),
        ("stay_id", "VisitNumber", 0.9, 0.9),
        ("admitted_on", "AdmissionDate", 0.9, 0.9),
        ("admitted_on", "visit_start_date", 0.5, 0.8),
        ("patient_id", "person_id", 0.9, 0.9),
        ("patient_id", "stay_id", 0, 0),
        ("admitted_on", "discharge_date", 0, 0),
        ("birth", "DateOfBirth", 0.9, 0.9),
        ("principal_diagnosis", "PrimDx", 0.9, 0.9),
        ("planned", "plannd", 0.4, 0.5),
        ("age", "ward", 0, 0),
    ],
)
def test_names_that_mean_the_same(wanted: str, found: str, least: float, most: float) -> None:
    assert least <= likeness(wanted, found) <= most


def test_what_a_name_means() -> None:
    assert meaning("Encounter Numbers") == {"stay", "id"}
    assert meaning("was_transferred") == {"transferred"}
    assert meaning("dt") == frozenset()


def test_only_columns_with_such_names_are_looked_at() -> None:
    names = [*STAYS.columns, *PATIENTS.columns, "Surname"]
    assert candidates(measure(), names) == {
        "VisitNumber": False,
        "PAT_ID": False,
        "AdmissionDate": False,
        "Discharge_DT": False,
        "Deceased": True,
        "date_of_birth": False,
        "Gender": True,
    }


def columns_of(found: Suggestion) -> dict[str, str | None]:
    return {
        name: None if each is None else f"{each.table}.{each.column}"
        for name, each in found.found.items()
    }


def test_a_table_and_what_is_joined_to_it() -> None:
    found = suggest(measure(), [PATIENTS, STAYS, table("other", PAT_ID=TEXT)])
    assert found.base == "ADT"
    assert columns_of(found) == {
        "stay_id": "ADT.VisitNumber",
        "patient_id": "ADT.PAT_ID",
        "admitted_on": "ADT.AdmissionDate",
        "discharged_on": "ADT.Discharge_DT",
        "age": None,
        "sex": "patients.Gender",
        "died": "ADT.Deceased",
    }
    assert found.keys == {"patients": ("PAT_ID", "PAT_ID")}
    assert found.birth is not None and found.birth.column == "date_of_birth"


def test_the_text_is_a_mapping_and_says_how_sure_it_is() -> None:
    tables = [PATIENTS, STAYS]
    wanted = measure(diagnosis={"type": "string"})
    text = draft(wanted, tables, suggest(wanted, tables))
    columns = parse_mapping(yaml.safe_load(text)).datasets["hospital stay"].columns
    assert columns["sex"].codes == {"M": "male", "V": "female", "X": "other"}
    assert columns["died"].codes == {"J": True, "N": False}
    assert "year(adt.admissiondate) - year(patients.date_of_birth)" in str(
        columns["age"].expression
    )
    for line in (
        "stay_id: adt.visitnumber  # sure",
        '#   "99": ?  # which of female, male, other',
        '#   "?": ?  # which of true, false',
        "# diagnosis:  # ? string, required: nothing like it",
        "from: adt  # ? is each of its rows a hospital stay?",
    ):
        assert line in text


def test_a_column_that_cannot_be_read_as_the_type_is_a_hint_only() -> None:
    tables = [table("stays", stay_id=TEXT, died=DATED)]
    text = draft(measure(), tables, suggest(measure(), tables))
    assert "# died:  # ? boolean, required: stays, died cannot be read as one" in text


def test_an_empty_column_is_not_proposed() -> None:
    tables = [table("stays", stay_id=TEXT, died=ColumnProfile({}, 0.0))]
    assert suggest(measure(), tables).found["died"] is None


def test_what_may_be_missing_is_no_less_sure_for_being_empty() -> None:
    rarely = ColumnProfile({"date": 1.0}, filled=0.04)
    for required, told in ((True, "a guess"), (False, "sure")):
        asked = measure(operated_on={"type": "date", "required": required})
        found = suggest(asked, [table("stays", operated_on=rarely)]).found["operated_on"]
        assert found is not None and found.confidence == told


def test_nothing_like_it() -> None:
    tables = [table("prices", item=TEXT)]
    found = suggest(measure(), tables)
    text = draft(measure(), tables, found)
    assert (found.base, "# ? No table has a column" in text) == (None, True)
    assert "#   died: boolean" in text


def test_names_that_a_mapping_cannot_use() -> None:
    tables = [TableProfile('1 "odd" table', {"Stay-ID": TEXT, "stay id": TEXT, "Größe": TEXT})]
    text = draft(measure(), tables, suggest(measure(), tables))
    mapping = parse_mapping(yaml.safe_load(text))
    assert [each.table for each in mapping.tables.values()] == ['1 "odd" table']
