"""A Federation service of our own with real mutual TLS, to see how the agent talks to it."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType

import grpc
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fedqi.wire.chunks import Assembler, split
from fedqi.wire.control import Envelope
from fedqi.wire.convert import encode_envelope
from fedqi.wire.v1 import federation_pb2 as pb
from fedqi.wire.v1 import federation_pb2_grpc
from site_agent.credentials import Credentials, Enrolment, load_credentials, store_enrolment
from site_agent.identity import ensure_keys
from site_agent.state import StateDirectory, create_state
from tests.unit.site_agent.local_authority import Authority

Context = grpc.aio.ServicerContext[object, object]


class FederationService(federation_pb2_grpc.FederationServicer):
    """Hands out envelopes and takes submissions; ``failures`` are answered first."""

    def __init__(self, authority: Authority, envelopes: list[Envelope] | None = None) -> None:
        self.authority = authority
        self.envelopes = envelopes or []
        self.failures: list[grpc.StatusCode] = []
        self.received: list[bytes] = []
        self.resumed: list[pb.ResumeRequest] = []
        self.metadata: list[dict[str, str | bytes]] = []
        self.port = 0

    async def __aenter__(self) -> "FederationService":
        self._server = grpc.aio.server()
        federation_pb2_grpc.add_FederationServicer_to_server(self, self._server)
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = self.authority.sign("server", key.public_key()).public_bytes(Encoding.PEM)
        root = self.authority.root_pem
        credentials = grpc.ssl_server_credentials([(pem, chain)], root, require_client_auth=True)
        self.port = self._server.add_secure_port("127.0.0.1:0", credentials)
        await self._server.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._server.stop(None)

    async def Resume(  # noqa: N802 - the generated base class names it
        self, request: pb.ResumeRequest, context: Context
    ) -> pb.ResumeResponse:
        self.resumed.append(request)
        return pb.ResumeResponse(epoch="new", cursor=5, lost=True)

    async def Poll(  # noqa: N802 - the generated base class names it
        self, request: pb.PollRequest, context: Context
    ) -> AsyncIterator[pb.Chunk]:
        await self._fail(context)
        for envelope in self.envelopes:
            if envelope.sequence > request.cursor:
                for chunk in split(encode_envelope(envelope)):
                    yield chunk

    async def Submit(  # noqa: N802 - the generated base class names it
        self, request_iterator: AsyncIterator[pb.Chunk], context: Context
    ) -> pb.SubmitResponse:
        assembler = Assembler(1 << 24)
        data = b""
        async for chunk in request_iterator:
            data = assembler.add(chunk) or b""
        duplicate = data in self.received
        self.received.append(data)
        await self._fail(context)
        return pb.SubmitResponse(duplicate=duplicate)

    async def _fail(self, context: Context) -> None:
        self.metadata.append(dict(context.invocation_metadata() or ()))
        if self.failures:
            await context.abort(self.failures.pop(0), "as the test asks")


def enrolled(folder: Path, authority: Authority, site: str = "north") -> Credentials:
    """Return credentials as enrolment leaves them."""
    state: StateDirectory = create_state(folder)
    key = ensure_keys(state.keys).tls.public_key()
    pem = authority.sign(site, key).public_bytes(Encoding.PEM)
    store_enrolment(state, Enrolment(site, "collab", "127.0.0.1:1"), pem, authority.root_pem)
    return load_credentials(state, site)
