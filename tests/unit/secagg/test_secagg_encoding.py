from typing import Any

import numpy as np
import pytest

from fedqi.errors import DefinitionError, EncodingRangeError, LocalProtocolError
from fedqi.secagg import Block, Layout

COUNTS = Block("deaths", (2,), "count", 0, 100)
REALS = Block("score", (2, 2), "real", -4.0, 4.0, resolution=2.0**-20)


def test_negative_and_real_numbers_come_back() -> None:
    layout = Layout((COUNTS, REALS), 10)
    values = {"deaths": np.array([3, 100]), "score": np.array([[-4.0, 0.25], [1.5, 4.0]])}
    vector = layout.encode(values)
    assert vector.dtype == np.uint64
    assert vector.shape == (layout.length,) == (6,)
    decoded = layout.decode(vector + vector)
    assert decoded["deaths"].tolist() == [6, 200]
    assert decoded["score"].tolist() == [[-8.0, 0.5], [3.0, 8.0]]


def test_a_layout_that_could_wrap_around_refuses_itself() -> None:
    limit = 2**63 // 8
    Layout((Block("b", (), "count", 0, float(limit) - 1024),), 8)
    with pytest.raises(DefinitionError, match="'b' could wrap around"):
        Layout((Block("b", (), "count", 0, float(limit)),), 8)
    with pytest.raises(DefinitionError, match="'b' could wrap around"):
        Layout((Block("b", (), "real", -(2.0**40), 0, resolution=2.0**-20),), 8)


@pytest.mark.parametrize("bad", [-1, 101])
def test_a_count_outside_its_bounds_is_refused_without_showing_it(bad: Any) -> None:
    with pytest.raises(EncodingRangeError, match="'deaths'") as caught:
        Layout((COUNTS,), 10).encode({"deaths": np.array([0, bad])})
    assert f"{bad}" not in str(caught.value).replace("0.0 to 100.0", "")[:40]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 4.0001])
def test_a_real_that_is_not_inside_its_bounds_is_refused(bad: Any) -> None:
    with pytest.raises(EncodingRangeError, match="'score'"):
        Layout((REALS,), 10).encode({"score": np.array([[0, 0], [0, bad]])})


def test_a_count_is_never_rounded() -> None:
    with pytest.raises(EncodingRangeError, match="whole numbers"):
        Layout((COUNTS,), 10).encode({"deaths": np.array([0.0, 1.0])})


def test_names_and_shapes_must_match() -> None:
    layout = Layout((COUNTS,), 10)
    with pytest.raises(LocalProtocolError, match="shape"):
        layout.encode({"deaths": np.array([1])})
    with pytest.raises(LocalProtocolError, match="do not match"):
        layout.encode({"births": np.array([1, 2])})
    with pytest.raises(LocalProtocolError, match="shape"):
        layout.decode(np.zeros(3, np.uint64))


def test_absent_blocks_are_zero_even_where_zero_is_out_of_bounds() -> None:
    layout = Layout((Block("a", (2,), "count", 5, 9),), 10)
    assert layout.encode({}, absent=["a"]).tolist() == [0, 0]


@pytest.mark.parametrize(
    "fields",
    [
        {"lower": 2, "upper": 1},
        {"upper": float("inf")},
        {"lower": float("nan")},
        {"resolution": 0.3},
        {"resolution": -1.0},
        {"kind": "count", "resolution": 0.5},
        {"kind": "count", "upper": 1.5},
        {"shape": (0,)},
        {"name": ""},
    ],
)
def test_a_block_that_contradicts_itself_is_refused(fields: Any) -> None:
    given = {"name": "b", "shape": (1,), "kind": "real", "lower": 0, "upper": 1} | fields
    with pytest.raises(DefinitionError):
        Block(**given)


def test_repeated_names_are_refused() -> None:
    with pytest.raises(DefinitionError, match="unique"):
        Layout((COUNTS, COUNTS), 3)


@pytest.mark.parametrize(
    "other",
    [
        Layout((COUNTS,), 11),
        Layout((COUNTS, REALS), 10),
        Layout((Block("deaths", (2,), "count", 0, 101),), 10),
        Layout((Block("deaths", (2,), "real", 0, 100),), 10),
        Layout((Block("deaths", (2,), "count", 0, 100, atom="hf"),), 10),
    ],
)
def test_any_difference_changes_the_digest(other: Any) -> None:
    assert other.digest != Layout((COUNTS,), 10).digest


def test_a_total_beyond_all_permitted_values_is_noticed() -> None:
    layout = Layout((COUNTS, REALS), 10)
    total = np.zeros(6, np.uint64)
    assert layout.out_of_bounds(total) is None
    total[1] = 1001
    assert layout.out_of_bounds(total) == "deaths"
    total[1], total[5] = 1000, 2**63
    assert layout.out_of_bounds(total) == "score"
