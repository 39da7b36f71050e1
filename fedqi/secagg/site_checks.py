"""The checks that only a site makes: of its own advert, of histories, of statements for it."""

import hashlib
from collections.abc import Mapping
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
from fedqi.secagg.site_secrets import SiteSecrets
from fedqi.secagg.view import AttemptView

KnownCounters = Mapping[str, tuple[int, bytes]]


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
    for advert in message.adverts:
        if advert != own:
            check_advert(parameters, advert)
            _check_history(advert, known)
    view = AttemptView(parameters, message.adverts)
    check_u1(view)
    return view


def _check_history(advert: Advert, known: KnownCounters) -> None:
    # protocol 4.10
    counter, head = known.get(advert.site, (0, advert.history_head))
    forked = advert.history_counter == counter and advert.history_head != head
    if advert.history_counter < counter or forked:
        raise RemoteProtocolError(
            f"its release history stands at {advert.history_counter}"
            f"{' with another head' if forked else ''}, but {counter} was seen before: its disk "
            "was rolled back or cloned; it must recover its history before it takes part",
            site=advert.site,
            round_name=ROUND_KEYS,
        )


def check_delivery(message: SharesDelivery, site: str) -> None:
    """Check that a delivery is for this site and has one sealed text of every other dealer.

    Parameters
    ----------
    message
        As received.
    site
        This site.

    Raises
    ------
    RemoteProtocolError
        Naming the aggregator.
    """
    if site not in message.dealers or set(message.sealed) != set(message.dealers) - {site}:
        raise RemoteProtocolError(
            "the delivery leaves this site out, or has not one sealed text of every other dealer",
            round_name=ROUND_INPUT,
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
    digest = hashlib.sha256(sent.vector).digest()
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
    cohort: frozenset[str],
    message: StatementSet,
) -> None:
    """Check that t members of U3, this site included, state what this site states.

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
    cohort
        U3.
    message
        As received.

    Raises
    ------
    RemoteProtocolError
        Naming the aggregator and the sites that did not count.
    """
    # protocol 6.5
    agreeing = {site}
    for item in message.statements:
        same = item.statement_digest == digest and item.site in cohort - {site}
        if same and secrets.is_tagged(item.site, digest, item.tags.get(site, b"")):
            agreeing.add(item.site)
    if len(agreeing) < view.threshold:
        others = sorted({item.site for item in message.statements} - agreeing)
        raise RemoteProtocolError(
            f"{len(agreeing)} statements agree with this site's, expected at least "
            f"{view.threshold}; not counted: {', '.join(others) or 'none'}",
            round_name=ROUND_UNMASKING,
        )
