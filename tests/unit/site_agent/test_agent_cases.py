"""``cases``: what is listed, where it goes, and what is kept of it."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fedqi.charter import JobSpec, PlannedMeasure, planned_atoms
from fedqi.engine import load_measure
from site_agent.accesses import accesses
from site_agent.cli import main
from site_agent.jobs import JobRecord, save
from site_agent.state import open_state

MEASURE = """
fedqi: 1
id: returns
version: 1.0.0
title: Readmitted
direction: lower
scoring: proportion
dataset:
  key: stay
  time: {anchor: day, grain: quarter}
  columns:
    stay: {type: string}
    day: {type: date}
    age: {type: number, min: 0, max: 120}
    sex: {type: string, allowed: [female, male], required: false}
    back: {type: boolean}
initial_population: "age >= 18"
denominator_exclusion: "age > 100"
missing: {sex: exclude}
numerator: back
risk_model:
  terms: [age]
  coefficients: model.json
"""
MAPPING = """fedqi_mapping: 1
id: own
title: The hospital's stays
tables:
  stays:
    columns: {number: string, day: date, age: number, sex: string, back: boolean}
datasets:
  stay:
    from: stays
    columns: {stay: number, day: day, age: age, sex: sex, back: back}
"""
ROWS = """stay,day,age,sex,back
007-a,2023-01-05,40,female,yes
008-b,2023-02-05,40,female,no
009-c,2023-05-05,99,male,no
010-d,2023-02-06,40,,no
011-e,2023-02-06,101,male,yes
012-f,2023-02-06,17,male,yes
"""
KEYS = ("007-a", "008-b", "009-c", "010-d", "011-e", "012-f")


class Site:
    """A hospital with one table."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "private" / "cases.csv"
        self.out.parent.mkdir(mode=0o700)
        self.measure = folder / "returns.yaml"
        self.measure.write_text(MEASURE, encoding="utf-8")
        # At 40 the risk is exp(-3) / (1 + exp(-3)), about 5 %; at 99 it is about 94 %.
        (folder / "model.json").write_text('{"(Intercept)": -7, "age": 0.1}')
        (folder / "data.csv").write_text(ROWS, encoding="utf-8")
        assert self.run("init", "--site", "north", "--aggregator", "localhost:7443").exit_code == 0

    def run(self, *arguments: object) -> Result:
        config = ("--config", str(self.folder / "fedqi-site.yaml"))
        return CliRunner().invoke(main, [*config, *map(str, arguments)])

    def cases(self, chosen: str, *more: str) -> Result:
        return self.run("cases", self.measure, "--set", chosen, "--out", self.out, *more)

    def listed(self, chosen: str, *more: str) -> list[str]:
        done = self.cases(chosen, *more)
        assert done.exit_code == 0, done.output
        lines = self.out.read_text("utf-8").splitlines()
        self.out.unlink()
        return lines


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(
    ("chosen", "more", "wanted"),
    [
        ("numerator", (), ["stay", "007-a"]),
        ("denominator", (), ["stay,numerator", "007-a,1", "008-b,0", "009-c,0"]),
        ("denominator", ("--period", "2023-Q2"), ["stay,numerator", "009-c,0"]),
        (
            "excluded",
            (),
            ["stay,excluded by", "010-d,missing", "011-e,denominator_exclusion"],
        ),
        ("missing", (), ["stay,missing", "010-d,sex"]),
        (
            "unexpected",
            (),
            ["stay,outcome,predicted", "007-a,1,0.0474", "009-c,0,0.9478"],
        ),
    ],
)
def test_sets(site: Site, chosen: str, more: tuple[str, ...], wanted: list[str]) -> None:
    assert site.listed(chosen, *more) == wanted


def test_the_file_is_new_and_for_its_owner_alone(site: Site) -> None:
    assert site.cases("numerator").exit_code == 0
    assert stat.S_IMODE(site.out.stat().st_mode) == 0o600
    again = site.cases("denominator")
    assert (again.exit_code, "not overwritten" in again.output) == (2, True)
    assert site.out.read_text() == "stay\n007-a\n"


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777])
def test_a_folder_that_others_can_write_to_is_refused(site: Site, mode: int) -> None:
    site.out.parent.chmod(mode)
    done = site.cases("numerator")
    assert (done.exit_code, "other accounts can write there" in done.output) == (2, True)
    assert not site.out.exists()
    assert accesses(open_state(site.folder / "state")) == ()


def test_a_link_is_not_followed(site: Site) -> None:
    site.out.symlink_to(site.folder / "elsewhere.csv")
    assert site.cases("numerator").exit_code == 2
    assert not (site.folder / "elsewhere.csv").exists()


def test_who_listed_what_is_on_record_and_no_key_is(site: Site) -> None:
    told = [site.cases("denominator").output]
    site.out.unlink()
    told.append(site.cases("unexpected").output)
    first, second = accesses(open_state(site.folder / "state"))
    assert (first.chosen, first.period, first.cases, first.model) == ("denominator", "all", 3, "")
    assert (second.chosen, second.cases, second.model) == ("unexpected", 2, "frozen in the measure")
    assert first.by
    assert "Lists of local cases: 2" in site.run("ledger", "verify").output
    kept = [p.read_text("utf-8") for p in (site.folder / "state").rglob("*") if p.is_file()]
    assert not [key for key in KEYS for text in [*told, *kept] if key in text]


