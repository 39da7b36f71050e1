"""Discard receipts: t of them leave fewer than t shares, so that open atoms are free again."""

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.errors import RemoteProtocolError
from fedqi.secagg.certificate import own_holders
from fedqi.secagg.checks import ROUND_UNMASKING, check_advert, check_u1
from fedqi.secagg.commits import AtomsFreed, AtomsOpened
from fedqi.secagg.messages import Advert, DiscardReceipt
from fedqi.secagg.parameters import AttemptParameters
from fedqi.secagg.signing import is_signed, receipt_bytes
from fedqi.secagg.view import AttemptView


def sign_discard_receipt(
    parameters: AttemptParameters, site: str, identity: Ed25519PrivateKey
) -> DiscardReceipt:
    """Sign that this site has not unmasked, has erased its secrets and never will unmask.

    For a restarted agent, whose secrets are gone with its memory. The caller must have made
    sure that no ``UnmaskingAnswered`` of this attempt is recorded, and must have recorded
    ``ReceiptSigned`` durably; a running session does so in ``SiteSession.discard``.

    Parameters
    ----------
    parameters
        Of the attempt.
    site
        This site.
    identity
        Its identity key.
    """
    # protocol 8.1
    return DiscardReceipt(site, identity.sign(receipt_bytes(parameters, site)))


def is_valid_receipt(parameters: AttemptParameters, receipt: DiscardReceipt) -> bool:
    """Tell whether a member of the roster signed this receipt for this attempt.

    Parameters
    ----------
    parameters
        Of the attempt.
    receipt
        As received.
    """
    identity = parameters.identities.get(receipt.site)
    text = receipt_bytes(parameters, receipt.site)
    return identity is not None and is_signed(identity, receipt.signature, text)


def verify_discard_receipts(
    parameters: AttemptParameters,
    opened: AtomsOpened,
    adverts: tuple[Advert, ...],
    receipts: Iterable[DiscardReceipt],
) -> AtomsFreed:
    """Free the atoms of an open attempt from the receipts of t of this site's holders.

    Parameters
    ----------
    parameters
        Of the attempt.
    opened
        What this site recorded when it opened them.
    adverts
        Of U1.
    receipts
        Those of its holders count; more than needed do no harm.

    Raises
    ------
    RemoteProtocolError
        If the adverts are not those of ``opened``, or fewer than t receipts are valid.
    """
    # protocol 8.2
    texts = tuple(check_advert(parameters, advert) for advert in adverts)
    view = AttemptView(parameters, adverts, texts)
    check_u1(view)
    if view.context.u1_digest != opened.u1_digest:
        raise RemoteProtocolError(
            "the adverts are not those among which this site opened the atoms",
            round_name=ROUND_UNMASKING,
        )
    holders = own_holders(view, opened)
    signed = {
        receipt.site
        for receipt in receipts
        if receipt.site in holders and is_valid_receipt(parameters, receipt)
    }
    if len(signed) < view.threshold:
        raise RemoteProtocolError(
            f"{len(signed)} valid discard receipts of this site's holders, expected at least "
            f"{view.threshold}",
            round_name=ROUND_UNMASKING,
        )
    return AtomsFreed(opened.job, opened.attempt, opened.atoms)
