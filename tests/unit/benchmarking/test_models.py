"""The analyses standardised and hierarchical through real masked jobs in one process."""

import re
from dataclasses import asdict, replace

import numpy as np
import pytest

from fedqi.benchmarking.analysis import Subject
from fedqi.benchmarking.hierarchical import HierarchicalAnalysis
from fedqi.benchmarking.standardised import StandardisedAnalysis
from fedqi.benchmarking.standardised_state import Stage
from fedqi.errors import DefinitionError, RemoteProtocolError
from fedqi.measures import parse_measure
from fedqi.stats.hierarchical import hierarchical_model
from fedqi.stats.regression import fitted
from fedqi.stats.regression_blocks import Patterns
from tests.unit.benchmarking.collaborative import counted_measure
from tests.unit.benchmarking.modelled import (
    TYPE_AND_AGE,
    Job,
    Providers,
    Row,
    alone,
    collaborative,
    hospital,
    modelled,
)
from tests.unit.stats.fits import fit_hierarchical, fit_plain

NAMES = ("(Intercept)", "type[b]", "type[c]", "age")


def patterns_of(providers: Providers) -> list[Patterns]:
    found = []
    for series in providers.values():
        rows = [row for period in series.values() for row in period]
        design = [[1.0, x[0] == 1, x[0] == 2, x[1]] for x, _, _ in rows]
        found.append(Patterns.of(design, [n for _, n, _ in rows], [y for _, _, y in rows]))
    return found


@pytest.fixture(scope="module")
def standardised() -> Job:
    return Job(modelled(TYPE_AND_AGE), collaborative())


MANY = 20
"""Sites of one provider each, of which up to five may collude: enough for random intercepts."""


@pytest.fixture(scope="module")
def hierarchical() -> Job:
    return Job(modelled(TYPE_AND_AGE), collaborative(MANY), "hierarchical")


def test_the_masked_regression_is_the_pooled_one(standardised: Job) -> None:
    pooled = [p for providers in collaborative().values() for p in patterns_of(providers)]
    expected = fitted(fit_plain(pooled, NAMES))
    found = standardised.detail
    assert list(found.coefficients) == list(NAMES)
    assert found.coefficients == pytest.approx(expected.coefficients, abs=1e-8)
    assert found.standard_errors == pytest.approx(expected.standard_errors, rel=1e-7)
    assert np.array(found.covariance) == pytest.approx(np.array(expected.covariance), rel=1e-6)
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-6)
    assert found.expected == pytest.approx(standardised.result.results[0].observed, abs=1e-6)
    # Counts, support, scores and histogram beside the regression's own steps.
    assert standardised.steps == found.steps + 4


def test_the_masked_random_intercepts_are_the_pooled_ones(hierarchical: Job) -> None:
    pooled = [patterns_of(providers) for providers in collaborative(MANY).values()]
    expected = fit_hierarchical(pooled, NAMES)
    found = hierarchical.detail
    assert found.sigma == pytest.approx(expected.sigma, abs=1e-7)
    model = hierarchical_model(expected)
    assert found.coefficients == pytest.approx(model.coefficients, abs=1e-7)
    assert found.standard_errors == pytest.approx(model.standard_errors, rel=1e-6)
    assert (found.nodes_per_provider, found.false_alarms) == (25, pytest.approx(MANY * 0.025))


def test_observed_against_expected(standardised: Job) -> None:
    own = patterns_of(collaborative()["site3"])[0]
    mean = own.mean(list(standardised.detail.coefficients.values()))
    place = standardised.place("site3")
    assert place.expected == pytest.approx(own.weight @ mean, abs=1e-6)
    assert place.ratio.value == pytest.approx(own.outcome.sum() / place.expected)
    assert place.z == pytest.approx(
        (own.outcome.sum() - place.expected) / np.sqrt(own.weight @ (mean * (1 - mean)))
    )
    assert place.estimate == pytest.approx(place.ratio.value * standardised.detail.rate)
    assert place.interval.method == "exact_poisson"
    assert abs(place.z_adjusted) <= abs(place.z)


