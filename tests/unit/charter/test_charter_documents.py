"""Charter, roster and programme: canonical bytes, and what is not accepted as a document."""

import json

import pytest
from pydantic import ValidationError

from fedqi.charter import Charter, Programme, Roster, canonical_json, grain_of, read_document
from fedqi.charter.canonical import MAXIMUM_DOCUMENT_BYTES
from fedqi.errors import DefinitionError, PolicyError
from tests.unit.charter.documents import HF, make_charter, make_programme, make_roster


def test_canonical_json_sorts_keys_and_keeps_letters() -> None:
    assert canonical_json({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'.encode()


def test_canonical_json_has_no_bytes_for_what_json_cannot_say() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"a": float("nan")})


def test_hash_does_not_depend_on_defaults_spacing_or_order_of_keys() -> None:
    charter = make_charter()
    spaced = json.dumps(json.loads(charter.canonical()), indent=3, sort_keys=False).encode()
    assert read_document(Charter, spaced).sha256 == charter.sha256
    assert make_charter(min_others=2, segments="*").sha256 == charter.sha256


def test_hash_is_pinned() -> None:
    # A release that hashes an agreed charter otherwise would break every collaborative.
    assert make_charter().sha256.hex() == (
        "9d9a797ef5a2030aaf9a00c7170477e7701348234f8a66192ba5c5925b7b8fce"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Hospitals of the coast"),
        ("collusion_bound", 2),
        ("min_others", 3),
        ("lineages", ["copd-stays", "heart-failure"]),
        ("finest_period", "year"),
        ("retention", "Sums are kept for a year."),
        ("leaving", "A member may leave."),
    ],
)
def test_every_rule_enters_the_hash(field: str, value: object) -> None:
    assert make_charter(**{field: value}).sha256 != make_charter().sha256


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("surprise", 1, "surprise"),
        ("format", 2, "format"),
        ("min_others", 1, "min_others"),
        ("collusion_bound", -1, "collusion_bound"),
        ("segments", "north", "segments"),
        ("lineages", [], "lineages"),
        ("lineages", ["a", "a"], "named more than once: a"),
        ("lineages", ["a|b"], "lineages.0"),
        ("collaborative", "../lakes", "collaborative"),
        ("title", "Lakes\x1b[2J", "title"),
        ("title", "Lakes\nc = 5", "title"),
        ("retention", "kept \u202efor ever", "retention"),
        ("finest_period", "week", "finest_period"),
    ],
)
def test_a_bad_charter_is_refused_and_the_place_named(
    field: str, value: object, place: str
) -> None:
    content = json.loads(make_charter().canonical()) | {field: value}
    with pytest.raises(DefinitionError, match=place):
        read_document(Charter, content)


def test_the_message_does_not_repeat_what_was_found() -> None:
    with pytest.raises(DefinitionError) as caught:
        read_document(Charter, b'{"title": ["a value that may be secret"]}')
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(DefinitionError, match="Charter"):
        read_document(Charter, content)


def test_an_oversized_document_is_refused_unread() -> None:
    with pytest.raises(DefinitionError, match=str(MAXIMUM_DOCUMENT_BYTES)):
        read_document(Charter, b" " * (MAXIMUM_DOCUMENT_BYTES + 1))


@pytest.mark.parametrize("model", [Charter, Roster, Programme])
def test_a_changed_document_is_refused_with_the_reason(
    model: type[Charter] | type[Roster] | type[Programme],
) -> None:
    charter = make_charter()
    made = {Charter: charter, Roster: make_roster(charter), Programme: make_programme(charter)}
    content = json.loads(made[model].canonical()) | {"version": 2}
    with pytest.raises(PolicyError, match=r"version 2 found, 1 expected; .*cannot follow a change"):
        read_document(model, json.dumps(content).encode())


def test_a_document_cannot_be_changed_in_place() -> None:
    charter = make_charter()
    with pytest.raises(ValidationError):
        charter.collusion_bound = 0


def test_the_roster_is_sorted_whatever_the_order_given() -> None:
    charter = make_charter()
    forwards, backwards = (make_roster(charter, sites) for sites in (("b", "a"), ("a", "b")))
    assert forwards == backwards
    assert list(forwards.identities) == ["a", "b"]


@pytest.mark.parametrize("field", ["site", "identity_key"])
def test_a_site_or_key_listed_twice_is_refused(field: str) -> None:
    charter = make_charter()
    first, second = make_roster(charter, ("a", "b")).members
    twin = second.model_copy(update={field: getattr(first, field)})
    content = {
        "charter": charter.sha256.hex(),
        "members": [first.model_dump(), twin.model_dump()],
    }
    with pytest.raises(DefinitionError, match="more than once"):
        read_document(Roster, content)


def test_a_collection_of_unlisted_measures_is_refused() -> None:
    charter = make_charter()
    with pytest.raises(ValidationError, match="measures copd are not listed"):
        make_programme(charter, measures=(HF,))


def test_a_period_of_no_calendar_is_refused() -> None:
    content = json.loads(make_programme(make_charter()).canonical())
    content["collections"][1]["periods"] = ["2016-04-03..2016-05-02"]
    with pytest.raises(DefinitionError, match="no month"):
        read_document(Programme, content)


@pytest.mark.parametrize(
    "name", ["2016-13", "2016-Q5", "0016", "16", "2016-4", "２０１６", "", "ALL"]
)
def test_names_that_are_no_period(name: str) -> None:
    with pytest.raises(DefinitionError):
        grain_of(name)
