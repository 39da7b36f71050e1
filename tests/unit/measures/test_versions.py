from itertools import pairwise

import pytest

from fedqi.errors import DefinitionError
from fedqi.measures import parse_measure
from fedqi.measures.changes import changes, declared
from fedqi.measures.versions import precedes
from tests.unit.measures.documents import document


def test_the_order_of_versions() -> None:
    order = ["0.9.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-rc.2"]
    order += ["1.0.0-rc.10", "1.0.0", "1.2.0", "1.10.0"]
    assert all(precedes(one, other) for one, other in pairwise(order))
    assert not any(precedes(other, one) for one, other in pairwise(order))
    assert not precedes("1.0.0", "1.0.0")


@pytest.mark.parametrize(
    ("supersedes", "words"),
    [
        ({"version": "1.0.0", "comparable": "yes"}, "expected one before the measure's own 1.0.0"),
        ({"version": "1.1.0", "comparable": "no"}, "supersedes.version is 1.1.0"),
        ({"version": "0.9", "comparable": "no"}, "supersedes.version"),
        ({"version": "0.9.0", "comparable": "perhaps"}, "supersedes.comparable"),
        ({"version": "0.9.0"}, "supersedes.comparable is missing"),
    ],
)
def test_what_cannot_be_superseded(supersedes: dict[str, str], words: str) -> None:
    with pytest.raises(DefinitionError) as error:
        parse_measure(document(supersedes=supersedes))
    assert words in str(error.value)


@pytest.mark.parametrize(("written", "read"), [(True, "yes"), (False, "no"), ("bridge", "bridge")])
def test_yes_and_no_are_read_as_yaml_gives_them(written: object, read: str) -> None:
    said = {"version": "0.9.0", "comparable": written}
    new = parse_measure(document(supersedes=said))
    old = parse_measure(document(version="0.9.0"))
    assert declared(old, new) == read
    assert [change.comparable for change in changes(old, new)] == [True]
    assert parse_measure(new.canonical_json) == new


def test_nothing_is_declared_of_another_version() -> None:
    new = parse_measure(document(supersedes={"version": "0.9.0", "comparable": "bridge"}))
    assert declared(parse_measure(document(version="0.8.0")), new) is None
    assert declared(parse_measure(document(id="other", version="0.9.0")), new) is None
    assert declared(new, parse_measure(document())) is None
