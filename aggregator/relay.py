"""Serving sites through a relay: their calls come in replies, their answers go with turns.

The services are the very same as on the aggregator's ports (:mod:`aggregator.servicer`); what
TLS knows of a caller there, the signature of the reply says here.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn, cast

import grpc
from google.protobuf.message import DecodeError, Message

from aggregator.ca import CertificateAuthority, ServerIdentity
from aggregator.servicer import EnrolmentService, FederationService
from aggregator.status import Context
from fedqi.errors import RemoteProtocolError
from fedqi.wire.control import PROTOCOL_METADATA, PROTOCOL_VERSION
from fedqi.wire.relay import (
    NONCE_BYTES,
    Purpose,
    echo_of,
    load_key,
    open_sealed,
    read_sealed,
    seal,
)
from fedqi.wire.v1 import enrolment_pb2 as enrolment
from fedqi.wire.v1 import federation_pb2 as pb
from fedqi.wire.v1 import relay_pb2 as wire

MOST_CALLS = 16  # an agent has three at most
_log = logging.getLogger("aggregator")


class CallRefusedError(Exception):
    """A service ended a call with a status."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code, self.details = code, details


@dataclass(frozen=True, slots=True)
class RelayedContext:
    """What a service asks of a call: who calls, and a way to refuse.

    Parameters
    ----------
    node
        Name of the relay's node, for the log.
    certificate_pem
        Of the caller, whose signature was verified; None before enrolment.
    """

    node: str
    certificate_pem: bytes | None

    def peer(self) -> str:
        """Name the caller for the log."""
        return f"relay node {self.node}"

    def auth_context(self) -> Mapping[str, Sequence[bytes]]:
        """Return the caller's certificate as TLS would."""
        return {} if self.certificate_pem is None else {"x509_pem_cert": [self.certificate_pem]}

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        """Return the version of the protocol; a reply of another one cannot be read."""
        return ((PROTOCOL_METADATA, str(PROTOCOL_VERSION)),)

    async def abort(self, code: grpc.StatusCode, details: str = "") -> NoReturn:
        """End the call."""
        raise CallRefusedError(code, details)


Asked = tuple[bytes | None, int]
"""Certificate of the caller and number of its call: nobody's call stands in for another's."""


@dataclass(slots=True)
class _Node:
    nonce: bytes = b""  # of the turn under way
    echo: bytes = b""  # of the newest reply
    calls: "dict[Asked, asyncio.Task[wire.Answer]]" = field(default_factory=dict)

    @property
    def answered(self) -> list[wire.Answer]:
        return [task.result() for task in self.calls.values() if task.done()]