def test_standing_out_among_all_takes_more_than_one_comparison() -> None:
    sites = {f"site{i}": alone(((), 400, 80 + 25 * (i == 0))) for i in range(9)}
    job = Job(modelled(), sites)
    assert job.detail.false_alarms == pytest.approx(9 * 0.025)
    # qnorm(1 - 0.05 / 9 / 2)
    assert job.detail.joint_z == pytest.approx(2.772921, abs=1e-6)
    place = job.place("site0")
    assert (place.band, place.stands_out) == ("review", False)
    assert 1.96 < place.z_adjusted < 2.77
    far = {f"site{i}": alone(((), 4000, 800 + 400 * (i == 0) + 3 * i)) for i in range(30)}
    assert Job(modelled(), far).place("site0").stands_out


def test_worse_hospitals_are_more_probably_worse(hierarchical: Job) -> None:
    places = {site: hierarchical.place(site) for site in collaborative(MANY)}
    assert places["site3"].probability_worse > 0.85 > 0.15 > places["site0"].probability_worse
    for place in places.values():
        assert place.ratio.value == pytest.approx(place.predicted / place.expected)
        assert (place.band == "review") == (place.probability_worse >= 0.975)
        assert place.ratio.interval.lower < place.ratio.value < place.ratio.interval.upper


def test_the_result_is_plain_data(hierarchical: Job) -> None:
    released = hierarchical.result.to_dict()["results"][0]["analyses"]["hierarchical"]
    assert {"sigma", "coefficients", "c_statistic", "calibration", "phi", "tau2"} <= set(released)
    assert sum(group["patients"] for group in released["calibration"]) == sum(
        row[1] for providers in collaborative(MANY).values() for row in providers[""]["all"]
    )


def test_several_providers_in_one_site(hierarchical: Job) -> None:
    apart = hierarchical
    sites = collaborative(MANY)
    joined = {
        f"trust{t}": {f"ward{i}": sites[f"site{5 * t + i}"][""] for i in range(5)} for t in range(4)
    }
    measure = modelled(TYPE_AND_AGE)
    together = Job(measure, joined, "hierarchical")
    assert together.result.results[0].providers == MANY
    assert together.detail.sigma == pytest.approx(apart.detail.sigma, abs=1e-7)
    assert together.detail.coefficients == pytest.approx(apart.detail.coefficients, abs=1e-7)
    own = [p.analyses["hierarchical"].effect for p in together.positions("trust1")]
    other = [apart.place(f"site{i}").effect for i in range(5, 10)]
    assert own == pytest.approx(other, abs=1e-7)


def test_periods_are_modelled_together() -> None:
    months = {
        site: {"": {"2016-04": providers[""]["all"][:7], "2016-05": providers[""]["all"][7:]}}
        for site, providers in collaborative().items()
    }
    whole = Job(modelled(TYPE_AND_AGE), collaborative())
    found = Job(modelled(TYPE_AND_AGE, calendar=True), months)
    assert [r.period for r in found.result.results] == ["2016-04", "2016-05", "all"]
    assert found.detail.coefficients == pytest.approx(whole.detail.coefficients, abs=1e-7)
    places = {p.period: p.analyses["standardised"] for p in found.positions("site2")}
    assert places["all"].expected == pytest.approx(whole.place("site2").expected, abs=1e-6)
    april = months["site2"][""]["2016-04"]
    assert places["2016-04"].ratio.value == pytest.approx(
        sum(y for _, _, y in april) / places["2016-04"].expected
    )
    parts = places["2016-04"].expected + places["2016-05"].expected
    assert parts == pytest.approx(places["all"].expected)


