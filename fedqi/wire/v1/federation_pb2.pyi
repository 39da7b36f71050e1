from fedqi.wire.v1 import secagg_pb2 as _secagg_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AttemptMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTEMPT_MODE_UNSPECIFIED: _ClassVar[AttemptMode]
    ATTEMPT_MODE_OPEN: _ClassVar[AttemptMode]
    ATTEMPT_MODE_CLOSED: _ClassVar[AttemptMode]

class JobOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_OUTCOME_UNSPECIFIED: _ClassVar[JobOutcome]
    JOB_OUTCOME_PUBLISHED: _ClassVar[JobOutcome]
    JOB_OUTCOME_PARTIAL: _ClassVar[JobOutcome]
    JOB_OUTCOME_ENDED: _ClassVar[JobOutcome]
ATTEMPT_MODE_UNSPECIFIED: AttemptMode
ATTEMPT_MODE_OPEN: AttemptMode
ATTEMPT_MODE_CLOSED: AttemptMode
JOB_OUTCOME_UNSPECIFIED: JobOutcome
JOB_OUTCOME_PUBLISHED: JobOutcome
JOB_OUTCOME_PARTIAL: JobOutcome
JOB_OUTCOME_ENDED: JobOutcome

class GetGenesisRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetGenesisResponse(_message.Message):
    __slots__ = ("charter", "roster", "programme", "signatures", "complete")
    class SignaturesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    CHARTER_FIELD_NUMBER: _ClassVar[int]
    ROSTER_FIELD_NUMBER: _ClassVar[int]
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    charter: bytes
    roster: bytes
    programme: bytes
    signatures: _containers.ScalarMap[str, bytes]
    complete: bool
    def __init__(self, charter: _Optional[bytes] = ..., roster: _Optional[bytes] = ..., programme: _Optional[bytes] = ..., signatures: _Optional[_Mapping[str, bytes]] = ..., complete: bool = ...) -> None: ...

class SubmitGenesisSignatureRequest(_message.Message):
    __slots__ = ("signature",)
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    signature: bytes
    def __init__(self, signature: _Optional[bytes] = ...) -> None: ...

class SubmitGenesisSignatureResponse(_message.Message):
    __slots__ = ("complete",)
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    complete: bool
    def __init__(self, complete: bool = ...) -> None: ...

class GetMeasureRequest(_message.Message):
    __slots__ = ("id", "version")
    ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    id: str
    version: str
    def __init__(self, id: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class GetMeasureResponse(_message.Message):
    __slots__ = ("measure",)
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    measure: bytes
    def __init__(self, measure: _Optional[bytes] = ...) -> None: ...

class ResumeRequest(_message.Message):
    __slots__ = ("epoch", "cursor", "attempts", "answered")
    class AttemptsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    epoch: str
    cursor: int
    attempts: _containers.ScalarMap[str, int]
    answered: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, epoch: _Optional[str] = ..., cursor: _Optional[int] = ..., attempts: _Optional[_Mapping[str, int]] = ..., answered: _Optional[_Iterable[str]] = ...) -> None: ...

class ResumeResponse(_message.Message):
    __slots__ = ("epoch", "cursor", "lost")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    epoch: str
    cursor: int
    lost: bool
    def __init__(self, epoch: _Optional[str] = ..., cursor: _Optional[int] = ..., lost: bool = ...) -> None: ...

class PollRequest(_message.Message):
    __slots__ = ("cursor", "wait_seconds", "agent_version", "epoch")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    WAIT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    cursor: int
    wait_seconds: int
    agent_version: str
    epoch: str
    def __init__(self, cursor: _Optional[int] = ..., wait_seconds: _Optional[int] = ..., agent_version: _Optional[str] = ..., epoch: _Optional[str] = ...) -> None: ...

class Chunk(_message.Message):
    __slots__ = ("data", "last")
    DATA_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    last: bool
    def __init__(self, data: _Optional[bytes] = ..., last: bool = ...) -> None: ...

class SubmitResponse(_message.Message):
    __slots__ = ("duplicate",)
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    duplicate: bool
    def __init__(self, duplicate: bool = ...) -> None: ...

