"""From what is known to the page: one HTML file that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape

from fedqi.reports import origin, pictures
from fedqi.reports.action import action, strengths
from fedqi.reports.completeness_words import ascertainment_words, completeness_words
from fedqi.reports.data import MeasureReport, ReportData
from fedqi.reports.model_tables import appendices
from fedqi.reports.sections import sections
from fedqi.reports.tables import comparisons, overview
from fedqi.reports.titles import shortened
from fedqi.reports.units import unit_notice
from fedqi.reports.verdict import certainty
from fedqi.reports.wording import (
    BAND_SYMBOLS,
    BAND_WORDS,
    SYNTHETIC,
    caution,
    headline,
    lead,
    local_notice,
    period_words,
)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One row of an index: where the report is, and its headline."""

    href: str
    site: str
    site_name: str
    symbol: str
    band: str
    headline: str


def render_report(report: ReportData) -> str:
    """Return a hospital's report as one self-contained HTML document.

    The same data give the same bytes: no clock, no random ids.

    Parameters
    ----------
    report
        What the page needs to know; at least one measure.

    Raises
    ------
    ValueError
        If the report holds no measure.
    """
    if not report.measures:
        raise ValueError("a report without a measure; expected at least one")
    return template("template.html.j2").render(_context(report))


def render_index(title: str, entries: Sequence[tuple[str, ReportData]]) -> str:
    """Return a page that links the reports of several hospitals, for demonstrations.

    Parameters
    ----------
    title
        Heading.
    entries
        Relative link and report of every hospital, in the order to be shown.
    """
    rows = []
    for href, report in entries:
        first = lead(report)
        symbol, band = BAND_SYMBOLS[first.band], BAND_WORDS[first.band]
        rows.append(IndexEntry(href, report.site, report.site_name, symbol, band, headline(first)))
    return template("index.html.j2").render(title=title, entries=rows)


@cache
def template(name: str) -> Template:
    """Return a template of the pages, by the name of its file."""
    environment = Environment(
        loader=PackageLoader("fedqi.reports", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _context(full: ReportData) -> dict[str, object]:
    report = replace(full, measures=shortened(full.measures))
    first = lead(report)
    shared = pictures.lead_pictures(report, first, pictures.collection_heading(full))
    return {
        "report": report,
        "lead": first,
        "headline": headline(first),
        "band": BAND_WORDS[first.band],
        "symbol": BAND_SYMBOLS[first.band],
        "certainty": certainty(first, report.sites),
        "caution": caution(first),
        "notices": _notices(report),
        "status": _status(report, first),
        "period": period_words(report.period),
        "picture": shared.first,
        "action": action(first),
        "strengths": strengths(report.measures),
        "second": shared.second,
        "table": overview(report.measures),
        "sections": sections(report.measures, first, shared, report.sites),
        "appendices": appendices(report.measures),
        "comparisons": comparisons(report.measures),
        "departures": origin.departures(report.provenance),
        "approval": origin.approval(report.provenance),
        "acceptance": origin.acceptance(report.provenance),
        "custody": origin.custody(report),
        "methods": origin.methods(report),
        "definitions": origin.definitions(full),
    }


def _notices(report: ReportData) -> list[str]:
    """Return what is unlike a usual report, each thing once."""
    found = [SYNTHETIC] if report.synthetic else []
    found += [notice for m in report.measures if (notice := local_notice(m))]
    found += [notice for m in report.measures if (notice := unit_notice(m))]
    return list(dict.fromkeys(found))


def _status(report: ReportData, first: MeasureReport) -> str:
    """Return the state of the data; silence on completeness would read as completeness."""
    told = [report.data_status] if report.data_status else []
    known = [ascertainment_words(first), completeness_words(first)]
    told += [words for words in known if words is not None]
    if known[0] is None:
        told.append("Case completeness is not known on this page.")
    return " ".join(told)
