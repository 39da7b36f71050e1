"""The page of a mean behind which a risk model stands."""

from functools import cache

import numpy as np
import pytest

from fedqi.reports.action import action
from fedqi.reports.compose import rehearsal_report
from fedqi.reports.data import ReportData
from fedqi.reports.model_tables import appendices
from fedqi.reports.origin import methods
from fedqi.reports.wording import headline
from tests.reference import test_masked_linear_reference as linear


@cache
def reported(site: str) -> ReportData:
    run = linear.benchmark()
    return rehearsal_report(run.measures, run.result, run.site(site).positions, site)


def adjusted(site: str) -> tuple[float, float]:
    """Return the adjusted mean by least squares over all rows, and the distance that it adds."""
    x, y = linear.design()
    own = np.array([row[0] == site for row in linear.ROWS])
    excess = float(np.mean((y - x @ np.linalg.lstsq(x, y)[0])[own]))
    return float(y.mean()) + excess, excess


@pytest.mark.parametrize("site", ["h0", "h2", "h7"])
def test_the_figure_of_the_page_is_the_adjusted_mean(site: str) -> None:
    found = reported(site).measures[0]
    mean, excess = adjusted(site)
    assert found.rate == pytest.approx(mean, abs=1e-6)
    assert found.gap == pytest.approx(max(0.0, excess) * found.size, abs=1e-4)
    assert [r.analysis for r in found.readings] == ["crude", "standardised"]
    assert found.readings[0].value != found.readings[1].value
    assert found.funnel is not None and found.funnel.target == found.network_rate
    assert "adjusted for case mix, was" in headline(found)
    assert (found.benchmark, found.percentile_band, found.histogram) == (None, None, None)


def test_what_there_is_to_gain_is_counted_against_what_was_expected() -> None:
    assert "average hospital with patients like yours" in action(reported("h2").measures[0]).before
    assert action(reported("h0").measures[0]).label == "Keep"


def test_the_model_is_told_in_differences() -> None:
    (found,) = appendices(reported("h0").measures)
    assert found.effect == "difference"
    assert found.meaning == "By how much the mean is higher"
    x, y = linear.design()
    assert found.effects[1][1] == f"{np.linalg.lstsq(x, y)[0][2]:.2f}"
    assert any("R²" in sentence for sentence in found.told)


def test_the_method_says_what_an_adjusted_mean_is() -> None:
    assert any("Adjusted mean:" in each for each in methods(reported("h0")))