def test_a_record_that_was_changed_is_noticed(site: Site) -> None:
    assert site.cases("numerator").exit_code == 0
    file = site.folder / "state" / "accesses.jsonl"
    file.write_text(file.read_text().replace('"cases":1', '"cases":0'))
    done = site.run("ledger", "verify")
    assert (done.exit_code, "hash chain" in done.output) == (5, True)
    site.out.unlink()
    assert site.cases("numerator").exit_code == 5
    assert not site.out.exists()


def test_without_a_key_nothing_can_be_listed(site: Site) -> None:
    site.measure.write_text(MEASURE.replace("  key: stay\n", ""), encoding="utf-8")
    done = site.cases("numerator")
    assert (done.exit_code, "names no key" in done.output) == (3, True)


def test_a_table_without_the_key_column(site: Site) -> None:
    (site.folder / "data.csv").write_text(ROWS.replace("stay,", "number,", 1), encoding="utf-8")
    done = site.cases("numerator")
    assert (done.exit_code, "column 'stay': is missing" in done.output) == (4, True)


def test_without_a_model_nothing_is_unexpected(site: Site) -> None:
    site.measure.write_text(MEASURE.replace("  coefficients: model.json\n", ""), encoding="utf-8")
    done = site.cases("unexpected")
    assert (done.exit_code, "there is no risk model to predict by" in done.output) == (2, True)


def test_missing_is_listed_where_the_data_cannot_be_used_yet(site: Site) -> None:
    rows = ROWS.replace("009-c,2023-05-05,99", "009-c,,old")
    (site.folder / "data.csv").write_text(rows, encoding="utf-8")
    assert site.cases("denominator").exit_code == 4
    wanted = ['009-c,"day, age"', "010-d,sex"]
    # Without a date it belongs to no period, so it is missing in each.
    assert site.listed("missing", "--period", "2023-Q1") == ["stay,missing", *wanted]


def test_another_grain_is_told(site: Site) -> None:
    done = site.cases("numerator", "--period", "2023-05")
    assert (done.exit_code, "a quarter such as 2016-Q2" in done.output) == (2, True)


def test_the_key_is_named_as_the_table_names_it(site: Site) -> None:
    config = site.folder / "fedqi-site.yaml"
    config.write_text(config.read_text().replace("mapping: {}", "mapping: {stay: number}", 1))
    (site.folder / "data.csv").write_text(ROWS.replace("stay,", "number,", 1), encoding="utf-8")
    assert site.listed("numerator") == ["number", "007-a"]
    assert json.loads((site.folder / "state" / "accesses.jsonl").read_text())["body"]["cases"] == 1


def test_under_a_mapping_of_tables(site: Site) -> None:
    site.measure.write_text(
        MEASURE.replace("  key: stay", "  grain: stay\n  key: stay", 1), "utf-8"
    )
    (site.folder / "own.yaml").write_text(MAPPING, "utf-8")
    config = site.folder / "fedqi-site.yaml"
    config.write_text(config.read_text().replace("mapping: {}", "mapping: own.yaml", 1))
    (site.folder / "data.csv").write_text(ROWS.replace("stay,", "number,", 1), encoding="utf-8")
    assert site.listed("denominator") == ["stay,numerator", "007-a,1", "008-b,0", "009-c,0"]


def released(site: Site, *jobs: str) -> None:
    """Put jobs on record that released a model of the measure at hand."""
    measure = load_measure(site.measure)
    state = open_state(site.folder / "state")
    planned = PlannedMeasure(
        id=measure.id, version=measure.version, digest=measure.digest, lineage=measure.lineage
    )
    for job in jobs:
        periods: dict[str, tuple[str, ...]] = {measure.id: ("2023-Q1",)}
        spec = JobSpec(
            job=job,
            measures=(planned,),
            analyses=("standardised",),
            atoms=planned_atoms((planned,), periods),
            periods=periods,
        )
        save(state, JobRecord(job, spec.canonical().decode()))
        detail = {"coefficients": {"(Intercept)": -7.0, "age": 0.1}}
        result = {"measure": measure.id, "analyses": {"crude": {}, "standardised": detail}}
        state.save_result(job, {"results": [result]})


def test_the_model_may_be_one_that_a_job_released(site: Site) -> None:
    site.measure.write_text(MEASURE.replace("  coefficients: model.json\n", ""), encoding="utf-8")
    released(site, "first")
    assert site.listed("unexpected") == [
        "stay,outcome,predicted",
        "007-a,1,0.0474",
        "009-c,0,0.9478",
    ]
    assert accesses(open_state(site.folder / "state"))[0].model == "standardised of job first"
    released(site, "second")
    done = site.cases("unexpected")
    assert (done.exit_code, "several models are here" in done.output) == (2, True)
    assert len(site.listed("unexpected", "--job", "second")) == 3


def test_a_model_of_another_definition_is_not_taken(site: Site) -> None:
    text = MEASURE.replace("  coefficients: model.json\n", "")
    site.measure.write_text(text, encoding="utf-8")
    released(site, "first")
    site.measure.write_text(text.replace("age >= 18", "age >= 17"), encoding="utf-8")
    done = site.cases("unexpected", "--job", "first")
    assert (done.exit_code, "job first has not released" in done.output) == (2, True)
