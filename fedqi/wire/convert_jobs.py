"""What is said about jobs and attempts, as protobuf; and the certificate of an open step."""

from fedqi.errors import RemoteProtocolError
from fedqi.secagg.messages import Certificate
from fedqi.secagg.parameters import AttemptMode
from fedqi.wire import convert_adverts as adverts
from fedqi.wire import convert_inputs as inputs
from fedqi.wire.control import (
    AttemptEnded,
    AttemptLost,
    AttemptOpened,
    Decline,
    Intent,
    JobAnnouncement,
    JobEnded,
    JobOutcome,
    JoiningClosed,
    ReceiptRequest,
)
from fedqi.wire.v1 import federation_pb2 as pb
from fedqi.wire.v1 import secagg_pb2

_MODES = {AttemptMode.OPEN: pb.ATTEMPT_MODE_OPEN, AttemptMode.CLOSED: pb.ATTEMPT_MODE_CLOSED}
_FROM_MODES = {value: key for key, value in _MODES.items()}
_OUTCOMES = {
    JobOutcome.PUBLISHED: pb.JOB_OUTCOME_PUBLISHED,
    JobOutcome.PARTIAL: pb.JOB_OUTCOME_PARTIAL,
    JobOutcome.ENDED: pb.JOB_OUTCOME_ENDED,
}
_FROM_OUTCOMES = {value: key for key, value in _OUTCOMES.items()}


def certificate_to_proto(certificate: Certificate) -> secagg_pb2.Certificate:
    """Convert the proof that an open step ended in a set."""
    return secagg_pb2.Certificate(
        job=certificate.job,
        attempt=certificate.attempt,
        session_hash=certificate.session_hash,
        adverts=[adverts.advert_to_proto(advert) for advert in certificate.adverts],
        active_set=certificate.active_set,
        state_hash=certificate.state_hash,
        survivors=inputs.survivors_to_proto(certificate.survivors),
        statements=[inputs.statement_to_proto(s) for s in certificate.statements],
    )


def certificate_from_proto(message: secagg_pb2.Certificate) -> Certificate:
    """Convert back."""
    return Certificate(
        job=message.job,
        attempt=message.attempt,
        session_hash=message.session_hash,
        adverts=tuple(adverts.advert_from_proto(advert) for advert in message.adverts),
        active_set=tuple(message.active_set),
        state_hash=message.state_hash,
        survivors=inputs.survivors_from_proto(message.survivors),
        statements=tuple(inputs.statement_from_proto(s) for s in message.statements),
    )


def opened_to_proto(body: AttemptOpened) -> pb.AttemptOpened:
    """Convert the opening of an attempt."""
    message = pb.AttemptOpened(mode=_MODES[body.mode], participants=body.participants)
    if body.certificate is not None:
        message.certificate.CopyFrom(certificate_to_proto(body.certificate))
    return message


def opened_from_proto(message: pb.AttemptOpened) -> AttemptOpened:
    """Convert back; an unknown mode is refused."""
    mode = _FROM_MODES.get(message.mode)
    if mode is None:
        raise RemoteProtocolError(f"an attempt was opened in the unknown mode {message.mode}")
    certificate = None
    if message.HasField("certificate"):
        certificate = certificate_from_proto(message.certificate)
    return AttemptOpened(mode, tuple(message.participants), certificate)


def ended_to_proto(body: JobEnded) -> pb.JobEnded:
    """Convert the end of a job."""
    return pb.JobEnded(
        outcome=_OUTCOMES[body.outcome],
        reason=body.reason,
        result=body.result,
        cohort=body.cohort,
        offering={atom: pb.AtomSites(sites=sites) for atom, sites in body.offering.items()},
        totals=body.totals,
        waiting_for=body.waiting_for,
    )


def ended_from_proto(message: pb.JobEnded) -> JobEnded:
    """Convert back; an unknown outcome is refused."""
    outcome = _FROM_OUTCOMES.get(message.outcome)
    if outcome is None:
        raise RemoteProtocolError(f"a job ended with the unknown outcome {message.outcome}")
    return JobEnded(
        outcome=outcome,
        reason=message.reason,
        result=message.result,
        cohort=tuple(message.cohort),
        offering={atom: tuple(sites.sites) for atom, sites in message.offering.items()},
        totals=tuple(message.totals),
        waiting_for=tuple(message.waiting_for),
    )


def intent_to_proto(body: Intent) -> pb.Intent:
    """Convert an intent."""
    return pb.Intent(
        site=body.site,
        atoms=body.atoms,
        frozen_input=body.frozen_input,
        plan=body.plan,
        signature=body.signature,
    )


def intent_from_proto(message: pb.Intent) -> Intent:
    """Convert back."""
    return Intent(
        message.site,
        tuple(message.atoms),
        message.frozen_input,
        message.plan,
        message.signature,
    )


def announcement_to_proto(body: JobAnnouncement) -> pb.JobAnnouncement:
    """Convert the announcement of a job."""
    return pb.JobAnnouncement(spec=body.spec)


def announcement_from_proto(message: pb.JobAnnouncement) -> JobAnnouncement:
    """Convert back."""
    return JobAnnouncement(message.spec)


def joining_closed_to_proto(body: JoiningClosed) -> pb.JoiningClosed:
    """Convert the end of joining."""
    return pb.JoiningClosed(joined=body.joined, declined=body.declined)


def joining_closed_from_proto(message: pb.JoiningClosed) -> JoiningClosed:
    """Convert back."""
    return JoiningClosed(tuple(message.joined), tuple(message.declined))


def receipt_request_to_proto(body: ReceiptRequest) -> pb.ReceiptRequest:
    """Convert the request for a discard receipt."""
    return pb.ReceiptRequest()


def receipt_request_from_proto(message: pb.ReceiptRequest) -> ReceiptRequest:
    """Convert back."""
    return ReceiptRequest()


def attempt_ended_to_proto(body: AttemptEnded) -> pb.AttemptEnded:
    """Convert the end of an attempt."""
    receipts = [inputs.receipt_to_proto(receipt) for receipt in body.receipts]
    signed = [adverts.advert_to_proto(advert) for advert in body.adverts]
    message = pb.AttemptEnded(reason=body.reason, receipts=receipts, adverts=signed)
    if body.certificate is not None:
        message.certificate.CopyFrom(certificate_to_proto(body.certificate))
    return message


def attempt_ended_from_proto(message: pb.AttemptEnded) -> AttemptEnded:
    """Convert back."""
    receipts = tuple(inputs.receipt_from_proto(receipt) for receipt in message.receipts)
    certificate = None
    if message.HasField("certificate"):
        certificate = certificate_from_proto(message.certificate)
    signed = tuple(adverts.advert_from_proto(advert) for advert in message.adverts)
    return AttemptEnded(message.reason, receipts, certificate, signed)


def decline_to_proto(body: Decline) -> pb.Decline:
    """Convert a refusal to take part."""
    return pb.Decline(reason=body.reason)


def decline_from_proto(message: pb.Decline) -> Decline:
    """Convert back."""
    return Decline(message.reason)


def lost_to_proto(body: AttemptLost) -> pb.AttemptLost:
    """Convert the news that a site is out of an attempt."""
    return pb.AttemptLost(reason=body.reason)


def lost_from_proto(message: pb.AttemptLost) -> AttemptLost:
    """Convert back."""
    return AttemptLost(message.reason)
