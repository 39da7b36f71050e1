"""Random intercepts by summed quadrature against lme4 1.1-31 (R 4.2.2) and a pooled Newton fit.

``glmer(y ~ z1 + z2 + z3 + z4 + z5 + (1 | prov), family = binomial, nAGQ = 25)`` and
``glmer(cbind(r, n - r) ~ 1 + (1 | hospital), family = binomial, nAGQ = 25)``. glmer's optimiser
stops at 4e-7 of the maximum; ``newton_agq`` is at it.
"""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.integrate import quad

from fedqi.stats.hierarchical import HierarchicalFit, hierarchical_model
from fedqi.stats.hierarchical_block import provider_sums
from fedqi.stats.hierarchical_effect import ProviderEffect, provider_effect
from fedqi.stats.regression_blocks import Patterns
from tests.reference.model_data import PPROF_NAMES, pprof, surgical_providers
from tests.reference.statistics_data import oracle
from tests.unit.stats.fits import fit_hierarchical


@pytest.fixture(scope="module")
def pprof_fit() -> HierarchicalFit:
    return fit_hierarchical([[provider] for provider in pprof().values()], PPROF_NAMES)


@pytest.fixture(scope="module")
def surgical_fit() -> HierarchicalFit:
    return fit_hierarchical([[provider] for provider in surgical_providers()], ["(Intercept)"])


def test_hundred_providers_at_the_maximum(pprof_fit: HierarchicalFit) -> None:
    expected = oracle("newton_agq")["pprof"]["ref"]
    found = hierarchical_model(pprof_fit)
    assert list(found.coefficients.values()) == pytest.approx(expected["beta"], abs=1e-11)
    assert pprof_fit.sigma == pytest.approx(expected["sigma"], abs=1e-11)
    assert found.log_likelihood == pytest.approx(expected["logLik_kernel"], abs=1e-9)
    errors = list(found.standard_errors.values())
    assert errors == pytest.approx(expected["se_beta_full_info"], rel=1e-6)


def test_hundred_providers_as_lme4_has_them(pprof_fit: HierarchicalFit) -> None:
    expected = oracle("glmer_pprof")["nAGQ25"]
    found = hierarchical_model(pprof_fit)
    assert found.coefficients == pytest.approx(expected["beta"], abs=1e-7)
    assert pprof_fit.sigma == pytest.approx(expected["sigma"], abs=2e-8)
    assert found.standard_errors == pytest.approx(expected["se_beta"], rel=1e-5)
    assert found.log_likelihood == pytest.approx(expected["logLik"], abs=1e-8)
    effects = effects_of(pprof_fit, [pprof()[provider] for provider in expected["group"]])
    assert [e.effect for e in effects] == pytest.approx(expected["cond_mode"], abs=1e-6)
    assert [e.effect_sd for e in effects] == pytest.approx(expected["cond_sd"], abs=1e-6)


def test_twelve_secure_sums_suffice(pprof_fit: HierarchicalFit) -> None:
    assert pprof_fit.point.steps <= 5
    assert pprof_fit.steps <= 12


def test_surgical_at_the_maximum(surgical_fit: HierarchicalFit) -> None:
    expected = oracle("newton_agq")["surgical"]["ref"]
    found = hierarchical_model(surgical_fit)
    assert found.coefficients["(Intercept)"] == pytest.approx(expected["beta"][0], abs=1e-11)
    assert surgical_fit.sigma == pytest.approx(expected["sigma"], abs=1e-11)
    assert found.log_likelihood == pytest.approx(expected["logLik_kernel"], abs=1e-9)


def test_surgical_ratios_as_cms_defines_them(surgical_fit: HierarchicalFit) -> None:
    expected = oracle("glmer_surgical")["nAGQ25"]
    effects = effects_of(surgical_fit, surgical_providers())
    assert [e.effect for e in effects] == pytest.approx(expected["cond_mode"], abs=1e-7)
    assert [e.effect_sd for e in effects] == pytest.approx(expected["cond_sd"], abs=1e-7)
    assert [e.ratio for e in effects] == pytest.approx(expected["PE_cms"], abs=1e-7)
    # In a CMS ratio both sums need not agree over all providers.
    assert sum(e.predicted for e in effects) != pytest.approx(
        sum(e.expected for e in effects), rel=1e-3
    )


def test_marginal_likelihood_is_the_integral(surgical_fit: HierarchicalFit) -> None:
    # Oracle: scipy.integrate.quad on each hospital's joint density.
    beta, sigma = surgical_fit.coefficients[0], surgical_fit.sigma
    for provider in surgical_providers():
        n, y = provider.weight[0], provider.outcome[0]

        def joint(u: float, n: float = n, y: float = y) -> float:
            eta = beta + sigma * u
            normal = -(u**2) / 2 - np.log(2 * np.pi) / 2
            return float(np.exp(y * eta - n * np.logaddexp(0, eta) + normal + 100))

        exact = np.log(quad(joint, -10, 10, epsabs=0, epsrel=1e-12, limit=500)[0]) - 100
        found = provider_sums(provider, [beta], np.log(sigma)).log_likelihood
        assert found == pytest.approx(exact, abs=1e-9)


def effects_of(fit: HierarchicalFit, providers: Sequence[Patterns]) -> list[ProviderEffect]:
    return [provider_effect(each, fit.coefficients, fit.sigma) for each in providers]
