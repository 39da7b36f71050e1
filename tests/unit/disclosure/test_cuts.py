"""Time and members are cut once: what overlaps the records without being their union is refused."""

import re

import pytest

from fedqi.disclosure import Atom, check_intervals, check_partition, parts_of
from fedqi.errors import PolicyError


def atoms(*names: str) -> tuple[Atom, ...]:
    return tuple(map(Atom.parse, names))


MONTHS = atoms("a|2016-06|*", "a|2016-04|*", "a|2016-05|*", "b|2016|*")


def test_a_new_atom_has_no_parts() -> None:
    assert parts_of(Atom("a", "2016-07"), MONTHS) == ()
    assert parts_of(Atom("c", "2016"), MONTHS) == ()


def test_a_recorded_atom_is_its_own_part() -> None:
    assert parts_of(Atom("a", "2016-05"), MONTHS) == atoms("a|2016-05|*")


@pytest.mark.parametrize("period", ["2016-Q2", "2016-04-01..2016-06-30"])
def test_a_union_is_given_in_order_of_time(period: str) -> None:
    expected = atoms("a|2016-04|*", "a|2016-05|*", "a|2016-06|*")
    assert parts_of(Atom("a", period), MONTHS) == expected


@pytest.mark.parametrize(
    "name",
    [
        "a|2016|*",
        "a|all|*",
        "a|2016-04-02..2016-04-30|*",
        "a|2016-03-31..2016-06-30|*",
        "a|2016-04-15..2016-05-14|*",
        "b|2016-Q1|*",
        "a|2016-04|north",
    ],
)
def test_a_recut_is_refused(name: str) -> None:
    with pytest.raises(PolicyError, match=r"overlaps .* without being their union"):
        check_intervals(atoms(name), MONTHS)


def test_a_gap_is_no_union() -> None:
    with pytest.raises(PolicyError, match=re.escape("overlaps a|2016-04|*, a|2016-06|*, recorded")):
        parts_of(Atom("a", "2016-Q2"), atoms("a|2016-04|*", "a|2016-06|*"))


@pytest.mark.parametrize(
    ("first", "second"), [("2016-04", "2016-04"), ("2016-Q2", "2016-04"), ("all", "2016")]
)
def test_atoms_of_one_job_may_not_overlap(first: str, second: str) -> None:
    with pytest.raises(PolicyError, match="of one job overlap"):
        check_intervals((Atom("c", first), Atom("c", second)), ())


def test_segments_are_those_of_the_charter() -> None:
    check_partition(atoms("a|2016|*"), ("*",))
    check_partition(atoms("a|2016|north", "a|2016|south"), ("north", "south"))
    for partition, name in ((("*",), "a|2016|north"), (("north", "south"), "a|2016|*")):
        with pytest.raises(PolicyError, match="the charter's partition is"):
            check_partition(atoms(name), partition)
