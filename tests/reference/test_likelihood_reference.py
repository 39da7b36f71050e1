"""Maximum likelihood from six sums per step against eb_surgical.json (R 4.2.2, VGAM 1.1.7)."""

from math import comb, fsum, lgamma, log

import pytest

from fedqi.stats import (
    Ascent,
    GammaPoisson,
    LikelihoodSums,
    ascended,
    beta_binomial_at,
    beta_binomial_start,
    beta_binomial_sums,
    fit_gamma_poisson,
    gamma_poisson_sums,
    moment_beta_binomial,
    moment_gamma_poisson,
)
from tests.reference.statistics_data import oracle, sums, surgical


def site_by_site(start: Ascent) -> Ascent:
    """Each hospital adds its six numbers; only the totals move the point."""
    ascent = start
    while not ascent.finished:
        total = LikelihoodSums()
        for counts in surgical():
            total = total + beta_binomial_sums([counts], ascent.point)
        ascent = ascended(ascent, total)
    return ascent


def expected_counts() -> list[tuple[int, float]]:
    """Deaths, and those expected at the pooled rate."""
    pooled = sum(r for r, _ in surgical()) / sum(n for _, n in surgical())
    return [(r, n * pooled) for r, n in surgical()]


def fitted() -> tuple[GammaPoisson, int]:
    counts = expected_counts()
    return fit_gamma_poisson(
        counts,
        moment_gamma_poisson(
            len(counts),
            sum(o for o, _ in counts),
            fsum(e for _, e in counts),
            fsum((o - e) ** 2 / e for o, e in counts),  # the pooled ratio is 1
            fsum(e * e for _, e in counts),
        ),
    )


def test_beta_binomial_in_five_sums() -> None:
    start = beta_binomial_start(moment_beta_binomial(*sums(surgical())))
    assert start is not None
    ascent = site_by_site(start)
    found = beta_binomial_at(ascent)
    # R's optim() of the oracle's ML stops at 1e-7; its polished maximum is written out here.
    assert (found.alpha, found.beta) == pytest.approx((8.253488174, 99.636848344), rel=1e-9)
    reported = oracle("eb_surgical")["VGAM_shapes"]
    assert (found.alpha, found.beta) == pytest.approx(reported, rel=2e-7)
    assert ascent.steps == 5


def test_beta_binomial_log_likelihood() -> None:
    # dbetabinom.ab(r, n, alpha, beta, log = TRUE), summed: with the binomial coefficients.
    expected = oracle("eb_surgical")["beta_binomial"]["ML"]
    start = beta_binomial_start(moment_beta_binomial(*sums(surgical())))
    assert start is not None
    value = beta_binomial_sums(surgical(), site_by_site(start).point).value
    coefficients = sum(log(comb(n, r)) for r, n in surgical())
    assert value + coefficients == pytest.approx(expected["logLik"], rel=1e-12)


def test_posterior_probability_above_the_mean() -> None:
    # 1 - pbeta(mean, alpha + r, beta + n - r)
    expected = oracle("eb_surgical")["beta_binomial"]
    start = beta_binomial_start(moment_beta_binomial(*sums(surgical())))
    assert start is not None
    prior = beta_binomial_at(site_by_site(start))
    found = [prior.probability_above(prior.mean, r, n) for r, n in surgical()]
    assert found == pytest.approx(expected["p_above_mean"], abs=1e-7)


def test_gamma_poisson_in_five_sums() -> None:
    # R's optim() stops some 4e-7 from the maximum; the likelihood below is flat there.
    expected = oracle("eb_surgical")["gamma_poisson_E_from_pooled_rate"]["ML"]
    found, steps = fitted()
    assert (found.shape, found.rate, found.mean) == pytest.approx(
        (expected["a"], expected["b"], expected["mean"]), rel=1e-6
    )
    assert found.between_site_sd**2 == pytest.approx(expected["var"], rel=1e-6)
    assert steps == 5


def test_gamma_poisson_reaches_a_higher_likelihood() -> None:
    # dnbinom(O, size = a, prob = b/(b+E), log = TRUE), summed: with 1/O!.
    expected = oracle("eb_surgical")["gamma_poisson_E_from_pooled_rate"]["ML"]
    counts, (found, _) = expected_counts(), fitted()
    constant = sum(lgamma(o + 1) for o, _ in counts)
    at = log(found.mean), found.dispersion / (1 + found.dispersion)
    ours = gamma_poisson_sums(counts, at).value - constant
    assert ours == pytest.approx(expected["logLik"], rel=1e-12)
    assert ours >= expected["logLik"] - 1e-12


def test_gamma_posteriors() -> None:
    # qgamma(c(0.025, 0.975), a + O, b + E); 1 - pgamma(1, a + O, b + E)
    expected = oracle("eb_surgical")["gamma_poisson_E_from_pooled_rate"]
    a, b = expected["ML"]["a"], expected["ML"]["b"]
    prior = GammaPoisson(a / b, 1 / a)
    counts = expected_counts()
    intervals = [prior.interval(o, e) for o, e in counts]
    above = [prior.probability_above(1, o, e) for o, e in counts]
    assert [prior.shrunken(o, e) for o, e in counts] == pytest.approx(
        expected["post_mean"], rel=1e-12
    )
    assert [i.lower for i in intervals] == pytest.approx(expected["post_q025"], rel=1e-10)
    assert [i.upper for i in intervals] == pytest.approx(expected["post_q975"], rel=1e-10)
    assert above == pytest.approx(expected["p_gt_1"], rel=1e-10)
