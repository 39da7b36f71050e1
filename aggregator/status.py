"""Errors as gRPC statuses: precise, in words for the person at the site."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import grpc

from aggregator.attempt import LateMessageError
from aggregator.database import StorageError
from aggregator.enrolment import EnrolmentRefusedError, Refusal
from aggregator.peers import UnknownPeerError
from fedqi.errors import FedQIError, PolicyError, RemoteProtocolError
from fedqi.wire.chunks import OversizedMessageError
from fedqi.wire.control import PROTOCOL_METADATA, PROTOCOL_VERSION

Context = grpc.aio.ServicerContext[Any, Any]
LONGEST_DETAILS = 2000  # characters; they travel in a header

# The first class that fits counts.
_CODES: tuple[tuple[type[FedQIError], grpc.StatusCode], ...] = (
    (UnknownPeerError, grpc.StatusCode.PERMISSION_DENIED),
    (OversizedMessageError, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (LateMessageError, grpc.StatusCode.FAILED_PRECONDITION),
    (RemoteProtocolError, grpc.StatusCode.INVALID_ARGUMENT),
    (PolicyError, grpc.StatusCode.INVALID_ARGUMENT),
    (StorageError, grpc.StatusCode.UNAVAILABLE),
)
_REFUSALS = {
    Refusal.UNKNOWN: grpc.StatusCode.UNAUTHENTICATED,
    Refusal.USED: grpc.StatusCode.FAILED_PRECONDITION,
    Refusal.EXPIRED: grpc.StatusCode.FAILED_PRECONDITION,
    Refusal.OTHER_SITE: grpc.StatusCode.PERMISSION_DENIED,
    Refusal.MALFORMED: grpc.StatusCode.INVALID_ARGUMENT,
}
_log = logging.getLogger("aggregator")


def code_of(error: FedQIError) -> grpc.StatusCode:
    """Return the status that stands for an error."""
    if isinstance(error, EnrolmentRefusedError):
        return _REFUSALS[error.kind]
    fitting = (code for kind, code in _CODES if isinstance(error, kind))
    return next(fitting, grpc.StatusCode.INTERNAL)


@asynccontextmanager
async def statuses(context: Context) -> AsyncIterator[None]:
    """Turn errors of this project into the status of the call."""
    try:
        yield
    except FedQIError as error:
        code = code_of(error)
        _log.info("refused %s: %s: %s", context.peer(), code.name, error)
        await context.abort(code, str(error)[:LONGEST_DETAILS])


@contextmanager
def said_by(site: str) -> Iterator[None]:
    """Name the site whose message breaks the protocol where the reader of its bytes could not."""
    try:
        yield
    except RemoteProtocolError as error:
        if error.site is not None:
            raise
        raise type(error)(error.reason, site=site, round_name=error.round_name) from error


async def check_protocol(context: Context) -> None:
    """Refuse callers that speak another version of the protocol."""
    spoken = dict(context.invocation_metadata() or ()).get(PROTOCOL_METADATA)
    if spoken != str(PROTOCOL_VERSION):
        await context.abort(
            grpc.StatusCode.FAILED_PRECONDITION,
            f"the caller speaks protocol version {spoken!r}, this aggregator speaks "
            f"{PROTOCOL_VERSION}; the older side must be upgraded",
        )
