"""Tables of OMOP with every circumstance that counts."""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

FIRST = date(2022, 1, 1)
PERSON = "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth"
VISIT = (
    "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,"
    "discharged_to_concept_id,care_site_id"
)


def generated(folder: Path, visits: int = 400, sites: int = 1) -> Path:
    """Write visits, persons and deaths; every person is a patient of one site."""
    draw = random.Random(5)
    persons = visits // 7
    rows, deaths = [], {}
    for number in range(visits):
        person = draw.randrange(persons)
        came = FIRST + timedelta(draw.randrange(500))
        went = came + timedelta(draw.choice([0, 1, 3, 9, 30]))
        left = draw.choice(["0", "0", "0", "", "8717", "4216643"])
        kind = draw.choice(["9201", "9201", "262", "9202"])
        rows.append([number, person, kind, came, went, left, 100 + person % sites])
        if draw.random() < 0.02:
            deaths[person] = went
    people = [
        [p, 8507 + 25 * (p % 2), 1930 + p % 90, 1 + p % 12, 1 + p % 28] for p in range(persons)
    ]
    write(folder / "PERSON.csv", PERSON, people)
    write(folder / "DEATH.csv", "person_id,death_date", deaths.items())
    write(folder / "VISIT_OCCURRENCE.csv", VISIT, rows)
    return folder


def write(path: Path, header: str, rows: Iterable[Iterable[object]]) -> None:
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
