"""What the aggregator checks of each message before it counts, by round."""

from collections.abc import Collection
from typing import NoReturn

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import signing
from fedqi.secagg.checks import (
    ROUND_CONSISTENCY,
    ROUND_INPUT,
    ROUND_SHARES,
    ROUND_UNMASKING,
    ROUND_VERIFICATION,
)
from fedqi.secagg.encoding import WORD_BYTES
from fedqi.secagg.keys import SEALED_BYTES
from fedqi.secagg.messages import MaskedInput, Shares, Statement, Unmasking, Verdict
from fedqi.secagg.parameters import HASH_BYTES
from fedqi.secagg.statements import is_signed_statement
from fedqi.secagg.transcript import StepFacts
from fedqi.secagg.unmasking import check_answer
from fedqi.secagg.view import AttemptView

MAXIMUM_REASON = 1_000


def check_shares(view: AttemptView, message: Shares) -> None:
    """Check sealed shares: of the right size, for k other members of U1, signed."""
    holders, wanted = set(message.sealed), view.neighbourhood.holders
    strangers = message.site in holders or not holders <= view.places.keys()
    if strangers or any(len(text) != SEALED_BYTES for text in message.sealed.values()):
        _refuse(message.site, ROUND_SHARES, "not one sealed text for each of its holders in U1")
    if len(holders) != wanted:
        reason = f"sealed texts for {len(holders)} other members of U1, expected {wanted}"
        _refuse(message.site, ROUND_SHARES, reason)
    _check_signature(view, message, signing.shares_bytes(view.context, message), ROUND_SHARES)


def check_input(facts: StepFacts, peers: int, message: MaskedInput, signed: bool) -> bytes:
    """Check a masked input: of its step, length and peers, and signed where that is asked.

    In a closed step it is not: those who verify the total check the signatures (7.2), and
    the digest that they cover is not needed before.

    Returns
    -------
    bytes
        The digest where the signature was checked, else none.
    """
    expected, digest = facts.layout.length * WORD_BYTES, b""
    if message.step != facts.masks.step:
        reason = f"a masked input of step {message.step}, expected step {facts.masks.step}"
        _refuse(message.site, ROUND_INPUT, reason)
    if len(message.vector) != expected:
        reason = f"a vector of {len(message.vector)} bytes, expected {expected}"
        _refuse(message.site, ROUND_INPUT, reason)
    if signed:
        digest = signing.input_digest(message)
        text = signing.input_bytes(facts.masks, message.site, digest)
        _check_signature(facts.view, message, text, ROUND_INPUT)
    if message.peers != peers.to_bytes(facts.view.bitmap_bytes, "little"):
        reason = "it is not masked against exactly its holders and dealers of the active set"
        _refuse(message.site, ROUND_INPUT, reason)
    return digest


def check_statement(
    view: AttemptView,
    digest: bytes,
    held: bytes,
    dealers: Collection[str],
    message: Statement,
) -> None:
    """Check a statement: over this list, with a tag for each other dealer in U3, signed."""
    if message.statement_digest != digest:
        reason = "its statement is not over the list, active set and state it was sent"
        _refuse(message.site, ROUND_CONSISTENCY, reason)
    if message.dealers != held:
        reason = "its statement does not name exactly the dealers whose shares it was sent"
        _refuse(message.site, ROUND_CONSISTENCY, reason)
    if set(message.tags) != set(dealers) - {message.site} or any(
        len(tag) != HASH_BYTES for tag in message.tags.values()
    ):
        reason = "not one tag for every other dealer in U3 whose holder it is"
        _refuse(message.site, ROUND_CONSISTENCY, reason)
    if not is_signed_statement(view, message):
        _refuse(message.site, ROUND_CONSISTENCY, "the statement's signature is wrong")


def check_unmasking(
    view: AttemptView, dealers: Collection[str], cohort: Collection[str], message: Unmasking
) -> None:
    """Check an unmasking answer: one share of the right kind of each of its dealers, signed."""
    reason = check_answer(message, dealers, cohort)
    if reason:
        _refuse(message.site, ROUND_UNMASKING, reason)
    text = signing.unmasking_bytes(view.context, message)
    _check_signature(view, message, text, ROUND_UNMASKING)


def check_verdict(facts: StepFacts | None, digest: bytes, message: Verdict) -> None:
    """Check a verdict: on a step that was shown, if accepted of its very total, signed."""
    if facts is None:
        _refuse(message.site, ROUND_VERIFICATION, f"a verdict on step {message.step}, not shown")
    if message.accepted == bool(message.reason) or len(message.reason) > MAXIMUM_REASON:
        _refuse(message.site, ROUND_VERIFICATION, "a verdict either accepts or gives a reason")
    # a complaint may be about a total that another hand forged on the way
    if message.accepted and message.total_digest != digest:
        _refuse(message.site, ROUND_VERIFICATION, "it accepts another total than was shown")
    text = signing.verdict_bytes(facts.masks, facts.cohort_digest, message)
    _check_signature(facts.view, message, text, ROUND_VERIFICATION)


def _check_signature(
    view: AttemptView,
    message: Shares | MaskedInput | Unmasking | Verdict,
    text: bytes,
    round_name: str,
) -> None:
    identity = view.parameters.identities[message.site]
    if not signing.is_signed(identity, message.signature, text):
        kind = type(message).__name__
        reason = f"the signature of {kind} is not its own for this attempt, step and state"
        _refuse(message.site, round_name, reason)


def _refuse(site: str, round_name: str, reason: str) -> NoReturn:
    raise RemoteProtocolError(reason, site=site, round_name=round_name)
