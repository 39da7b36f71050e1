"""The three files of a report: a page for people, JSON and CSV for machines."""

from collections.abc import Mapping
from pathlib import Path

from fedqi.reports.data import ReportData
from fedqi.reports.export import report_csv, report_json
from fedqi.reports.render import render_report


def report_files(report: ReportData, page: Path) -> Mapping[Path, str]:
    """Return what belongs into each file: the page itself, and the same content beside it.

    Parameters
    ----------
    report
        What they hold.
    page
        Where the HTML page goes; the others differ in their suffix.
    """
    return {
        page: render_report(report),
        page.with_suffix(".json"): report_json(report),
        page.with_suffix(".csv"): report_csv(report),
    }
