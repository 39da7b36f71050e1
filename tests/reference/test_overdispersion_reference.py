"""Overdispersion from sums, and winsorised by both customs, on real hospitals (data/README.md)."""

import pytest

from fedqi.stats import (
    overdispersion,
    proportion_overdispersion,
    ratio_overdispersion,
)
from fedqi.stats.winsorising import (
    overdispersion_of,
    winsorised_by_quantile,
    winsorised_by_rank,
)
from tests.reference.statistics_data import bristol, new_york, nhs, oracle, sums, surgical


def test_surgical_from_sums() -> None:
    found = proportion_overdispersion(*sums(surgical()))
    assert found.phi == pytest.approx(3.2129698768856, rel=1e-12)  # phi_unwinsorised
    assert found.units == 12
    assert found.evident


def test_bristol_from_sums() -> None:
    found = proportion_overdispersion(*sums(bristol()))
    expected = oracle("spiegelhalter")["bristol"]["od"]["none"]
    assert (found.phi, found.tau2) == pytest.approx((expected["phi"], expected["tau2"]), rel=1e-11)


def test_accident_and_emergency_from_sums() -> None:
    # Computed directly from the file, trust by trust, in rational arithmetic.
    direct = oracle("nhs_ae_type1_direct")
    units, breaches, attendances, *rest = sums(nhs())
    assert (units, breaches, attendances) == (140, 8_096_641, 46_315_223)
    found = proportion_overdispersion(units, breaches, attendances, *rest)
    assert (found.phi, found.tau2) == pytest.approx((direct["phi"], direct["tau2"]), rel=1e-11)
    # The often quoted 9,000 is winsorised; from sums the factor is not.
    target = breaches / attendances
    variances = [target * (1 - target) / n for _, n in nhs()]
    z = [(r / n - target) / v**0.5 for (r, n), v in zip(nhs(), variances, strict=True)]
    assert found.phi > 11_000
    for winsorised in (winsorised_by_rank(z), winsorised_by_quantile(z)):
        assert overdispersion_of(winsorised, variances).phi == pytest.approx(9_000, rel=0.01)


def test_new_york_against_its_risk_adjusted_expectation() -> None:
    # z against each hospital's own expected rate E/n, with variance E/n (1 - E/n) / n.
    ny = oracle("spiegelhalter")["ny"]
    rates = [e / n for e, (_, n) in zip(ny["expected"], new_york(), strict=True)]
    variances = [p * (1 - p) / n for p, (_, n) in zip(rates, new_york(), strict=True)]
    by_rank, by_quantile = winsorised_by_rank(ny["z"]), winsorised_by_quantile(ny["z"])
    assert by_rank == pytest.approx(ny["od_z"]["z_rank_winsorised"], rel=1e-12)
    for z, name in (
        (ny["z"], "none"),
        (by_rank, "rank_winsorise_10pct_Spiegelhalter_code"),
        (by_quantile, "quantile7_winsorise_10pct_FunnelPlotR"),
    ):
        found, expected = overdispersion_of(z, variances), ny["od_z"][name]
        assert (found.phi, found.tau2) == pytest.approx(
            (expected["phi"], expected["tau2"]), rel=1e-11
        )


def test_bristol_winsorised() -> None:
    expected = oracle("spiegelhalter")["bristol"]["od"]
    theta = oracle("spiegelhalter")["bristol"]["theta0"]
    z = oracle("spiegelhalter")["bristol"]["z"]
    variances = [theta * (1 - theta) / n for _, n in bristol()]
    for winsorised, name in (
        (winsorised_by_rank(z), "rank_winsorise_10pct_Spiegelhalter_code"),
        (winsorised_by_quantile(z), "quantile7_winsorise_10pct_FunnelPlotR"),
    ):
        found = overdispersion_of(winsorised, variances)
        assert (found.phi, found.tau2) == pytest.approx(
            (expected[name]["phi"], expected[name]["tau2"]), rel=1e-11
        )


def test_funnelplotr_on_the_arcsine_scale() -> None:
    surgical_pr = oracle("funnelplotr")["surgical_PR"]
    data = surgical_pr["data"]
    z = winsorised_by_quantile(data["Uzscore"])
    assert z == pytest.approx(data["Wuzscore"], rel=1e-12)
    found = overdispersion_of(z, [s**2 for s in data["s"]])
    assert (found.phi, found.tau2) == pytest.approx(
        (surgical_pr["phi"], surgical_pr["tau2"]), rel=1e-11
    )


def test_ratios_from_sums_are_ratios_one_by_one() -> None:
    # New York's expected deaths; computed here hospital by hospital with s² = 1/E.
    expected = oracle("spiegelhalter")["ny"]["expected"]
    observed = [r for r, _ in new_york()]
    dispersion = sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))
    found = ratio_overdispersion(37, dispersion, sum(expected), sum(e * e for e in expected))
    z = [(o / e - 1) * e**0.5 for o, e in zip(observed, expected, strict=True)]
    direct = overdispersion_of(z, [1 / e for e in expected])
    assert found.phi == pytest.approx(direct.phi, rel=1e-12)
    assert found.tau2 == pytest.approx(direct.tau2, rel=1e-9)


def test_the_general_form_takes_any_weights() -> None:
    # Three sites of equal precision: tau2 = (sum z² - 2) / (w (N - 1)).
    assert overdispersion(3, 8.0, 3 * 50.0, 3 * 2500.0).tau2 == pytest.approx(6 / 100)
