"""Scores of the risk-adjusted CUSUM as printed by its authors."""

from math import exp

import pytest

from fedqi.stats import likelihood_score

PARSONNET = {score: 1 / (1 + exp(3.68 - 0.077 * score)) for score in (0, 50)}
"""Risk of death after cardiac surgery by Parsonnet score, Steiner et al. (2000), p. 445."""


@pytest.mark.parametrize(
    ("odds_ratio", "score", "death", "printed"),
    [
        # Steiner SH (2014), in Lawless JF (ed.), Statistics in Action, p. 234; the first four also
        # in Steiner et al. (2000), Biostatistics 1:441-452, p. 446, as -0.024, 0.67, -0.43, 0.26.
        (2.0, 0, False, -0.024),
        (2.0, 0, True, 0.669),
        (2.0, 50, False, -0.433),
        (2.0, 50, True, 0.26),
        (0.5, 0, False, 0.012),
        (0.5, 0, True, -0.681),
        (0.5, 50, False, 0.316),
        (0.5, 50, True, -0.377),
    ],
)
def test_printed_scores(odds_ratio: float, score: int, death: bool, printed: float) -> None:
    assert round(likelihood_score(PARSONNET[score], death, odds_ratio), 3) == printed
