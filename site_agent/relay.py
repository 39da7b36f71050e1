"""The aggregator's services through a relay: a Unix socket instead of a connection of our own.

Flower starts a process per message, which must not hold a session's secrets. So the agent stays
what it is, a service of the hospital's own; Flower's process brings it one turn of the aggregator
and takes back what the agent wants to call (protos/fedqi/wire/v1/relay.proto). It can read
nothing that is not masked or encrypted to another site, and can sign nothing.
"""

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from fedqi.errors import RemoteProtocolError
from fedqi.wire.chunks import Assembler
from fedqi.wire.relay import NONCE_BYTES, Purpose, echo_of, open_sealed, read_sealed, seal
from fedqi.wire.v1 import enrolment_pb2 as enrolment
from fedqi.wire.v1 import federation_pb2 as pb
from fedqi.wire.v1 import relay_pb2 as wire
from site_agent.identity import SiteKeys

LARGEST_TURN = 1 << 30
SETTLING_SECONDS = 15.0
PAUSE_SECONDS = 0.05
MessageT = TypeVar("MessageT", bound=Message)


class RelayedCallError(grpc.RpcError):
    """A call that the aggregator refused; reads like an error of a direct call."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self._code, self._details = code, details

    def code(self) -> grpc.StatusCode:
        """Return the status code."""
        known = {status.value[0]: status for status in grpc.StatusCode}
        return known.get(self._code, grpc.StatusCode.UNKNOWN)

    def details(self) -> str:
        """Return the status text."""
        return self._details


@dataclass(frozen=True, slots=True)
class Trust:
    """Who the agent is to the aggregator, and by what it knows the aggregator.

    Parameters
    ----------
    keys
        Of the site.
    certificate_pem
        Of the site; empty before enrolment.
    root_fingerprint
        SHA-256 of the collaborative's root certificate, 32 bytes.
    """

    keys: SiteKeys
    certificate_pem: bytes
    root_fingerprint: bytes


@dataclass(slots=True)
class _Pending:
    method: str
    requests: Sequence[bytes]
    answer: asyncio.Future[Sequence[bytes]]


@dataclass(slots=True)
class RelayStub:
    """Calls of the services, kept until a turn brings their answers.

    Parameters
    ----------
    trust
        Keys and certificates.
    settling
        Seconds that a reply waits for what follows from the answers of its turn.
    """

    trust: Trust
    settling: float = SETTLING_SECONDS
    _pending: dict[int, _Pending] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(
        default_factory=lambda: itertools.count(secrets.randbits(62))
    )
    _waits: asyncio.Event = field(default_factory=asyncio.Event)
    _ahead: "dict[int, asyncio.Task[Sequence[bytes]]]" = field(default_factory=dict)
    _echo: bytes = b""  # digest of the newest reply

    async def GetGenesis(  # noqa: N802 - the name in the wire contract
        self, request: pb.GetGenesisRequest, **_: object
    ) -> pb.GetGenesisResponse:
        """Fetch the founding documents."""
        return await self._unary("GetGenesis", request, pb.GetGenesisResponse)

    async def SubmitGenesisSignature(  # noqa: N802 - the name in the wire contract
        self, request: pb.SubmitGenesisSignatureRequest, **_: object
    ) -> pb.SubmitGenesisSignatureResponse:
        """Hand in a signature over them."""
        return await self._unary(
            "SubmitGenesisSignature", request, pb.SubmitGenesisSignatureResponse
        )

    async def GetMeasure(  # noqa: N802 - the name in the wire contract
        self, request: pb.GetMeasureRequest, **_: object
    ) -> pb.GetMeasureResponse:
        """Fetch a measure."""
        return await self._unary("GetMeasure", request, pb.GetMeasureResponse)

    async def Resume(  # noqa: N802 - the name in the wire contract
        self, request: pb.ResumeRequest, **_: object
    ) -> pb.ResumeResponse:
        """Ask where to go on."""
        return await self._unary("Resume", request, pb.ResumeResponse)

    async def Enrol(  # noqa: N802 - the name in the wire contract
        self, request: enrolment.EnrolRequest, **_: object
    ) -> enrolment.EnrolResponse:
        """Redeem a token."""
        return await self._unary("Enrol", request, enrolment.EnrolResponse)

    async def Poll(  # noqa: N802 - the name in the wire contract
        self, request: pb.PollRequest, **_: object
    ) -> AsyncIterator[pb.Chunk]:
        """Yield what lies after the cursor."""
        if request.cursor not in self._ahead:
            self._stop_asking()
            self._ask_ahead(request)
        self._waits.set()
        answers = await self._ahead.pop(request.cursor)
        chunks = [_decoded(pb.Chunk, answer) for answer in answers]
        last = _last_sequence(chunks)
        if last > request.cursor and request.wait_seconds:
            # Asked for now, the next messages come with the turn that acknowledges our answer to
            # these: a round of the protocol then takes one turn instead of two.
            following = pb.PollRequest()
            following.CopyFrom(request)
            following.cursor = last
            self._ask_ahead(following)
        for chunk in chunks:
            yield chunk

    async def Submit(  # noqa: N802 - the name in the wire contract
        self, chunks: AsyncIterable[pb.Chunk], **_: object
    ) -> pb.SubmitResponse:
        """Hand in one message."""
        [answer] = await self._call("Submit", [c.SerializeToString() async for c in chunks])
        return _decoded(pb.SubmitResponse, answer)

    def _ask_ahead(self, request: pb.PollRequest) -> None:
        asking = self._call("Poll", [request.SerializeToString()])
        self._ahead[request.cursor] = asyncio.create_task(asking)

    def _stop_asking(self) -> None:
        for asked in self._ahead.values():
            asked.cancel()
        self._ahead.clear()

    async def _unary(self, method: str, request: Message, kind: type[MessageT]) -> MessageT:
        [answer] = await self._call(method, [request.SerializeToString()])
        return _decoded(kind, answer)

    async def _call(self, method: str, requests: Sequence[bytes]) -> Sequence[bytes]:
        number = next(self._numbers)
        answer: asyncio.Future[Sequence[bytes]] = asyncio.get_running_loop().create_future()
        self._pending[number] = _Pending(method, requests, answer)
        self._waits.set()
        try:
            return await answer
        finally:
            self._pending.pop(number, None)

    async def take(self, data: bytes) -> bytes:
        """Take a turn; return the reply.

        Raises
        ------
        RemoteProtocolError
            When the turn is not the aggregator's; nothing has changed.
        """
        fingerprint = self.trust.root_fingerprint
        body = open_sealed(read_sealed(data), Purpose.TURN, fingerprint, b"", datetime.now(UTC))
        turn = _decoded(wire.Turn, body)
        self._waits.clear()
        # The answers of a turn that echoes another reply were played again, crossed with it, or are
        # of what somebody else asked; what is pending stays in the reply and is answered once more.
        if turn.echo == self._echo and self._settle(turn.answers):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._waits.wait(), self.settling)
            await asyncio.sleep(PAUSE_SECONDS)  # for a second call that follows at once
        return self._reply(turn.nonce)

    def finish(self) -> None:
        """Let a turn that is being dealt with be answered at once."""
        self._waits.set()

    def _settle(self, answers: Sequence[wire.Answer]) -> bool:
        settled = False
        for answer in answers:
            pending = self._pending.pop(answer.number, None)
            if pending is None or pending.answer.done():
                continue
            settled = True
            if answer.code:
                pending.answer.set_exception(RelayedCallError(answer.code, answer.details))
            else:
                pending.answer.set_result(tuple(answer.responses))
        return settled

    def _reply(self, echo: bytes) -> bytes:
        calls = [
            wire.Call(number=number, method=pending.method, requests=pending.requests)
            for number, pending in self._pending.items()
        ]
        nonce = secrets.token_bytes(NONCE_BYTES)
        body = wire.Reply(nonce=nonce, echo=echo, calls=calls).SerializeToString()
        reply = seal(body, Purpose.REPLY, self.trust.keys.tls, self.trust.certificate_pem)
        self._echo = echo_of(reply)
        return reply


def _decoded(kind: type[MessageT], data: bytes) -> MessageT:
    try:
        return kind.FromString(data)
    except DecodeError:
        raise RemoteProtocolError("an answer cannot be read", round_name="relay") from None


def _last_sequence(chunks: Sequence[pb.Chunk]) -> int:
    assembler, last = Assembler(LARGEST_TURN), 0
    for chunk in chunks:
        whole = assembler.add(chunk)
        if whole is not None:
            last = _decoded(wire.Sequenced, whole).sequence
    return last
