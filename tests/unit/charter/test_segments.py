"""A partition into peer groups: every member once, and signed with the rest."""

import pytest

from fedqi.charter import GroupNumbers, check_documents, describe, genesis_digest, planned_atoms
from fedqi.charter.genesis import Genesis
from fedqi.errors import DefinitionError, PolicyError
from tests.unit.charter.documents import HF, SITES, make_charter, make_programme, make_roster

NORTH = {"id": "north", "sites": ["birch", "alder"]}
SOUTH = {"id": "south", "sites": ["cedar", "dogwood", "elm"]}


def test_each_member_has_its_segment() -> None:
    charter = make_charter(segments=[NORTH, SOUTH])
    assert charter.partition == ("north", "south")
    assert [charter.segment_of(site) for site in SITES] == ["north"] * 2 + ["south"] * 3
    assert (make_charter().partition, make_charter().segment_of("elm")) == (("*",), "*")
    turned = make_charter(segments=[{**NORTH, "sites": ["alder", "birch"]}, SOUTH])
    assert turned.sha256 == charter.sha256


@pytest.mark.parametrize(
    ("segments", "words"),
    [
        ([NORTH], "segments"),
        ([NORTH, NORTH], "named more than once: north"),
        ([NORTH, {"id": "south", "sites": ["alder", "elm"]}], "named more than once: alder"),
        ([NORTH, {"id": "*", "sites": ["elm"]}], "segments"),
    ],
)
def test_what_is_no_partition_is_refused(segments: list[object], words: str) -> None:
    with pytest.raises((DefinitionError, ValueError), match=words):
        make_charter(segments=segments)


@pytest.mark.parametrize(
    ("south", "words"),
    [
        (["cedar", "dogwood"], "in no segment: elm"),
        (["cedar", "dogwood", "elm", "fir"], "no members, but in a segment: fir"),
    ],
)
def test_a_partition_holds_the_members_of_the_roster(south: list[str], words: str) -> None:
    charter = make_charter(segments=[NORTH, {"id": "south", "sites": south}])
    with pytest.raises(PolicyError, match=words):
        check_documents(charter, make_roster(charter), make_programme(charter))


def test_a_member_reads_the_groups_before_it_signs() -> None:
    charter = make_charter(segments=[NORTH, SOUTH])
    genesis = Genesis(
        charter=charter,
        roster=make_roster(charter),
        programme=make_programme(charter),
        signatures={},
    )
    told = "\n".join(describe(genesis, GroupNumbers(5, 1, 4, 4)))
    assert "Peer groups: north (2): alder, birch; south (3): cedar, dogwood, elm." in told
    assert genesis.signed_digest == genesis_digest(
        genesis.charter, genesis.roster, genesis.programme
    )


def test_atoms_are_planned_for_every_segment() -> None:
    names = planned_atoms((HF,), {"hf": ("2020-Q1", "2020-Q2")}, ("north", "south"))
    assert names == tuple(
        f"heart-failure|{period}|{segment}"
        for segment in ("north", "south")
        for period in ("2020-Q1", "2020-Q2")
    )
