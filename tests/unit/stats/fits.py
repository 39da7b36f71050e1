"""Drive the public states of the models over sites that are all at hand."""

from collections.abc import Sequence

from fedqi.stats.hierarchical import HierarchicalFit, spread_advanced, spread_started
from fedqi.stats.hierarchical_block import SpreadSums, site_sums, spread_sums
from fedqi.stats.regression import Fit, advanced, started
from fedqi.stats.regression_blocks import Family, ModelSums, Patterns, model_sums


def fit_plain(
    sites: Sequence[Patterns], names: Sequence[str], family: Family = Family.BINOMIAL
) -> Fit:
    patients = sum(float(site.weight.sum()) for site in sites)
    events = sum(float(site.outcome.sum()) for site in sites)
    fit = started(family, tuple(names), events, patients)
    while not fit.finished:
        blocks = (model_sums(site, fit.coefficients, family) for site in sites)
        fit = advanced(fit, sum(blocks, ModelSums.nothing(len(names))), patients)
    return fit


def fit_hierarchical(sites: Sequence[Sequence[Patterns]], names: Sequence[str]) -> HierarchicalFit:
    """Fit over sites, each with its providers."""
    plain = fit_plain([provider for site in sites for provider in site], names)
    spread = (spread_sums(provider, plain.coefficients) for site in sites for provider in site)
    fit = spread_started(plain, sum(spread, SpreadSums()))
    while not fit.finished:
        blocks = (site_sums(site, fit.coefficients, fit.log_sigma) for site in sites)
        fit = spread_advanced(fit, sum(blocks, ModelSums.nothing(len(names) + 1)))
    return fit
