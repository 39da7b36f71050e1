"""The running aggregator: two ports, and a clock that moves the jobs on."""

import asyncio
import logging
import os
import signal
from contextlib import suppress
from datetime import UTC, datetime

import grpc

from aggregator.ca import ServerIdentity
from aggregator.config import Config
from aggregator.coordinator import NO_FAULTS, Coordinator
from aggregator.database import Database, StorageError
from aggregator.endpoints import write_endpoints
from aggregator.epochs import begin_epoch
from aggregator.faults import FaultPlan
from aggregator.mailbox import Mailbox
from aggregator.office import Office
from aggregator.rules import Tamper, untouched
from aggregator.servicer import EnrolmentService, FederationService
from fedqi.errors import TransportError
from fedqi.wire.bootstrap import split_address
from fedqi.wire.v1.enrolment_pb2_grpc import add_EnrolmentServicer_to_server
from fedqi.wire.v1.federation_pb2_grpc import add_FederationServicer_to_server

TICK = 0.25  # seconds
GRACE = 1.0  # seconds for calls under way when the server stops
OPTIONS = (
    ("grpc.so_reuseport", 0),  # a port in use is an error, not a second listener
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
)
_log = logging.getLogger("aggregator")


class Desk:
    """What answers the sites, whichever way they come.

    Parameters
    ----------
    config
        Of the operator.
    database
        Open already.
    tamper
        See :class:`aggregator.rules.Rules`.
    faults
        Where to die in a drill.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        tamper: Tamper = untouched,
        faults: FaultPlan = NO_FAULTS,
    ) -> None:
        self._config = config
        self._database = database
        self._mailbox = Mailbox(database)
        self.coordinator = Coordinator(
            database, self._mailbox, config.limits, config.deadlines, tamper, faults
        )

    def federation(self) -> FederationService:
        """Return the service for enrolled sites; a new epoch begins with it."""
        limit = self._config.limits.message_bytes
        with self._database.transaction() as connection:
            epoch = begin_epoch(connection)
        return FederationService(self._database, self._mailbox, self.coordinator, limit, epoch)

    def enrolments(self, office: Office, address: str) -> EnrolmentService:
        """Return the service for sites with a token; they are told the address to dial then."""
        return EnrolmentService(office.enrolment, office.authority, office.collaborative, address)


class Aggregator:
    """One serving process.

    Parameters
    ----------
    office
        What was initialised.
    tamper
        See :class:`aggregator.rules.Rules`.
    faults
        Where to die in a drill.
    """

    def __init__(self, office: Office, tamper: Tamper, faults: FaultPlan) -> None:
        self._office = office
        self._config = office.config
        self._desk = Desk(office.config, office.database, tamper, faults)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT.

        Raises
        ------
        TransportError
            When a port is in use.
        ConfigurationError
            When the state directory cannot be written.
        """
        identity = self._identity()
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        servers = await self._start(identity)
        ticking = asyncio.create_task(keep_time(self._desk.coordinator))
        stopping = asyncio.create_task(stopped.wait())
        # A clock that fails takes the process down: half a server would only look alive.
        await asyncio.wait({ticking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*(server.stop(GRACE) for server in servers))
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking

    async def _start(self, identity: ServerIdentity) -> list[grpc.aio.Server]:
        federation, enrolment = grpc.aio.server(options=OPTIONS), grpc.aio.server(options=OPTIONS)
        port = _listen(federation, self._config.listen, self._mutual(identity))
        other = _listen(enrolment, self._config.enrolment_listen, _plain(identity))
        address = f"{self._config.advertised}:{port}"
        enrolments = self._desk.enrolments(self._office, address)
        add_FederationServicer_to_server(self._desk.federation(), federation)
        add_EnrolmentServicer_to_server(enrolments, enrolment)
        endpoints = {
            "federation": address,
            "enrolment": f"{self._config.advertised}:{other}",
            "pid": os.getpid(),
        }
        self._desk.coordinator.tick()
        await federation.start()
        await enrolment.start()
        write_endpoints(self._config.state_directory, endpoints)
        _log.info("federation on %s, enrolment on %s", *list(endpoints.values())[:2])
        return [federation, enrolment]

    def _identity(self) -> ServerIdentity:
        hosts = [self._config.advertised, "localhost", "127.0.0.1", "::1"]
        return self._office.authority.issue_server(hosts, datetime.now(UTC))

    def _mutual(self, identity: ServerIdentity) -> grpc.ServerCredentials:
        pair = (identity.key_pem, identity.certificate_pem)
        return grpc.ssl_server_credentials(
            [pair], root_certificates=self._office.authority.root_pem, require_client_auth=True
        )


async def keep_time(coordinator: Coordinator) -> None:
    """Move the jobs on, for ever; a failing disk is waited out."""
    while True:
        try:
            coordinator.tick()
        except StorageError as error:
            _log.error("%s", error)
        await asyncio.sleep(TICK)


def _plain(identity: ServerIdentity) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials([(identity.key_pem, identity.certificate_pem)])


def _listen(server: grpc.aio.Server, address: str, credentials: grpc.ServerCredentials) -> int:
    split_address(address)
    try:
        port = server.add_secure_port(address, credentials)
    except RuntimeError as error:
        raise TransportError(
            f"cannot listen on {address} ({error}); another program uses the port, or the "
            "address is not this machine's: the operator must choose another one"
        ) from error
    if port == 0:
        raise TransportError(f"cannot listen on {address}: the port is in use")
    return port
