"""What exactly would be contributed: in plain words, in figures, and as bytes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from fedqi.charter import JobSpec
from fedqi.measures import Cell, Measure, MeasureSummary
from fedqi.measures.calendar import Waiting
from fedqi.secagg.encoding import Layout
from fedqi.secagg.state import PublicState, SitePlan
from site_agent.frozen import FrozenInput

ROWS_SHOWN = 12
START = PublicState(cohort=(), offering={}, totals=())


@dataclass(frozen=True, slots=True)
class Contribution:
    """Everything a preview needs to know of one job.

    Parameters
    ----------
    spec
        The job.
    measures
        Measure id to its definition.
    frozen
        The frozen input.
    plan
        The plan at this site.
    minimum
        Group minimum m.
    collusion_bound
        c of the charter.
    offered
        Atoms this site offers.
    held
        Measure and period of what is asked too early, and why it is not offered.
    """

    spec: JobSpec
    measures: Mapping[str, Measure]
    frozen: FrozenInput
    plan: SitePlan
    minimum: int
    collusion_bound: int
    offered: tuple[str, ...]
    held: Mapping[tuple[str, str], Waiting] = field(default_factory=dict)


def in_words(contribution: Contribution) -> list[str]:
    """Return the preview, one line per item."""
    return [
        f"Job {contribution.spec.job}: what this hospital would contribute",
        "",
        *_figures(contribution),
        "",
        *_rules(contribution),
        "",
        *_bytes(contribution),
    ]


def beside_masked(contribution: Contribution, masked: bytes) -> list[str]:
    """Show this hospital's numbers of the first step beside the bytes that left the building.

    Parameters
    ----------
    contribution
        The job.
    masked
        The masked vector as it was sent, little-endian uint64.
    """
    layout = contribution.plan.layout(START)
    if layout is None or len(masked) != 8 * layout.length:
        return ["The masked bytes that left are of another layout; they cannot be shown beside."]
    names = _names(layout)
    own = _own_vector(contribution, layout)
    lines = ["Number in this hospital                                  the eight bytes that left"]
    for row in range(min(layout.length, ROWS_SHOWN)):
        sent = masked[8 * row : 8 * row + 8].hex(" ")
        lines.append(f"{names[row]:<44} {own[row]:>10}   {sent}")
    if layout.length > ROWS_SHOWN:
        lines.append(f"... and {layout.length - ROWS_SHOWN} more")
    return lines


def _figures(contribution: Contribution) -> Iterator[str]:
    for planned in contribution.spec.measures:
        measure = contribution.measures[planned.id]
        yield f"{measure.id} {measure.version}: {measure.title}"
        summary = contribution.frozen.summaries.get(planned.id)
        cells = () if summary is None else tuple(_cells(summary, contribution, measure.scoring))
        yield from cells or ("    nothing: this hospital declares 'none'",)
        for (name, period), wait in contribution.held.items():
            if name == planned.id:
                yield f"    period {period}: not offered, {wait.told}"


def _cells(summary: MeasureSummary, contribution: Contribution, scoring: str) -> Iterator[str]:
    wanted = contribution.spec.periods[summary.measure]
    for provider, series in sorted(summary.cells.items()):
        for period in wanted:
            cell = series.get(period)
            if cell is not None:
                expected = "" if cell.expected is None else f", expected {cell.expected:.1f}"
                who = f"{provider}, " if provider else ""
                yield f"    {who}period {period}: {_counts(cell, scoring)}{expected}"


def _counts(cell: Cell, scoring: str) -> str:
    if scoring in ("continuous", "survey"):
        return f"{cell.observed} values in {cell.denominator} rows"
    if scoring == "rate":
        return f"{cell.observed} events in an exposure of {cell.denominator}"
    return f"{cell.observed} of {cell.denominator}{_share(cell.observed, cell.denominator)}"


def _share(observed: int, denominator: int) -> str:
    return f" ({100 * observed / denominator:.1f} %)" if denominator else ""


def _rules(contribution: Contribution) -> list[str]:
    bound = contribution.collusion_bound
    return [
        "Rules it passed: the job is within the charter and the programme that all members "
        "signed; each measure has the digest the programme names; every number is within the "
        "bounds of its layout.",
        f"No sum is formed over fewer than {contribution.minimum} organisations. Even if the "
        f"aggregator and {bound} of the members collude, at least "
        f"{contribution.minimum - bound - 1} honest others stand beside this hospital.",
        f"Offered: {len(contribution.offered)} of {len(contribution.spec.atoms)} atoms "
        "(events x period); each is summed over one set of hospitals, once and for all.",
    ]


def _bytes(contribution: Contribution) -> list[str]:
    frozen = contribution.frozen
    lines = [
        f"Frozen input: {len(frozen.content)} bytes that stay here, SHA-256 {frozen.sha256}",
    ]
    layout = contribution.plan.layout(START)
    if layout is not None:
        _own_vector(contribution, layout)  # a number outside its bounds is an error here
        lines.append(
            f"What leaves in the first step: {layout.length} numbers as {8 * layout.length} bytes, "
            f"each masked modulo 2^64 so that it looks random (layout {layout.digest.hex()[:16]})"
        )
    return lines


def _own_vector(contribution: Contribution, layout: Layout) -> list[int]:
    vector = layout.encode(contribution.plan.values(START))
    return [int(number) for number in vector.astype(np.int64)]


def _names(layout: Layout) -> list[str]:
    names = []
    for block in layout.blocks:
        size = int(np.prod(block.shape, dtype=np.int64))
        names += [block.name if size == 1 else f"{block.name}[{i}]" for i in range(size)]
    return names
