import datetime

import pytest

from fedqi.errors import DefinitionError
from fedqi.measures import parse_measure
from fedqi.measures.refusals import nearest
from tests.unit.measures.documents import document


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"numerator": ""}, "numerator: expected a text that is not empty (found ''); "),
        ({"dataset": []}, "dataset: expected keys and values; "),
        ({"dataset": None, "title": 1}, "dataset is missing"),
        (
            {"title": datetime.date(2020, 1, 31)},
            "title: expected text (found 2020-01-31); quote it in YAML; ",
        ),
        ({"numerator": "AGE >= 65"}, "'AGE' is an unknown column: did you mean age?"),
    ],
)
def test_a_fault_is_told_once_and_in_words_of_the_format(
    changes: dict[str, object], told: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_measure(document(**changes))
    assert told in str(caught.value)
    assert "instance of" not in str(caught.value)


@pytest.mark.parametrize(
    ("criterion", "place"),
    [
        ("age >= 65 AND", "1:11: 'AND'"),
        ("((age", "1:3: 'age'"),
        ("age >= 65\n  AND (sex", "2:8: 'sex'"),
    ],
)
def test_the_place_of_a_syntax_error_is_where_the_word_begins(criterion: str, place: str) -> None:
    with pytest.raises(DefinitionError, match="cannot be parsed near here") as caught:
        parse_measure(document(numerator=criterion))
    assert f"numerator, {place}" in str(caught.value)


def test_upper_and_lower_case_do_not_hide_what_was_meant() -> None:
    assert nearest("HOSPITAL", ["id", "Hospital"]) == "did you mean Hospital?"
    assert nearest("x", ["b", "A"]) == "known are A, b"
