"""What risk models say in a report: verdicts, disagreements, and what they were drawn from."""

from dataclasses import replace

import numpy as np
import pytest

from fedqi.benchmarking.hierarchical_figures import (
    HierarchicalPosition,
    HierarchicalRatio,
    HierarchicalResult,
)
from fedqi.reports.action import action
from fedqi.reports.data_basic import BandName
from fedqi.reports.data_model import Coefficient, Quality
from fedqi.reports.model_parts import (
    gap_of,
    quality_of,
    reliability_of,
    spread_of,
    with_hierarchical,
)
from fedqi.reports.model_tables import appendix
from fedqi.reports.model_words import quality_words
from fedqi.reports.readings import readings_table
from fedqi.reports.shrinkage_figure import shrinkage_figure
from fedqi.reports.verdict import chances, disagreement, probability
from fedqi.reports.wording import headline
from fedqi.stats.hierarchical_effect import provider_effect
from fedqi.stats.regression_blocks import Patterns
from tests.unit.reports.reported import MODEL, falls, hierarchical, measure, standardised

SIGMA = 0.47


def judged(plain: BandName, other: BandName) -> str | None:
    made = hierarchical()
    first, second, third = made.readings
    readings = (first, replace(second, band=plain), replace(third, band=other))
    return disagreement(replace(made, readings=readings, band=other))


def test_methods_that_agree_say_nothing_of_it() -> None:
    assert judged("review", "review") is None
    assert judged("as expected", "as expected") is None
    assert judged("insufficient", "insufficient") is None
    assert disagreement(standardised()) is None


def test_a_flag_that_chance_explains_is_told_as_one() -> None:
    told = str(judged("review", "as expected"))
    assert "outside the limits" in told
    assert "cannot be told from the average" in told
    assert "With 638 heart-failure patients neither settles it" in told
    assert "false alarms" in told


def test_a_real_difference_may_be_an_ordinary_one() -> None:
    assert "still be an ordinary one" in str(judged("as expected", "review"))


def test_the_verdict_compares_with_what_was_expected() -> None:
    told = headline(hierarchical())
    assert "for patients like yours 22 were expected" in told
    assert "very probably worse than average" in told
    same = headline(hierarchical(band="as expected"))
    assert "cannot be told from the average" in same
    better = headline(hierarchical(band="exemplary"))
    assert "very probably better" in better
    neither = headline(hierarchical(direction="none", band="as expected"))
    assert "more than at the average hospital" in neither


def test_the_probability_is_said_with_its_multiplicity() -> None:
    found = hierarchical().shrinkage
    assert found is not None
    told = str(probability(found))
    assert "truly worse than average: 99.3 %" in told
    assert "Of 24 average hospitals about 0.6" in told
    assert "all 24 comparisons" in str(probability(replace(found, stands_out=True)))
    assert "hospitals" not in str(probability(replace(found, probability_worse=0.81)))
    assert probability(replace(found, probability_worse=None)) is None


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.9999, "over 99.9 %"), (0.0001, "under 0.1 %"), (0.81, "81 %"), (0.976, "97.6 %")],
)
def test_no_probability_reads_as_certainty(share: float, words: str) -> None:
    assert chances(share) == words


def test_the_readings_stand_beside_each_other_and_one_decides() -> None:
    table = readings_table(hierarchical())
    assert table is not None
    assert [row.decides for row in table.rows] == [False, False, True]
    assert table.rows[0].figure == "28.5 per 100"
    assert table.rows[2].figure == "1.20 × expected"
    assert readings_table(measure()) is None


def test_the_shrinkage_plot_holds_the_own_hospital_only() -> None:
    picture = str(shrinkage_figure(hierarchical(), "s"))
    for words in ("1.28", "1.20", "what was seen", "allowing for chance", "0.75 to 1.30"):
        assert words in picture
    assert shrinkage_figure(standardised(), "s") is None
    found = hierarchical().shrinkage
    alike = replace(hierarchical(), shrinkage=replace(found, spread=None)) if found else measure()
    assert "do not differ beyond chance" in str(shrinkage_figure(alike, "s"))


def position(design: np.ndarray, events: np.ndarray) -> tuple[HierarchicalPosition, np.ndarray]:
    """Return where a provider stands in a model of one covariate, and its linear predictor."""
    coefficients = np.array([-0.5, 1.0])
    own = Patterns(design, np.full(len(design), 20.0), events)
    found = provider_effect(own, coefficients, SIGMA)
    return HierarchicalPosition(
        band="review", stands_out=False, expected=found.expected, predicted=found.predicted,
        estimate=0.0, interval=found.interval, ratio=HierarchicalRatio(found.ratio, found.interval),
        effect=found.effect, effect_sd=found.effect_sd, probability_worse=0.98,
    ), design @ coefficients  # fmt: skip


