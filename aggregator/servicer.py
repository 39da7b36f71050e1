"""The gRPC services: thin, they translate calls and decide nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import grpc

from aggregator.ca import CertificateAuthority
from aggregator.coordinator import Coordinator
from aggregator.database import Database
from aggregator.enrolment import Enrolment, Request
from aggregator.epochs import resume
from aggregator.genesis import add_signature, is_complete, load_genesis, load_measure_body
from aggregator.mailbox import Mailbox
from aggregator.peers import Peers
from aggregator.status import Context, check_protocol, said_by, statuses
from fedqi.errors import RemoteProtocolError
from fedqi.wire.chunks import Assembler, split_parts
from fedqi.wire.v1 import enrolment_pb2 as enrolment
from fedqi.wire.v1 import federation_pb2 as pb
from fedqi.wire.v1.enrolment_pb2_grpc import EnrolmentServicer
from fedqi.wire.v1.federation_pb2_grpc import FederationServicer

LONGEST_WAIT = 50  # seconds
LARGEST_CURSOR = 2**63 - 1  # what a database holds as an integer


class EnrolmentService(EnrolmentServicer):
    """Certificates for tokens.

    Parameters
    ----------
    tokens
        Redeems them.
    authority
        Its root is shown to everybody.
    collaborative, federation_address
        Told to a new site.
    """

    def __init__(
        self,
        tokens: Enrolment,
        authority: CertificateAuthority,
        collaborative: str,
        federation_address: str,
    ) -> None:
        self._tokens = tokens
        self._authority = authority
        self._collaborative = collaborative
        self._federation_address = federation_address

    async def GetRoot(  # noqa: N802 - the name in the wire contract
        self, request: enrolment.GetRootRequest, context: Context
    ) -> enrolment.GetRootResponse:
        """Show the root, whose fingerprint the token pins."""
        return enrolment.GetRootResponse(ca_pem=self._authority.root_pem)

    async def Enrol(  # noqa: N802 - the name in the wire contract
        self, request: enrolment.EnrolRequest, context: Context
    ) -> enrolment.EnrolResponse:
        """Redeem a token."""
        asked = Request(
            token_id=request.token_id,
            site=request.site,
            csr_pem=request.csr_pem,
            identity_key=request.identity_key,
            token_proof=request.token_proof,
            identity_signature=request.identity_signature,
        )
        async with statuses(context):
            issued = self._tokens.enrol(asked, datetime.now(UTC))
        return enrolment.EnrolResponse(
            certificate_pem=issued.pem,
            ca_pem=self._authority.root_pem,
            federation_address=self._federation_address,
            collaborative=self._collaborative,
        )


class FederationService(FederationServicer):
    """The work of the collaborative, for enrolled sites.

    Parameters
    ----------
    database, mailbox, coordinator
        Where calls go.
    message_bytes
        The largest message accepted.
    epoch
        Name of this run of the server.
    """

    def __init__(
        self,
        database: Database,
        mailbox: Mailbox,
        coordinator: Coordinator,
        message_bytes: int,
        epoch: str,
    ) -> None:
        self._database = database
        self._mailbox = mailbox
        self._coordinator = coordinator
        self._peers = Peers(database)
        self._message_bytes = message_bytes
        self._epoch = epoch

    async def GetGenesis(  # noqa: N802 - the name in the wire contract
        self, request: pb.GetGenesisRequest, context: Context
    ) -> pb.GetGenesisResponse:
        """Return the founding documents and the signatures so far."""
        await self._admit(context)
        async with statuses(context):
            with self._database.reading() as connection:
                genesis = load_genesis(connection)
        if genesis is None:
            await context.abort(
                grpc.StatusCode.NOT_FOUND,
                "there are no founding documents yet; the operator makes them once all members "
                "are enrolled",
            )
        return pb.GetGenesisResponse(
            charter=genesis.charter.canonical(),
            roster=genesis.roster.canonical(),
            programme=genesis.programme.canonical(),
            signatures={site: bytes.fromhex(text) for site, text in genesis.signatures.items()},
            complete=is_complete(genesis),
        )

    async def SubmitGenesisSignature(  # noqa: N802 - the name in the wire contract
        self, request: pb.SubmitGenesisSignatureRequest, context: Context
    ) -> pb.SubmitGenesisSignatureResponse:
        """Store a member's signature."""
        site = await self._admit(context)
        async with statuses(context):
            with self._database.transaction() as connection:
                complete = add_signature(connection, site, request.signature)
        return pb.SubmitGenesisSignatureResponse(complete=complete)

    async def GetMeasure(  # noqa: N802 - the name in the wire contract
        self, request: pb.GetMeasureRequest, context: Context
    ) -> pb.GetMeasureResponse:
        """Return a measure of the programme."""
        await self._admit(context)
        async with statuses(context):
            with self._database.reading() as connection:
                body = load_measure_body(connection, request.id, request.version)
        if body is None:
            await context.abort(
                grpc.StatusCode.NOT_FOUND, f"no measure {request.id} {request.version} here"
            )
        return pb.GetMeasureResponse(measure=body)

    async def Resume(  # noqa: N802 - the name in the wire contract
        self, request: pb.ResumeRequest, context: Context
    ) -> pb.ResumeResponse:
        """Tell a site where it goes on; see whether this database is older than what it knows."""
        site = await self._admit(context)
        async with statuses(context):
            with self._database.reading() as connection:
                found = resume(connection, request.epoch, min(request.cursor, LARGEST_CURSOR))
            if found.lost:
                answered = frozenset(request.answered)
                self._coordinator.restored(site, dict(request.attempts), answered)
        return pb.ResumeResponse(epoch=self._epoch, cursor=found.cursor, lost=found.lost)

    async def Poll(  # noqa: N802 - the name in the wire contract
        self, request: pb.PollRequest, context: Context
    ) -> AsyncIterator[pb.Chunk]:
        """Send what lies after the cursor, waiting for it if there is nothing."""
        site = await self._admit(context)
        if request.epoch != self._epoch:
            await context.abort(
                grpc.StatusCode.OUT_OF_RANGE,
                "the aggregator was started again since the cursor moved; the site must resume",
            )
        wait = min(request.wait_seconds, LONGEST_WAIT)
        cursor = min(request.cursor, LARGEST_CURSOR)
        async with statuses(context):
            for sequence in await self._mailbox.sequences(site, cursor, wait):
                for chunk in split_parts(self._mailbox.message(sequence)):
                    yield chunk

    async def Submit(  # noqa: N802 - the name in the wire contract
        self, chunks: AsyncIterator[pb.Chunk], context: Context
    ) -> pb.SubmitResponse:
        """Take one message of a site."""
        site = await self._admit(context)
        async with statuses(context):
            with said_by(site):
                data = await self._whole(chunks)
                duplicate = self._coordinator.submit(site, data)
        return pb.SubmitResponse(duplicate=duplicate)

    async def _whole(self, chunks: AsyncIterator[pb.Chunk]) -> bytes:
        assembler = Assembler(self._message_bytes)
        async for chunk in chunks:
            whole = assembler.add(chunk)
            if whole is not None:
                return whole
        raise RemoteProtocolError("the message was truncated: its last chunk is missing")

    async def _admit(self, context: Context) -> str:
        await check_protocol(context)
        async with statuses(context):
            return self._peers.admit(context.auth_context())
        raise AssertionError("a refused call does not come here")
