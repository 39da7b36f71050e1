"""Support of cells: what is joined, and that no cell is held by fewer than m sites."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fedqi.benchmarking.support import (
    SupportedModel,
    claim_count,
    claims,
    face_names,
    supported_model,
)
from fedqi.stats.regression_design import CategoryTerm, Design, NumberTerm, SplineTerm

DESIGN = Design(
    (
        CategoryTerm("type", ("a", "b", "c")),
        CategoryTerm("ward", ("x", "y")),
        NumberTerm("score", 0, 10),
    )
)
Rows = list[tuple[int, int, float]]


def columns(rows: Rows) -> dict[str, NDArray[np.float64]]:
    table = np.array(rows, dtype=float).reshape(-1, 3)
    return {term.name: table[:, index] for index, term in enumerate(DESIGN.terms)}


def supported(sites: list[Rows], minimum: int) -> SupportedModel:
    every = [claims(DESIGN, columns(rows), len(rows)) for rows in sites]
    return supported_model(DESIGN, np.sum(every, axis=0), minimum)


EVERYTHING: Rows = [(t, w, s) for t in range(3) for w in range(2) for s in (0.0, 5.0, 10.0)]


def test_faces_have_names() -> None:
    spline = Design((SplineTerm("age", (50.0, 65.0, 80.0), 18, 120),))
    assert face_names(spline) == ("age above 18", "age below 120", "age beyond 50")
    assert claim_count(DESIGN) == 28
    assert claim_count(Design(())) == 0


def test_a_full_model_stays() -> None:
    found = supported([EVERYTHING] * 5, 5)
    assert (found.design, found.joined, found.left_out) == (DESIGN, {}, ())


def test_a_rare_level_joins_the_reference() -> None:
    common = [row for row in EVERYTHING if row[0] != 1]
    found = supported([common] * 5 + [EVERYTHING], 3)
    assert found.design.names == ("(Intercept)", "type[c]", "ward[y]", "score")
    assert found.joined == {"type": ("b",)}
    assert found.values(columns([(0, 0, 1.0), (1, 0, 1.0), (2, 0, 1.0)]))["type"].tolist() == [
        0,
        0,
        1,
    ]


def test_a_rare_reference_takes_in_the_commonest() -> None:
    common = [row for row in EVERYTHING if row[0] != 0]
    found = supported([common] * 5 + [EVERYTHING, [(1, 0, 5.0), (1, 1, 5.0)]], 3)
    assert found.design.names[:2] == ("(Intercept)", "type[c]")
    assert found.joined == {"type": ("b",)}


def test_a_rare_pair_joins_its_rarer_level() -> None:
    apart = [row for row in EVERYTHING if row[:2] != (2, 1)]
    found = supported([apart] * 6 + [EVERYTHING] + [[(0, 1, 5.0)]], 3)
    assert found.joined == {"type": ("c",)}


def test_a_pair_that_never_occurs_is_no_matter() -> None:
    apart = [row for row in EVERYTHING if row[:2] != (2, 1)]
    assert supported([apart] * 6, 3).joined == {}


def test_a_number_that_is_zero_nearly_everywhere_is_left_out() -> None:
    zero = [(t, w, 0.0) for t, w, _ in EVERYTHING]
    found = supported([zero] * 6 + [EVERYTHING] * 2, 3)
    assert found.left_out == ("score",)
    assert "score" not in found.design.names


def test_a_category_with_one_level_left_is_left_out() -> None:
    found = supported([[row for row in EVERYTHING if row[1] == 0]] * 6 + [EVERYTHING], 3)
    assert found.left_out == ("ward",)


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, 1), st.sampled_from((0.0, 0.0, 3.0, 10.0))),
            min_size=1,
            max_size=8,
        ),
        min_size=3,
        max_size=9,
    ),
    st.integers(2, 4),
)
def test_no_cell_of_the_information_matrix_is_held_by_fewer_than_m_sites(
    sites: list[Rows], minimum: int
) -> None:
    model = supported(sites, minimum)
    held = np.zeros((len(model.design.names),) * 2)
    for rows in sites:
        design = model.design.matrix(model.values(columns(rows)), len(rows))
        held += (np.abs(design).T @ np.abs(design)) > 0
    # The intercept with itself is held by everybody.
    assert ((held == 0) | (held >= min(minimum, len(sites)))).all()
