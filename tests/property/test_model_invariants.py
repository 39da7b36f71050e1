"""What must not matter to a federated model: order, splits, who holds which patients."""

from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.errors import ConvergenceError
from fedqi.stats.hierarchical import hierarchical_model
from fedqi.stats.hierarchical_effect import provider_effect
from fedqi.stats.regression import fitted
from fedqi.stats.regression_blocks import Family, ModelSums, Patterns, model_sums
from tests.unit.stats.fits import fit_hierarchical, fit_plain

NAMES = ("(Intercept)", "x", "level")


@st.composite
def providers(draw: st.DrawFn) -> Patterns:
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(-20, 20).map(lambda x: x / 10),
                st.sampled_from((0.0, 1.0)),
                st.integers(1, 400),
                st.floats(0, 1),
            ),
            min_size=1,
            max_size=6,
        )
    )
    design = [[1.0, x, level] for x, level, _, _ in rows]
    weight = [n for _, _, n, _ in rows]
    return Patterns.of(design, weight, [round(n * share) for _, _, n, share in rows])


groups = st.lists(providers(), min_size=2, max_size=8)


def halves(patterns: Patterns) -> list[Patterns]:
    """Split the patients of every pattern in two."""
    first = np.ceil(patterns.weight / 2)
    events = np.minimum(patterns.outcome, first)
    rest = patterns.weight - first
    kept = rest > 0
    return [
        Patterns.of(patterns.design, first, events),
        Patterns.of(patterns.design[kept], rest[kept], (patterns.outcome - events)[kept]),
    ]


def joined(parts: list[Patterns]) -> Patterns:
    return Patterns.of(
        np.vstack([p.design for p in parts]),
        np.concatenate([p.weight for p in parts]),
        np.concatenate([p.outcome for p in parts]),
    )


def plain_or_none(sites: list[Patterns], family: Family = Family.BINOMIAL) -> list[float] | None:
    try:
        found = fitted(fit_plain(sites, NAMES, family))
    except ConvergenceError:
        return None
    numbers = [*found.coefficients.values(), *found.standard_errors.values(), found.log_likelihood]
    assert all(map(isfinite, numbers))
    return numbers


@settings(deadline=None, max_examples=60)
@given(groups, st.randoms(use_true_random=False))
def test_order_splits_and_pooling_change_nothing(sites: list[Patterns], random: object) -> None:
    found = plain_or_none(sites)
    shuffled = sites[::-1]
    split = [part for site in sites for part in halves(site)]
    for again in (shuffled, split, [joined(sites)]):
        other = plain_or_none(again)
        assert (found is None) == (other is None)
        if found is not None and other is not None:
            assert other == pytest.approx(found, rel=1e-7, abs=1e-7)


@settings(deadline=None, max_examples=40)
@given(providers(), st.sampled_from(list(Family)))
def test_a_split_pattern_adds_the_same(patterns: Patterns, family: Family) -> None:
    point = [0.3, -0.2, 0.7]
    parts = [model_sums(part, point, family) for part in halves(patterns)]
    whole, split = model_sums(patterns, point, family), sum(parts, ModelSums.nothing(3))
    assert split.gradient == pytest.approx(whole.gradient, rel=1e-12, abs=1e-9)
    assert split.information == pytest.approx(whole.information, rel=1e-12, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(groups)
def test_random_intercepts_are_finite_or_an_error_and_do_not_depend_on_the_sites(
    every: list[Patterns],
) -> None:
    try:
        found = fit_hierarchical([[provider] for provider in every], NAMES)
    except ConvergenceError:
        return
    numbers = [*hierarchical_model(found).standard_errors.values(), found.sigma]
    assert all(map(isfinite, numbers))
    for provider in every:
        effect = provider_effect(provider, found.coefficients, found.sigma)
        assert 0 <= effect.probability_above <= 1
        assert isfinite(effect.ratio)
    # All providers in one site, their patterns split, in another order.
    other = fit_hierarchical([[joined(halves(provider)) for provider in every[::-1]]], NAMES)
    assert other.coefficients == pytest.approx(found.coefficients, rel=1e-6, abs=1e-6)
    assert other.sigma == pytest.approx(found.sigma, rel=1e-5, abs=1e-5)
