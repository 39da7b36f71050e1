"""The page of a mean: what is read from the analysis, and what is drawn of it."""

import re
from functools import cache
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

import fedqi
from fedqi.measures import parse_measure
from fedqi.reports.action import action
from fedqi.reports.compose import rehearsal_report
from fedqi.reports.data import MeasureReport, ReportData
from fedqi.reports.data_basic import Funnel
from fedqi.reports.forest_figure import forest_rows
from fedqi.reports.funnel_view import FunnelView, rate_curves, rate_view
from fedqi.reports.numbers import places_of, plainly, written
from fedqi.reports.tables import comparisons, overview
from fedqi.reports.wording import headline
from tests.unit.reports import collaborative
from tests.unit.reports.reported import measure

DEFINITIONS: dict[str, dict[str, Any]] = {
    each["id"]: each
    for each in (
        collaborative.STAYS,
        collaborative.KNEES,
        collaborative.VOICES,
        collaborative.WHOLE,
        collaborative.CHANCES,
        collaborative.REGISTER,
    )
}


@cache
def run(name: str) -> fedqi.Run:
    with TemporaryDirectory() as folder:
        table = collaborative.table(name, Path(folder))
        definition = parse_measure(DEFINITIONS[name])
        return fedqi.benchmark(definition, fedqi.split(table, by="hospital"))


@cache
def reported(name: str, site: str = "h00") -> ReportData:
    made = run(name)
    hospital = made.site(site)
    positions, complete = hospital.positions, hospital.complete
    return rehearsal_report(made.measures, made.result, positions, site, complete=complete)


def page(name: str, site: str = "h00") -> MeasureReport:
    return reported(name, site).measures[0]


def days(site: str | None = None) -> list[int]:
    return [r["days"] for r in collaborative.rows("stays") if site in (None, r["hospital"])]


def test_a_mean_is_read_as_it_is_in_the_rows() -> None:
    own = page("stays")
    assert own.rate == pytest.approx(fmean(days("h00")), rel=1e-9)
    assert own.network_rate == pytest.approx(fmean(days()), rel=1e-9)
    assert (own.size, own.scale, own.unit, own.band) == (224, "mean", "days", "review")
    assert own.from_zero and own.bounds == (0, 200)


def test_the_headline_of_a_mean_has_its_unit_and_interval() -> None:
    told = headline(page("stays"))
    assert told.startswith(
        "Length of stay after heart failure: the mean of your 224 stays was 7.9 days "
        "(7.3 to 8.6); in the network it was 6.1."
    )


def test_the_gain_of_a_mean_is_said_per_patient_and_in_all() -> None:
    said = action(page("stays"))
    assert said.label == "To gain"
    assert said.strong == "2.2 days lower"
    assert said.after == ": 499 fewer days over your 224 stays."


def test_a_score_has_no_sum_and_no_ratio() -> None:
    own = page("knees")
    assert not own.from_zero
    assert action(own).after == "."
    assert forest_rows([own])[0].value is None
    assert "to gain" not in comparisons([own]).headings


def test_the_funnel_of_means_goes_through_the_limits_of_the_position() -> None:
    own = page("stays")
    assert own.funnel is not None
    for level, limits in ((0.95, own.funnel.limits_95), (0.998, own.funnel.limits_998)):
        lower, upper = rate_curves(own, own.funnel, np.array([own.size]), level)
        assert (lower[0], upper[0]) == pytest.approx(limits, rel=1e-12)


def view(own: MeasureReport) -> FunnelView:
    found = rate_view(own)
    assert found is not None
    return found


def test_the_funnel_of_means_stays_within_the_bounds() -> None:
    wide = Funnel(1.0, (0.0, 3.0), (0.0, 4.0), kind="normal", within_sd=20.0)
    found = view(measure(scale="mean", bounds=(0.0, 5.0), rate=1.0, network_rate=1.0, funnel=wide))
    assert found.outer[0].min() == 0.0
    assert found.outer[1].max() == 5.0
    assert (found.lowest, found.highest) == (0.0, 5.0)


def test_a_change_below_zero_is_not_cut_off_at_zero() -> None:
    funnel = Funnel(-3.0, (-5.0, -1.0), (-6.0, 0.0), kind="normal", within_sd=20.0)
    found = view(measure(scale="mean", bounds=(-48.0, 48.0), rate=-3.0, funnel=funnel))
    assert found.lowest == -48.0
    assert found.inner[0].max() < -3.0


def test_a_mean_has_the_places_that_its_interval_leaves() -> None:
    assert (places_of(page("stays")), places_of(page("voices"))) == (1, 2)
    assert written(6.14, page("stays")) == "6.1"
    assert places_of(measure(scale="mean", interval=None)) == 1


@pytest.mark.parametrize(
    ("value", "told"), [(21, "21"), (0.5, "0.5"), (-2.25, "−2.25"), (2_500_000.0, "2,500,000")]
)
def test_a_number_of_a_definition_keeps_its_places(value: float, told: str) -> None:
    assert plainly(value) == told


def test_the_tables_name_means_and_rates() -> None:
    mean, rate = page("stays"), measure()
    assert overview([mean]).headings[1:3] == ("with a value", "mean")
    assert overview([mean, rate]).headings[1:3] == ("observed", "rate or mean")
    assert overview([mean]).rows[0].cells[:3] == ("224", "224", "7.9 days")
    units = comparisons([mean, rate])
    assert [cells[units.headings.index("unit")] for _, cells in units.rows] == [
        "days",
        "per 100",
    ]


def test_the_trend_of_a_mean_is_its_means() -> None:
    own = page("stays")
    assert own.series_kind == "value"
    first = [
        row["days"]
        for row in collaborative.rows("stays")
        if row["hospital"] == "h00" and row["day"].startswith("2023-01")
    ]
    assert own.series[0].value == pytest.approx(fmean(first), rel=1e-9)
    everyone = [r["days"] for r in collaborative.rows("stays") if r["day"].startswith("2023-01")]
    assert own.series[0].network_rate == pytest.approx(fmean(everyone), rel=1e-9)


def test_an_opportunity_is_worth_less_than_a_patient() -> None:
    own = page("chances")
    assert own.funnel is not None and own.interval is not None
    assert own.funnel.design_effect > 1
    for level, limits in ((0.95, own.funnel.limits_95), (0.998, own.funnel.limits_998)):
        drawn = rate_curves(own, own.funnel, np.array([own.denominator]), level)
        # The limits are those of a rounded number of independent patients.
        assert (drawn[0][0], drawn[1][0]) == pytest.approx(limits, abs=1e-3)
    shown = run("chances").site("h00").position().analyses["crude"].interval
    assert (own.interval.lower, own.interval.upper) == (shown.lower, shown.upper)


def test_a_composite_without_words_of_its_own_reads_well() -> None:
    assert re.search(r"Of 100 heart-attack patients .* given all the care", headline(page("whole")))
    assert headline(page("chances")).startswith("Of 100 opportunities for care at your hospital")
    assert "more opportunities for care" in action(page("chances")).strong
