"""The checks of U1, U2 and U3 that both roles and the certificate share.

Each raises ``RemoteProtocolError`` and names the site at fault where there is one.
"""

from collections.abc import Sequence

from fedqi.errors import RemoteProtocolError
from fedqi.secagg import canonical
from fedqi.secagg.keys import KEY_BYTES
from fedqi.secagg.messages import Advert, AtomDeclaration, Declared
from fedqi.secagg.parameters import HASH_BYTES, AttemptMode, AttemptParameters, group_minimum
from fedqi.secagg.signing import advert_bytes, is_signed
from fedqi.secagg.view import AttemptView, Offering, Shortfall

ROUND_KEYS = "round 0 (keys)"
ROUND_SHARES = "round 1 (shares)"
ROUND_INPUT = "round 2 (masked input)"
ROUND_CONSISTENCY = "round 3 (consistency)"
ROUND_UNMASKING = "round 4 (unmasking)"
ROUND_VERIFICATION = "round 5 (verification)"

LARGEST_INTEGER = 2**63 - 1
LONGEST_NAME = 80  # characters of an attempt's name, as a member declares it


def check_advert(parameters: AttemptParameters, advert: Advert) -> bytes:
    """Check one advert on its own: its site, sizes, atoms and signature.

    Parameters
    ----------
    parameters
        Of the attempt.
    advert
        As received.

    Returns
    -------
    bytes
        What its signature covers.

    Raises
    ------
    RemoteProtocolError
        Naming the site.
    """
    identity = parameters.identities.get(advert.site)
    problem = "is not in the roster" if identity is None else _malformed(parameters, advert)
    if identity is None or problem:
        raise RemoteProtocolError(problem, site=advert.site, round_name=ROUND_KEYS)
    text = advert_bytes(parameters, advert)
    if not is_signed(identity, advert.signature, text):
        raise RemoteProtocolError(
            "the advert is not signed under its key in the roster",
            site=advert.site,
            round_name=ROUND_KEYS,
        )
    return text


def _malformed(parameters: AttemptParameters, advert: Advert) -> str:
    keys = (advert.sealing_key, advert.mask_key)
    digests = (advert.seed_commitment, advert.history_head)
    if any(len(key) != KEY_BYTES for key in keys) or any(len(d) != HASH_BYTES for d in digests):
        return "a key, commitment or head has not 32 bytes"
    if not 0 <= advert.history_counter <= LARGEST_INTEGER or advert.min_others < 1:
        return "the history counter or min_others is out of range"
    if tuple(sorted(set(advert.uncounted))) != advert.uncounted or advert.site in advert.uncounted:
        return "the uncounted members are not sorted and unique, or contain the site itself"
    if not set(advert.uncounted) <= set(parameters.identities):
        return "an uncounted member is not in the roster"
    if tuple(item.atom for item in advert.atoms) != parameters.atoms:
        return "the atoms are not those of the attempt in their order"
    # protocol 2.5
    own, counted = max(advert.min_others, parameters.min_others), len(parameters.identities)
    needed = group_minimum(parameters.collusion_bound, own)
    counted -= len(advert.uncounted)
    if counted < needed:
        return (
            f"with {advert.min_others} others it asks for a group of {needed}, but counts only "
            f"{counted} members of the roster: no group could ever meet that"
        )
    return next((text for text in map(_malformed_atom, advert.atoms) if text), "")


def _malformed_atom(item: AtomDeclaration) -> str:
    expected = {Declared.NONE: 0, Declared.FREE: 0, Declared.BOUND: HASH_BYTES}
    if item.state in expected and len(item.detail) != expected[item.state]:
        return f"atom {item.atom} is declared {item.state.value} with a wrong detail"
    return ""


def check_u1(view: AttemptView) -> None:
    """Check the adverts of U1 against each other.

    Parameters
    ----------
    view
        Built from adverts that were checked one by one.

    Raises
    ------
    RemoteProtocolError
        Naming the site at fault, or the aggregator.
    """
    # protocol 4.5
    _check_sorted(view.members, ROUND_KEYS)
    seen: dict[bytes, str] = {}
    for advert in view.adverts:
        for key in (advert.sealing_key, advert.mask_key):
            if key in seen:
                raise RemoteProtocolError(
                    f"a key is also used by {seen[key]}", site=advert.site, round_name=ROUND_KEYS
                )
            seen[key] = advert.site
    _check_size(view, view.members, view.minimum, ROUND_KEYS)
    for place, (atom, sites) in enumerate(view.offering(view.members).items()):
        _check_atom(view, place, atom, sites)


