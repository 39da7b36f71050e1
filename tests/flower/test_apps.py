"""The apps that Flower runs: they hand bytes on, and say who must act where they cannot."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("flwr", reason="needs the extra fedqi[flower]")

from flwr.app import ConfigRecord, Context, Message, RecordDict
from flwr.supercore.task_identity import TaskIdentity

from aggregator import flower as server
from fedqi.errors import ConfigurationError, RemoteProtocolError
from fedqi.flower import client
from fedqi.flower.records import MESSAGE_TYPE, SOCKET, read_bytes, record


@pytest.fixture(autouse=True)
def in_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flower's messages name the run of the process that makes them."""
    monkeypatch.setattr(TaskIdentity, "_run_id", 1)
    monkeypatch.setattr(TaskIdentity, "_node_id", 1)
    monkeypatch.setattr(TaskIdentity, "_task_id", 1)


def context(node_config: dict[str, str], run_config: dict[str, str] | None = None) -> Context:
    return Context(1, 2, node_config, RecordDict(), run_config or {})


def query(data: bytes) -> Message:
    return Message(record(data), dst_node_id=2, message_type=MESSAGE_TYPE)


@contextmanager
def agent(path: Path, reply: bytes) -> Iterator[list[bytes]]:
    """Listen as an agent does, for one turn."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                heard.append(b"".join(iter(lambda: connection.recv(65536), b"")))
                connection.sendall(reply)

        thread = threading.Thread(target=answer)
        thread.start()
        yield heard
        thread.join()


def test_a_turn_goes_to_the_agent_and_its_reply_back(tmp_path: Path) -> None:
    path, turn, reply = tmp_path / "s", b"turn" * 500_000, b"reply" * 500_000
    with agent(path, reply) as heard:
        answer = client.app(query(turn), context({SOCKET: str(path)}))
    assert heard == [turn]
    assert read_bytes(answer.content) == reply


def test_a_node_without_a_socket_says_how_to_start_it() -> None:
    with pytest.raises(ValueError, match="--node-config"):
        client.relay(query(b""), context({}))


def test_a_message_of_another_app_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="another app"):
        read_bytes(RecordDict({"other": ConfigRecord({"bytes": b""})}))


def test_a_run_without_a_configuration_says_how_to_start_it() -> None:
    with pytest.raises(ConfigurationError, match="--run-config"):
        server.main(None, context({}))
    with pytest.raises(ConfigurationError, match="jobs-end or stopped"):
        server.main(None, context({}, {server.CONFIG: "a", server.UNTIL: "friday"}))
