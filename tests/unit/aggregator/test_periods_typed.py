"""Ranges of periods as an operator types them."""

import pytest

from aggregator.periods import expand
from fedqi.errors import FedQIError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", ("all",)),
        ("2016-04", ("2016-04",)),
        ("2016-11..2017-02", ("2016-11", "2016-12", "2017-01", "2017-02")),
        ("2016-Q3..2017-Q1", ("2016-Q3", "2016-Q4", "2017-Q1")),
        ("2016..2018", ("2016", "2017", "2018")),
        ("2016-04..2016-04", ("2016-04",)),
    ],
)
def test_range(text: str, expected: tuple[str, ...]) -> None:
    assert expand(text) == expected


def test_three_years_of_months() -> None:
    assert len(expand("2016-04..2019-03")) == 36


@pytest.mark.parametrize(
    "text", ["", "2016-13", "2017-01..2016-12", "2016..2016-12", "all..all", "2016-01.."]
)
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(FedQIError):
        expand(text)