def _check_atom(view: AttemptView, place: int, atom: str, sites: tuple[str, ...]) -> None:
    # protocol 4.6: all free, or all bound to exactly the members that offer it
    digest = canonical.set_digest(sites) if atom in view.bound else b""
    wanted = Declared.BOUND if atom in view.bound else Declared.FREE
    for site in sites:
        item = view.by_site[site].atoms[place]
        if item.state is not wanted or item.detail != digest:
            raise RemoteProtocolError(
                f"atom {atom} is {item.state.value} at this site{_awaited(item)}; all members that "
                "offer it must have it free, or bound to exactly themselves",
                site=site,
                round_name=ROUND_KEYS,
            )


def _awaited(item: AtomDeclaration) -> str:
    attempt = item.detail.decode("utf-8", "replace")[:LONGEST_NAME]
    if item.state is not Declared.OPEN or not attempt.isprintable():
        return ""
    return f", which waits to be shown how attempt {attempt} ended"


def check_u2(view: AttemptView, active: Sequence[str]) -> Offering:
    """Check the active set of the first step and return who offers what in it.

    Parameters
    ----------
    view
        Of the attempt.
    active
        U2, or U1 in closed mode.

    Returns
    -------
    dict
        Atom -> sites; empty where the atom is void.

    Raises
    ------
    RemoteProtocolError
        Naming the aggregator.
    """
    # protocol 5.1
    _check_part(active, view.members, ROUND_INPUT)
    _check_size(view, active, view.quorum, ROUND_INPUT)
    offering = view.offering(active)
    _check_bound(view, offering, ROUND_INPUT)
    closed = view.parameters.mode is AttemptMode.CLOSED
    found: Shortfall | None = None
    for atom, sites in offering.items():
        # protocol 5.2: void atoms are zeroed by everyone and stay free
        short = view.shortfall(sites)
        if short is not None or (closed and atom not in view.bound):
            offering[atom] = ()
            found = found or short
    if not any(offering.values()):
        raise RemoteProtocolError(
            "no atom can be summed: none is offered by enough sites"
            f"{f' ({found.text})' if found else ''}, or none is bound in a closed attempt",
            site=None if found is None else found.site,
            round_name=ROUND_INPUT,
        )
    return offering


def check_u3(
    view: AttemptView, offered: Offering, dealers: Sequence[str], cohort: Sequence[str]
) -> Offering:
    """Check the survivors of the open step and return who offers what among them.

    Parameters
    ----------
    view
        Of the attempt.
    offered
        Of :func:`check_u2`.
    dealers, cohort
        U2 and U3.

    Raises
    ------
    RemoteProtocolError
        Naming the aggregator.
    """
    # protocol 6.1
    _check_part(cohort, dealers, ROUND_CONSISTENCY)
    _check_size(view, cohort, view.quorum, ROUND_CONSISTENCY)
    among = view.offering(cohort)
    offering = {atom: among[atom] if sites else () for atom, sites in offered.items()}
    summed = {atom: sites for atom, sites in offering.items() if offered[atom]}
    _check_bound(view, summed, ROUND_CONSISTENCY)
    for atom, sites in summed.items():
        short = view.shortfall(sites)
        if short is not None:
            raise RemoteProtocolError(
                f"atom {atom}: {short.text}", site=short.site, round_name=ROUND_CONSISTENCY
            )
    return offering


def _check_bound(view: AttemptView, offering: Offering, round_name: str) -> None:
    everyone = view.offering(view.members)
    for atom in sorted(view.bound):
        missing = set(everyone[atom]) - set(offering.get(atom, everyone[atom]))
        if missing:
            raise RemoteProtocolError(
                f"atom {atom} is bound to a set of which {', '.join(sorted(missing))} is missing",
                round_name=round_name,
            )


def _check_sorted(sites: Sequence[str], round_name: str) -> None:
    if list(sites) != sorted(set(sites)):
        raise RemoteProtocolError(
            "a list of sites is not sorted or repeats one", round_name=round_name
        )


def _check_part(part: Sequence[str], whole: Sequence[str], round_name: str) -> None:
    _check_sorted(part, round_name)
    strangers = set(part) - set(whole)
    if strangers:
        raise RemoteProtocolError(
            f"{', '.join(sorted(strangers))} had not taken part in the round before",
            round_name=round_name,
        )


def _check_size(view: AttemptView, group: Sequence[str], least: int, round_name: str) -> None:
    short = view.shortfall(group)
    if short is None and len(group) < least:
        short = Shortfall(f"{len(group)} sites, expected at least {least}", None)
    if short is not None:
        raise RemoteProtocolError(
            f"too few sites: {short.text}", site=short.site, round_name=round_name
        )
