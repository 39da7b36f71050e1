"""DerSimonian-Laird from sums against meta_surgical.json: rma(method = "DL") of metafor 3.8.1."""

from collections.abc import Callable

import pytest

from fedqi.stats import (
    Continuity,
    Estimate,
    RandomEffects,
    arcsine_estimate,
    fixed_sums,
    heterogeneity,
    logit_estimate,
    random_effects,
    random_sums,
)
from fedqi.stats.random_effects import FixedSums
from tests.reference.statistics_data import oracle, surgical

SCALES: dict[str, Callable[[int, int], Estimate]] = {
    "PLO": logit_estimate,
    "PLO_add_all": lambda r, n: logit_estimate(r, n, Continuity.ALWAYS),
    # escalc(add = 1/2, to = "only0") corrects the empty cell here too, though no need exists.
    "PAS": lambda r, n: arcsine_estimate(r or 0.5, n if r else n + 1),
}


def two_steps(estimates: list[Estimate]) -> tuple[FixedSums, RandomEffects]:
    """Each hospital adds its own numbers; only their sums meet."""
    fields = list(FixedSums.__dataclass_fields__)
    parts = [fixed_sums([each]) for each in estimates]
    total = FixedSums(*(sum(getattr(part, name) for part in parts) for name in fields))
    tau2 = heterogeneity(total).tau2
    second = [random_sums([each], tau2) for each in estimates]
    return total, random_effects(sum(w for w, _ in second), sum(y for _, y in second), tau2)


@pytest.mark.parametrize("scale", SCALES)
def test_estimates_are_those_of_escalc(scale: str) -> None:
    expected = oracle("meta_surgical")[scale]
    found = [SCALES[scale](r, n) for r, n in surgical()]
    assert [each.value for each in found] == pytest.approx(expected["yi"], rel=1e-13)
    assert [each.variance for each in found] == pytest.approx(expected["vi"], rel=1e-13)


@pytest.mark.parametrize("scale", SCALES)
def test_two_steps_of_sums_are_metafor(scale: str) -> None:
    expected = oracle("meta_surgical")[scale]["DL"]
    total, found = two_steps([SCALES[scale](r, n) for r, n in surgical()])
    spread = heterogeneity(total)
    assert (spread.q, 100 * spread.i2) == pytest.approx((expected["Q"], expected["I2"]), rel=1e-12)
    assert spread.p_value == pytest.approx(expected["Qp"], rel=1e-11)
    assert (found.mean, found.mean_se, found.tau2) == pytest.approx(
        (expected["mu"], expected["se"], expected["tau2"]), rel=1e-12
    )
    interval = found.interval()
    assert (interval.lower, interval.upper) == pytest.approx(expected["ci"], rel=1e-12)


@pytest.mark.parametrize("scale", ["PLO", "PAS"])
def test_best_linear_unbiased_predictions(scale: str) -> None:
    expected = oracle("meta_surgical")[scale]["DL"]
    estimates = [SCALES[scale](r, n) for r, n in surgical()]
    _, found = two_steps(estimates)
    assert [found.shrunken(each) for each in estimates] == pytest.approx(
        expected["blup"], rel=1e-12
    )
    assert [found.shrunken_se(each) for each in estimates] == pytest.approx(
        expected["blup_se"], rel=1e-12
    )
    prediction = found.prediction()
    assert (prediction.lower, prediction.upper) == pytest.approx(expected["pi"], rel=1e-12)
