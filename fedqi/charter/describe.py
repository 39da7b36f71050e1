"""What a member agrees to, in words, before it signs."""

from dataclasses import dataclass

from fedqi.charter.documents import Charter, Programme
from fedqi.charter.fingerprints import fingerprint
from fedqi.charter.genesis import Genesis
from fedqi.errors import InsufficientSitesError, LocalProtocolError


@dataclass(frozen=True, slots=True)
class GroupNumbers:
    """The sizes that secure aggregation derives from the roster and the charter.

    Parameters
    ----------
    members
        N, organisations in the roster.
    collusion_bound
        c, members that may collude with the aggregator.
    threshold
        t, the reconstruction threshold when all N take part.
    minimum
        m, the group minimum.
    """

    members: int
    collusion_bound: int
    threshold: int
    minimum: int

    @property
    def dropouts(self) -> int:
        """Sites that may drop out of an open step in which all N take part."""
        return self.members - max(self.threshold, self.minimum)


def check_group(numbers: GroupNumbers) -> None:
    """Refuse a collaborative too small ever to release anything.

    Parameters
    ----------
    numbers
        Sizes of the collaborative.

    Raises
    ------
    InsufficientSitesError
        With the numbers.
    """
    if numbers.dropouts < 0:
        raise InsufficientSitesError(
            f"{numbers.members} members found, at least "
            f"{max(numbers.minimum, numbers.threshold)} expected (group minimum "
            f"{numbers.minimum}, reconstruction threshold {numbers.threshold}, collusion bound "
            f"{numbers.collusion_bound}); the members must invite more or agree on other numbers"
        )


def describe(genesis: Genesis, numbers: GroupNumbers) -> list[str]:
    """Say in plain words what a signer agrees to.

    Parameters
    ----------
    genesis
        The documents, signed or not.
    numbers
        Sizes computed for this roster and charter.

    Returns
    -------
    list of str
        One sentence or paragraph each, in the order in which they are to be read.

    Raises
    ------
    InsufficientSitesError
        If N < m or N < t.
    LocalProtocolError
        If `numbers` were computed for other documents.
    """
    found = (numbers.members, numbers.collusion_bound)
    expected = (len(genesis.roster.members), genesis.charter.collusion_bound)
    if found != expected:
        raise LocalProtocolError(
            f"describe: sizes for N={found[0]}, c={found[1]} given, documents have "
            f"N={expected[0]}, c={expected[1]}; the calling program must compute them anew"
        )
    check_group(numbers)
    return [
        *_who(genesis),
        *_protection(genesis.charter, numbers),
        *_segments(genesis.charter),
        *_work(genesis.charter, genesis.programme),
        *_rules(genesis.charter),
        f"Fingerprint, to be compared with every other member by another way than this "
        f"software: {fingerprint(genesis)}",
    ]


def _who(genesis: Genesis) -> list[str]:
    members = ", ".join(f"{member.name} ({member.site})" for member in genesis.roster.members)
    return [
        f"Collaborative {genesis.charter.collaborative}: {genesis.charter.title}.",
        f"N = {len(genesis.roster.members)} organisations are members: {members}.",
    ]


def _protection(charter: Charter, numbers: GroupNumbers) -> list[str]:
    c, t, m = numbers.collusion_bound, numbers.threshold, numbers.minimum
    return [
        f"c = {c}: your figures stay hidden even if the aggregator and up to {c} members work "
        "together against you; with more, they may not.",
        f"m = {m}: nothing is summed over fewer than {m} organisations. If c members collude, at "
        f"least {charter.min_others} honest others stand beside you in any sum, perhaps no more.",
        f"t = {numbers.threshold}: at least {t} members must agree on who took part before a sum "
        "can be unmasked.",
        f"If all {numbers.members} take part, a first sum is still reached when up to "
        f"{numbers.dropouts} drop out on the way.",
        "Every member, and the aggregator, sees the sums and who took part. Your own figures "
        "leave only masked; your position is computed at your site.",
        "What was once summed over a group of members is never summed again over another group.",
    ]


def _segments(charter: Charter) -> list[str]:
    if charter.segments == "*":
        return []
    groups = "; ".join(
        f"{segment.id} ({len(segment.sites)}): {', '.join(segment.sites)}"
        for segment in charter.segments
    )
    return [
        f"Peer groups: {groups}. Each member is summed and compared within its group only; what "
        "all members have together is the sum of the groups."
    ]


def _work(charter: Charter, programme: Programme) -> list[str]:
    measures = [
        f"Measure {measure.id} version {measure.version} (events: {measure.lineage}; definition "
        f"{measure.digest[:16]}...) may be summed."
        for measure in programme.measures
    ]
    collections = [
        f"Collection {collection.id}, {collection.title}: {', '.join(collection.measures)}; "
        f"analyses {', '.join(collection.analyses)}; periods "
        f"{'any' if collection.periods == 'any' else ', '.join(collection.periods)}."
        for collection in programme.collections
    ]
    until = f"until {programme.expires}" if programme.expires else "without an end date"
    return [
        *measures,
        *collections,
        f"No period finer than: {charter.finest_period}. The programme holds {until}.",
    ]


def _rules(charter: Charter) -> list[str]:
    texts = (
        ("Retention", charter.retention),
        ("Arbiter", charter.arbiter),
        ("Leaving", charter.leaving),
        ("Disputes", charter.disputes),
    )
    return [f"{name}: {' '.join(text.split())}" for name, text in texts if text]
