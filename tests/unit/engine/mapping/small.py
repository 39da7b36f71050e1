"""The small mapping, and tables for it."""

from pathlib import Path
from typing import Any

import yaml

from fedqi.engine.mapping_files import load_mapping
from fedqi.mapping import DataMapping, parse_mapping
from fedqi.measures import Measure, parse_measure
from tests.unit.mapping.documents import changed

STAYS = [
    "case no,patient,came,went,kind,ward",
    "1,a,2024-01-01,2024-01-05,E,x",
    "2,a,2024-01-20,2024-01-22,E,x",
    "3,b,2024-02-01,2024-02-02,P,y",
    "4,b,2024-02-03,2024-02-03,day,y",
]
PATIENTS = ["id,birth,sex", "a,1950-03-01,f", "b,1960-12-31,m"]
COLUMNS = {
    "stay_id": "string",
    "patient_id": "string",
    "admitted_on": "date",
    "discharged_on": "date",
    "age": "number",
    "planned": "boolean",
}


def folder(path: Path, stays: list[str] = STAYS, patients: list[str] = PATIENTS) -> Path:
    (path / "ADT_Stays.csv").write_text("\n".join(stays) + "\n")
    (path / "patient.csv").write_text("\n".join(patients) + "\n")
    return path


def mapping(value: object = "Stays and patients", *steps: str) -> DataMapping:
    return parse_mapping(changed(value, *(steps or ("title",))))


def mapping_file(path: Path, value: object = "Stays", *steps: str) -> Path:
    path.write_text(yaml.safe_dump(changed(value, *(steps or ("title",))), sort_keys=False))
    load_mapping(path)
    return path


def measure(**columns: str) -> Measure:
    """Return a measure of planned stays of old people."""
    named: dict[str, Any] = {
        name: {"type": kind} | ({"min": 0, "max": 120} if name == "age" else {})
        for name, kind in (COLUMNS | columns).items()
    }
    return parse_measure(
        {
            "fedqi": 1,
            "id": "planned-stays",
            "version": "1.0.0",
            "title": "Planned stays",
            "direction": "none",
            "scoring": "proportion",
            "dataset": {"grain": "hospital stay", "key": "stay_id", "columns": named},
            "denominator": "age >= 18",
            "numerator": "planned",
        }
    )
