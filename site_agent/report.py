"""The hospital's report: from the released totals and its own frozen figures to its files."""

from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from fedqi.benchmarking.result import Result, collect_positions, collect_results
from fedqi.charter import JobSpec
from fedqi.disclosure import AuditEntry
from fedqi.errors import ConfigurationError, PolicyError
from fedqi.measures import Measure
from fedqi.reports.data import Provenance, ReportData
from fedqi.secagg.state import PublicState
from site_agent import jobs
from site_agent.approval import Decision, decision_of
from site_agent.config import AgentConfig
from site_agent.genesis import Pinned, load_pinned
from site_agent.journal import replace_file
from site_agent.ledger import verify
from site_agent.outcome import stored_state, transcript_of
from site_agent.state import StateDirectory, open_state
from site_agent.work import build_work, read_spec


def result_of(config: AgentConfig, job: str) -> dict[str, Any]:
    """Return a job's stored result with this hospital's positions.

    Raises
    ------
    ConfigurationError
        If the job is unknown here or has no result yet.
    """
    state = open_state(config.state_dir)
    record = jobs.require(state, job)
    document = state.load_result(job)
    if document is None:
        why = f" ({record.reason})" if record.reason else ""
        raise ConfigurationError(
            f"job {job} has no result here; it is at stage {str(record.stage)!r}{why}"
        )
    return document


def write_report(
    config: AgentConfig, job: str, out: Path | None, provider: str | None = None
) -> Path:
    """Write a job's report, JSON and CSV beside it, and return where the page is.

    Parameters
    ----------
    config
        The configuration.
    job
        Which one.
    out
        Where the page goes; into the state directory if None.
    provider
        Which of several providers it speaks of; the largest if None.

    Raises
    ------
    ConfigurationError
        If there is no result yet.
    PolicyError
        If this hospital has no figures in the job to report on, or no such provider.
    """
    from fedqi.reports import report_files

    state = open_state(config.state_dir)
    page = out or state.reports / f"{job}.html"
    data = report_data(config, state, job, result_of(config, job), provider)
    for path, text in report_files(data, page).items():
        replace_file(path, text.encode())
    return page


def report_data(
    config: AgentConfig,
    state: StateDirectory,
    job: str,
    document: dict[str, Any],
    provider: str | None = None,
) -> ReportData:
    """Collect what the page needs to know."""
    from fedqi.reports.absence import absences
    from fedqi.reports.compose import asked_of, measure_reports
    from fedqi.reports.peer_words import peer_words, segment_of
    from fedqi.reports.units import require_unit

    pinned = load_pinned(state)
    if pinned is None:
        raise PolicyError("the founding documents are not pinned; run 'fedqi-site run'")
    spec = read_spec(jobs.require(state, job))
    work = build_work(config, state, pinned, spec)
    summaries = {} if work.frozen is None else work.frozen.offered
    public = stored_state(document)
    everybody = collect_results(work.plan, public, transcript_of(pinned, spec, public))
    segment = pinned.genesis.charter.segment_of(config.site)
    result = everybody.within(segment)
    positions = collect_positions(work.plan, public, summaries, config.site, segment)
    require_unit(positions, provider)
    definitions = list(work.measures.values())
    commands = {each.id: command for each in definitions if (command := cases_command(each))}
    measures = measure_reports(
        definitions, result, positions, config.site, provider, commands, asked_of(work.plan)
    )
    absent = absences(definitions, result, measures)
    if not measures:
        told = " ".join(f"{each.title}: {each.reason}" for each in absent)
        raise PolicyError(f"job {job}: this hospital has no figures in it to report on. {told}")
    return ReportData(
        collaborative=pinned.genesis.charter.title,
        site=config.site,
        site_name=_name(pinned, config.site),
        period=_period(spec),
        sites=len({name for released in result.results for name in released.survivors}),
        measures=measures,
        provenance=_provenance(state, job, len(pinned.genesis.roster.members), result, public),
        data_status=f"This hospital is {document['standing']}.{_left_out(document)}",
        absent=absent,
        method=peer_words(segment_of(positions), everybody, measures),
        segment=segment_of(positions),
        software=f"FedQI {metadata.version('fedqi')}",
    )


def cases_command(measure: Measure) -> str | None:
    """Return the command that lists the cases behind a figure; None without keys."""
    if measure.dataset.key is None:
        return None
    events = measure.direction == "lower" and measure.scoring in ("proportion", "rate")
    chosen = "numerator" if events else "denominator"
    return f"fedqi-site cases {measure.id}@{measure.version} --set {chosen} --out cases.csv"


def _left_out(document: dict[str, Any]) -> str:
    missing = [f"{item['analysis']} of {item['measure']}" for item in document["missing"]]
    if not missing:
        return ""
    return (
        f" The job is partial: {', '.join(missing)} could not be completed ({document['reason']})."
    )


def _provenance(
    state: StateDirectory, job: str, members: int, result: Result, public: PublicState
) -> Provenance:
    sent = [entry for entry in verify(state)[0] if _is_masked_input(entry, job)]
    decision = decision_of(state, job)
    approved = sent and decision
    return Provenance(
        numbers=sum(total.size for total in public.totals) if sent else 0,
        size=sum(entry.departure.size for entry in sent),
        digest=sent[0].departure.digest.hex() if sent else None,
        approved_by=approved.by if approved else None,
        approved_on=_day(approved) if approved else None,
        members=members,
        transcript=result.results[0].transcript or None if result.results else None,
    )


def _is_masked_input(entry: AuditEntry, job: str) -> bool:
    return entry.departure.job == job and entry.departure.kind == "masked_input"


def _day(decision: Decision) -> str:
    return datetime.fromtimestamp(decision.at, UTC).strftime("%d %B %Y")


def _name(pinned: Pinned, site: str) -> str:
    return next(m.name for m in pinned.genesis.roster.members if m.site == site)


def _period(spec: JobSpec) -> str:
    periods = sorted({period for own in spec.periods.values() for period in own})
    if periods == ["all"]:
        return "all periods together"
    return periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
