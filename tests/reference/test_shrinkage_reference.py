"""Shrinkage of the surgical data against eb_surgical.json (R 4.2.2, VGAM 1.1.7; data/README.md)."""

import pytest

from fedqi.stats import BetaBinomial, moment_beta_binomial
from tests.reference.statistics_data import nhs, oracle, sums, surgical


def test_moments_from_sums() -> None:
    # Kleinman (1973) with weights n; key MoM.
    expected = oracle("eb_surgical")["beta_binomial"]["MoM"]
    found = moment_beta_binomial(*sums(surgical()))
    assert (found.mean, found.rho) == pytest.approx((expected["p"], expected["rho"]), rel=1e-12)
    assert (found.alpha, found.beta) == pytest.approx(
        (expected["alpha"], expected["beta"]), rel=1e-11
    )
    assert found.prior_patients == pytest.approx(expected["M"], rel=1e-12)


def test_posteriors_at_the_maximum_likelihood_shapes() -> None:
    # qbeta(c(0.025, 0.975), alpha + r, beta + n - r); means, and n / (n + alpha + beta).
    expected = oracle("eb_surgical")["beta_binomial"]
    prior = BetaBinomial.of_shapes(expected["ML"]["alpha"], expected["ML"]["beta"])
    assert (prior.mean, prior.rho, prior.between_site_sd**2) == pytest.approx(
        (expected["ML"]["mean"], expected["ML"]["rho"], expected["ML"]["var_between"]), rel=1e-12
    )
    means = [prior.shrunken(r, n) for r, n in surgical()]
    intervals = [prior.interval(r, n) for r, n in surgical()]
    assert means == pytest.approx(expected["post_mean"], rel=1e-12)
    assert [i.lower for i in intervals] == pytest.approx(expected["post_q025"], rel=1e-10)
    assert [i.upper for i in intervals] == pytest.approx(expected["post_q975"], rel=1e-10)
    assert [prior.reliability(n) for _, n in surgical()] == pytest.approx(
        expected["reliability_adams"], rel=1e-12
    )


def test_accident_and_emergency_from_sums() -> None:
    found = moment_beta_binomial(*sums(nhs()))
    assert found.rho == pytest.approx(oracle("nhs_ae_type1_direct")["rho"], rel=1e-11)
    # Hundreds of thousands of attendances: hardly anything is left to shrink.
    assert min(found.reliability(n) for _, n in nhs()) > 0.999
