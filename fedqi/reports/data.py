"""What a report needs to know: the contract between the results and the page.

Everything here is already released to all or known to this hospital alone. What is None is left
out of the page, or said to be missing in an honest sentence; nothing is made up.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Direction = Literal["lower", "higher", "none"]
"""Which is better."""

BandName = Literal["exemplary", "as expected", "review", "insufficient"]
"""Where a hospital stands; `insufficient` is not a judgement."""


def band_name(band: str) -> BandName:
    """Return a band as the report knows it.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    names: tuple[BandName, ...] = get_args(BandName)
    for name in names:
        if name == band:
            return name
    raise ValueError(f"the band {band!r} is none of {', '.join(names)}")


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval around an own figure, on the figure's scale.

    Parameters
    ----------
    lower, upper
        Ends, ``lower <= upper``.
    level
        Coverage, such as 0.95.
    method
        Its name in words, such as ``"Wilson"``.
    """

    lower: float
    upper: float
    level: float = 0.95
    method: str = "Wilson"


@dataclass(frozen=True, slots=True)
class Ratio:
    """Observed events over those expected for these patients.

    Parameters
    ----------
    value
        Observed / expected.
    interval
        Around the value.
    limits
        The 95 % funnel limits of the ratio at this hospital's size, overdispersion included:
        between them most hospitals lie. None where too few sites stand for them.
    z_adjusted
        Distance of the ratio from 1 in standard errors, overdispersion included; where it is
        given, it decides the band.
    """

    value: float
    interval: Interval
    limits: tuple[float, float] | None = None
    z_adjusted: float | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """What the funnel is drawn from; its limits over the sizes are computed by the report.

    Parameters
    ----------
    target
        Rate in the middle, 0 to 1: the network's, or a target.
    limits_95, limits_998
        Limits (lower, upper) at this hospital's size, as its position states them.
    tau2
        Additive between-site variance on the rate's scale; 0 for plain limits.
    kind
        Which exact limits are drawn where tau2 is 0: a value of `fedqi.stats.FunnelKind`.
    """

    target: float
    limits_95: tuple[float, float]
    limits_998: tuple[float, float]
    tau2: float = 0.0
    kind: str = "symmetric"


@dataclass(frozen=True, slots=True)
class Histogram:
    """Sites per coarse bin of the rate, lowest first; ``len(edges) == len(sites) + 1``."""

    edges: tuple[float, ...]
    sites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A rate that others have reached.

    Parameters
    ----------
    value
        As a rate, 0 to 1.
    label
        In words, such as ``"achievable benchmark"``.
    method
        How it was computed, as a sentence without its full stop.
    """

    value: float
    label: str = "achievable benchmark"
    method: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A standard that was set outside the network, as a rate, 0 to 1."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One period of this hospital, with the network's rate beside it where it was released."""

    period: str
    observed: int
    denominator: int
    network_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Persistence:
    """How often this hospital lay beyond its limits: in ``beyond`` of the last ``periods``."""

    beyond: int
    periods: int


@dataclass(frozen=True, slots=True)
class MeasureReport:
    """One measure of one hospital.

    Parameters
    ----------
    measure, version, digest
        The definition's id, version and SHA-256 (hex).
    title
        Short title for rows and headings, such as ``"Heart failure"``.
    event
        Completes "29 of them were …" without its verb, such as ``"readmitted within 30 days"``.
    patients
        Plural noun of what is counted, such as ``"heart-failure patients"``.
    direction
        Which rate is better.
    observed, denominator
        This hospital's counts.
    rate, interval
        observed / denominator and its interval; None without patients.
    period
        In words; ``"all"`` is the report's own period.
    network_rate
        Rate of all sites together; None where it was not released.
    band
        Where the hospital stands.
    reason
        Why nothing is compared, for the band ``insufficient``: a sentence.
    in_cohort
        False: the hospital is not in the totals and is compared locally against the benchmark
        that the others froze.
    expected, ratio
        Case-mix adjusted figures, where the measure supplies an expectation.
    benchmark, targets
        Comparators, the targets from outside the network.
    z, z_adjusted
        Distance from the network in standard errors, without and with overdispersion.
    percentile_band
        Between which percentiles the hospital lies, 0 to 100, lower rates first.
    gap
        Patients to gain at the benchmark, never negative.
    phi, tau2, between_site_sd
        Overdispersion, and the spread of the true rates between providers.
    funnel, histogram, series
        What the pictures are drawn from; series in order of time.
    shrunken, reliability
        Rate drawn towards the network as far as chance demands, and the weight of the own data.
    sites
        Sites behind the network's figures of this measure, if they are not those of the report.
    persistence
        Earlier periods, where they are known.
    cases_command
        Command that lists the local cases behind the figure, where there is one.
    """

    measure: str
    title: str
    event: str
    patients: str
    direction: Direction
    period: str
    observed: int
    denominator: int
    rate: float | None
    interval: Interval | None
    band: BandName
    network_rate: float | None = None
    reason: str | None = None
    in_cohort: bool = True
    expected: float | None = None
    ratio: Ratio | None = None
    benchmark: Benchmark | None = None
    targets: tuple[Target, ...] = ()
    z: float | None = None
    z_adjusted: float | None = None
    percentile_band: tuple[float, float] | None = None
    gap: float | None = None
    phi: float | None = None
    tau2: float | None = None
    between_site_sd: float | None = None
    funnel: Funnel | None = None
    histogram: Histogram | None = None
    series: tuple[SeriesPoint, ...] = ()
    shrunken: float | None = None
    reliability: float | None = None
    sites: int | None = None
    persistence: Persistence | None = None
    cases_command: str | None = None
    version: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What left the building, and who stood for it.

    Parameters
    ----------
    numbers, size
        How many masked numbers left, and their bytes; 0 if nothing did.
    digest
        SHA-256 (hex) of what left, or None.
    approved_by, approved_on
        Who approved it and when, as texts to be printed.
    accepted_by, members
        Sites that recomputed the totals and accepted them, out of how many.
    transcript
        SHA-256 (hex) over every verified total.
    """

    numbers: int
    size: int
    digest: str | None = None
    approved_by: str | None = None
    approved_on: str | None = None
    accepted_by: int | None = None
    members: int | None = None
    transcript: str | None = None


@dataclass(frozen=True, slots=True)
class Ascertainment:
    """How complete the cases are: found in the hospital's data, out of those registered."""

    found: int
    registered: int


@dataclass(frozen=True, slots=True)
class ReportData:
    """One hospital's report.

    Parameters
    ----------
    collaborative
        Title of the collaborative.
    site, site_name
        Id and printable name of the hospital.
    period
        In words, such as ``"July 2019 to June 2022"``.
    sites
        Sites in the cohort.
    measures
        In the order of the collection, at least one.
    provenance
        What left the building.
    ascertainment, data_status
        Completeness of the cases; a sentence on the state of the data.
    last_plan
        The plan made after the last report: goal, owner, due.
    method
        Sentences that the analysis adds to the method paragraph.
    software
        Name and version of the software.
    attribution
        Source and licence of the data, where they must be named.
    rehearsal
        True where one machine held the rows of every hospital, as in a demonstration.
    """

    collaborative: str
    site: str
    site_name: str
    period: str
    sites: int
    measures: tuple[MeasureReport, ...]
    provenance: Provenance
    ascertainment: Ascertainment | None = None
    data_status: str | None = None
    last_plan: str | None = None
    method: tuple[str, ...] = ()
    software: str = ""
    attribution: str | None = None
    rehearsal: bool = False
