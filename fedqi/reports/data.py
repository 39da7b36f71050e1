"""What a report needs to know: the contract between the results and the page.

Everything here is already released to all or known to this hospital alone. What is None is left
out of the page, or said to be missing in an honest sentence; nothing is made up.
"""

from dataclasses import dataclass

from fedqi.reports.data_basic import (
    BandName,
    Benchmark,
    Direction,
    Funnel,
    Histogram,
    Interval,
    PeriodBand,
    Persistence,
    Ratio,
    Scale,
    SeriesKind,
    SeriesPoint,
    Target,
)
from fedqi.reports.data_model import (
    Absent,
    Basis,
    Quality,
    RatioFunnel,
    Reading,
    RiskModel,
    Shrinkage,
)
from fedqi.reports.data_parts import Ascertainment, Distribution, ItemAnswers, Share


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
        Completes "29 of them were …" without its verb, such as ``"readmitted within 30 days"``;
        of a rate the plural noun of what is counted, such as ``"falls"``.
    patients
        Plural noun of what is counted, such as ``"heart-failure patients"``; of a rate the unit
        of the exposure, such as ``"bed days"``.
    direction
        Which rate is better.
    observed, denominator
        This hospital's counts; of a mean the values, and the patients who should have one.
    rate, interval
        observed / denominator, or the mean, and its interval; None without patients.
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
        Case-mix adjusted figures, where the measure supplies an expectation or a model does.
    benchmark, targets
        Comparators, the targets from outside the network.
    z, z_adjusted
        Distance from the network in standard errors, without and with overdispersion.
    percentile_band
        Between which percentiles the hospital lies, 0 to 100, lower rates first.
    gap
        Patients to gain, never negative: at the benchmark, or where a model was fitted, at what
        it expects.
    phi, tau2, between_site_sd
        Overdispersion, and the spread of the true rates between providers.
    funnel, histogram, series
        What the pictures are drawn from; series in order of time.
    shrunken, reliability
        Rate drawn towards the network as far as chance demands, and the weight of the own data.
    sites, providers
        Behind the network's figures of this measure, if they are not those of the report.
    persistence, bands
        Earlier periods, where they are known: how often, and where in each of the last ones.
    cases_command
        Command that lists the local cases behind the figure, where there is one.
    scale
        Whether the figure is a proportion, a rate over an exposure, or the mean of a value.
    unit
        Plural noun of what a mean is counted in, such as ``"days"``; empty where it has none.
    bounds
        Least and greatest value that can occur, of a mean.
    from_zero
        Whether twice the figure is twice as much; not so of scores and changes.
    basis
        The analysis that the verdict rests on: the most adjusted one that there is.
    readings
        What every analysis says, the least adjusted first.
    ratio_funnel, shrinkage
        What the pictures of a ratio are drawn from.
    model
        The most adjusted risk model.
    quality
        Whether the measure can tell hospitals apart.
    series_kind
        What the series is made of.
    distribution, items
        Of the values; of the answers to a survey.
    ascertainment
        Cases found beside those that were to be expected, where the definition says how many.
    completeness
        Own patients with a value, or questionnaires with a score.
    shares
        Shares of the patients beside a mean: beyond a limit, changed by so much.
    components
        Of a composite: who received each component, of those eligible for it.
    provider
        The ward, surgeon or house of the hospital that the figures are of; None where they are of
        the hospital.
    units
        Every provider of the hospital, where a measure compares several.
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
    providers: int | None = None
    persistence: Persistence | None = None
    cases_command: str | None = None
    version: str = ""
    digest: str = ""
    scale: Scale = "proportion"
    basis: Basis = "crude"
    readings: tuple[Reading, ...] = ()
    ratio_funnel: RatioFunnel | None = None
    shrinkage: Shrinkage | None = None
    model: RiskModel | None = None
    quality: Quality | None = None
    series_kind: SeriesKind = "proportion"
    unit: str = ""
    bounds: tuple[float, float] | None = None
    from_zero: bool = True
    distribution: Distribution | None = None
    items: tuple[ItemAnswers, ...] = ()
    completeness: Share | None = None
    shares: tuple[Share, ...] = ()
    components: tuple[Share, ...] = ()
    bands: tuple[PeriodBand, ...] = ()
    ascertainment: Ascertainment | None = None
    provider: str | None = None
    units: tuple["MeasureReport", ...] = ()

    @property
    def size(self) -> int:
        """What the own figure rests on: values of a mean, else the denominator."""
        return self.observed if self.scale == "mean" else self.denominator


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
    data_status
        A sentence on the state of the data.
    last_plan
        The plan made after the last report: goal, owner, due.
    method
        Sentences that the analysis adds to the method paragraph.
    software
        Name and version of the software.
    attribution
        Source and licence of the data, where they must be named.
    absent
        Measures of the collection that cannot be shown, and why.
    rehearsal
        True where one machine held the rows of every hospital, as in a demonstration.
    segment
        The peer group within which the hospital is compared; None where there is one network.
    synthetic
        True where the rows were made up: the page is then marked on each sheet.
    """

    collaborative: str
    site: str
    site_name: str
    period: str
    sites: int
    measures: tuple[MeasureReport, ...]
    provenance: Provenance
    data_status: str | None = None
    last_plan: str | None = None
    method: tuple[str, ...] = ()
    software: str = ""
    attribution: str | None = None
    absent: tuple[Absent, ...] = ()
    rehearsal: bool = False
    segment: str | None = None
    synthetic: bool = False
