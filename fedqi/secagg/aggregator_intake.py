"""Taking a message at the aggregator: the round's checks, then it counts."""

from dataclasses import replace

from fedqi.errors import RemoteProtocolError
from fedqi.secagg.aggregator_checks import (
    check_input,
    check_shares,
    check_statement,
    check_unmasking,
    check_verdict,
)
from fedqi.secagg.aggregator_progress import members
from fedqi.secagg.aggregator_rounds import AggregatorRounds
from fedqi.secagg.checks import check_advert
from fedqi.secagg.messages import (
    Advert,
    DiscardReceipt,
    MaskedInput,
    Shares,
    SiteMessage,
    Statement,
    Unmasking,
    Verdict,
)
from fedqi.secagg.parameters import AttemptMode
from fedqi.secagg.receipts import is_valid_receipt
from fedqi.secagg.transitions import Phase


def take(rounds: AggregatorRounds, phase: Phase, message: SiteMessage) -> None:
    """Check a message and let it count.

    Parameters
    ----------
    rounds
        What is held; changed only when nothing is wrong.
    phase
        The present one; the message is of a kind that it takes.
    message
        Of a participant.

    Raises
    ------
    RemoteProtocolError
        Naming the site.
    """
    site = message.site
    if not isinstance(message, Advert | DiscardReceipt) and site not in members(rounds, phase):
        raise RemoteProtocolError("it did not take part in the round before", site=site)
    match message:
        case Advert():
            check_advert(rounds.parameters, message)
            rounds.adverts[site] = message
        case Shares():
            check_shares(rounds.view, message)
            rounds.shares[site] = message
        case MaskedInput():
            signed = phase is Phase.MASKING
            digest = check_input(rounds.facts(), rounds.peers(site), message, signed)
            rounds.add_input(message, digest)
        case Statement():
            counted = rounds.dealers_of(site, rounds.state.cohort)
            held = rounds.dealers_bitmap(site)
            check_statement(rounds.view, rounds.stated, held, counted, message)
            rounds.statements[site] = message
        case Unmasking():
            _take_unmasking(rounds, message)
        case Verdict():
            facts, digest = rounds.shown.get(message.step, (None, b""))
            check_verdict(facts, digest, message)
            rounds.verdicts[message.step, site] = message
        case DiscardReceipt():
            _take_receipt(rounds, message)


def _take_unmasking(rounds: AggregatorRounds, message: Unmasking) -> None:
    if message.site in rounds.receipts or rounds.opening is None:
        raise RemoteProtocolError("an unmasking after a discard receipt", site=message.site)
    dealers = rounds.dealers_of(message.site, rounds.opening.active)
    check_unmasking(rounds.view, dealers, rounds.state.cohort, message)
    rounds.answers[message.site] = message


def _take_receipt(rounds: AggregatorRounds, message: DiscardReceipt) -> None:
    if message.site in rounds.answers or rounds.parameters.mode is AttemptMode.CLOSED:
        raise RemoteProtocolError("a discard receipt after an unmasking", site=message.site)
    if not is_valid_receipt(rounds.parameters, message):
        raise RemoteProtocolError("the receipt's signature is wrong", site=message.site)
    rounds.receipts[message.site] = message


def fingerprint(message: SiteMessage) -> SiteMessage:
    """Return what is kept of a message to recognise its repetition.

    Parameters
    ----------
    message
        As received.
    """
    # vectors are large and leave the memory with their step; the store has them until then
    return replace(message, vector=b"") if isinstance(message, MaskedInput) else message
