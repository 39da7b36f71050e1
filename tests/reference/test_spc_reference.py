"""XmR charts against NHS plot-the-dots: ptd_spc() of NHSRplotthedots@050b07d (data/README.md)."""

import pytest

from fedqi.stats import xmr_chart
from tests.reference.statistics_data import oracle

RUNS = ["RQM_screen_TRUE", "RQM_screen_FALSE", "RRK_screen_TRUE", "RRK_screen_FALSE"]


@pytest.mark.parametrize("run", RUNS)
def test_plot_the_dots(run: str) -> None:
    expected = oracle("spc_plotthedots")[run]
    found = xmr_chart(expected["y"], screen=run.endswith("TRUE"))
    assert (found.centre, found.lower, found.upper) == pytest.approx(
        (expected["mean_col"][0], expected["lpl"][0], expected["upl"][0]), rel=1e-12
    )
    assert [cause.value for cause in found.causes] == expected["special_cause_type"]


def test_screening_matters_for_one_trust_only() -> None:
    data = oracle("spc_plotthedots")
    for trust, matters in (("RQM", False), ("RRK", True)):
        series = data[f"{trust}_screen_TRUE"]["y"]
        assert (xmr_chart(series).upper != xmr_chart(series, screen=False).upper) is matters
