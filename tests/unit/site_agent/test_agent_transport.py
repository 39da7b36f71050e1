"""Mutual TLS over real sockets: what is retried, what is not, and in which words it fails."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import grpc
import pytest

from fedqi.errors import RemoteProtocolError, TransportError
from fedqi.wire.control import (
    AttemptEnded,
    AttemptLost,
    Envelope,
    JobAnnouncement,
    JoiningClosed,
    SiteEnvelope,
)
from fedqi.wire.v1 import federation_pb2 as pb
from site_agent.credentials import utc_now
from site_agent.cursor import Cursor
from site_agent.retry import LONGEST_PAUSE_SECONDS, Retry, pause_seconds
from site_agent.transport import EpochChangedError, FederationClient, Resumed, Submitted
from tests.unit.site_agent.local_authority import Authority
from tests.unit.site_agent.local_federation import FederationService, enrolled

T = TypeVar("T")
LOST = SiteEnvelope("job-1", 1, AttemptLost("restarted"))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def talk(
    folder: Path,
    service: FederationService,
    act: Callable[[FederationClient], Awaitable[T]],
    retry: Retry | None = None,
    trusted: Authority | None = None,
) -> T:
    async def run() -> T:
        async with service:
            credentials = enrolled(folder, trusted or service.authority)
            address = f"127.0.0.1:{service.port}"
            async with FederationClient(credentials, retry or Retry(3), address) as client:
                return await act(client)

    return asyncio.run(run())


def test_envelopes_after_the_cursor_arrive_in_order(tmp_path: Path, authority: Authority) -> None:
    envelopes = [
        Envelope(3, "job-1", 0, JobAnnouncement(b"x" * 2_500_000)),
        Envelope(5, "job-1", 0, JoiningClosed(("a",), ())),
        Envelope(9, "job-1", 1, AttemptEnded("over")),
    ]
    service = FederationService(authority, envelopes)
    assert talk(tmp_path / "s", service, lambda client: client.poll(Cursor(3), 0)) == envelopes[1:]
    assert talk(
        tmp_path / "t", FederationService(authority, envelopes), lambda c: c.poll(Cursor(0), 0)
    ) == (envelopes)
    assert service.metadata[0]["fedqi-protocol"] == "1"


def test_an_aggregator_that_was_started_again_is_asked_where_to_go_on(
    tmp_path: Path, authority: Authority
) -> None:
    service = FederationService(authority)
    service.failures = [grpc.StatusCode.OUT_OF_RANGE]

    async def run(client: FederationClient) -> Resumed:
        with pytest.raises(EpochChangedError, match="as the test asks"):
            await client.poll(Cursor(7, "old"), 0)
        return await client.resume(Cursor(7, "old"), {"job-1": 2}, ["job-1"])

    assert talk(tmp_path / "s", service, run) == Resumed(Cursor(5, "new"), True)
    asked = pb.ResumeRequest(epoch="old", cursor=7, attempts={"job-1": 2}, answered=["job-1"])
    assert service.resumed == [asked]


def test_envelopes_out_of_order_are_asked_for_again(tmp_path: Path, authority: Authority) -> None:
    heard: list[str] = []
    retry = Retry(3, lambda reason, seconds: heard.append(reason))
    envelopes = [Envelope(n, "job-1", 1, AttemptEnded("over")) for n in (5, 4)]
    service = FederationService(authority, envelopes)
    with pytest.raises(RemoteProtocolError, match="out of order"):
        talk(tmp_path / "s", service, lambda client: client.poll(Cursor(0), 0), retry)
    assert heard == ["malformed-answer"] * 2


def test_a_certificate_that_expires_while_the_service_runs(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(client: FederationClient) -> None:
        assert await client.poll(Cursor(0), 0) == []
        later = utc_now() + timedelta(days=4000)
        monkeypatch.setattr("site_agent.transport.utc_now", lambda: later)
        await client.poll(Cursor(0), 0)

    with pytest.raises(TransportError, match=r"expired on .* new token"):
        talk(tmp_path / "s", FederationService(authority), run)


def test_submission_is_repeated_byte_for_byte(tmp_path: Path, authority: Authority) -> None:
    heard: list[str] = []
    service = FederationService(authority)
    service.failures = [grpc.StatusCode.UNAVAILABLE]
    retry = Retry(3, lambda reason, seconds: heard.append(reason))
    outcome = talk(tmp_path / "s", service, lambda client: client.submit(LOST), retry)
    assert outcome is Submitted.DUPLICATE
    assert len(set(service.received)) == 1
    assert len(service.received) == 2
    assert heard == ["unreachable"]


def test_a_closed_phase_is_not_an_error(tmp_path: Path, authority: Authority) -> None:
    service = FederationService(authority)
    service.failures = [grpc.StatusCode.FAILED_PRECONDITION]
    outcome = talk(tmp_path / "s", service, lambda client: client.submit(LOST))
    assert outcome is Submitted.CLOSED


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, RemoteProtocolError, "refused a message of this site"),
        (grpc.StatusCode.PERMISSION_DENIED, TransportError, "does not admit this site"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, TransportError, "refused the call"),
        (grpc.StatusCode.UNIMPLEMENTED, TransportError, "not the one for enrolment"),
    ],
)
def test_what_repeating_cannot_help_is_not_repeated(
    tmp_path: Path,
    authority: Authority,
    code: grpc.StatusCode,
    error: type[Exception],
    words: str,
) -> None:
    service = FederationService(authority)
    service.failures = [code]
    with pytest.raises(error, match=words):
        talk(tmp_path / "s", service, lambda client: client.submit(LOST))
    assert len(service.received) == 1


def test_wrong_authority_is_named_and_not_retried(tmp_path: Path, authority: Authority) -> None:
    heard: list[str] = []
    retry = Retry(None, lambda reason, seconds: heard.append(reason))
    service = FederationService(authority)
    with pytest.raises(TransportError, match="pinned at enrolment, did not sign"):
        talk(tmp_path / "s", service, lambda c: c.submit(LOST), retry, trusted=Authority())
    assert (heard, service.received) == ([], [])


def test_nobody_answers(tmp_path: Path, authority: Authority) -> None:
    async def run() -> None:
        credentials = enrolled(tmp_path / "s", authority)
        async with FederationClient(credentials, Retry(2), "127.0.0.1:9") as client:
            await client.submit(LOST)

    with pytest.raises(TransportError, match="cannot be reached"):
        asyncio.run(run())


def test_pauses_grow_and_stay_below_the_longest() -> None:
    assert 0.1 <= pause_seconds(1) <= 0.2
    assert all(pause_seconds(n) <= LONGEST_PAUSE_SECONDS for n in (1, 5, 50, 5000))
    assert min(pause_seconds(50) for _ in range(20)) >= LONGEST_PAUSE_SECONDS / 2