def test_each_period_against_the_model_of_all() -> None:
    months = {
        site: {"": {"2016-04": providers[""]["all"][:7], "2016-05": providers[""]["all"][7:]}}
        for site, providers in collaborative().items()
    }
    job = Job(modelled(TYPE_AND_AGE, calendar=True), months)
    april, may, together = (result.analyses["standardised"] for result in job.result.results)
    assert april.expected + may.expected == pytest.approx(together.expected, abs=9 / 1024)
    assert job.result.results[0].providers == 9
    assert april.ratio == pytest.approx(job.result.results[0].observed / april.expected)
    own = {p.period: p.analyses["standardised"] for p in job.positions("site3")}
    total = sum(own[each].expected for each in ("2016-04", "2016-05"))
    chart = own["all"].over_time
    assert chart.periods == ("2016-04", "2016-05")
    assert chart.vlad[-1] == pytest.approx(total - sum(chart.observed))
    assert [(c.odds_ratio, c.values[0] >= 0) for c in chart.cusums] == [(2.0, True), (0.5, True)]
    assert own["2016-04"].over_time is None


def test_the_charts_of_a_hospital_that_gets_worse() -> None:
    def series(events: int) -> dict[str, list[Row]]:
        return {f"2016-{m:02}": [((), 100, 10 if m < 7 else events)] for m in range(1, 10)}

    sites = {f"site{i}": {"": series(30 if i == 4 else 10)} for i in range(9)}
    job = Job(modelled(calendar=True), sites)
    worse, better = job.positions("site4")[-1].analyses["standardised"].over_time.cusums
    assert worse.signals and set(worse.signals) <= {"2016-07", "2016-08", "2016-09"}
    assert better.signals == ()
    calm = job.positions("site1")[-1].analyses["standardised"].over_time
    assert [chart.signals for chart in calm.cusums] == [(), ()]


def test_a_late_site_compares_itself_locally() -> None:
    job = Job(modelled(TYPE_AND_AGE), collaborative(12), drop={"site3": "masked_input"})
    assert "site3" not in job.result.results[0].survivors
    assert job.place("site3").expected > 0


def test_no_spread_between_providers() -> None:
    same = {f"site{i}": alone(((), 100, 20), ((), 50, 10)) for i in range(MANY)}
    job = Job(modelled(), same, "hierarchical")
    assert job.detail.sigma == 0
    assert job.detail.c_statistic is None
    place = job.place("site0")
    assert (place.effect, place.probability_worse, place.band) == (0, 0.5, "as expected")


@pytest.mark.parametrize(("direction", "band"), [("higher", "exemplary"), ("none", "as expected")])
def test_direction_decides_what_is_worse(direction: str, band: str) -> None:
    sites = {f"site{i}": alone(((), 400, 80 + 60 * (i == 0) + i)) for i in range(MANY)}
    job = Job(modelled(direction=direction), sites, "hierarchical")
    place = job.place("site0")
    assert place.band == band
    assert place.probability_worse is None if direction == "none" else place.probability_worse < 0.1


def test_small_hospitals_are_not_judged() -> None:
    sites = {f"site{i}": alone(((), 400, 80)) for i in range(MANY)} | {"small": alone(((), 20, 20))}
    for analysis in ("standardised", "hierarchical"):
        assert Job(modelled(), sites, analysis).place("small").band == "insufficient"


def test_a_frozen_model_stands_beside_the_fitted_one() -> None:
    frozen = {"(Intercept)": -2.0, "type[b]": 0.5, "type[c]": 1.0, "age": 0.01}
    job = Job(modelled({**TYPE_AND_AGE, "coefficients": frozen}), collaborative())
    own = patterns_of(collaborative()["site1"])[0]
    expected = own.weight @ own.mean(list(frozen.values()))
    assert job.place("site1").reference.expected == pytest.approx(expected)
    everybody = [p for providers in collaborative().values() for p in patterns_of(providers)]
    assert job.detail.reference.expected == pytest.approx(
        sum(p.weight @ p.mean(list(frozen.values())) for p in everybody), abs=1e-6
    )
    assert job.detail.reference.phi > job.detail.phi


def test_a_level_of_one_site_is_joined_and_said() -> None:
    sites = {
        site: alone(*[row for row in providers[""]["all"] if row[0][0] < 2])
        for site, providers in collaborative().items()
    }
    sites["site5"] = alone(*hospital(5))
    job = Job(modelled(TYPE_AND_AGE), sites)
    assert list(job.detail.coefficients) == ["(Intercept)", "type[b]", "age"]
    assert job.detail.joined == {"type": ("c",)}
    assert job.place("site5").expected > 0