RELEASED = HierarchicalResult(
    {"(Intercept)": -0.5, "x": 1.0}, {"(Intercept)": 0.1, "x": 0.1}, (), -10.0, None, 3, 0.4, 40.0,
    1.0, 0.0, False, sigma=SIGMA, single_threshold=0.975, false_alarms=0.6, joint_threshold=0.999,
    joint_z=3.0,
)  # fmt: skip


@pytest.mark.parametrize("covariate", [[0.3, 0.3, 0.3], [-2.0, 0.0, 2.5]])
def test_the_band_of_hospitals_is_that_of_the_own_patients(covariate: list[float]) -> None:
    design = np.column_stack([np.ones(3), covariate])
    own, predictor = position(design, np.array([9.0, 14.0, 18.0]))
    found = spread_of(RELEASED, own, 60)
    assert found is not None
    exact = [
        float(np.sum(20 / (1 + np.exp(-predictor - shift)))) / own.expected
        for shift in (-1.959964 * SIGMA, 1.959964 * SIGMA)
    ]
    # Exact for patients of one risk; of many risks the slope is read off the own interval.
    assert found == pytest.approx(exact, rel=1e-6 if len(set(covariate)) == 1 else 0.02)


def test_without_a_spread_there_is_no_band() -> None:
    own, _ = position(np.column_stack([np.ones(3), np.zeros(3)]), np.array([9.0, 9.0, 9.0]))
    assert spread_of(replace(RELEASED, sigma=0.0), own, 60) is None


def test_a_hierarchical_reading_takes_the_verdict() -> None:
    own, _ = position(np.column_stack([np.ones(3), np.zeros(3)]), np.array([9.0, 14.0, 18.0]))
    read = with_hierarchical(replace(measure(41, 60), providers=24), RELEASED, own)
    assert read.basis == "hierarchical"
    assert read.band == "review"
    assert read.gap == pytest.approx(own.predicted - own.expected)
    assert read.shrinkage is not None
    assert read.shrinkage.observed.value == pytest.approx(41 / own.expected)
    assert read.quality is not None
    assert read.quality.reliability == pytest.approx(1 - own.effect_sd**2 / SIGMA**2)
    assert read.model is not None
    assert [each.name for each in read.model.coefficients] == ["(Intercept)", "x"]


def test_reliability_gives_the_volume_it_takes() -> None:
    assert reliability_of(0.7, 100).minimum_volume == pytest.approx(100)
    assert reliability_of(0.5, 30).minimum_volume == pytest.approx(70)
    assert not reliability_of(0.0, 30).differs
    assert quality_of(0.02, 0.02, 30) == reliability_of(0.5, 30)
    assert quality_of(0.0, 0.0, 30) is None


def test_a_gap_is_counted_in_the_worse_direction_only() -> None:
    assert gap_of(measure(), 5.0) == 5.0
    assert gap_of(measure(), -5.0) == 0.0
    assert gap_of(measure(direction="higher"), -5.0) == 5.0
    assert gap_of(measure(direction="none"), 5.0) is None


def test_an_adjusted_verdict_gains_against_what_is_expected() -> None:
    told = action(hierarchical())
    assert told.before.startswith("as the average hospital does with patients like yours")
    assert told.strong == "28 fewer patients"
    assert action(hierarchical(gap=0.0)).label == "Keep"
    assert "no benchmark" in action(falls()).before


def test_what_a_measure_can_tell() -> None:
    told = str(quality_words(standardised()))
    assert "about 62 % of the differences are real" in told
    assert "about 900 heart-failure patients like yours (you have 638)" in told
    shares = {
        0.43: "43 % of the hospitals have",
        0.0: "no hospital has",
        1.0: "all hospitals have",
        0.997: "99.7 % of the hospitals have",
    }
    for share, words in shares.items():
        below = replace(standardised(), quality=Quality(0.62, 900.0, share_below=share))
        assert f"and {words} fewer." in str(quality_words(below))
    alike = replace(standardised(), quality=Quality(0.0, None, differs=False))
    assert "differ no more than chance" in str(quality_words(alike))
    sure = replace(standardised(), quality=Quality(0.9999, 64.0))
    assert "more than 99 %" in str(quality_words(sure))
    assert quality_words(falls()) is None


def test_the_appendix_names_what_is_not_in_the_model() -> None:
    made = appendix(hierarchical(), MODEL, "a")
    assert made.effects == (("age", "2.72", "2.23 to 3.31"),)
    assert made.calibration[0] == ("1", "500", "9.6", "10.0")
    told = " ".join(made.told)
    for words in ("91 of 100 pairs", "1.60 times the odds", "ward: too few hospitals have c, d"):
        assert words in told
    assert "Left out, since too few hospitals support it: stroke." in told


def test_an_effect_that_is_not_known_at_all_does_not_stop_the_page() -> None:
    wide = replace(MODEL, coefficients=(Coefficient("sex[m]", 22.0, 41448.6),))
    assert appendix(hierarchical(), wide, "a").effects == (
        ("sex[m]", "over 1,000,000", "0.00 to over 1,000,000"),
    )
