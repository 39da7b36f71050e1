"""Documents that the other side serves: a document or a documented refusal, damaged or not."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fedqi.charter import Charter, Genesis, JobSpec, Programme, Roster, check_job, verify_genesis
from fedqi.charter.canonical import read_document
from fedqi.errors import FedQIError
from fedqi.measures import parse_measure
from tests.fuzz.mutations import damaged
from tests.unit.charter.documents import make_documents, make_job
from tests.unit.measures.documents import document

DOCUMENTS = make_documents()
GENESIS = DOCUMENTS.genesis()
VALID: dict[type[Any], Any] = {
    Charter: DOCUMENTS.charter,
    Roster: DOCUMENTS.roster,
    Programme: DOCUMENTS.programme,
    Genesis: GENESIS,
    JobSpec: make_job(),
}
READERS: dict[str, Callable[[bytes], object]] = {
    "measure": parse_measure,
    **{model.__name__: partial(read_document, model) for model in VALID},
}
MEASURE = parse_measure(document()).canonical_json
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@pytest.mark.parametrize("model", VALID, ids=lambda model: model.__name__)
@given(data=st.data())
def test_damaged_document_is_read_whole_or_refused(model: Any, data: st.DataObject) -> None:
    content = data.draw(damaged(VALID[model].model_dump_json().encode()))
    try:
        read = read_document(model, content)
    except FedQIError:
        return
    assert read_document(model, read.model_dump_json().encode()) == read


@pytest.mark.parametrize("model", VALID, ids=lambda model: model.__name__)
@given(data=st.data())
def test_document_with_another_value_is_read_or_refused(model: Any, data: st.DataObject) -> None:
    fields = VALID[model].model_dump(mode="json")
    name = data.draw(st.sampled_from(sorted(fields)))
    try:
        read = read_document(model, fields | {name: data.draw(json_values)})
        if model is Genesis:
            verify_genesis(read)
        if model is JobSpec:
            check_job(GENESIS, read, date(2026, 6, 30))
    except FedQIError:
        return


@given(data=st.data())
def test_measure_with_another_value_is_a_measure_or_refused(data: st.DataObject) -> None:
    fields = document()
    name = data.draw(st.sampled_from(sorted(fields)))
    try:
        read = parse_measure(fields | {name: data.draw(json_values)})
    except FedQIError:
        return
    assert parse_measure(read.canonical_json) == read


@given(damaged(MEASURE))
def test_damaged_measure_is_a_measure_or_refused(content: bytes) -> None:
    try:
        parse_measure(content)
    except FedQIError:
        return


@pytest.mark.parametrize("reader", READERS)
@given(content=st.binary(max_size=60))
@example(content=b"[" * 100_000)
@example(content=b'{"a":' * 100_000)
@example(content=b"1" * 5_000)
@example(content=b"\xff")
def test_what_is_no_document_is_refused(reader: str, content: bytes) -> None:
    with pytest.raises(FedQIError):
        READERS[reader](content)
