"""How time and members may be cut: once, and the same way ever after."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise

from fedqi.disclosure.atoms import Atom
from fedqi.disclosure.periods import Interval
from fedqi.errors import PolicyError


def check_partition(atoms: Iterable[Atom], partition: tuple[str, ...]) -> None:
    """Refuse atoms of another partition of the members than the charter's.

    Parameters
    ----------
    atoms
        Atoms of a job.
    partition
        Segments of the charter, ``("*",)`` where the members are not divided.

    Raises
    ------
    PolicyError
        Naming the first such atom.
    """
    for atom in atoms:
        if atom.segment not in partition:
            raise PolicyError(
                f"atom {atom}: segment {atom.segment!r} found, the charter's partition is "
                f"{', '.join(partition)}; the members must decide on segments in the charter"
            )


def parts_of(atom: Atom, recorded: Iterable[Atom]) -> tuple[Atom, ...]:
    """List the recorded atoms of which an atom is exactly the union.

    Parameters
    ----------
    atom
        What is asked for.
    recorded
        Atoms with a history at this site.

    Returns
    -------
    tuple of Atom
        In order of time: the atom itself if it is recorded, its parts if it is their union;
        empty if it meets no recorded atom.

    Raises
    ------
    PolicyError
        If it overlaps recorded atoms without being their union.
    """
    met = sorted(
        (other for other in recorded if atom.overlaps(other)),
        key=lambda other: other.interval.first,
    )
    if not met or met == [atom]:
        return tuple(met)
    if any(other.segment != atom.segment for other in met) or not _tile(atom.interval, met):
        raise PolicyError(
            f"atom {atom}: it overlaps {', '.join(map(str, met))}, recorded before, without "
            "being their union; the coordinating centre must ask for the recorded periods"
        )
    return tuple(met)


def _tile(whole: Interval, parts: list[Atom]) -> bool:
    spans = [part.interval for part in parts]
    adjoining = all(
        before.last + timedelta(days=1) == after.first for before, after in pairwise(spans)
    )
    return adjoining and (spans[0].first, spans[-1].last) == (whole.first, whole.last)


def check_intervals(atoms: Iterable[Atom], recorded: Iterable[Atom]) -> None:
    """Refuse atoms that cut time anew: against the records or against each other.

    Parameters
    ----------
    atoms
        Atoms of a job.
    recorded
        Atoms with a history at this site.

    Raises
    ------
    PolicyError
        Naming the first atom that overlaps others without being their union. Two atoms of
        one job may not overlap at all.
    """
    wanted, known = tuple(atoms), tuple(recorded)
    for place, atom in enumerate(wanted):
        parts_of(atom, known)
        for other in wanted[:place]:
            if atom.overlaps(other):
                raise PolicyError(
                    f"atoms {other} and {atom} of one job overlap; the coordinating centre must "
                    "ask for periods and segments that do not"
                )


def check_claim(
    atoms: tuple[Atom, ...], recorded: Iterable[Atom], partition: tuple[str, ...]
) -> None:
    """Check atoms that are to be opened or given up: they are recorded so or wholly new.

    Parameters
    ----------
    atoms
        Atoms of one entry.
    recorded
        Atoms with a history at this site.
    partition
        Segments of the charter.

    Raises
    ------
    PolicyError
        If an atom cuts time or members anew, or is a union of recorded ones: its figures are
        the sums of theirs, and a sum made anew could be over another set.
    """
    known = tuple(recorded)
    check_partition(atoms, partition)
    check_intervals(atoms, known)
    for atom in atoms:
        parts = parts_of(atom, known)
        if parts not in ((), (atom,)):
            raise PolicyError(
                f"atom {atom}: it is the union of {', '.join(map(str, parts))}, recorded before, "
                "and is never summed again; the coordinating centre must add up their figures"
            )
