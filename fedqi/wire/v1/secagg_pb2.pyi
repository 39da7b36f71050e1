from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Declared(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECLARED_UNSPECIFIED: _ClassVar[Declared]
    DECLARED_NONE: _ClassVar[Declared]
    DECLARED_FREE: _ClassVar[Declared]
    DECLARED_OPEN: _ClassVar[Declared]
    DECLARED_BOUND: _ClassVar[Declared]
DECLARED_UNSPECIFIED: Declared
DECLARED_NONE: Declared
DECLARED_FREE: Declared
DECLARED_OPEN: Declared
DECLARED_BOUND: Declared

class AtomDeclaration(_message.Message):
    __slots__ = ("atom", "state", "detail")
    ATOM_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    atom: str
    state: Declared
    detail: bytes
    def __init__(self, atom: _Optional[str] = ..., state: _Optional[_Union[Declared, str]] = ..., detail: _Optional[bytes] = ...) -> None: ...

class Advert(_message.Message):
    __slots__ = ("site", "sealing_key", "mask_key", "seed_commitment", "min_others", "uncounted", "atoms", "history_counter", "history_head", "signature")
    SITE_FIELD_NUMBER: _ClassVar[int]
    SEALING_KEY_FIELD_NUMBER: _ClassVar[int]
    MASK_KEY_FIELD_NUMBER: _ClassVar[int]
    SEED_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    MIN_OTHERS_FIELD_NUMBER: _ClassVar[int]
    UNCOUNTED_FIELD_NUMBER: _ClassVar[int]
    ATOMS_FIELD_NUMBER: _ClassVar[int]
    HISTORY_COUNTER_FIELD_NUMBER: _ClassVar[int]
    HISTORY_HEAD_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    site: str
    sealing_key: bytes
    mask_key: bytes
    seed_commitment: bytes
    min_others: int
    uncounted: _containers.RepeatedScalarFieldContainer[str]
    atoms: _containers.RepeatedCompositeFieldContainer[AtomDeclaration]
    history_counter: int
    history_head: bytes
    signature: bytes
    def __init__(self, site: _Optional[str] = ..., sealing_key: _Optional[bytes] = ..., mask_key: _Optional[bytes] = ..., seed_commitment: _Optional[bytes] = ..., min_others: _Optional[int] = ..., uncounted: _Optional[_Iterable[str]] = ..., atoms: _Optional[_Iterable[_Union[AtomDeclaration, _Mapping]]] = ..., history_counter: _Optional[int] = ..., history_head: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class AdvertList(_message.Message):
    __slots__ = ("adverts",)
    ADVERTS_FIELD_NUMBER: _ClassVar[int]
    adverts: _containers.RepeatedCompositeFieldContainer[Advert]
    def __init__(self, adverts: _Optional[_Iterable[_Union[Advert, _Mapping]]] = ...) -> None: ...

class Shares(_message.Message):
    __slots__ = ("site", "sealed", "signature")
    class SealedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    SITE_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    site: str
    sealed: _containers.ScalarMap[str, bytes]
    signature: bytes
    def __init__(self, site: _Optional[str] = ..., sealed: _Optional[_Mapping[str, bytes]] = ..., signature: _Optional[bytes] = ...) -> None: ...

class SharesDelivery(_message.Message):
    __slots__ = ("dealers", "sealed")
    class SealedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    DEALERS_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    dealers: _containers.RepeatedScalarFieldContainer[str]
    sealed: _containers.ScalarMap[str, bytes]
    def __init__(self, dealers: _Optional[_Iterable[str]] = ..., sealed: _Optional[_Mapping[str, bytes]] = ...) -> None: ...

class MaskedInput(_message.Message):
    __slots__ = ("site", "step", "vector", "signature", "peers")
    SITE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PEERS_FIELD_NUMBER: _ClassVar[int]
    site: str
    step: int
    vector: bytes
    signature: bytes
    peers: bytes
    def __init__(self, site: _Optional[str] = ..., step: _Optional[int] = ..., vector: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., peers: _Optional[bytes] = ...) -> None: ...

class SurvivorEntry(_message.Message):
    __slots__ = ("site", "digest")
    SITE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    site: str
    digest: bytes
    def __init__(self, site: _Optional[str] = ..., digest: _Optional[bytes] = ...) -> None: ...

class Survivors(_message.Message):
    __slots__ = ("entries",)
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[SurvivorEntry]
    def __init__(self, entries: _Optional[_Iterable[_Union[SurvivorEntry, _Mapping]]] = ...) -> None: ...

class Statement(_message.Message):
    __slots__ = ("site", "statement_digest", "tags", "signature", "dealers")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    SITE_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    DEALERS_FIELD_NUMBER: _ClassVar[int]
    site: str
    statement_digest: bytes
    tags: _containers.ScalarMap[str, bytes]
    signature: bytes
    dealers: bytes
    def __init__(self, site: _Optional[str] = ..., statement_digest: _Optional[bytes] = ..., tags: _Optional[_Mapping[str, bytes]] = ..., signature: _Optional[bytes] = ..., dealers: _Optional[bytes] = ...) -> None: ...

class StatementSet(_message.Message):
    __slots__ = ("statements", "inputs")
    class InputsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    statements: _containers.RepeatedCompositeFieldContainer[Statement]
    inputs: _containers.ScalarMap[str, bytes]
    def __init__(self, statements: _Optional[_Iterable[_Union[Statement, _Mapping]]] = ..., inputs: _Optional[_Mapping[str, bytes]] = ...) -> None: ...

class UnmaskingShare(_message.Message):
    __slots__ = ("self_mask", "mask_key")
    SELF_MASK_FIELD_NUMBER: _ClassVar[int]
    MASK_KEY_FIELD_NUMBER: _ClassVar[int]
    self_mask: bytes
    mask_key: bytes
    def __init__(self, self_mask: _Optional[bytes] = ..., mask_key: _Optional[bytes] = ...) -> None: ...

class Unmasking(_message.Message):
    __slots__ = ("site", "shares", "signature")
    class SharesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: UnmaskingShare
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[UnmaskingShare, _Mapping]] = ...) -> None: ...
    SITE_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    site: str
    shares: _containers.MessageMap[str, UnmaskingShare]
    signature: bytes
    def __init__(self, site: _Optional[str] = ..., shares: _Optional[_Mapping[str, UnmaskingShare]] = ..., signature: _Optional[bytes] = ...) -> None: ...

