"""What sites sign, and how it is checked under the roster's identity keys.

References
----------
RFC 8032 (Ed25519).
"""

from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fedqi.secagg import canonical
from fedqi.secagg.keys import Context
from fedqi.secagg.masking import MaskContext
from fedqi.secagg.messages import (
    Advert,
    MaskedInput,
    SelfMaskShare,
    Shares,
    Statement,
    Unmasking,
    Verdict,
)
from fedqi.secagg.parameters import AttemptParameters


def is_signed(identity: bytes, signature: bytes, text: bytes) -> bool:
    """Tell whether ``signature`` over ``text`` is the identity's.

    Parameters
    ----------
    identity
        Ed25519 public key, 32 bytes.
    signature
        64 bytes where it is well formed.
    text
        Canonical bytes.
    """
    # protocol 3.5
    try:
        Ed25519PublicKey.from_public_bytes(identity).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def advert_bytes(parameters: AttemptParameters, advert: Advert) -> bytes:
    """Return what an advert's signature covers.

    Parameters
    ----------
    parameters
        Of the attempt.
    advert
        Its signature is not read.
    """
    # protocol 4.1
    return canonical.pack(
        "advert",
        parameters.session_hash,
        parameters.attempt,
        advert.site,
        advert.sealing_key,
        advert.mask_key,
        advert.seed_commitment,
        advert.min_others,
        advert.uncounted,
        [(item.atom, item.state.value, item.detail) for item in advert.atoms],
        advert.history_counter,
        advert.history_head,
    )


def seed_commitment(parameters: AttemptParameters, site: str, seed: bytes) -> bytes:
    """Return the commitment to a self-mask seed.

    Parameters
    ----------
    parameters
        Of the attempt.
    site
        Whose seed.
    seed
        32 bytes.
    """
    # protocol 4.2
    return canonical.digest("seed", parameters.session_hash, parameters.attempt, site, seed)


def shares_bytes(context: Context, message: Shares) -> bytes:
    """Return what the signature on sealed shares covers.

    Parameters
    ----------
    context
        Of the attempt.
    message
        Its signature is not read.
    """
    return context.pack("shares", message.site, message.sealed)


def input_digest(message: MaskedInput) -> bytes:
    """Return the digest of a masked vector and of whom it was masked against, 32 bytes.

    Parameters
    ----------
    message
        Its signature is not read.
    """
    # protocol 5.9
    return canonical.digest("input", message.peers, sha256(message.vector).digest())


def input_bytes(masks: MaskContext, site: str, digest: bytes) -> bytes:
    """Return what the signature on a masked input covers.

    Parameters
    ----------
    masks
        Of the step: names session, attempt, step, active set and state.
    site
        Whose input.
    digest
        Of :func:`input_digest`.
    """
    # protocol 5.9
    return masks.pack("masked-input", site, digest)


def statement_bytes(context: Context, message: Statement) -> bytes:
    """Return what the signature on a statement covers; the tags stand on their own.

    Parameters
    ----------
    context
        Of the attempt.
    message
        Its signature is not read.
    """
    # protocol 6.4
    return context.pack("statement", message.site, message.statement_digest, message.dealers)


def unmasking_bytes(context: Context, message: Unmasking) -> bytes:
    """Return what the signature on an unmasking answer covers.

    Parameters
    ----------
    context
        Of the attempt.
    message
        Its signature is not read.
    """
    shares = {
        dealer: ("self" if isinstance(item, SelfMaskShare) else "key", item.share)
        for dealer, item in message.shares.items()
    }
    return context.pack("unmasking", message.site, shares)


def verdict_bytes(masks: MaskContext, cohort_digest: bytes, verdict: Verdict) -> bytes:
    """Return what the signature on a verdict covers: what was summed, over whom, and the total.

    Parameters
    ----------
    masks
        Of the step: names session, attempt, step, active set and state.
    cohort_digest
        Of the sites whose inputs make the total, 32 bytes.
    verdict
        Its signature is not read; its step is that of ``masks``.
    """
    # protocol 7.8
    return masks.pack(
        "verdict",
        cohort_digest,
        verdict.site,
        int(verdict.accepted),
        verdict.total_digest,
        verdict.reason,
    )


def receipt_bytes(parameters: AttemptParameters, site: str) -> bytes:
    """Return what the signature on a discard receipt covers.

    Parameters
    ----------
    parameters
        Of the attempt.
    site
        Whose receipt.
    """
    return canonical.pack("discard", parameters.session_hash, parameters.attempt, site)
