"""Funnel limits against Spiegelhalter's code, his 2005 paper and FunnelPlotR (data/README.md)."""

import numpy as np
import pytest

from fedqi.stats import FunnelKind, adjusted_limits, funnel_curve, z_score
from tests.reference.statistics_data import bristol, new_york, nhs, oracle, rows

TAILS = {"0.001": (0.998, 0), "0.025": (0.95, 0), "0.975": (0.95, 1), "0.999": (0.998, 1)}
NAMES = {"lo998": (0.998, 0), "lo95": (0.95, 0), "hi95": (0.95, 1), "hi998": (0.998, 1)}


@pytest.mark.parametrize("tail", TAILS)
def test_the_paper_of_2005(tail: str) -> None:
    # r = qbinom(p, n, theta); alpha = (pbinom(r) - p)/dbinom(r); (r - alpha)/n
    surgical = oracle("funnel_exact")["surgical_binomial"]
    level, side = TAILS[tail]
    found = funnel_curve(
        surgical["table"]["n"], surgical["theta0"], level, FunnelKind.INTERPOLATED_2005
    )
    expected = np.clip(surgical["table"][f"exact_interp_{tail}"], 0, 1)
    np.testing.assert_allclose(found[side], expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("grid", ["X1", "X2", "X3", "X4"])
def test_the_paper_of_2005_from_five_to_a_thousand_patients(grid: str) -> None:
    expected = oracle("funnel_exact")["grid"]
    level, side = dict(zip(("X1", "X2", "X3", "X4"), TAILS.values(), strict=True))[grid]
    target = 0.1  # as in `symmetry` of spiegelhalter.json: n = 100 gives 0.0403805955243935
    found = funnel_curve(expected["n"], target, level, FunnelKind.INTERPOLATED_2005)
    np.testing.assert_allclose(found[side], np.clip(expected[grid], 0, 1), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_spiegelhalters_code(name: str) -> None:
    # binomial.limits(n, theta0, c(0.001, 0.025)); his code clips to [0.00001, 0.99999].
    level, side = NAMES[name]
    spiegelhalter = oracle("spiegelhalter")
    for counts, theta, expected in (
        (new_york(), spiegelhalter["ny"]["theta0"], spiegelhalter["ny"]["unadjusted_limits"]),
        (bristol(), spiegelhalter["bristol"]["theta0"], spiegelhalter["bristol"]["limits"]),
    ):
        found = funnel_curve([n for _, n in counts], theta, level)[side]
        np.testing.assert_allclose(np.clip(found, 1e-5, 0.99999), expected[name], rtol=1e-11)
        paper = funnel_curve([n for _, n in counts], theta, level, FunnelKind.INTERPOLATED_2005)
        np.testing.assert_allclose(
            paper[side], np.clip(expected[f"paper2005_{name}"], 0, 1), rtol=1e-11
        )


def test_only_the_symmetric_kind_mirrors_deaths_and_survivals() -> None:
    expected = oracle("spiegelhalter")["symmetry"]
    n, theta = expected["n"], expected["theta"]
    assert funnel_curve([n], theta, 0.95)[0][0] == pytest.approx(expected["code_lo_deaths"])
    assert funnel_curve([n], 1 - theta, 0.95)[1][0] == pytest.approx(expected["code_hi_survival"])
    paper = FunnelKind.INTERPOLATED_2005
    assert funnel_curve([n], 1 - theta, 0.95, paper)[1][0] == pytest.approx(
        expected["paper_hi_survival"]
    )
    assert expected["code_lo_deaths"] == pytest.approx(1 - expected["code_hi_survival"])
    assert expected["paper_lo_deaths"] != pytest.approx(1 - expected["paper_hi_survival"])


def test_funnelplotr() -> None:
    # Its normal quantiles are typed in with seven digits: 1.959964 and 3.090232.
    data = oracle("funnelplotr")["surgical_PR"]["data"]
    theta = 208 / 2814
    for level, lower, upper in ((0.95, "LCL95", "UCL95"), (0.998, "LCL99", "UCL99")):
        found = funnel_curve(data["denominator"], theta, level, FunnelKind.CONFIDENCE_INTERVAL)
        np.testing.assert_allclose(found[0], data[lower], atol=1e-7)
        np.testing.assert_allclose(found[1], data[upper], atol=1e-7)


def test_z_scores() -> None:
    table = oracle("funnel_exact")["surgical_binomial"]["table"]
    found = [z_score(r, n, 208 / 2814) for r, n in zip(table["O"], table["n"], strict=True)]
    assert found == pytest.approx(table["z_score"], rel=1e-12)


@pytest.mark.parametrize("trust", ["RQM", "RRK", "RC9"])
def test_adjusted_limits_of_accident_and_emergency(trust: str) -> None:
    direct = oracle("nhs_ae_type1_direct")
    expected = direct["adjusted"][trust]
    index = [row["org_code"] for row in rows("nhs_ae_type1_totals")].index(trust)
    breaches, attendances = nhs()[index]
    assert attendances == expected["attendances"]
    target, tau2 = direct["target"], direct["tau2"]
    for level in (0.95, 0.998):
        found = adjusted_limits(attendances, target, level, tau2)
        assert (found.lower, found.upper) == pytest.approx(expected[str(level)], rel=1e-12)
    assert z_score(breaches, attendances, target) == pytest.approx(expected["z"], rel=1e-12)
    assert z_score(breaches, attendances, target, tau2) == pytest.approx(
        expected["z_adjusted"], rel=1e-12
    )