def test_a_measure_without_a_risk_model() -> None:
    with pytest.raises(DefinitionError, match="m: the analysis standardised needs a risk_model"):
        StandardisedAnalysis().initial(Subject(counted_measure(), "m", ("all",), 3))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([((0.0, 20.0), 50, 0), ((1.0, 60.0), 40, 0)], "not one event"),
        ([((0.0, 20.0), 50, 5), ((1.0, 60.0), 40, 9)], r"age is determined by .*collinearity"),
        ([((0.0, 20.0), 50, 5), ((0.0, 20.0), 40, 1)], r"age is determined by .*collinearity"),
    ],
)
def test_no_model_ends_the_analysis_and_says_why(
    rows: list[tuple[tuple[float, ...], int, int]], words: str
) -> None:
    sites = {f"site{i}": alone(*rows) for i in range(6)}
    job = Job(modelled(TYPE_AND_AGE), sites)
    assert re.match(f"m 1.0.0, risk model: .*{words}", job.detail.failed)
    assert job.result.to_dict()["results"][0]["analyses"] == {
        "standardised": {"failed": job.detail.failed}
    }
    assert (job.result.results[0].providers, job.positions("site1")) == (6, ())


def test_a_level_without_events_anywhere_is_named() -> None:
    sites = {
        site: alone(*[(x, n, 0 if x[0] == 2 else y) for x, n, y in providers[""]["all"]])
        for site, providers in collaborative().items()
    }
    failed = Job(modelled(TYPE_AND_AGE), sites).detail.failed
    assert re.search(r"type\[c\] tells events .*\(separation\)", failed)


def test_the_other_analyses_of_the_job_go_on() -> None:
    sites = {f"site{i}": alone(((0.0, 20.0), 50, 5 + i)) for i in range(6)}
    job = Job(modelled(TYPE_AND_AGE), sites, "standardised", beside="crude")
    (found,) = job.result.results
    assert "collinearity" in found.analyses["standardised"].failed
    assert found.analyses["crude"].rate == pytest.approx(45 / 300)
    assert [list(p.analyses) for p in job.positions("site2")] == [["crude"]]


def test_random_intercepts_need_providers() -> None:
    job = Job(modelled(TYPE_AND_AGE), collaborative(9), "hierarchical")
    words = "7 providers stand in it beside those of the 2 sites that may collude, 15 are needed"
    assert words in job.detail.failed
    # Refused before the first model is summed.
    assert job.steps == 2


def test_totals_that_cannot_be_are_refused() -> None:
    job = Job(modelled(TYPE_AND_AGE), collaborative())
    plan, state = job.rehearsal.plan, job.rehearsal.outcome.state
    analysis = StandardisedAnalysis()
    before = plan.states(replace(state, totals=state.totals[:-1]))[0]
    assert before.stage is Stage.HISTOGRAM
    wrong = {block.name: np.zeros(block.shape, dtype=np.int64) for block in analysis.layout(before)}
    with pytest.raises(RemoteProtocolError, match="do not add up"):
        analysis.combine(before, wrong, before.offering)


def test_the_hierarchical_result_extends_the_standardised_one(hierarchical: Job) -> None:
    assert HierarchicalAnalysis.name == "hierarchical"
    assert {"sigma", "coefficients"} <= set(asdict(hierarchical.detail))


def test_random_intercepts_are_for_proportions() -> None:
    rate = parse_measure(
        {
            "fedqi": 1,
            "id": "falls",
            "version": "1.0.0",
            "title": "Falls",
            "direction": "lower",
            "scoring": "rate",
            "dataset": {"columns": {"falls": {"type": "integer"}, "days": {"type": "integer"}}},
            "numerator": {"sum": "falls"},
            "exposure": {"sum": "days"},
            "risk_model": {},
        }
    )
    with pytest.raises(DefinitionError, match="is for proportions, found scoring rate"):
        HierarchicalAnalysis().initial(Subject(rate, "falls", ("all",), 3))
    assert StandardisedAnalysis().initial(Subject(rate, "falls", ("all",), 3)).family == "poisson"
