"""Logs carry event names and allowed fields, and nothing else whatever a library writes."""

import io
import json
import logging
from pathlib import Path

import pytest

from site_agent.events import Events, read_events
from site_agent.logging_setup import ALLOWED_FIELDS, AllowListFormatter, allowed, set_up_logging


def lines(log: logging.Logger, stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def captured() -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(AllowListFormatter())
    log = logging.Logger("test")
    log.addHandler(handler)
    return log, stream


def test_only_allowed_fields_pass(captured: tuple[logging.Logger, io.StringIO]) -> None:
    log, stream = captured
    log.info("submitted", extra={"fields": {"job": "j", "observed": 41, "bytes": 96}})
    (line,) = lines(*captured)
    assert line["event"] == "submitted"
    assert (line["job"], line["bytes"]) == ("j", 96)
    # The time of day may well have a 41 in it.
    assert "41" not in stream.getvalue().replace(str(line["time"]), "")


@pytest.mark.parametrize("message", ["observed is 41", "rate=41", "p41", "x: %s"])
def test_free_text_is_withheld(captured: tuple[logging.Logger, io.StringIO], message: str) -> None:
    captured[0].info(message)
    (line,) = lines(*captured)
    assert line["event"] == "message-withheld"


def test_exception_texts_are_withheld(captured: tuple[logging.Logger, io.StringIO]) -> None:
    log, stream = captured
    try:
        raise ValueError("patient 4711 has age 41")
    except ValueError:
        log.exception("failed")
    (line,) = lines(*captured)
    assert line["error"] == "ValueError"
    assert "4711" not in stream.getvalue()


def test_a_field_of_the_wrong_type_is_dropped() -> None:
    assert allowed({"sites": "41 deaths", "step": True, "job": "j"}) == {"job": "j"}
    assert allowed("text") == {}


def test_no_allowed_field_can_hold_a_figure() -> None:
    figures = {"observed", "denominator", "numerator", "expected", "rate", "total", "value"}
    assert not figures & set(ALLOWED_FIELDS)


def test_events_go_to_file_and_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    events = Events(tmp_path / "events.jsonl", "north")
    with caplog.at_level(logging.INFO):
        events.emit("step-verified", job="j", step=0, denominator=100)
    (line,) = read_events(tmp_path / "events.jsonl")
    assert (line["site"], line["event"], line["step"]) == ("north", "step-verified", 0)
    assert "denominator" not in line
    assert caplog.records[0].message == "step-verified"


def test_half_an_event_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "e").write_text('{"event": "a"}\n{"event"')
    assert [line["event"] for line in read_events(tmp_path / "e")] == ["a"]
    assert read_events(tmp_path / "none") == []


def test_every_logger_of_the_process_is_covered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    set_up_logging()
    logging.getLogger("some.library").warning("age 41")
    assert "41" not in capsys.readouterr().err.replace("T", " ").split('"event"')[1]
