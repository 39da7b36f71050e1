"""The audit ledger: everything that left, in order, and no figure."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from fedqi.disclosure import AuditLedger, Departure
from fedqi.disclosure.audit import AUDIT_TAG
from fedqi.disclosure.chain import Chain
from fedqi.errors import LocalProtocolError, PolicyError

NOON = datetime(2026, 5, 4, 12, 0, 0, 250_000, tzinfo=UTC)
FIRST = Departure(NOON, "intent", "spring", None, None, sha256(b"a").digest(), 311)
SECOND = Departure(NOON, "masked_input", "spring", 1, 0, sha256(b"b").digest(), 8_192)
EARLIER = replace(SECOND, time=NOON - timedelta(days=1), kind="statement")


def written(*departures: Departure) -> tuple[AuditLedger, list[str]]:
    ledger, lines = AuditLedger(), []
    for departure in departures:
        ledger, line = ledger.append(departure)
        lines.append(line)
    return ledger, lines


def test_what_left_is_read_back_in_order_even_if_the_clock_was_wrong() -> None:
    ledger, lines = written(FIRST, SECOND, EARLIER)
    loaded, entries = AuditLedger.load(line + "\n" for line in lines)
    assert loaded == ledger
    assert [entry.departure for entry in entries] == [FIRST, SECOND, EARLIER]
    assert [entry.sequence for entry in entries] == [1, 2, 3]
    assert entries[-1].head == ledger.chain.head


def test_a_line_holds_exactly_the_documented_fields() -> None:
    line = json.loads(written(SECOND)[1][0])
    assert set(line) == {"sequence", "previous", "body", "hash"}
    assert line["body"] == {
        "time": "2026-05-04T12:00:00.250000+00:00",
        "kind": "masked_input",
        "job": "spring",
        "attempt": 1,
        "step": 0,
        "digest": sha256(b"b").hexdigest(),
        "bytes": 8_192,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "observed 17 of 310"},
        {"job": "spring\n"},
        {"time": NOON.replace(tzinfo=None)},
        {"time": NOON.astimezone(timezone(timedelta(hours=2)))},
        {"digest": b"short"},
        {"size": -1},
    ],
)
def test_nothing_else_can_be_logged(change: dict[str, object]) -> None:
    with pytest.raises(LocalProtocolError, match="audit ledger"):
        replace(FIRST, **change)  # type: ignore[arg-type]  # each value has its field's type


def test_a_dropped_moved_or_changed_line_is_named() -> None:
    _, lines = written(FIRST, SECOND, EARLIER)
    changed = lines[1].replace('"bytes":8192', '"bytes":8193')
    for broken, place in (
        ([lines[0], lines[2]], 2),
        ([lines[1], lines[0], lines[2]], 1),
        ([lines[0], changed, lines[2]], 2),
        ([*lines, ""], 4),
        ([*lines[:2], lines[2][:40]], 3),
    ):
        with pytest.raises(PolicyError, match=f"entry {place}: does not continue"):
            AuditLedger.load(broken)


@pytest.mark.parametrize("text", ["NaN", '"\\ud800"', "1e999"])
def test_json_that_is_not_canonical_is_a_broken_chain(text: str) -> None:
    with pytest.raises(PolicyError, match="entry 1: does not continue"):
        AuditLedger.load(['{"body":{"bytes":' + text + "}}"])


@pytest.mark.parametrize(
    "change", [{"time": "noon"}, {"digest": "xy"}, {"bytes": "8192"}, {"kind": "17 of 310"}]
)
def test_a_chained_line_of_another_kind_is_named(change: dict[str, object]) -> None:
    body = json.loads(written(SECOND)[1][0])["body"] | change
    _, line = Chain.empty(AUDIT_TAG).append(body)
    with pytest.raises(PolicyError, match="audit ledger, entry 1"):
        AuditLedger.load([line])
