"""``check``: what it says on the terminal, and the page that it writes."""

import json
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from site_agent.cli import main

MEASURE = """
fedqi: 1
id: returns
version: 1.0.0
title: Readmitted
direction: lower
scoring: proportion
dataset:
  key: stay
  time: {anchor: day, grain: quarter, lock: 60 days}
  columns:
    stay: {type: string}
    day: {type: date}
    age: {type: number, min: 0, max: 120}
    sex: {type: string, allowed: [female, male], required: false}
    note: {type: string, required: false}
    back: {type: boolean}
    registered: {type: integer}
initial_population: "age >= 18"
numerator: back
ascertainment: {expected: {sum: registered}}
"""
MAPPING = """
fedqi_mapping: 1
id: own
title: The hospital's stays
tables:
  data:
    columns:
      {stay: string, day: date, years: number, sex: string, back: boolean, registered: integer}
datasets:
  row:
    from: data
    columns:
      stay: data.stay
      day: data.day
      age: {expression: years + 0}
      sex: data.sex
      back: data.back
      registered: data.registered
"""
GOOD = """stay,day,years,sex,back,registered
secret-1,2023-01-05,40,female,yes,2
secret-2,2023-02-05,40,,no,2
secret-3,2023-05-05,17,male,no,0
secret-4,2023-05-06,99,male,no,4
secret-5,2199-05-06,99,male,yes,1
"""
BAD = GOOD.replace("99,male,no,4", "secret-age,male,no,4").replace("17,male", "17,secret-sex")


class Page(HTMLParser):
    """What stands on a page: words, links to elsewhere, rows of the tables, open elements."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.rows: list[list[str]] = []
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("href", "src", "xlink:href")]
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.words.append(data)
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data

    def row(self, name: str) -> list[str]:
        """Return the cells of the row that begins with a name."""
        (found,) = [row for row in self.rows if row[0] == name]
        return found[1:]


class Site:
    """A hospital with one table, whose age is called years."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.page = folder, folder / "check.html"
        (folder / "returns.yaml").write_text(MEASURE, encoding="utf-8")
        assert self.run("init", "--site", "north", "--aggregator", "localhost:7443").exit_code == 0
        config = folder / "fedqi-site.yaml"
        text = config.read_text("utf-8").replace("mapping: {} ", "mapping: {age: years} ")
        config.write_text(text, encoding="utf-8")

    def run(self, *arguments: object) -> Result:
        config = ("--config", str(self.folder / "fedqi-site.yaml"))
        return CliRunner().invoke(main, [*config, *map(str, arguments)])

    def check(self, rows: str, *more: object) -> Result:
        (self.folder / "data.csv").write_text(rows, encoding="utf-8")
        return self.run("check", self.folder / "returns.yaml", *more)

    def written(self, rows: str) -> Page:
        self.check(rows, "--html", self.page)
        return Page(self.page.read_text("utf-8"))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_the_terminal_tells_the_way_of_the_rows(site: Site) -> None:
    done = site.check(GOOD)
    assert done.exit_code == 0, done.output
    assert "returns 1.0.0: can be used" in done.stdout
    assert "5 in the table" in done.stdout
    assert "4 in the initial population" in done.stdout
    assert "completeness: column 'sex': no value in 1 row" in done.stdout
    assert "plausibility: 2199-Q2: rows of periods that begin after today" in done.stdout


def test_each_finding_is_of_its_kind_and_the_exit_code_tells(site: Site) -> None:
    done = site.check(BAD)
    assert done.exit_code == 4
    assert "returns 1.0.0: CANNOT be used yet" in done.stdout
    assert "conformance: column 'years': unreadable in 1 row" in done.stdout
    assert "conformance: column 'sex': in 1 row none of: female, male" in done.stdout
    # Its periods wait as they will once it is corrected.
    assert "period 2199-Q2 may be summed from" in done.stdout


def test_a_script_reads_the_same(site: Site) -> None:
    done = site.check(GOOD, "--json", "--html", site.page)
    (found,) = json.loads(done.stdout)
    assert [each["rows"] for each in found["attrition"]["steps"]] == [5, 4, 2]
    assert found["doubts"] == ["2199-Q2: rows of periods that begin after today"]
    assert f"Wrote {site.page}" in done.stderr


def test_the_page_of_usable_data(site: Site) -> None:
    page = site.written(GOOD)
    told = " ".join(" ".join(page.words).split())
    assert "Readmitted: 4 of 5 rows count" in told
    assert "can be used" in told
    assert page.row("2023-Q1") == ["2", "2", "1", "4", "50.0 %", "yes"]
    assert page.row("2023-Q2") == ["2", "1", "0", "4", "25.0 %", "yes"]
    assert page.row("2199-Q2")[-1] == "not yet: locks on 2199-08-30"
    assert page.row("age") == ["years", "number, 0 to 120", "yes", "0", "0", "0"]
    assert page.row("sex") == ["the same", "string, one of female, male", "no", "1", "0", "0"]
    assert page.row("note") == ["not there", "string", "no", "–", "–", "–"]
    assert page.seen.count("svg") == 2
    assert "fedqi-site cases returns --set missing" in told


def test_the_page_says_what_a_mapping_makes_of_the_tables(site: Site) -> None:
    (site.folder / "own.yaml").write_text(MAPPING, encoding="utf-8")
    config = site.folder / "fedqi-site.yaml"
    config.write_text(config.read_text("utf-8").replace("{age: years}", "own.yaml"))
    page = site.written(GOOD)
    assert page.row("sex")[0] == "data.sex"
    assert page.row("age")[:2] == ["an expression", "number, 0 to 120"]
    assert page.row("2023-Q1")[:2] == ["2", "2"]


def test_the_page_of_data_to_correct(site: Site) -> None:
    page = site.written(BAD)
    told = " ".join(" ".join(page.words).split())
    assert "Readmitted: 2 things have to be corrected before it can be computed" in told
    assert "cannot be used yet" in told
    assert page.row("age")[-3:] == ["0", "1", "0"]
    assert page.row("sex")[-3:] == ["1", "0", "1"]
    assert page.row("2023-Q1")[-1] == "once corrected"


def test_a_table_without_a_column_has_a_page_that_says_so(site: Site) -> None:
    page = site.written(GOOD.replace("back", "returned"))
    assert page.row("back") == ["not there", "boolean", "yes", "–", "–", "–"]
    assert "svg" not in page.seen
    assert "Over periods" not in page.words


@pytest.mark.parametrize("rows", [GOOD, BAD])
def test_the_page_is_whole_needs_nothing_else_and_has_no_value(site: Site, rows: str) -> None:
    page = site.written(rows)
    assert page.open == []
    assert "script" not in page.seen
    assert [each for each in page.addresses if not each.startswith("#")] == []
    text = site.page.read_text("utf-8")
    assert "secret" not in text
    assert "url(http" not in text


def test_the_page_is_for_its_owner_alone(site: Site) -> None:
    site.page.write_text("of an earlier check", encoding="utf-8")
    site.page.chmod(0o644)
    site.written(GOOD)
    assert stat.S_IMODE(site.page.stat().st_mode) == 0o600


def test_a_page_that_cannot_be_written_is_told(site: Site) -> None:
    done = site.check(GOOD, "--html", site.folder / "nowhere" / "check.html")
    assert done.exit_code == 2
    assert "nowhere" in done.output
