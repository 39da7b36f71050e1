"""The hundred providers through the full masked protocol, beside lme4 and the pooled maximum.

Five providers to a site here; one to a site takes a minute and gives the same.
"""

import csv
from pathlib import Path

import pytest

import fedqi
from fedqi.benchmarking.hierarchical_figures import HierarchicalPosition, HierarchicalResult
from tests.reference.model_data import PPROF
from tests.reference.statistics_data import oracle

TRUSTS = 20


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> fedqi.Run:
    with PPROF.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    folder: Path = tmp_path_factory.mktemp("pprof")
    provider = header.index("prov")
    with (folder / "patients.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*header, "trust"])
        writer.writerows([*row, f"trust{int(row[provider]) % TRUSTS:02}"] for row in rows)
    text = (PPROF.parent / "adjusted-events.yaml").read_text("utf-8")
    text = text.replace("  columns:\n", "  provider: prov\n  columns:\n    prov: {type: string}\n")
    (folder / "measure.yaml").write_text(text)
    measure = fedqi.load_measure(folder / "measure.yaml")
    sources = fedqi.split(folder / "patients.csv", by="trust")
    analyses = ["hierarchical", "standardised"]
    return fedqi.benchmark(measure, sources, analyses=analyses, seed=11)


def released(run: fedqi.Run) -> HierarchicalResult:
    found: HierarchicalResult = run.result.results[0].analyses["hierarchical"]
    return found


def test_random_intercepts_through_masks(run: fedqi.Run) -> None:
    found = released(run)
    expected = oracle("newton_agq")["pprof"]["ref"]
    assert (run.result.results[0].sites, run.result.results[0].providers) == (TRUSTS, 100)
    assert list(found.coefficients.values()) == pytest.approx(expected["beta"], abs=2e-8)
    assert found.sigma == pytest.approx(expected["sigma"], abs=2e-8)
    assert found.log_likelihood == pytest.approx(expected["logLik_kernel"], abs=1e-5)
    lme4 = oracle("glmer_pprof")["nAGQ25"]
    assert found.coefficients == pytest.approx(lme4["beta"], abs=1e-6)
    assert found.sigma == pytest.approx(lme4["sigma"], abs=1e-6)
    assert found.standard_errors == pytest.approx(lme4["se_beta"], rel=1e-5)


def test_every_provider_s_effect_at_its_own_trust(run: fedqi.Run) -> None:
    lme4 = oracle("glmer_pprof")["nAGQ25"]
    places: dict[str, HierarchicalPosition] = {
        position.provider: position.analyses["hierarchical"]
        for site in run.sites
        for position in run.site(site).positions
    }
    assert [places[each].effect for each in lme4["group"]] == pytest.approx(
        lme4["cond_mode"], abs=1e-6
    )
    assert [places[each].effect_sd for each in lme4["group"]] == pytest.approx(
        lme4["cond_sd"], abs=1e-6
    )


def test_the_plain_regression_through_masks(run: fedqi.Run) -> None:
    found = run.result.results[0].analyses["standardised"]
    expected = oracle("statsmodels_glm")["logistic"]
    assert found.coefficients == pytest.approx(expected["coefficients"], abs=2e-8)
    assert found.standard_errors == pytest.approx(expected["standard_errors"], rel=1e-7)
    assert found.c_statistic == pytest.approx(expected["c_statistic"], abs=1e-3)


def test_sixteen_secure_sums(run: fedqi.Run) -> None:
    # Counts, support, 7 of the regression, moments, 4 of the spread, scores, histogram.
    assert released(run).steps == 11
    assert len(run.rehearsal.outcome.state.totals) == 16
