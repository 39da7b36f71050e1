"""A benchmark over tables as hospitals have them: OMOP, through the mapping that comes along."""

import json
from pathlib import Path

import pytest

import fedqi
from tests.unit.commands.files import fedqi as command
from tests.unit.engine.mapping.generated import generated
from tests.unit.engine.mapping.stays import days, omop_stays, readmissions

SITES = 12


def test_two_measures_over_omop(tmp_path: Path) -> None:
    folder, out = generated(tmp_path, 2000, SITES), tmp_path / "out.json"
    told = command(
        *("benchmark", "readmission-30-day", "length-of-stay", "--data", folder),
        *("--mapping", "omop-5.4", "--site-column", "hospital", "--seed", 1, "--json", out),
    )
    assert told.exit_code == 0, told.output
    found = json.loads(out.read_text(encoding="utf-8"))
    whole = {each["measure"]: each for each in found["results"] if each["period"] == "all"}
    stays = omop_stays(folder)
    readmitted, total = whole["readmission-30-day"], whole["length-of-stay"]
    assert (readmitted["observed"], readmitted["denominator"]) == readmissions(stays)
    spent, count = days(stays)
    assert total["analyses"]["crude"]["mean"] == pytest.approx(spent / count, rel=1e-12)
    assert set(found["positions"]) == {str(100 + site) for site in range(SITES)}


def test_a_folder_per_hospital(tmp_path: Path) -> None:
    folders = {}
    for site in range(SITES):
        folders[f"h{site:02}"] = tmp_path / f"h{site:02}"
        folders[f"h{site:02}"].mkdir()
        generated(folders[f"h{site:02}"], 150 + site)
    run = fedqi.benchmark(
        fedqi.load_measure(Path(fedqi.__path__[0]) / "catalogue" / "prolonged-stay.yaml"),
        folders,
        mapping=fedqi.load_mapping("omop-5.4"),
        seed=1,
    )
    whole = next(each for each in run.result.to_dict()["results"] if each["period"] == "all")
    adults = [s for folder in folders.values() for s in omop_stays(folder) if s.age >= 18]
    long = sum((stay.went - stay.came).days >= 21 for stay in adults)
    assert (whole["observed"], whole["denominator"]) == (long, len(adults))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--mapping", "omop-5.4", "--site-column", "ward"), 3, "no dataset has the column 'ward'"),
        (("--mapping", "omop", "--site-column", "hospital"), 3, "did you mean omop-5.4"),
        (("--site-column", "hospital"), 4, "a folder, expected a table"),
        (("--site-column", "h", "--time-zone", "UTC"), 2, "--time-zone is for a mapping"),
    ],
)
def test_what_cannot_be_done(
    tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    told = command("benchmark", "length-of-stay", "--data", generated(tmp_path), *arguments)
    assert (told.exit_code, words in told.output) == (code, True)
