"""Stays as an obvious reading of the samples, and counts of them, without the engine."""

import csv
import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fedqi.engine import find_measure, summarise
from fedqi.mapping import DataMapping
from fedqi.measures import Measure, MeasureSummary

EXAMPLES = Path(str(files("fedqi"))) / "examples"
OMOP = EXAMPLES / "omop-synthea"
FHIR = EXAMPLES / "fhir-bulk"


@dataclass(frozen=True)
class Stay:
    key: str
    patient: str
    came: date
    went: date
    age: int
    planned: bool = False
    died: bool = False
    transferred: bool = False


def omop_stays(folder: Path) -> list[Stay]:
    people = {row["person_id"]: row for row in table(folder / "PERSON.csv")}
    deaths = {row["person_id"]: row["death_date"] for row in table(folder / "DEATH.csv")}
    stays = []
    for visit in table(folder / "VISIT_OCCURRENCE.csv"):
        if visit["visit_concept_id"] not in ("9201", "262"):
            continue
        came, went = (date.fromisoformat(visit[f"visit_{end}_date"]) for end in ("start", "end"))
        person = people[visit["person_id"]]
        parts = [int(person[f"{part}_of_birth"]) for part in ("year", "month", "day")]
        death = deaths.get(visit["person_id"], "")
        stays.append(
            Stay(
                visit["visit_occurrence_id"],
                visit["person_id"],
                came,
                went,
                whole_years(date(*parts), came),
                died=visit["discharged_to_concept_id"] == "4216643"
                or (bool(death) and came <= date.fromisoformat(death) <= went),
                transferred=visit["discharged_to_concept_id"] in ("8717", "9201"),
            )
        )
    return stays


def fhir_stays(folder: Path, zone: str) -> list[Stay]:
    people = {row["id"]: row for row in documents(folder, "Patient")}
    stays = []
    for encounter in documents(folder, "Encounter"):
        if encounter["class"]["code"] != "IMP" or encounter["status"] != "finished":
            continue
        came, went = (local(encounter["period"][end], zone) for end in ("start", "end"))
        person = people[encounter["subject"]["reference"].removeprefix("Patient/")]
        death = person.get("deceasedDateTime")
        stays.append(
            Stay(
                encounter["id"],
                person["id"],
                came,
                went,
                whole_years(date.fromisoformat(person["birthDate"]), came),
                died=death is not None and came <= local(death, zone) <= went,
            )
        )
    return stays


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def documents(folder: Path, name: str) -> list[dict[str, Any]]:
    found = []
    for path in sorted(folder.glob(f"{name}.*")):
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
            found += [json.loads(line) for line in file]
    return found


def local(text: str, zone: str) -> date:
    return datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).date()


def whole_years(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def readmissions(stays: Iterable[Stay]) -> tuple[int, int]:
    """Return how many were followed by an unplanned stay within 30 days, and of how many."""
    every = list(stays)
    index = [s for s in every if s.age >= 18 and not s.died and not s.transferred]
    return sum(followed_unplanned(stay, every) for stay in index), len(index)


def followed_unplanned(stay: Stay, every: Iterable[Stay]) -> bool:
    later = sorted(
        (other.came, other.key, other.planned)
        for other in every
        if other.patient == stay.patient
        and (other.came, other.key) > (stay.came, stay.key)
        and 0 <= (other.came - stay.went).days <= 30
    )
    return bool(later) and not later[0][2]


def days(stays: Iterable[Stay]) -> tuple[int, int]:
    """Return the days of adults in hospital, and how many stays."""
    found = [(s.went - s.came).days for s in stays if s.age >= 18 and s.went >= s.came]
    return sum(min(each, 180) for each in found), len(found)


def counted(summary: MeasureSummary) -> tuple[int, int]:
    """Return numerator and denominator over all periods."""
    cells = [cell for series in summary.cells.values() for cell in series.values()]
    return sum(cell.observed for cell in cells), sum(cell.denominator for cell in cells)


def summed(measure: Measure, summary: MeasureSummary) -> tuple[float, int]:
    """Return the sum of the values, and how many there are."""
    scale = measure.scale
    assert scale is not None
    tables = [table for series in summary.values.values() for table in series.values()]
    count = sum(table.count for table in tables)
    return scale.origin * count + scale.step * sum(table.total for table in tables), count


def counts_of(source: Any, mapping: DataMapping | None = None) -> tuple[tuple[float, int], ...]:
    """Return readmission and length of stay as the engine counts them."""
    readmission, stay = find_measure("readmission-30-day"), find_measure("length-of-stay")
    return (
        counted(summarise(readmission, source, mapping=mapping)),
        summed(stay, summarise(stay, source, mapping=mapping)),
    )


def plain_counts(stays: Iterable[Stay]) -> tuple[tuple[float, int], ...]:
    """Return the same without the engine."""
    every = list(stays)
    return readmissions(every), days(every)
