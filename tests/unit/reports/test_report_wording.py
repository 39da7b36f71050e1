import pytest

from fedqi.reports.action import action, shortfall, strengths
from fedqi.reports.data import Provenance
from fedqi.reports.data_basic import Funnel, Target, band_name
from fedqi.reports.origin import acceptance, approval, custody, departures, methods
from fedqi.reports.verdict import certainty
from fedqi.reports.wording import caution, headline, lead, local_notice
from tests.unit.reports.reported import adjusted, measure, monthly, report


def test_a_large_hospital_reads_natural_frequencies_with_their_uncertainty() -> None:
    assert headline(measure()) == (
        "Of 100 heart-failure patients at your hospital, 29 were readmitted within 30 days "
        "(25 to 32); in the network it was 20. Chance and ordinary differences between hospitals "
        "seldom explain such a difference."
    )


def test_only_beyond_the_outer_limits_it_is_rarely() -> None:
    assert "rarely explain" in headline(measure(z_adjusted=3.2))
    within = headline(measure(z_adjusted=1.9, band="as expected"))
    assert "The difference can be explained by chance" in within


def test_the_ratio_decides_the_words_where_there_is_one() -> None:
    told = headline(adjusted(0.7, -2.5, band="exemplary", z_adjusted=2.4))
    assert "Adjusted for case mix that is less than expected: chance" in told
    within = headline(adjusted(1.1, 0.6, band="as expected", z_adjusted=2.4))
    assert "Adjusted for case mix, the difference can be explained by chance" in within


def test_a_tiny_hospital_reads_its_counts_and_no_judgement() -> None:
    told = headline(measure(3, 12, band="insufficient"))
    assert told.startswith("3 of your 12 heart-failure patients were readmitted within 30 days")
    assert "about 2" in told
    assert "says nothing for or against your care" in told
    assert "of 100" not in told.lower()


@pytest.mark.parametrize(
    ("observed", "denominator", "start"),
    [
        (0, 41, "None of your 41 heart-failure patients was readmitted"),
        (1, 41, "1 of your 41 heart-failure patients was readmitted"),
        (41, 41, "All 41 of your heart-failure patients were readmitted"),
        (0, 1, "None of your one of the heart-failure patients was"),
        (0, 0, "No heart-failure patients were counted at your hospital"),
        (0, 500, "Of 100 heart-failure patients at your hospital, none was readmitted"),
    ],
)
def test_extremes_have_sentences_of_their_own(observed: int, denominator: int, start: str) -> None:
    assert headline(measure(observed, denominator)).startswith(start)


def test_without_a_network_figure_nothing_is_compared() -> None:
    told = headline(measure(network_rate=None, z_adjusted=None, band="as expected"))
    assert "network it was" not in told
    assert "no network figure" in told


def test_rates_of_a_few_per_cent_are_said_in_a_larger_base() -> None:
    assert headline(measure(15, 1000, network_rate=0.02)).startswith("Of 1,000 heart-failure")


def test_where_nobody_has_an_event_there_is_nothing_to_explain() -> None:
    told = headline(measure(0, 500, network_rate=0.0, z_adjusted=0.0, band="as expected"))
    assert told.startswith("Of 100 heart-failure patients")
    assert told.endswith("There is no difference to explain.")


def test_a_huge_denominator_has_no_interval_of_equal_ends() -> None:
    told = headline(measure(84_000, 1_000_000, network_rate=0.17))
    assert "(chance moves that by less than 1)" in told


def test_certainty_counts_the_hospitals_out_by_chance() -> None:
    told = certainty(measure(), 24)
    assert told is not None
    assert "about 1 in 60 hospitals" in told
    assert "by chance alone" not in told
    assert "Among 140 hospitals expect 2 by chance alone." in str(certainty(measure(sites=140), 24))
    assert certainty(measure(band="insufficient"), 24) is None
    assert "more than half of them" in str(certainty(measure(z_adjusted=0.1), 24))


