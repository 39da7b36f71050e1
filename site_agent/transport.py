"""The connection to the aggregator: mutual TLS, long poll, submissions that survive outages."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import grpc

from fedqi.errors import RemoteProtocolError, TransportError
from fedqi.wire.chunks import Assembler, split
from fedqi.wire.control import PROTOCOL_METADATA, PROTOCOL_VERSION, Envelope, SiteEnvelope
from fedqi.wire.convert import decode_envelope, encode_site_envelope
from fedqi.wire.v1 import federation_pb2 as pb
from fedqi.wire.v1.federation_pb2_grpc import FederationStub
from site_agent.credentials import Credentials, check_certificate, utc_now
from site_agent.cursor import Cursor
from site_agent.relay_socket import listening
from site_agent.retry import Retry
from site_agent.rpc_errors import code_of, details_of

WAIT_SECONDS = 50
ANSWER_SECONDS = 30.0
MESSAGE_LIMIT = 1 << 30
METADATA = ((PROTOCOL_METADATA, str(PROTOCOL_VERSION)),)
OPTIONS = (
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 10_000),
    ("grpc.enable_retries", 0),
)
ResultT = TypeVar("ResultT")


class Submitted(StrEnum):
    """What became of a submission."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CLOSED = "closed"  # the attempt or phase is over; nobody needs the message any more


@dataclass(frozen=True, slots=True)
class Resumed:
    """Where this site goes on, and whether the aggregator's database has become older."""

    cursor: Cursor
    lost: bool


@dataclass(frozen=True, slots=True)
class GenesisAnswer:
    """The founding documents as the aggregator serves them; nothing about them is verified."""

    charter: bytes
    roster: bytes
    programme: bytes
    signatures: Mapping[str, bytes]
    complete: bool


class EpochChangedError(TransportError):
    """The aggregator was started again; the site must resume before it polls on."""


