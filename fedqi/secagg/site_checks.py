"""The checks that only a site makes: of its own advert, of histories, of statements for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fedqi.errors import LocalProtocolError, RemoteProtocolError
from fedqi.secagg.checks import (
    ROUND_CONSISTENCY,
    ROUND_INPUT,
    ROUND_KEYS,
    ROUND_UNMASKING,
    check_advert,
    check_u1,
)
from fedqi.secagg.messages import (
    Advert,
    AdvertList,
    AtomDeclaration,
    MaskedInput,
    SharesDelivery,
    StatementSet,
    Survivors,
)
from fedqi.secagg.parameters import AttemptParameters
from fedqi.secagg.signing import advert_bytes, input_bytes, input_digest, is_signed
from fedqi.secagg.site_secrets import SiteSecrets
from fedqi.secagg.transcript import StepFacts
from fedqi.secagg.view import AttemptView

KnownCounters = Mapping[str, tuple[int, bytes]]
UNKNOWN_HEAD = b""
"""Beside a counter that a site has reached at least."""


@dataclass(frozen=True, slots=True)
class HistoryHead:
    """Where a site's release history stands: number of entries and head of the hash chain."""

    counter: int
    head: bytes


def ordered_declarations(
    parameters: AttemptParameters, declarations: Mapping[str, AtomDeclaration]
) -> tuple[AtomDeclaration, ...]:
    """Return the declarations in the order of the attempt's atoms.

    Parameters
    ----------
    parameters
        Of the attempt.
    declarations
        Atom -> its declaration.

    Raises
    ------
    LocalProtocolError
        If they are not of exactly the attempt's atoms.
    """
    matching = {atom for atom, item in declarations.items() if item.atom == atom}
    if matching != set(parameters.atoms) or len(declarations) != len(parameters.atoms):
        raise LocalProtocolError("a site declares exactly the atoms of the attempt, each by name")
    return tuple(declarations[atom] for atom in parameters.atoms)


def checked_view(
    parameters: AttemptParameters, own: Advert, message: AdvertList, known: KnownCounters
) -> AttemptView:
    """Check the list of adverts and return the view it gives.

    Parameters
    ----------
    parameters
        Of the attempt.
    own
        This site's advert, which must stand unchanged.
    message
        As received.
    known
        Newest history counter and head seen of each site.

    Raises
    ------
    RemoteProtocolError
        Naming the site at fault, or the aggregator.
    """
    # protocol 4.5
    if own not in message.adverts or len(message.adverts) > len(parameters.identities):
        raise RemoteProtocolError(
            "the adverts lack this site's own, unchanged, or outnumber the roster",
            round_name=ROUND_KEYS,
        )
    texts: list[bytes] = []
    for advert in message.adverts:
        if advert == own:
            texts.append(advert_bytes(parameters, own))
            continue
        texts.append(check_advert(parameters, advert))
        _check_history(advert, known)
    view = AttemptView(parameters, message.adverts, tuple(texts))
    check_u1(view)
    return view


def _check_history(advert: Advert, known: KnownCounters) -> None:
    # protocol 4.10
    counter, head = known.get(advert.site, (0, advert.history_head))
    forked = advert.history_counter == counter and head not in (advert.history_head, UNKNOWN_HEAD)
    if advert.history_counter < counter or forked:
        raise RemoteProtocolError(
            f"its release history stands at {advert.history_counter}"
            f"{' with another head' if forked else ''}, but {counter} was seen before: its disk "
            "was rolled back or cloned; it must recover its history before it takes part",
            site=advert.site,
            round_name=ROUND_KEYS,
        )


def check_delivery(view: AttemptView, message: SharesDelivery, site: str) -> None:
    """Check that a delivery is for this site, with sealed texts of dealers only.

    Parameters
    ----------
    view
        Of the attempt.
    message
        As received.
    site
        This site.

    Raises
    ------
    RemoteProtocolError
        Naming the aggregator.
    """
    # protocol 4.8
    others, sealed = set(message.dealers) - {site}, set(message.sealed)
    as_dealt = sealed == others if view.is_complete else sealed <= others
    if site not in message.dealers or not as_dealt:
        raise RemoteProtocolError(
            "the delivery leaves this site out, or has not one sealed text of every other dealer",
            round_name=ROUND_INPUT,
        )