class Envelope(_message.Message):
    __slots__ = ("sequence", "job", "attempt", "protocol_version", "job_announcement", "joining_closed", "attempt_opened", "advert_list", "shares_delivery", "survivors", "statement_set", "step_transcript", "receipt_request", "attempt_ended", "job_ended", "accepted_total")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    JOB_ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    JOINING_CLOSED_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_OPENED_FIELD_NUMBER: _ClassVar[int]
    ADVERT_LIST_FIELD_NUMBER: _ClassVar[int]
    SHARES_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    SURVIVORS_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_SET_FIELD_NUMBER: _ClassVar[int]
    STEP_TRANSCRIPT_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_ENDED_FIELD_NUMBER: _ClassVar[int]
    JOB_ENDED_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_TOTAL_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    job: str
    attempt: int
    protocol_version: int
    job_announcement: JobAnnouncement
    joining_closed: JoiningClosed
    attempt_opened: AttemptOpened
    advert_list: _secagg_pb2.AdvertList
    shares_delivery: _secagg_pb2.SharesDelivery
    survivors: _secagg_pb2.Survivors
    statement_set: _secagg_pb2.StatementSet
    step_transcript: _secagg_pb2.StepTranscript
    receipt_request: ReceiptRequest
    attempt_ended: AttemptEnded
    job_ended: JobEnded
    accepted_total: _secagg_pb2.AcceptedTotal
    def __init__(self, sequence: _Optional[int] = ..., job: _Optional[str] = ..., attempt: _Optional[int] = ..., protocol_version: _Optional[int] = ..., job_announcement: _Optional[_Union[JobAnnouncement, _Mapping]] = ..., joining_closed: _Optional[_Union[JoiningClosed, _Mapping]] = ..., attempt_opened: _Optional[_Union[AttemptOpened, _Mapping]] = ..., advert_list: _Optional[_Union[_secagg_pb2.AdvertList, _Mapping]] = ..., shares_delivery: _Optional[_Union[_secagg_pb2.SharesDelivery, _Mapping]] = ..., survivors: _Optional[_Union[_secagg_pb2.Survivors, _Mapping]] = ..., statement_set: _Optional[_Union[_secagg_pb2.StatementSet, _Mapping]] = ..., step_transcript: _Optional[_Union[_secagg_pb2.StepTranscript, _Mapping]] = ..., receipt_request: _Optional[_Union[ReceiptRequest, _Mapping]] = ..., attempt_ended: _Optional[_Union[AttemptEnded, _Mapping]] = ..., job_ended: _Optional[_Union[JobEnded, _Mapping]] = ..., accepted_total: _Optional[_Union[_secagg_pb2.AcceptedTotal, _Mapping]] = ...) -> None: ...

class JobAnnouncement(_message.Message):
    __slots__ = ("spec",)
    SPEC_FIELD_NUMBER: _ClassVar[int]
    spec: bytes
    def __init__(self, spec: _Optional[bytes] = ...) -> None: ...

class JoiningClosed(_message.Message):
    __slots__ = ("joined", "declined")
    JOINED_FIELD_NUMBER: _ClassVar[int]
    DECLINED_FIELD_NUMBER: _ClassVar[int]
    joined: _containers.RepeatedScalarFieldContainer[str]
    declined: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, joined: _Optional[_Iterable[str]] = ..., declined: _Optional[_Iterable[str]] = ...) -> None: ...

class AttemptOpened(_message.Message):
    __slots__ = ("mode", "participants", "certificate")
    MODE_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    mode: AttemptMode
    participants: _containers.RepeatedScalarFieldContainer[str]
    certificate: _secagg_pb2.Certificate
    def __init__(self, mode: _Optional[_Union[AttemptMode, str]] = ..., participants: _Optional[_Iterable[str]] = ..., certificate: _Optional[_Union[_secagg_pb2.Certificate, _Mapping]] = ...) -> None: ...

class ReceiptRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AttemptEnded(_message.Message):
    __slots__ = ("reason", "receipts", "certificate", "adverts")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    ADVERTS_FIELD_NUMBER: _ClassVar[int]
    reason: str
    receipts: _containers.RepeatedCompositeFieldContainer[_secagg_pb2.DiscardReceipt]
    certificate: _secagg_pb2.Certificate
    adverts: _containers.RepeatedCompositeFieldContainer[_secagg_pb2.Advert]
    def __init__(self, reason: _Optional[str] = ..., receipts: _Optional[_Iterable[_Union[_secagg_pb2.DiscardReceipt, _Mapping]]] = ..., certificate: _Optional[_Union[_secagg_pb2.Certificate, _Mapping]] = ..., adverts: _Optional[_Iterable[_Union[_secagg_pb2.Advert, _Mapping]]] = ...) -> None: ...