class Exchange:
    """Turns for the nodes of a relay, and what becomes of their replies.

    Parameters
    ----------
    federation, enrolments
        Where calls go.
    authority
        Its root has to have issued a caller's certificate.
    identity
        Of this server; signs the turns.
    wall
        The time, for certificates.
    """

    def __init__(
        self,
        federation: FederationService,
        enrolments: EnrolmentService,
        authority: CertificateAuthority,
        identity: ServerIdentity,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._federation = federation
        self._enrolments = enrolments
        self._authority = authority
        self._identity = identity
        self._key = load_key(identity.key_pem)
        self._wall = wall
        self._nodes: dict[str, _Node] = {}

    def has_answers(self, node: str) -> bool:
        """Whether a turn would bring the node something."""
        return any(task.done() for task in self._node(node).calls.values())

    def is_served(self, node: str) -> bool:
        """Whether calls of the node are being answered; there is no need to ask it for more."""
        return bool(self._node(node).calls)

    def turn(self, node: str) -> bytes:
        """Return the next turn of a node, with every answer that it is not known to have."""
        known = self._node(node)
        known.nonce = secrets.token_bytes(NONCE_BYTES)
        turn = wire.Turn(nonce=known.nonce, echo=known.echo, answers=known.answered)
        chain = self._identity.certificate_pem
        return seal(turn.SerializeToString(), Purpose.TURN, self._key, chain)

    def take(self, node: str, data: bytes) -> None:
        """Take a node's reply to its newest turn.

        Raises
        ------
        RemoteProtocolError
            When it is not a reply of a site, or not to this turn; nothing has changed.
        """
        known = self._node(node)
        sealed = read_sealed(data)
        body, certificate = sealed.body, sealed.certificates or None
        if certificate is not None:
            root, print_ = self._authority.root_pem, self._authority.fingerprint
            body = open_sealed(sealed, Purpose.REPLY, print_, root, self._wall())
        reply = _reply(body)
        if reply.echo != known.nonce or len(reply.calls) > MOST_CALLS:
            raise RemoteProtocolError("a reply to another turn was relayed", round_name="relay")
        known.echo = echo_of(data)
        self._serve(known, reply.calls, RelayedContext(node, certificate))

    def close(self) -> None:
        """Drop every call that is waiting."""
        for node in self._nodes.values():
            for task in node.calls.values():
                task.cancel()

    def _node(self, name: str) -> _Node:
        return self._nodes.setdefault(name, _Node())

    def _serve(self, node: _Node, calls: Sequence[wire.Call], context: RelayedContext) -> None:
        wanted = {(context.certificate_pem, call.number): call for call in calls}
        for asked in [asked for asked in node.calls if asked not in wanted]:
            # The site has its answer, or does not wait for one any more.
            node.calls.pop(asked).cancel()
        for asked, call in wanted.items():
            if asked not in node.calls:
                node.calls[asked] = asyncio.create_task(self._answer(call, context))

    async def _answer(self, call: wire.Call, context: RelayedContext) -> wire.Answer:
        try:
            responses = await self._dispatch(call, context)
        except CallRefusedError as refused:
            code = refused.code.value[0]
            return wire.Answer(number=call.number, code=code, details=refused.details)
        except DecodeError:
            code = grpc.StatusCode.INVALID_ARGUMENT.value[0]
            return wire.Answer(number=call.number, code=code, details="the call cannot be read")
        except Exception:
            # As on a port of its own, a call that fails here must not take the server down.
            _log.exception("relayed call %s of %s failed", call.method, context.node)
            code = grpc.StatusCode.INTERNAL.value[0]
            return wire.Answer(number=call.number, code=code, details="the aggregator failed")
        return wire.Answer(number=call.number, responses=responses)

    async def _dispatch(self, call: wire.Call, relayed: RelayedContext) -> list[bytes]:
        context = cast(Context, relayed)
        federation, [*requests] = self._federation, call.requests
        first = requests[0] if requests else b""
        match call.method:
            case "Enrol":
                request = enrolment.EnrolRequest.FromString(first)
                return _one(await self._enrolments.Enrol(request, context))
            case "GetGenesis":
                return _one(await federation.GetGenesis(pb.GetGenesisRequest(), context))
            case "SubmitGenesisSignature":
                signature = pb.SubmitGenesisSignatureRequest.FromString(first)
                return _one(await federation.SubmitGenesisSignature(signature, context))
            case "GetMeasure":
                measure = pb.GetMeasureRequest.FromString(first)
                return _one(await federation.GetMeasure(measure, context))
            case "Resume":
                resume = pb.ResumeRequest.FromString(first)
                return _one(await federation.Resume(resume, context))
            case "Poll":
                poll = federation.Poll(pb.PollRequest.FromString(first), context)
                return [chunk.SerializeToString() async for chunk in poll]
            case "Submit":
                return _one(await federation.Submit(_chunks(requests), context))
        await relayed.abort(grpc.StatusCode.UNIMPLEMENTED, f"no method is called {call.method!r}")


async def _chunks(requests: Sequence[bytes]) -> AsyncIterator[pb.Chunk]:
    for request in requests:
        yield pb.Chunk.FromString(request)


def _one(response: Message) -> list[bytes]:
    return [response.SerializeToString()]


def _reply(body: bytes) -> wire.Reply:
    try:
        return wire.Reply.FromString(body)
    except DecodeError:
        raise RemoteProtocolError("a reply cannot be read", round_name="relay") from None