def test_every_flag_carries_the_caution() -> None:
    assert "62.7 %" in caution(measure())
    assert "one period only" in caution(measure())
    assert "own trend" in caution(measure(series=monthly([0.2] * 14)))


def test_a_hospital_outside_the_cohort_is_told_so() -> None:
    assert local_notice(measure()) is None
    assert "not in the network's totals" in str(local_notice(measure(in_cohort=False)))


def test_review_leads_before_the_larger_gain() -> None:
    review = measure(gap=3.0, measure="a")
    rich = measure(gap=90.0, band="as expected", measure="b")
    unknown = measure(gap=500.0, band="insufficient", measure="c")
    assert lead(report(rich, unknown, review)).measure == "a"
    assert lead(report(unknown, rich)).measure == "b"


def test_the_action_counts_patients() -> None:
    told = action(measure())
    assert told.strong == "86 fewer patients"
    assert "achievable benchmark (15.0 of 100)" in told.before
    assert "readmitted" in told.after
    assert action(measure(gap=0.7)).strong == "1 fewer patient"


def test_the_action_of_a_measure_where_more_is_better() -> None:
    assert action(measure(direction="higher")).strong == "86 more patients"


def test_reaching_the_benchmark_is_praised() -> None:
    assert action(measure(gap=0.0)).label == "Keep"
    assert strengths([measure(band="exemplary")]) is not None
    assert strengths([measure()]) is None


def test_a_target_takes_the_place_of_a_missing_benchmark() -> None:
    missed = measure(benchmark=None, gap=None, targets=(Target("national target", 0.18),))
    assert action(missed).strong == f"{round(182 - 0.18 * 638)} fewer patients"
    met = measure(benchmark=None, gap=None, targets=(Target("national target", 0.4),))
    assert action(met).label == "Keep"
    assert shortfall(measure(direction="higher"), Target("t", 0.3)) > 0


def test_without_comparator_the_own_past_is_one() -> None:
    assert "own past" in action(measure(benchmark=None, gap=None)).before
    assert action(measure(direction="none")).strong == ""


def test_too_few_data_says_its_reason() -> None:
    told = action(measure(3, 12, band="insufficient", reason="Fewer than 25 patients."))
    assert told.before.startswith("Fewer than 25 patients.")


def test_what_left_is_said_without_boasting() -> None:
    nothing = Provenance(0, 0)
    assert departures(nothing).startswith("Nothing")
    assert "184 numbers in 1,472 bytes" in departures(report().provenance)
    assert "No approval by a person is recorded" in approval(Provenance(4, 32))
    assert approval(report().provenance) == "the quality lead on 14 October"
    assert str(acceptance(report().provenance)).startswith("24 of 24 hospitals")
    assert acceptance(nothing) is None
    assert "nobody but you" in custody(report())
    assert "rehearsal" in custody(report(rehearsal=True))


def test_methods_name_what_was_used_and_nothing_else() -> None:
    told = " ".join(methods(report()))
    assert "Wilson (95 %)" in told
    assert "s² + τ²" in told
    assert "φ 4.1" in told
    assert "chart" not in told
    assert "Expected:" not in told
    large = " ".join(methods(report(measure(phi=9000.0))))
    assert "would flag nearly everyone" in large


def test_differences_within_chance_are_not_called_more() -> None:
    within = measure(title="Falls", phi=0.7, funnel=Funnel(0.2, (0.1, 0.3), (0.05, 0.4)))
    told = " ".join(methods(report(within)))
    assert "hardly more than chance alone explains" in told
    assert "The limits allow" not in told
    both = " ".join(methods(report(within, measure(title="Pneumonia"))))
    assert "true figures): Pneumonia φ 4.1" in both
    assert "or below): Falls φ 0.7" in both


def test_no_report_blames() -> None:
    words = " ".join([headline(measure()), caution(measure()), *methods(report())]).lower()
    assert not {"bad", "poor", "worst", "fail", "failed"} & set(words.split())


def test_a_band_must_be_known() -> None:
    assert band_name("as expected") == "as expected"
    with pytest.raises(ValueError, match="none of"):
        band_name("bad")
