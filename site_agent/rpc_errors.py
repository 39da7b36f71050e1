"""Statuses of gRPC in plain words: what happened, and who must act."""

from enum import StrEnum

import grpc

from fedqi.errors import FedQIError, PolicyError, RemoteProtocolError, TransportError

TEMPORARY = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})
WRONG_CERTIFICATE = (
    "CERTIFICATE_VERIFY_FAILED",
    "certificate signature failure",
    "Hostname Verification Check failed",
)
ALERTS = ("ALERT_UNKNOWN_CA", "ALERT_CERTIFICATE", "ALERT_BAD_CERTIFICATE", "SSLV3_ALERT")


class Trouble(StrEnum):
    """Why a call failed, as far as the log needs it."""

    UNREACHABLE = "unreachable"
    WRONG_AUTHORITY = "wrong-authority"
    CERTIFICATE_REFUSED = "certificate-refused"
    TOO_SLOW = "no-answer-in-time"
    MALFORMED = "malformed-answer"
    OTHER = "refused"


def trouble(error: grpc.RpcError) -> Trouble:
    """Sort a failed call into one of few kinds."""
    details = details_of(error)
    if any(mark in details for mark in WRONG_CERTIFICATE):
        return Trouble.WRONG_AUTHORITY
    if any(mark in details for mark in ALERTS):
        return Trouble.CERTIFICATE_REFUSED
    if code_of(error) is grpc.StatusCode.DEADLINE_EXCEEDED:
        return Trouble.TOO_SLOW
    return Trouble.UNREACHABLE if code_of(error) in TEMPORARY else Trouble.OTHER


def is_temporary(error: grpc.RpcError) -> bool:
    """Return whether trying again can help without anybody acting."""
    return trouble(error) in {Trouble.UNREACHABLE, Trouble.TOO_SLOW}


def in_plain_words(error: grpc.RpcError, address: str) -> FedQIError:
    """Return the error of this project that says what a failed call means."""
    details, code = details_of(error), code_of(error)
    if code is grpc.StatusCode.INVALID_ARGUMENT:
        return RemoteProtocolError(f"{address} refused a message of this site: {details}")
    if code in {grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND}:
        return PolicyError(details)
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return TransportError(
            f"{address} answers, but not as the aggregator's federation service; correct the key "
            "'aggregator': it takes the address for enrolled sites, not the one for enrolment"
        )
    if code in {grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED}:
        return TransportError(f"{address} does not admit this site: {details}")
    return TransportError(_connection_words(trouble(error), address, details))


def _connection_words(kind: Trouble, address: str, details: str) -> str:
    words = {
        Trouble.UNREACHABLE: "cannot be reached; is the address right, is the aggregator running, "
        "and does the firewall let outbound TCP to it pass? Ask network support with this text",
        Trouble.WRONG_AUTHORITY: "shows a certificate that the collaborative's CA, pinned at "
        "enrolment, did not sign (wrong CA, expired, made out to another host name, or a "
        "TLS-inspecting proxy in between); "
        "nothing was sent; ask network support to exempt this address, or the operator",
        Trouble.CERTIFICATE_REFUSED: "refused this site's certificate (expired, revoked, or from "
        "another CA); ask the operator for a new token and run 'fedqi-site enrol TOKEN'",
        Trouble.TOO_SLOW: "did not answer in time; it may be overloaded or stopped",
        Trouble.OTHER: "refused the call",
    }
    return f"{address} {words[kind]} ({details})"


def details_of(error: grpc.RpcError) -> str:
    """Return the status text of a failed call."""
    details = getattr(error, "details", None)
    return str(details() or "no details") if callable(details) else str(error)


def code_of(error: grpc.RpcError) -> grpc.StatusCode:
    """Return the status code of a failed call."""
    code = getattr(error, "code", None)
    found = code() if callable(code) else None
    return found if isinstance(found, grpc.StatusCode) else grpc.StatusCode.UNKNOWN
