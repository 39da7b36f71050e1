"""The three documents that members sign: charter (rules), roster (members), programme (work)."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from fedqi.charter.canonical import Document
from fedqi.charter.periods import PeriodGrain, grain_of
from fedqi.errors import PolicyError

_IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
Identifier = Annotated[str, StringConstraints(pattern=_IDENTIFIER)]
"""Name of a site, measure, lineage or job: safe in a path, a certificate and a log line."""

Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""32 bytes, lower-case hexadecimal."""


def is_identifier(name: object) -> bool:
    """Whether a name can be that of a site."""
    return isinstance(name, str) and re.fullmatch(_IDENTIFIER, name) is not None


def _one_line(text: str) -> str:
    # Terminal escapes, bidirectional overrides and line breaks could make a description say
    # something else than what is signed.
    if not text.isprintable():
        raise ValueError("contains a character that does not print")
    return text


def _lines(text: str) -> str:
    return "\n".join(_one_line(line) for line in text.split("\n"))


Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_one_line),
]  # fmt: skip
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000),
    AfterValidator(_lines),
]  # fmt: skip


def _known_period(name: str) -> str:
    grain_of(name)
    return name


Period = Annotated[str, AfterValidator(_known_period)]


def _unique(names: Iterable[str], what: str) -> None:
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise ValueError(f"{what} named more than once: {', '.join(twice)}")


class VersionedDocument(Document):
    """A document with a version; only the first one of each can be followed today."""

    version: Annotated[int, Field(ge=1)] = 1

    @field_validator("version")
    @classmethod
    def _first_version(cls, version: int) -> int:
        if version != 1:
            raise PolicyError(
                f"{cls.__name__.lower()}: version {version} found, 1 expected; this release "
                "cannot follow a change of a signed document, so the members must stay with "
                "version 1 or found a new collaborative"
            )
        return version


class Segment(Document):
    """A peer group: members that are compared with each other; kept sorted by site."""

    id: Identifier
    sites: Annotated[tuple[Identifier, ...], Field(min_length=1)]

    @field_validator("sites")
    @classmethod
    def _each_once(cls, sites: tuple[str, ...]) -> tuple[str, ...]:
        _unique(sites, "sites")
        return tuple(sorted(sites))


class Charter(VersionedDocument):
    """The rules of a collaborative.

    Parameters
    ----------
    collusion_bound
        c: how many members may collude with the aggregator; an absolute number.
    min_others
        Honest organisations, at least, that stand beside a site in any sum. One would know
        the site's figure by subtracting its own, hence two at least.
    lineages
        The underlying events that may be summed, whatever the version of a measure.
    segments
        The partition of the members into peer groups, or ``*``, the whole group. Every measure
        is summed within the groups only, and what all have together is the sum of the groups.
    """

    format: Literal[1] = 1
    collaborative: Identifier
    title: Title
    collusion_bound: Annotated[int, Field(ge=0)]
    min_others: Annotated[int, Field(ge=2)] = 2
    lineages: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    finest_period: PeriodGrain = PeriodGrain.MONTH
    segments: Annotated[tuple[Segment, ...], Field(min_length=2)] | Literal["*"] = "*"
    retention: Text
    arbiter: Text
    leaving: Text | None = None
    disputes: Text | None = None

    @model_validator(mode="after")
    def _lineages_once(self) -> "Charter":
        _unique(self.lineages, "lineages")
        return self

    @model_validator(mode="after")
    def _segments_apart(self) -> "Charter":
        if self.segments != "*":
            _unique((segment.id for segment in self.segments), "segments")
            _unique((site for segment in self.segments for site in segment.sites), "sites")
        return self

    @property
    def partition(self) -> tuple[str, ...]:
        """Names of the segments, ``("*",)`` where the members are not divided."""
        return ("*",) if self.segments == "*" else tuple(each.id for each in self.segments)

    def segment_of(self, site: str) -> str:
        """Return the segment that a member belongs to."""
        if self.segments == "*":
            return "*"
        return next(segment.id for segment in self.segments if site in segment.sites)


class Member(Document):
    """One organisation: its site, its full name and its Ed25519 identity key."""

    site: Identifier
    name: Title
    identity_key: Hex32


class Roster(VersionedDocument):
    """The members under one charter, kept sorted by site."""

    charter: Hex32
    members: Annotated[tuple[Member, ...], Field(min_length=1)]

    @field_validator("members")
    @classmethod
    def _each_once(cls, members: tuple[Member, ...]) -> tuple[Member, ...]:
        _unique((member.site for member in members), "sites")
        _unique((member.identity_key for member in members), "identity keys")
        return tuple(sorted(members, key=lambda member: member.site))

    @property
    def identities(self) -> dict[str, bytes]:
        """Identity key of every site, raw 32 bytes."""
        return {member.site: bytes.fromhex(member.identity_key) for member in self.members}


class PlannedMeasure(Document):
    """A measure that may be summed, pinned by the digest of its definition."""

    id: Identifier
    version: Identifier
    digest: Hex32
    lineage: Identifier


class Collection(Document):
    """Measures that run together, with the analyses and periods allowed for them."""

    id: Identifier
    title: Title
    measures: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    analyses: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    periods: Annotated[tuple[Period, ...], Field(min_length=1)] | Literal["any"] = "any"

    @model_validator(mode="after")
    def _each_once(self) -> "Collection":
        _unique(self.measures, "measures")
        _unique(self.analyses, "analyses")
        if self.periods != "any":
            _unique(self.periods, "periods")
        return self


class Programme(VersionedDocument):
    """What is compared: measures, and the collections in which jobs may run them.

    Parameters
    ----------
    expires
        The last day on which a job may start, or None.
    """

    charter: Hex32
    measures: Annotated[tuple[PlannedMeasure, ...], Field(min_length=1)]
    collections: Annotated[tuple[Collection, ...], Field(min_length=1)]
    expires: date | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Programme":
        known = {measure.id for measure in self.measures}
        _unique((measure.id for measure in self.measures), "measures")
        _unique((collection.id for collection in self.collections), "collections")
        for collection in self.collections:
            if unknown := sorted(set(collection.measures) - known):
                raise ValueError(
                    f"collection {collection.id}: measures {', '.join(unknown)} are not listed"
                )
        return self
