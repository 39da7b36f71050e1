"""What the store promises: nothing half written, nothing taken twice, failures in plain words."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from aggregator import store
from aggregator.database import Database, StorageError
from aggregator.mailbox import Mailbox, post
from aggregator.tables import messages, outbox, payload_parts, payloads
from aggregator.vectors import StoredVectors
from fedqi.errors import RemoteProtocolError
from fedqi.secagg.messages import Advert, MaskedInput
from fedqi.wire.control import AttemptEnded, Envelope, SiteEnvelope
from fedqi.wire.convert import decode_envelope, encode_site_envelope
from tests.unit.aggregator.federation import STEPS, Federation


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'a.db'}")


def test_acknowledged_writes_survive_a_power_cut(database: Database) -> None:
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_one_payload_for_many_receivers(database: Database) -> None:
    envelope = Envelope(0, "one", 1, AttemptEnded("over"))
    with database.transaction() as connection:
        post(connection, ["a", "b"], envelope)
        post(connection, ["a"], envelope)
        assert connection.execute(select(func.count()).select_from(payloads)).scalar() == 1
        assert connection.execute(select(func.count()).select_from(outbox)).scalar() == 3
    mailbox = Mailbox(database)
    first, second = mailbox.after("a", 0)
    assert mailbox.after("a", first) == [second]
    assert decode_envelope(b"".join(mailbox.message(second))).sequence == second


def test_full_disk_is_said_and_changes_nothing(database: Database) -> None:
    with pytest.raises(StorageError, match="full; the operator must"), \
            database.transaction() as connection:  # fmt: skip
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        store.add_job(connection, store.JobRow("j", bytes(10**6), "announced", "", 0, None, False))
    with database.reading() as connection:
        assert store.all_jobs(connection) == []


def test_directory_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="unable to open"):
        Database(f"sqlite:///{tmp_path / 'none' / 'a.db'}")


def test_password_of_a_database_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        Database(f"sqlite://user:hidden@/{tmp_path / 'none' / 'a.db'}")
    assert "hidden" not in str(caught.value)


def test_same_bytes_twice_are_stored_once(tmp_path: Path) -> None:
    federation = Federation(tmp_path)
    federation.open("one")
    site = federation.sites["s0"]
    (sequence,) = federation.mailbox.after("s0", 0)
    (intent,) = site.answer(decode_envelope(b"".join(federation.mailbox.message(sequence))))
    data = encode_site_envelope(intent)
    assert federation.coordinator.submit("s0", data) is False
    assert federation.coordinator.submit("s0", data) is True
    with federation.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(messages)).scalar() == 1


@pytest.mark.parametrize("sender", ["s1", "stranger"])
def test_message_in_another_name_changes_nothing(tmp_path: Path, sender: str) -> None:
    federation = Federation(tmp_path)
    federation.open("one")
    (sequence,) = federation.mailbox.after("s0", 0)
    envelope = decode_envelope(b"".join(federation.mailbox.message(sequence)))
    (intent,) = federation.sites["s0"].answer(envelope)
    with pytest.raises(RemoteProtocolError):
        federation.coordinator.submit(sender, encode_site_envelope(intent))
    with federation.database.reading() as connection:
        assert list(store.lines_of(connection, "one", 0)) == []


def test_illegal_advert_is_not_stored(tmp_path: Path) -> None:
    federation = Federation(tmp_path)
    federation.open("one")
    federation.run_until_attempt()
    advert = Advert("s0", b"", b"", b"", 2, (), (), 0, b"", b"")
    with pytest.raises(RemoteProtocolError):
        federation.coordinator.submit("s0", encode_site_envelope(SiteEnvelope("one", 1, advert)))
    with federation.database.reading() as connection:
        assert list(store.lines_of(connection, "one", 1)) == []


def test_atom_is_bound_once_and_for_ever(database: Database) -> None:
    with database.transaction() as connection:
        store.bind(connection, {"a": ("x", "y"), "void": ()})
        store.bind(connection, {"a": ("z",)})
        assert store.bound(connection) == {"a": ("x", "y")}


def test_vectors_are_read_back_from_the_messages_that_brought_them(database: Database) -> None:
    vectors = StoredVectors(database, "one", 1)
    sent = [MaskedInput("s0", step, b"p", bytes([step] * 8), b"s") for step in range(3)]
    row = store.JobRow("one", b"", "running", "", 0, None, False)
    with database.transaction() as connection:
        store.add_job(connection, row)
        for message in sent:
            data = encode_site_envelope(SiteEnvelope("one", 1, message))
            store.add_line(connection, "one", 1, store.Kind.IN, "s0", data)
    for message in sent:
        vectors.put(message.step, "s0", message.vector)
        assert vectors.get(message.step, "s0") == message.vector
    for step, site in ((3, "s0"), (0, "s1")):
        with pytest.raises(RuntimeError, match="no vector"):
            vectors.get(step, site)


def test_a_running_attempt_holds_no_vector_in_memory(tmp_path: Path) -> None:
    federation = Federation(tmp_path)
    federation.open("one")
    held: list[bytes] = []

    def look() -> None:
        job = federation.coordinator._jobs.get("one")
        if job is not None and job.attempt is not None:
            held.extend(item.vector for item in job.attempt.session._rounds.inputs.values())

    federation.run(look)
    assert set(held) == {b""}
    with federation.database.reading() as connection:
        parts = connection.execute(select(func.count()).select_from(payload_parts)).scalar()
    assert parts == len(federation.sites) * STEPS
