"""Readings of ``meta`` and ``direct``: beside the other analyses, or the verdict where alone."""

from functools import cache

import pytest

import fedqi
from fedqi.benchmarking.policy import Policy
from fedqi.measures import parse_measure
from fedqi.reports.action import action
from fedqi.reports.compose import rehearsal_report
from fedqi.reports.data import MeasureReport, ReportData
from fedqi.reports.origin import methods
from fedqi.reports.readings import readings_table
from fedqi.reports.wording import headline
from tests.unit.benchmarking import test_direct as strata


@cache
def reported(*analyses: str, site: str = "h0") -> ReportData:
    with strata.table() as path:
        run = fedqi.benchmark(
            parse_measure(strata.document()),
            fedqi.split(path, by="hospital"),
            analyses=analyses,
            policy=Policy(1),
            seed=5,
        )
    return rehearsal_report(run.measures, run.result, run.site(site).positions, site)


def page(*analyses: str, site: str = "h0") -> MeasureReport:
    return reported(*analyses, site=site).measures[0]


def test_beside_the_counts_they_are_rows_of_the_table() -> None:
    made = page("crude", "meta", "direct")
    assert (made.basis, made.funnel is None) == ("crude", False)
    table = readings_table(made)
    assert table is not None
    assert [row.title.split(",")[0] for row in table.rows] == [
        "As counted",
        "As counted",
        "Adjusted for case mix within strata",
    ]
    assert [row.decides for row in table.rows] == [True, False, False]


@pytest.mark.parametrize(
    ("analysis", "opening", "method"),
    [("meta", "The difference", "DerSimonian"), ("direct", "Adjusted for case mix", "stratum")],
)
def test_alone_they_give_the_verdict(analysis: str, opening: str, method: str) -> None:
    made = page(analysis)
    assert (made.basis, made.band) == (analysis, "as expected")
    assert f"{opening}" in headline(made)
    assert any(method in words for words in methods(reported(analysis)))
    assert not any("No funnel limits" in words for words in methods(reported(analysis)))


NOBODY = (
    "Your hospital has nobody in a stratum (f/urgent; m/transfer), so its rate there is unknown."
)


def test_a_stratum_without_patients_is_told() -> None:
    beside = page("crude", "direct", site="h7")
    assert beside.readings[-1].failed == NOBODY
    assert (beside.basis, beside.band) == ("crude", "as expected")
    alone = page("direct", site="h7")
    assert (alone.band, alone.reason) == ("insufficient", NOBODY)
    assert NOBODY in action(alone).before
