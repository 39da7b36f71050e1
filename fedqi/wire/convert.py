"""Envelopes to bytes and back: the door between values and protobuf."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import messages as secagg
from fedqi.wire import control
from fedqi.wire import convert_adverts as adverts
from fedqi.wire import convert_inputs as inputs
from fedqi.wire import convert_jobs as jobs
from fedqi.wire.entries import count_entries
from fedqi.wire.v1 import federation_pb2 as pb
from fedqi.wire.v1 import secagg_pb2

# The values are functions over different pairs of types: the field's name ties them together.
Parsed = TypeVar("Parsed", bound=Message)
_Converters = tuple[str, Callable[[Any], Message], Callable[[Any], Any]]

_SITE_BODIES: dict[type, _Converters] = {
    control.Intent: ("intent", jobs.intent_to_proto, jobs.intent_from_proto),
    control.Decline: ("decline", jobs.decline_to_proto, jobs.decline_from_proto),
    control.AttemptLost: ("attempt_lost", jobs.lost_to_proto, jobs.lost_from_proto),
    secagg.Advert: ("advert", adverts.advert_to_proto, adverts.advert_from_proto),
    secagg.Shares: ("shares", adverts.shares_to_proto, adverts.shares_from_proto),
    secagg.MaskedInput: ("masked_input", inputs.input_to_proto, inputs.input_from_proto),
    secagg.Statement: ("statement", inputs.statement_to_proto, inputs.statement_from_proto),
    secagg.Unmasking: ("unmasking", inputs.unmasking_to_proto, inputs.unmasking_from_proto),
    secagg.Verdict: ("verdict", inputs.verdict_to_proto, inputs.verdict_from_proto),
    secagg.DiscardReceipt: (
        "discard_receipt",
        inputs.receipt_to_proto,
        inputs.receipt_from_proto,
    ),
}
_AGGREGATOR_BODIES: dict[type, _Converters] = {
    control.JobAnnouncement: (
        "job_announcement",
        jobs.announcement_to_proto,
        jobs.announcement_from_proto,
    ),
    control.JoiningClosed: (
        "joining_closed",
        jobs.joining_closed_to_proto,
        jobs.joining_closed_from_proto,
    ),
    control.AttemptOpened: ("attempt_opened", jobs.opened_to_proto, jobs.opened_from_proto),
    control.ReceiptRequest: (
        "receipt_request",
        jobs.receipt_request_to_proto,
        jobs.receipt_request_from_proto,
    ),
    control.AttemptEnded: (
        "attempt_ended",
        jobs.attempt_ended_to_proto,
        jobs.attempt_ended_from_proto,
    ),
    control.JobEnded: ("job_ended", jobs.ended_to_proto, jobs.ended_from_proto),
    secagg.AdvertList: (
        "advert_list",
        adverts.advert_list_to_proto,
        adverts.advert_list_from_proto,
    ),
    secagg.SharesDelivery: (
        "shares_delivery",
        adverts.delivery_to_proto,
        adverts.delivery_from_proto,
    ),
    secagg.Survivors: ("survivors", inputs.survivors_to_proto, inputs.survivors_from_proto),
    secagg.StatementSet: (
        "statement_set",
        inputs.statement_set_to_proto,
        inputs.statement_set_from_proto,
    ),
    secagg.StepTranscript: (
        "step_transcript",
        inputs.transcript_to_proto,
        inputs.transcript_from_proto,
    ),
    secagg.AcceptedTotal: (
        "accepted_total",
        inputs.accepted_to_proto,
        inputs.accepted_from_proto,
    ),
}
_SITE_FIELDS = {field: back for field, _, back in _SITE_BODIES.values()}
_AGGREGATOR_FIELDS = {field: back for field, _, back in _AGGREGATOR_BODIES.values()}


def encode_site_envelope(envelope: control.SiteEnvelope) -> bytes:
    """Return the bytes of a site's message; equal values give equal bytes."""
    message = pb.SiteEnvelope(
        job=envelope.job, attempt=envelope.attempt, protocol_version=envelope.protocol_version
    )
    field, to_proto, _ = _SITE_BODIES[type(envelope.body)]
    getattr(message, field).CopyFrom(to_proto(envelope.body))
    return message.SerializeToString(deterministic=True)


def decode_site_envelope(data: bytes) -> control.SiteEnvelope:
    """Read a site's message.

    Raises
    ------
    RemoteProtocolError
        When the bytes are truncated, malformed or of another protocol version.
    """
    message = _parse(pb.SiteEnvelope(), data)
    _check_version(message.protocol_version)
    body = _body(message, _SITE_FIELDS)
    return control.SiteEnvelope(message.job, message.attempt, body, message.protocol_version)


def encode_envelope(envelope: control.Envelope) -> bytes:
    """Return the bytes of a message to a site; equal values give equal bytes."""
    message = pb.Envelope(
        sequence=envelope.sequence,
        job=envelope.job,
        attempt=envelope.attempt,
        protocol_version=envelope.protocol_version,
    )
    field, to_proto, _ = _AGGREGATOR_BODIES[type(envelope.body)]
    getattr(message, field).CopyFrom(to_proto(envelope.body))
    return message.SerializeToString(deterministic=True)


def envelope_parts(envelope: control.Envelope) -> Iterator[bytes]:
    """Yield the bytes of a message to a site in parts, a transcript one vector at a time.

    Concatenated protobuf messages merge: all parts together are one encoded envelope.
    """
    body = envelope.body
    if not isinstance(body, secagg.StepTranscript):
        yield encode_envelope(envelope)
        return
    yield encode_envelope(replace(envelope, body=replace(body, inputs=())))
    for item in body.inputs:
        transcript = secagg_pb2.StepTranscript(inputs=[inputs.input_to_proto(item)])
        yield pb.Envelope(step_transcript=transcript).SerializeToString(deterministic=True)


def sequence_part(sequence: int) -> bytes:
    """Return the part that sets an envelope's sequence: one stored copy serves every receiver."""
    return pb.Envelope(sequence=sequence).SerializeToString()


def decode_envelope(data: bytes) -> control.Envelope:
    """Read a message of the aggregator.

    Raises
    ------
    RemoteProtocolError
        When the bytes are truncated, malformed or of another protocol version.
    """
    message = _parse(pb.Envelope(), data)
    _check_version(message.protocol_version)
    body = _body(message, _AGGREGATOR_FIELDS)
    return control.Envelope(
        message.sequence, message.job, message.attempt, body, message.protocol_version
    )


def _parse(message: Parsed, data: bytes) -> Parsed:
    # before anything is made of it: empty entries are a hundred times larger as objects
    count_entries(message, data)
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise RemoteProtocolError(
            f"{len(data)} bytes are not a complete {type(message).__name__}"
        ) from error
    return message


def _check_version(version: int) -> None:
    if version != control.PROTOCOL_VERSION:
        raise RemoteProtocolError(
            f"protocol version {version} was sent, expected {control.PROTOCOL_VERSION}"
        )


def _body(message: pb.SiteEnvelope | pb.Envelope, fields: dict[str, Callable[[Any], Any]]) -> Any:
    field = message.WhichOneof("body")
    if field is None:
        raise RemoteProtocolError("a message has no body that this version knows")
    return fields[field](getattr(message, field))
