"""Certificates: a restarted or dropped member learns how an open step ended."""

from dataclasses import replace
from typing import NoReturn

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import canonical
from fedqi.secagg.checks import ROUND_CONSISTENCY, check_advert, check_u1, check_u2, check_u3
from fedqi.secagg.commits import AtomsBound, AtomsFreed, AtomsOpened
from fedqi.secagg.messages import Certificate, Declared
from fedqi.secagg.parameters import AttemptMode, AttemptParameters
from fedqi.secagg.statements import signers, statement_digest
from fedqi.secagg.view import AttemptView, Offering


def verify_certificate(
    parameters: AttemptParameters,
    certificate: Certificate,
    site: str,
    opened: AtomsOpened | None = None,
) -> AtomsBound | AtomsFreed:
    """Check a certificate and return what this site must record from it.

    Parameters
    ----------
    parameters
        Of any attempt of the same job over the same atoms.
    certificate
        As received.
    site
        This site.
    opened
        What this site recorded when it opened its atoms; a certificate over other adverts is
        refused. In the sparse graph it names the holders whose statements count.

    Returns
    -------
    AtomsBound or AtomsFreed
        For the atoms that this site had free and that were summed: bound where the
        certificate lists the site, free where it omits it.

    Raises
    ------
    RemoteProtocolError
        Naming the check that failed.
    """
    # protocol 8.4
    view, offered = _checked_view(parameters, certificate, site, opened)
    cohort = tuple(entry.site for entry in certificate.survivors.entries)
    offering = check_u3(view, offered, certificate.active_set, cohort)
    _check_statements(view, certificate, own_holders(view, opened), site if site in cohort else "")
    atoms = opened_atoms(view, offered, site)
    if site not in cohort:
        return AtomsFreed(certificate.job, certificate.attempt, atoms)
    bound = {atom: offering[atom] for atom in atoms}
    return AtomsBound(certificate.job, certificate.attempt, bound)


def opened_atoms(view: AttemptView, offered: Offering, site: str) -> tuple[str, ...]:
    """Return the atoms that an open attempt opens at a site: free ones that are not void.

    Parameters
    ----------
    view
        Of the attempt.
    offered
        Atom -> members of U2 that offer it; none where it is void.
    site
        A member of U1.
    """
    return tuple(
        item.atom
        for item in view.by_site[site].atoms
        if item.state is Declared.FREE and site in offered[item.atom]
    )


def own_holders(view: AttemptView, opened: AtomsOpened | None) -> frozenset[str]:
    """Return the sites whose statements and receipts count at a site.

    Parameters
    ----------
    view
        Of the attempt.
    opened
        What the site recorded; read in the sparse graph only.

    Raises
    ------
    RemoteProtocolError
        If the graph is sparse and no holders are recorded.
    """
    # protocol 8.5
    if view.is_complete:
        return frozenset(view.members)
    if opened is None or len(opened.holders) != view.neighbourhood.holders + 1:
        _refuse("this site has no record of the holders whose word would count")
    return frozenset(opened.holders)


def _checked_view(
    parameters: AttemptParameters,
    certificate: Certificate,
    site: str,
    opened: AtomsOpened | None,
) -> tuple[AttemptView, Offering]:
    if certificate.attempt < 1:
        _refuse(f"it is of attempt {certificate.attempt}; attempts are counted from 1")
    attempt = replace(parameters, attempt=certificate.attempt, mode=AttemptMode.OPEN)
    if (certificate.job, certificate.session_hash) != (attempt.job, attempt.session_hash):
        _refuse("it is of another job or session")
    texts = tuple(check_advert(attempt, advert) for advert in certificate.adverts)
    view = AttemptView(attempt, certificate.adverts, texts)
    if not view.adverts or site not in view.by_site:
        _refuse(f"{site} is not among its adverts")
    check_u1(view)
    if opened is not None and view.context.u1_digest != opened.u1_digest:
        _refuse("its adverts are not those among which this site opened its atoms")
    return view, check_u2(view, certificate.active_set)


def _check_statements(
    view: AttemptView, certificate: Certificate, holders: frozenset[str], listed: str
) -> None:
    active_digest = canonical.set_digest(certificate.active_set)
    digest = statement_digest(
        view.context, active_digest, certificate.state_hash, certificate.survivors
    )
    # who was not given the listed site's shares did not mask against it: the aggregator could
    # have summed without it, hence such a holder does not bind it
    bit = 1 << view.places[listed] if listed else 0
    statements = [
        item
        for item in certificate.statements
        if item.site in holders and int.from_bytes(item.dealers, "little") & bit == bit
    ]
    signed = signers(view, digest, certificate.survivors, statements)
    if len(signed) < view.threshold:
        _refuse(
            f"{len(signed)} members signed this list, expected at least {view.threshold} of this "
            "site's holders"
        )


def _refuse(reason: str) -> NoReturn:
    raise RemoteProtocolError(f"certificate: {reason}", round_name=ROUND_CONSISTENCY)