class AtomSites(_message.Message):
    __slots__ = ("sites",)
    SITES_FIELD_NUMBER: _ClassVar[int]
    sites: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, sites: _Optional[_Iterable[str]] = ...) -> None: ...

class JobEnded(_message.Message):
    __slots__ = ("outcome", "reason", "result", "cohort", "offering", "totals", "waiting_for")
    class OfferingEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: AtomSites
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[AtomSites, _Mapping]] = ...) -> None: ...
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    COHORT_FIELD_NUMBER: _ClassVar[int]
    OFFERING_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    WAITING_FOR_FIELD_NUMBER: _ClassVar[int]
    outcome: JobOutcome
    reason: str
    result: bytes
    cohort: _containers.RepeatedScalarFieldContainer[str]
    offering: _containers.MessageMap[str, AtomSites]
    totals: _containers.RepeatedScalarFieldContainer[bytes]
    waiting_for: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, outcome: _Optional[_Union[JobOutcome, str]] = ..., reason: _Optional[str] = ..., result: _Optional[bytes] = ..., cohort: _Optional[_Iterable[str]] = ..., offering: _Optional[_Mapping[str, AtomSites]] = ..., totals: _Optional[_Iterable[bytes]] = ..., waiting_for: _Optional[_Iterable[str]] = ...) -> None: ...

class SiteEnvelope(_message.Message):
    __slots__ = ("job", "attempt", "protocol_version", "intent", "decline", "attempt_lost", "advert", "shares", "masked_input", "statement", "unmasking", "verdict", "discard_receipt")
    JOB_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    DECLINE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_LOST_FIELD_NUMBER: _ClassVar[int]
    ADVERT_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    MASKED_INPUT_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    UNMASKING_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    DISCARD_RECEIPT_FIELD_NUMBER: _ClassVar[int]
    job: str
    attempt: int
    protocol_version: int
    intent: Intent
    decline: Decline
    attempt_lost: AttemptLost
    advert: _secagg_pb2.Advert
    shares: _secagg_pb2.Shares
    masked_input: _secagg_pb2.MaskedInput
    statement: _secagg_pb2.Statement
    unmasking: _secagg_pb2.Unmasking
    verdict: _secagg_pb2.Verdict
    discard_receipt: _secagg_pb2.DiscardReceipt
    def __init__(self, job: _Optional[str] = ..., attempt: _Optional[int] = ..., protocol_version: _Optional[int] = ..., intent: _Optional[_Union[Intent, _Mapping]] = ..., decline: _Optional[_Union[Decline, _Mapping]] = ..., attempt_lost: _Optional[_Union[AttemptLost, _Mapping]] = ..., advert: _Optional[_Union[_secagg_pb2.Advert, _Mapping]] = ..., shares: _Optional[_Union[_secagg_pb2.Shares, _Mapping]] = ..., masked_input: _Optional[_Union[_secagg_pb2.MaskedInput, _Mapping]] = ..., statement: _Optional[_Union[_secagg_pb2.Statement, _Mapping]] = ..., unmasking: _Optional[_Union[_secagg_pb2.Unmasking, _Mapping]] = ..., verdict: _Optional[_Union[_secagg_pb2.Verdict, _Mapping]] = ..., discard_receipt: _Optional[_Union[_secagg_pb2.DiscardReceipt, _Mapping]] = ...) -> None: ...

class Intent(_message.Message):
    __slots__ = ("site", "atoms", "frozen_input", "plan", "signature")
    SITE_FIELD_NUMBER: _ClassVar[int]
    ATOMS_FIELD_NUMBER: _ClassVar[int]
    FROZEN_INPUT_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    site: str
    atoms: _containers.RepeatedScalarFieldContainer[str]
    frozen_input: bytes
    plan: bytes
    signature: bytes
    def __init__(self, site: _Optional[str] = ..., atoms: _Optional[_Iterable[str]] = ..., frozen_input: _Optional[bytes] = ..., plan: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class Decline(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class AttemptLost(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...