class FederationClient:
    """Calls of the Federation service, each retried as long as trying again can help.

    Parameters
    ----------
    credentials
        What enrolment left behind.
    retry
        How long to go on trying.
    address
        Where to dial; the address given at enrolment unless the configuration differs.
    relay
        Socket on which to wait for a relay instead; the address is then only a name.
    """

    def __init__(
        self, credentials: Credentials, retry: Retry, address: str, relay: Path | None = None
    ) -> None:
        self._credentials = credentials
        self._retry = retry
        self._address = address
        self._relay = relay
        self._open = AsyncExitStack()

    async def __aenter__(self) -> "FederationClient":
        if self._relay is None:
            channel = _channel(self._credentials, self._address)
            self._stub: Any = FederationStub(await self._open.enter_async_context(channel))
        else:
            trust = self._credentials.relayed
            self._stub = await self._open.enter_async_context(listening(trust, self._relay))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    async def genesis(self) -> GenesisAnswer:
        """Fetch the founding documents and the signatures so far."""
        answer = await self._call(
            lambda: self._stub.GetGenesis(pb.GetGenesisRequest(), **self._terms())
        )
        signatures = dict(answer.signatures)
        return GenesisAnswer(
            answer.charter, answer.roster, answer.programme, signatures, answer.complete
        )

    async def sign_genesis(self, signature: bytes) -> bool:
        """Hand in this site's signature; return whether all members have signed."""
        request = pb.SubmitGenesisSignatureRequest(signature=signature)
        answer = await self._call(
            lambda: self._stub.SubmitGenesisSignature(request, **self._terms())
        )
        return bool(answer.complete)

    async def measure(self, name: str, version: str) -> bytes:
        """Fetch the canonical JSON of a measure; the caller checks its digest."""
        request = pb.GetMeasureRequest(id=name, version=version)
        answer = await self._call(lambda: self._stub.GetMeasure(request, **self._terms()))
        return bytes(answer.measure)

    async def resume(
        self, cursor: Cursor, attempts: Mapping[str, int], answered: Sequence[str]
    ) -> Resumed:
        """Ask where to go on.

        Parameters
        ----------
        cursor
            As kept here.
        attempts
            Job to the last attempt that this site took part in.
        answered
            Jobs of whose last attempt it answered the unmasking.
        """
        request = pb.ResumeRequest(
            epoch=cursor.epoch, cursor=cursor.sequence, attempts=attempts, answered=answered
        )
        answer = await self._call(lambda: self._stub.Resume(request, **self._terms()))
        return Resumed(Cursor(answer.cursor, answer.epoch), bool(answer.lost))

    async def poll(self, cursor: Cursor, wait: int = WAIT_SECONDS) -> list[Envelope]:
        """Wait so many seconds for messages after the cursor; return them in order.

        Raises
        ------
        EpochChangedError
            If the aggregator was started again since the cursor moved.
        RemoteProtocolError
            If a message is malformed, cut off or out of order.
        """
        return await self._call(lambda: self._poll(cursor, wait))

    async def submit(self, envelope: SiteEnvelope) -> Submitted:
        """Hand in one message until it is acknowledged; the same bytes may be sent again."""
        data = encode_site_envelope(envelope)
        return await self._call(lambda: self._submit(data))

    async def _poll(self, cursor: Cursor, wait: int) -> list[Envelope]:
        request = pb.PollRequest(
            cursor=cursor.sequence, wait_seconds=wait, agent_version="1", epoch=cursor.epoch
        )
        try:
            return await self._fetch(request, cursor.sequence)
        except grpc.RpcError as error:
            if code_of(error) is grpc.StatusCode.OUT_OF_RANGE:
                raise EpochChangedError(details_of(error)) from None
            raise

    async def _fetch(self, request: pb.PollRequest, cursor: int) -> list[Envelope]:
        terms = self._terms(request.wait_seconds + ANSWER_SECONDS)
        envelopes: list[Envelope] = []
        assembler = Assembler(MESSAGE_LIMIT)
        async for chunk in self._stub.Poll(request, **terms):
            whole = assembler.add(chunk)
            if whole is not None:
                envelopes.append(decode_envelope(whole))
        _check_sequence(cursor, envelopes, assembler.complete)
        return envelopes

    async def _submit(self, data: bytes) -> Submitted:
        try:
            answer = await self._stub.Submit(_chunks(data), **self._terms())
        except grpc.RpcError as error:
            if code_of(error) is grpc.StatusCode.FAILED_PRECONDITION:
                return Submitted.CLOSED
            raise
        return Submitted.DUPLICATE if answer.duplicate else Submitted.ACCEPTED

    async def _call(self, operation: Callable[[], Awaitable[ResultT]]) -> ResultT:
        async def valid() -> ResultT:
            # The service may outlive its certificate; TLS would only say "unreachable" then.
            check_certificate(self._credentials, utc_now())
            return await operation()

        return await self._retry.run(valid, self._address)

    @staticmethod
    def _terms(timeout: float = ANSWER_SECONDS) -> dict[str, object]:
        return {"timeout": timeout, "metadata": METADATA}


def _channel(credentials: Credentials, address: str) -> grpc.aio.Channel:
    secure = grpc.ssl_channel_credentials(
        credentials.authority_pem, credentials.keys.tls_pem, credentials.certificate_pem
    )
    return grpc.aio.secure_channel(address, secure, options=OPTIONS)


async def _chunks(data: bytes) -> AsyncIterator[pb.Chunk]:
    for chunk in split(data):
        yield chunk


def _check_sequence(cursor: int, envelopes: list[Envelope], complete: bool) -> None:
    sequences = [cursor, *(envelope.sequence for envelope in envelopes)]
    rising = all(a < b for a, b in itertools.pairwise(sequences))
    if not complete or not rising:
        raise RemoteProtocolError("its messages are cut off or out of order", round_name="poll")
