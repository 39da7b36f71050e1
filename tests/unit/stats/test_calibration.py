"""Bins of scores with enough sites, c-statistic, calibration table."""

from itertools import pairwise

import numpy as np
import pytest

from fedqi.stats.calibration import (
    SCORE_BINS,
    SCORE_EDGES,
    c_statistic,
    calibration_table,
    claims,
    score_bins,
    score_counts,
    supported_edges,
)


def test_every_score_has_a_bin() -> None:
    assert score_bins([0.0, 1.0, SCORE_EDGES[7]]).tolist() == [0, SCORE_BINS - 1, 7]


def test_c_statistic_by_pairs() -> None:
    rng = np.random.default_rng(3)
    scores, events = rng.integers(0, 6, 80), rng.integers(0, 2, 80)
    pairs = [(a > b) + (a == b) / 2 for a in scores[events == 1] for b in scores[events == 0]]
    patients = np.bincount(scores, minlength=6)
    assert c_statistic(patients, np.bincount(scores, events, 6)) == pytest.approx(np.mean(pairs))


def test_no_pairs_no_c_statistic() -> None:
    assert c_statistic([4, 5], [0, 0]) is None
    assert c_statistic([4, 5], [4, 5]) is None


def test_enough_sites_in_every_bin() -> None:
    rng = np.random.default_rng(5)
    sites = [rng.beta(1, 9, rng.integers(5, 60)) for _ in range(12)]
    edges = supported_edges(np.sum([claims(s) for s in sites], axis=0), 4)
    assert edges[0] == 0
    assert edges[-1] == 1
    assert len(edges) > 10
    present = np.array([np.bincount(score_bins(s, edges), minlength=len(edges) - 1) for s in sites])
    assert ((present > 0).sum(axis=0) >= 4).all()
    assert present.sum() == sum(map(len, sites))


def test_a_thin_half_joins_its_neighbour() -> None:
    # All patients of ten sites below one half, a single site also at the top.
    sites = [np.array([0.01, 0.2, 0.3])] * 10 + [np.array([0.99])]
    edges = supported_edges(np.sum([claims(s) for s in sites], axis=0), 4)
    assert len(edges) == 4
    mirrored = [1 - s for s in sites]
    assert len(supported_edges(np.sum([claims(s) for s in mirrored], axis=0), 4)) == 4


def test_too_few_sites_leave_one_bin() -> None:
    assert supported_edges(claims([0.1, 0.9]), 3) == (0.0, 1.0)


def test_calibration_in_tenths() -> None:
    scores = np.linspace(0.005, 0.995, 1000)
    counts = score_counts(scores, np.full(1000, 2), np.ones(1000))
    table = calibration_table(SCORE_EDGES.tolist(), counts)
    assert len(table) == 10
    assert sum(g.patients for g in table) == 2000
    assert sum(g.observed for g in table) == 1000
    assert sum(g.expected for g in table) == pytest.approx(2 * scores.sum())
    assert all(a.upper == b.lower for a, b in pairwise(table))


def test_nobody_no_table() -> None:
    assert calibration_table(SCORE_EDGES.tolist(), score_counts([], [], [])) == ()
