"""Nothing durable is lost or half-written, and two agents never share a state directory."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fedqi.errors import ConfigurationError, PolicyError
from fedqi.measures.summary import Cell, MeasureSummary, PatternTable
from site_agent.frozen import FrozenStore
from site_agent.journal import Journal, replace_file
from site_agent.state import check_job_name, create_state, open_state


def failing(code: int) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    return fail


def test_journal_keeps_lines_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    journal.append('{"a":"é"}')
    journal.append('{"c":2}')
    assert (tmp_path / "j.jsonl").read_bytes() == '{"a":"é"}\n{"c":2}\n'.encode()
    assert Journal(tmp_path / "j.jsonl").lines() == ['{"a":"é"}', '{"c":2}']


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_bytes(b'{"a":1}\n{"b":')
    journal = Journal(path)
    journal.append('{"c":3}')
    assert journal.lines() == ['{"a":1}', '{"c":3}']


def test_reading_leaves_a_line_that_is_being_written_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_bytes(b'{"a":1}\n{"b":')
    assert Journal(path).lines() == ['{"a":1}']
    assert path.read_bytes() == b'{"a":1}\n{"b":'


def test_two_processes_may_replace_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def meanwhile(descriptor: int) -> None:
        sync(descriptor)
        monkeypatch.setattr(os, "fsync", sync)
        monkeypatch.setattr(os, "getpid", lambda: 0)  # another process, at the worst moment
        replace_file(tmp_path / "f", b"second")

    monkeypatch.setattr(os, "fsync", meanwhile)
    replace_file(tmp_path / "f", b"first")
    assert (tmp_path / "f").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_full_disk_leaves_the_journal_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    journal.append("first")
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    with pytest.raises(ConfigurationError, match=r"the disk is full.*Nothing was sent"):
        journal.append("second")
    assert journal.lines() == ["first"]


def test_append_reaches_the_disk_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bytes] = []
    path = tmp_path / "j.jsonl"
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(path.read_bytes()))
    Journal(path).append("line")
    assert synced[0] == b"line\n"


def test_read_only_state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_state(tmp_path / "s")
    monkeypatch.setattr(os, "open", failing(errno.EROFS))
    with pytest.raises(ConfigurationError, match="read-only"):
        open_state(tmp_path / "s")


def test_not_a_state_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="fedqi-site init"):
        open_state(tmp_path)


def test_second_agent_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    state = create_state(tmp_path / "s")
    program = (
        "import sys, time; from pathlib import Path; from site_agent.lock import StateLock\n"
        "with StateLock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(state.root / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ConfigurationError, match=f"process {holder.pid}"), state.lock():
            pass
        holder.kill()
        holder.wait()
    with state.lock():
        assert (state.root / "lock").read_text().strip() == str(os.getpid())


def test_replace_file_is_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_file(tmp_path / "f", b"old")
    monkeypatch.setattr(os, "replace", failing(errno.ENOSPC))
    with pytest.raises(ConfigurationError, match="disk is full"):
        replace_file(tmp_path / "f", b"new")
    assert (tmp_path / "f").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 65, "a\nb"])
def test_job_names_cannot_leave_the_directory(name: str) -> None:
    with pytest.raises(PolicyError, match="found a job named"):
        check_job_name(name)


def summary(digest: str, **cells: int) -> MeasureSummary:
    series = {period: Cell(value, 100) for period, value in cells.items()}
    patterns = {
        period: PatternTable({"age": (61.25, 70.0)}, (40, 60), (0, value))
        for period, value in cells.items()
    }
    return MeasureSummary("hf", "1.0.0", digest, {"north": series}, {"north": patterns})


def test_frozen_input_is_read_back_exactly(tmp_path: Path) -> None:
    store = FrozenStore(tmp_path)
    frozen = store.freeze("job-1", [summary("aa", q1=3)])
    again = store.load("job-1")
    assert again == frozen
    assert store.load("job-2") is None


def test_the_digest_that_leaves_says_nothing_of_the_figures(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    stores = [FrozenStore(tmp_path / name) for name in ("a", "b")]
    first, second = (store.freeze("job-1", [summary("aa", q1=3)]) for store in stores)
    assert first.summaries == second.summaries
    assert first.sha256 != second.sha256


def test_a_refreshed_period_keeps_the_figures_frozen_first(tmp_path: Path) -> None:
    store = FrozenStore(tmp_path)
    store.freeze("job-1", [summary("aa", q1=3)])
    later = store.freeze("job-2", [summary("aa", q1=4, q2=9)])
    cells = later.summaries["hf"].cells["north"]
    assert (cells["q1"].observed, cells["q2"].observed) == (3, 9)
    patterns = later.summaries["hf"].patterns["north"]
    assert (patterns["q1"].events, patterns["q2"].events) == ((0, 3), (0, 9))


def test_another_definition_is_not_mixed_in(tmp_path: Path) -> None:
    store = FrozenStore(tmp_path)
    store.freeze("job-1", [summary("aa", q1=3)])
    other = store.freeze("job-2", [summary("bb", q1=4)])
    assert other.summaries["hf"].cells["north"]["q1"].observed == 4


def test_a_frozen_job_is_not_frozen_again_differently(tmp_path: Path) -> None:
    store = FrozenStore(tmp_path)
    store.freeze("job-1", [summary("aa", q1=3)])
    with pytest.raises(PolicyError, match="never computed again"):
        store.freeze("job-1", [summary("aa", q1=3, q2=5)])
