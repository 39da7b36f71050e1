"""Rounds 2 to 5 as protobuf: masked inputs, consistency, unmasking, verification."""

from fedqi.errors import RemoteProtocolError
from fedqi.secagg.messages import (
    AcceptedTotal,
    DiscardReceipt,
    MaskedInput,
    MaskKeyShare,
    SelfMaskShare,
    Statement,
    StatementSet,
    StepTranscript,
    SurvivorEntry,
    Survivors,
    Unmasking,
    Verdict,
)
from fedqi.wire.v1 import secagg_pb2 as pb

WORD_BYTES = 8


def input_to_proto(message: MaskedInput) -> pb.MaskedInput:
    """Convert round 2's message of a site."""
    return pb.MaskedInput(
        site=message.site,
        step=message.step,
        peers=message.peers,
        vector=message.vector,
        signature=message.signature,
    )


def input_from_proto(message: pb.MaskedInput) -> MaskedInput:
    """Convert back; a vector that is not of whole words is refused."""
    vector = _words(message.vector, "masked vector")
    return MaskedInput(message.site, message.step, message.peers, vector, message.signature)


def _words(data: bytes, name: str) -> bytes:
    if len(data) % WORD_BYTES:
        raise RemoteProtocolError(
            f"the {name} has {len(data)} bytes, expected a multiple of {WORD_BYTES}"
        )
    return data


def survivors_to_proto(survivors: Survivors) -> pb.Survivors:
    """Convert round 3's delivery."""
    entries = [pb.SurvivorEntry(site=e.site, digest=e.digest) for e in survivors.entries]
    return pb.Survivors(entries=entries)


def survivors_from_proto(message: pb.Survivors) -> Survivors:
    """Convert back."""
    return Survivors(tuple(SurvivorEntry(e.site, e.digest) for e in message.entries))


def statement_to_proto(statement: Statement) -> pb.Statement:
    """Convert round 3's message of a site."""
    return pb.Statement(
        site=statement.site,
        statement_digest=statement.statement_digest,
        dealers=statement.dealers,
        tags=statement.tags,
        signature=statement.signature,
    )


def statement_from_proto(message: pb.Statement) -> Statement:
    """Convert back."""
    return Statement(
        message.site,
        message.statement_digest,
        message.dealers,
        dict(message.tags),
        message.signature,
    )


def statement_set_to_proto(statements: StatementSet) -> pb.StatementSet:
    """Convert round 4's delivery."""
    return pb.StatementSet(
        statements=[statement_to_proto(s) for s in statements.statements],
        inputs=statements.inputs,
    )


def statement_set_from_proto(message: pb.StatementSet) -> StatementSet:
    """Convert back."""
    statements = tuple(statement_from_proto(s) for s in message.statements)
    return StatementSet(statements, dict(message.inputs))


def unmasking_to_proto(unmasking: Unmasking) -> pb.Unmasking:
    """Convert round 4's message of a site."""
    shares = {dealer: _share_to_proto(share) for dealer, share in unmasking.shares.items()}
    return pb.Unmasking(site=unmasking.site, shares=shares, signature=unmasking.signature)


def unmasking_from_proto(message: pb.Unmasking) -> Unmasking:
    """Convert back; a share without its kind is refused."""
    shares = {dealer: _share_from_proto(dealer, s) for dealer, s in message.shares.items()}
    return Unmasking(message.site, shares, message.signature)


def _share_to_proto(share: SelfMaskShare | MaskKeyShare) -> pb.UnmaskingShare:
    if isinstance(share, SelfMaskShare):
        return pb.UnmaskingShare(self_mask=share.share)
    return pb.UnmaskingShare(mask_key=share.share)


def _share_from_proto(dealer: str, message: pb.UnmaskingShare) -> SelfMaskShare | MaskKeyShare:
    kind = message.WhichOneof("share")
    if kind is None:
        raise RemoteProtocolError(f"the share for dealer {dealer!r} has no kind")
    if kind == "self_mask":
        return SelfMaskShare(message.self_mask)
    return MaskKeyShare(message.mask_key)


def transcript_to_proto(transcript: StepTranscript) -> pb.StepTranscript:
    """Convert round 5's delivery."""
    return pb.StepTranscript(
        step=transcript.step,
        inputs=[input_to_proto(message) for message in transcript.inputs],
        self_mask_seeds=transcript.self_mask_seeds,
        mask_secret_keys=transcript.mask_secret_keys,
        statements=[statement_to_proto(s) for s in transcript.statements],
        total=transcript.total,
    )


def transcript_from_proto(message: pb.StepTranscript) -> StepTranscript:
    """Convert back; a total that is not of whole words is refused."""
    return StepTranscript(
        step=message.step,
        inputs=tuple(input_from_proto(item) for item in message.inputs),
        self_mask_seeds=dict(message.self_mask_seeds),
        mask_secret_keys=dict(message.mask_secret_keys),
        statements=tuple(statement_from_proto(s) for s in message.statements),
        total=_words(message.total, "total"),
    )


def verdict_to_proto(verdict: Verdict) -> pb.Verdict:
    """Convert round 5's message of a site."""
    return pb.Verdict(
        site=verdict.site,
        step=verdict.step,
        accepted=verdict.accepted,
        total_digest=verdict.total_digest,
        reason=verdict.reason,
        signature=verdict.signature,
    )


def verdict_from_proto(message: pb.Verdict) -> Verdict:
    """Convert back."""
    return Verdict(
        message.site,
        message.step,
        message.accepted,
        message.total_digest,
        message.reason,
        message.signature,
    )


def accepted_to_proto(message: AcceptedTotal) -> pb.AcceptedTotal:
    """Convert round 5's delivery to those that are no auditors."""
    return pb.AcceptedTotal(
        step=message.step,
        total=message.total,
        verdicts=[verdict_to_proto(verdict) for verdict in message.verdicts],
    )


def accepted_from_proto(message: pb.AcceptedTotal) -> AcceptedTotal:
    """Convert back; a total that is not of whole words is refused."""
    verdicts = tuple(verdict_from_proto(verdict) for verdict in message.verdicts)
    return AcceptedTotal(message.step, _words(message.total, "total"), verdicts)


def receipt_to_proto(receipt: DiscardReceipt) -> pb.DiscardReceipt:
    """Convert a discard receipt."""
    return pb.DiscardReceipt(site=receipt.site, signature=receipt.signature)


def receipt_from_proto(message: pb.DiscardReceipt) -> DiscardReceipt:
    """Convert back."""
    return DiscardReceipt(message.site, message.signature)