class StepTranscript(_message.Message):
    __slots__ = ("step", "inputs", "self_mask_seeds", "mask_secret_keys", "statements", "total")
    class SelfMaskSeedsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    class MaskSecretKeysEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    STEP_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    SELF_MASK_SEEDS_FIELD_NUMBER: _ClassVar[int]
    MASK_SECRET_KEYS_FIELD_NUMBER: _ClassVar[int]
    STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    step: int
    inputs: _containers.RepeatedCompositeFieldContainer[MaskedInput]
    self_mask_seeds: _containers.ScalarMap[str, bytes]
    mask_secret_keys: _containers.ScalarMap[str, bytes]
    statements: _containers.RepeatedCompositeFieldContainer[Statement]
    total: bytes
    def __init__(self, step: _Optional[int] = ..., inputs: _Optional[_Iterable[_Union[MaskedInput, _Mapping]]] = ..., self_mask_seeds: _Optional[_Mapping[str, bytes]] = ..., mask_secret_keys: _Optional[_Mapping[str, bytes]] = ..., statements: _Optional[_Iterable[_Union[Statement, _Mapping]]] = ..., total: _Optional[bytes] = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ("site", "step", "accepted", "total_digest", "reason", "signature")
    SITE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    TOTAL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    site: str
    step: int
    accepted: bool
    total_digest: bytes
    reason: str
    signature: bytes
    def __init__(self, site: _Optional[str] = ..., step: _Optional[int] = ..., accepted: bool = ..., total_digest: _Optional[bytes] = ..., reason: _Optional[str] = ..., signature: _Optional[bytes] = ...) -> None: ...

class AcceptedTotal(_message.Message):
    __slots__ = ("step", "total", "verdicts")
    STEP_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    step: int
    total: bytes
    verdicts: _containers.RepeatedCompositeFieldContainer[Verdict]
    def __init__(self, step: _Optional[int] = ..., total: _Optional[bytes] = ..., verdicts: _Optional[_Iterable[_Union[Verdict, _Mapping]]] = ...) -> None: ...

class DiscardReceipt(_message.Message):
    __slots__ = ("site", "signature")
    SITE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    site: str
    signature: bytes
    def __init__(self, site: _Optional[str] = ..., signature: _Optional[bytes] = ...) -> None: ...

class Certificate(_message.Message):
    __slots__ = ("job", "attempt", "session_hash", "adverts", "active_set", "state_hash", "survivors", "statements")
    JOB_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    SESSION_HASH_FIELD_NUMBER: _ClassVar[int]
    ADVERTS_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_SET_FIELD_NUMBER: _ClassVar[int]
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    SURVIVORS_FIELD_NUMBER: _ClassVar[int]
    STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    job: str
    attempt: int
    session_hash: bytes
    adverts: _containers.RepeatedCompositeFieldContainer[Advert]
    active_set: _containers.RepeatedScalarFieldContainer[str]
    state_hash: bytes
    survivors: Survivors
    statements: _containers.RepeatedCompositeFieldContainer[Statement]
    def __init__(self, job: _Optional[str] = ..., attempt: _Optional[int] = ..., session_hash: _Optional[bytes] = ..., adverts: _Optional[_Iterable[_Union[Advert, _Mapping]]] = ..., active_set: _Optional[_Iterable[str]] = ..., state_hash: _Optional[bytes] = ..., survivors: _Optional[_Union[Survivors, _Mapping]] = ..., statements: _Optional[_Iterable[_Union[Statement, _Mapping]]] = ...) -> None: ...
