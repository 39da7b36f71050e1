"""Standardised rates against published worked examples (data/README.md)."""

import pytest

from fedqi.stats import (
    Stratum,
    direct_standardisation,
    indirect_standardisation,
    standard_weights,
)
from tests.reference.statistics_data import oracle, rows

# epitools::ageadjust.direct(count, pop, stdpop = mean of the five groups), as printed in the
# vignette of tidyrates with three digits; group, adjusted rate, lower and upper bound.
PRINTED = [
    ("1", 0.000923, 0.000804, 0.00106),
    ("2", 0.000912, 0.000824, 0.00101),
    ("3", 0.000851, 0.000772, 0.000942),
    ("4", 0.000927, 0.000800, 0.00115),
    ("5plus", 0.000755, 0.000677, 0.00188),
]
GROUPS = [group for group, *_ in PRINTED]


def down_syndrome() -> dict[str, list[Stratum]]:
    table = rows("fleiss_down_syndrome")
    return {
        group: [Stratum(int(row[f"cases_{group}"]), int(row[f"births_{group}"])) for row in table]
        for group in GROUPS
    }


@pytest.mark.parametrize(("group", "value", "lower", "upper"), PRINTED)
def test_fay_and_feuer(group: str, value: float, lower: float, upper: float) -> None:
    strata = down_syndrome()
    totals = [sum(s.denominator for s in each) for each in zip(*strata.values(), strict=True)]
    found = direct_standardisation(strata[group], standard_weights(totals))
    interval = found.interval()
    assert [float(f"{x:.3g}") for x in (found.value, interval.lower, interval.upper)] == [
        value,
        lower,
        upper,
    ]


def test_new_yorks_risk_adjusted_mortality() -> None:
    # The state printed observed and expected mortality (OMR, EMR) in per cent with two decimals;
    # RAMR_recomputed is OMR/EMR times the statewide rate.
    ny = oracle("spiegelhalter")["ny"]
    for row, expected, recomputed in zip(
        rows("ny_cabg_2003"), ny["expected"], ny["RAMR_recomputed"], strict=True
    ):
        printed_deaths = float(row["OMR"]) / 100 * int(row["Cases"])
        found = indirect_standardisation(printed_deaths, expected, ny["statewide_rate_pct"])
        assert found.value == pytest.approx(recomputed, rel=1e-12)


def test_new_yorks_printed_column() -> None:
    ny = oracle("spiegelhalter")["ny"]
    for row, expected in zip(rows("ny_cabg_2003"), ny["expected"], strict=True):
        found = indirect_standardisation(int(row["Deaths"]), expected, ny["statewide_rate_pct"])
        rounding = 0.005 * found.value / float(row["EMR"]) + 0.005
        assert abs(found.value - float(row["RAMR"])) <= rounding + 0.005