def check_holders(
    view: AttemptView, holders: frozenset[str], group: Iterable[str], round_name: str
) -> None:
    """Check that a group has t of this site's holders: without, it could never be unmasked.

    Parameters
    ----------
    view
        Of the attempt.
    holders
        Those this site drew, and itself.
    group
        U2 or U3.
    round_name
        For the error.

    Raises
    ------
    RemoteProtocolError
        Naming the aggregator.
    """
    # protocol 5.11
    have = len(holders.intersection(group))
    if have < view.threshold:
        raise RemoteProtocolError(
            f"{have} of this site's holders take part, expected at least {view.threshold}",
            round_name=round_name,
        )


def check_own_entry(message: Survivors, sent: MaskedInput) -> None:
    """Check that a list of survivors has this site's masked input as it was sent.

    Parameters
    ----------
    message
        As received.
    sent
        This site's masked input of the open step.

    Raises
    ------
    RemoteProtocolError
        Naming the aggregator.
    """
    digest = input_digest(sent)
    if not any((entry.site, entry.digest) == (sent.site, digest) for entry in message.entries):
        raise RemoteProtocolError(
            "the survivors lack this site's masked input as it was sent",
            round_name=ROUND_CONSISTENCY,
        )


def check_statements(
    view: AttemptView,
    secrets: SiteSecrets,
    site: str,
    digest: bytes,
    holders: frozenset[str],
    message: StatementSet,
) -> None:
    """Check that t holders of this site in U3, itself included, state what it states.

    A tag that fails is not counted rather than fatal: its maker could otherwise stop any
    other site alone.

    Parameters
    ----------
    view
        Of the attempt.
    secrets
        Hold the pairs' tag keys.
    site
        This site; its own statement counts.
    digest
        What this site stated.
    holders
        Those of its holders that are in U3.
    message
        As received.

    Raises
    ------
    RemoteProtocolError
        Naming the aggregator and the sites that did not count.
    """
    # protocol 6.5
    agreeing, waiting = {site}, set(holders - {site})
    for item in message.statements:
        if item.statement_digest != digest or item.site not in waiting:
            continue
        # one tag for each holder, however often it is repeated
        waiting.discard(item.site)
        if secrets.is_tagged(item.site, digest, item.tags.get(site, b"")):
            agreeing.add(item.site)
    if len(agreeing) < view.threshold:
        others = sorted({item.site for item in message.statements} - agreeing)
        raise RemoteProtocolError(
            f"{len(agreeing)} statements agree with this site's, expected at least "
            f"{view.threshold}; not counted: {', '.join(others) or 'none'}",
            round_name=ROUND_UNMASKING,
        )


def check_dealt_inputs(
    facts: StepFacts, dealers: Iterable[str], signatures: Mapping[str, bytes]
) -> None:
    """Check that each dealer masked its listed input for the active set that this site knows.

    Without it, a dealer that was shown another U2 could be unmasked by holders that are not
    among its neighbours there.

    Parameters
    ----------
    facts
        Of the open step, with U3.
    dealers
        Those in U3 of whom this site holds shares.
    signatures
        Dealer -> signature of its masked input.

    Raises
    ------
    RemoteProtocolError
        Naming the dealer.
    """
    # protocol 6.8
    identities, digests = facts.view.parameters.identities, facts.digests or {}
    for dealer in dealers:
        text = input_bytes(facts.masks, dealer, digests[dealer])
        if not is_signed(identities[dealer], signatures.get(dealer, b""), text):
            raise RemoteProtocolError(
                "its masked input is not shown to be signed for this list, active set and state",
                site=dealer,
                round_name=ROUND_UNMASKING,
            )
