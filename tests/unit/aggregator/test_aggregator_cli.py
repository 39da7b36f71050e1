"""The commands of an operator, with what they are not meant for: messages and exit codes."""

import io
import shutil
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator import store
from aggregator.backup import restore_backup, write_backup
from aggregator.cli import main
from aggregator.config import load_config
from aggregator.genesis import add_signature, load_genesis
from aggregator.lock import only_server
from aggregator.office import Office, open_office
from fedqi.charter import sign_genesis
from fedqi.errors import ConfigurationError
from fedqi.wire.token import Token
from tests.unit.aggregator.people import Applicant

MEASURE = """\
fedqi: 1
id: falls
version: 1.0.0
title: Falls
direction: lower
scoring: proportion
dataset:
  time: {anchor: month, grain: month}
  columns:
    month: {type: date}
    fell: {type: boolean}
numerator: "fell"
"""
TIMELESS = MEASURE.replace("  time: {anchor: month, grain: month}\n", "").replace("falls", "ever")
COLLECTION = "id: {name}\ntitle: One\nmeasures: [{name}]\nanalyses: [crude]\nperiods: any\n"
SITES = ("north", "south", "west")


class Desk:
    """An operator's desk in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "aggregator.yaml"
        self.members = {site: Applicant(site) for site in SITES}

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(self.config), *arguments])

    @property
    def office(self) -> Office:
        return open_office(self.config)

    def enrol(self, applicant: Applicant) -> None:
        token = Token.parse(self("invite", applicant.site).stdout)
        self.office.enrolment.enrol(applicant.request(token), datetime.now(UTC))

    def draft(self, *options: str) -> Result:
        for name, text in (("falls", MEASURE), ("ever", TIMELESS)):
            (self.folder / f"{name}.yaml").write_text(text)
            (self.folder / f"c-{name}.yaml").write_text(COLLECTION.format(name=name))
            options = (*options, "--collection", str(self.folder / f"c-{name}.yaml"))
        files = (str(self.folder / "falls.yaml"), str(self.folder / "ever.yaml"))
        return self("genesis", *files, *options)

    def sign(self, *sites: str) -> None:
        with self.office.database.transaction() as connection:
            genesis = load_genesis(connection)
            assert genesis is not None
            documents = (genesis.charter, genesis.roster, genesis.programme)
            for site in sites:
                text = sign_genesis(*documents, site, self.members[site].identity)
                add_signature(connection, site, bytes.fromhex(text))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    assert made("init", "--collaborative", "qi", "--title", "Quality").exit_code == 0
    return made


@pytest.fixture
def drafted(desk: Desk) -> Desk:
    for applicant in desk.members.values():
        desk.enrol(applicant)
    assert desk.draft().exit_code == 0
    return desk


def ended_with(done: Result, code: int, words: str) -> bool:
    return (done.exit_code, words in done.output) == (code, True)


def test_names_that_no_charter_can_have_are_refused_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    bad = desk("init", "--collaborative", "a b", "--title", "Quality")
    assert ended_with(bad, 2, "expected up to 64 letters")
    assert ended_with(desk("init", "--collaborative", "qi", "--title", " "), 2, "one line")
    assert desk("init", "--collaborative", "qi", "--title", "Quality").exit_code == 0


def test_a_database_that_is_gone_is_not_made_anew(desk: Desk) -> None:
    (desk.folder / "state" / "aggregator.db").unlink()
    assert ended_with(desk("sites"), 2, "restore it from the backup")


@pytest.mark.parametrize("hours", ["0", "-3", "nan", "inf"])
def test_lengths_of_time_that_cannot_be(desk: Desk, hours: str) -> None:
    assert ended_with(desk("invite", "north", "--hours", hours), 2, "expected more than 0")
    assert ended_with(desk("job", "open", "all", "--join-minutes", hours), 2, "more than 0")


def test_results_before_any_job(desk: Desk) -> None:
    assert ended_with(desk("results"), 2, "no job has ended yet")


def test_revoking_voids_the_tokens_that_wait(desk: Desk) -> None:
    applicant = Applicant("north")
    token = Token.parse(desk("invite", "north").stdout)
    assert desk("revoke", "north").exit_code == 0
    with pytest.raises(Exception, match="the token expired"):
        desk.office.enrolment.enrol(applicant.request(token), datetime.now(UTC))
    assert ended_with(desk("revoke", "nobody"), 2, "no such site")


def test_a_draft_can_be_replaced_until_somebody_has_signed(drafted: Desk) -> None:
    drafted.members["east"] = Applicant("east")
    drafted.enrol(drafted.members["east"])
    assert ended_with(drafted.draft(), 0, "N = 4 organisations")
    drafted.sign("north")
    assert ended_with(drafted.draft(), 2, "they do not change any more")
    assert ended_with(drafted("invite", "late"), 5, "joining later is not possible")
    assert drafted("invite", "north").exit_code == 0


def test_jobs_that_cannot_be(drafted: Desk) -> None:
    assert ended_with(drafted("job", "open", "falls"), 5, "accept-genesis --fingerprint")
    drafted.sign(*SITES)
    year = ("--period", "2024")
    assert ended_with(drafted("job", "open", "falls", *year), 2, "counted per month")
    assert ended_with(drafted("job", "open", "ever", *year), 2, "leave out --period")
    bad = drafted("job", "open", "ever", "--job", "a/b")
    assert ended_with(bad, 2, "expected up to 64 letters")
    assert drafted("job", "open", "ever").exit_code == 0
    with drafted.office.database.reading() as connection:
        assert [row.job for row in store.all_jobs(connection)] == ["ever-1"]


def test_one_server_on_one_state_directory(desk: Desk) -> None:
    state = load_config(desk.config).state_directory
    with only_server(state):
        assert ended_with(desk("serve"), 2, "another `fedqi-aggregator serve`")
    shutil.rmtree(state)
    with pytest.raises(ConfigurationError, match="cannot be written"), only_server(state):
        pass


def test_a_database_that_is_no_url(desk: Desk) -> None:
    desk.config.write_text("database: secret-nonsense\n")
    done = desk("sites")
    assert ended_with(done, 2, "database as configured")
    assert "secret-nonsense" not in done.output


def test_a_backup_is_restored_into_an_empty_state_directory(desk: Desk) -> None:
    desk("invite", "north")
    file = desk.folder / "monday.backup"
    assert desk("backup", str(file)).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    fingerprint = desk.office.authority.fingerprint
    again = desk("restore", str(file))
    assert again.exit_code == 2
    assert "exists already; stop the server and move" in again.stderr
    shutil.rmtree(desk.folder / "state")
    assert desk("restore", str(file)).exit_code == 0
    assert desk.office.authority.fingerprint == fingerprint
    assert "north" in desk("sites").stdout
    assert not list(desk.folder.glob("*.new"))


def test_a_backup_replaces_nothing(desk: Desk) -> None:
    file = desk.folder / "monday.backup"
    file.write_text("precious")
    done = desk("backup", str(file))
    assert done.exit_code == 2
    assert file.read_text() == "precious"


@pytest.mark.parametrize("harm", ["cut", "text", "database"])
def test_a_damaged_backup_changes_nothing(desk: Desk, harm: str) -> None:
    file = desk.folder / "monday.backup"
    desk("backup", str(file))
    if harm == "database":
        _repack(file, b"SQLite format 3" + bytes(5000))
    else:
        file.write_bytes(file.read_bytes()[:2000] if harm == "cut" else b"no archive")
    shutil.rmtree(desk.folder / "state")
    done = desk("restore", str(file))
    assert done.exit_code == 2
    assert "choose another" in done.stderr
    assert not (desk.folder / "state" / "ca").exists()


def _repack(file: Path, database: bytes) -> None:
    with tarfile.open(file) as archive:
        content = {item.name: archive.extractfile(item) for item in archive.getmembers()}
        parts = {name: part.read() for name, part in content.items() if part is not None}
    with tarfile.open(file, "w:gz") as archive:
        for name, data in (parts | {"aggregator.db": database}).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def test_a_backup_of_another_database_is_refused(desk: Desk) -> None:
    config = load_config(desk.config)
    other = config.model_copy(update={"database": "postgresql://x"})
    with pytest.raises(ConfigurationError, match="with its own tools"):
        write_backup(other, desk.folder / "b")
    with pytest.raises(ConfigurationError, match="with its own tools"):
        restore_backup(other, desk.folder / "b")
