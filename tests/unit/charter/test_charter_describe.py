"""What a signer reads: the numbers, what they mean, and every rule."""

import pytest

from fedqi.charter import GroupNumbers, check_group, describe, fingerprint
from fedqi.errors import InsufficientSitesError, LocalProtocolError
from tests.unit.charter.documents import SITES, make_documents

NUMBERS = GroupNumbers(members=5, collusion_bound=1, threshold=4, minimum=4)


def test_the_description_names_members_numbers_work_and_rules() -> None:
    genesis = make_documents().genesis()
    lines = describe(genesis, NUMBERS)
    text = "\n".join(lines)
    for expected in (
        *(f"({site})" for site in SITES),
        "N = 5", "c = 1", "t = 4", "m = 4", "up to 1 drop out",
        "hf version 1.0.0", "copd version 2.1.0", "analyses crude, hierarchical",
        "2016-Q1, 2016-Q2", "No period finer than: quarter", "until 2027-06-30",
        "Retention: Sums are kept for ten years.", "Arbiter: The medical council.",
    ):  # fmt: skip
        assert expected in text
    assert lines[-1].endswith(fingerprint(genesis))
    assert not any("\n" in line for line in lines)


@pytest.mark.parametrize(
    ("members", "bound", "threshold", "minimum", "dropouts"),
    [(5, 1, 4, 4, 1), (7, 2, 5, 5, 2), (10, 3, 7, 6, 3), (24, 5, 15, 8, 9), (140, 5, 73, 8, 67)],
)
def test_dropouts_tolerated(
    members: int, bound: int, threshold: int, minimum: int, dropouts: int
) -> None:
    assert GroupNumbers(members, bound, threshold, minimum).dropouts == dropouts


def test_too_few_members_are_refused_with_the_numbers() -> None:
    with pytest.raises(InsufficientSitesError, match=r"5 members found, at least 6 .*minimum 6"):
        check_group(GroupNumbers(members=5, collusion_bound=1, threshold=4, minimum=6))
    with pytest.raises(InsufficientSitesError, match="at least 4 expected"):
        check_group(GroupNumbers(members=3, collusion_bound=0, threshold=4, minimum=3))
    check_group(GroupNumbers(members=4, collusion_bound=1, threshold=3, minimum=4))


def test_numbers_of_other_documents_are_the_programs_mistake() -> None:
    other = GroupNumbers(members=6, collusion_bound=1, threshold=4, minimum=4)
    with pytest.raises(LocalProtocolError, match="N=6, c=1 given, documents have N=5, c=1"):
        describe(make_documents().genesis(), other)
