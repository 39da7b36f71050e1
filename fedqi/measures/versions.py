"""Versions of a measure, and what one says of the one before it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, StringConstraints

from fedqi.measures.dataset import Part

Version = Annotated[
    str, StringConstraints(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$")
]
Comparable = Literal["yes", "no", "bridge"]


def _as_word(value: object) -> object:
    """Take YAML's ``yes`` and ``no``, which it reads as true and false, for the words."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


class Supersedes(Part):
    """The version that this one takes the place of, and how their figures relate.

    Parameters
    ----------
    version
        The earlier version of the same measure.
    comparable
        ``yes``: one series of figures goes on; ``no``: a new series begins; ``bridge``: for
        a while both are summed over the same periods, in jobs of their own by the same hospitals,
        so that the step can be seen.
    """

    version: Version
    comparable: Annotated[Comparable, BeforeValidator(_as_word)]


def precedes(one: str, other: str) -> bool:
    """Tell whether a version comes before another; a pre-release before its release.

    References
    ----------
    Semantic Versioning 2.0.0, clause 11 (https://semver.org/).
    """
    return _precedence(one) < _precedence(other)


def _precedence(version: str) -> tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]:
    release, _, before = version.partition("-")
    parts = before.split(".") if before else []
    ranked = tuple((not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in parts)
    return tuple(map(int, release.split("."))), not before, ranked
