"""Kiefe's achievable benchmark of care: what the best sites with a tenth of the patients reach.

Works on performance, patients treated as wished over all patients: where a lower rate is better,
pass n - r and take one minus the benchmark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

BEST_SHARE = Fraction(1, 10)
"""Share of all patients that the best sites must reach together."""


@dataclass(frozen=True, slots=True)
class SitePerformance:
    """One site's counts: ``performed`` of ``denominator`` patients were treated as wished."""

    site: str
    performed: int
    denominator: int

    @property
    def adjusted(self) -> float:
        """The adjusted performance fraction."""
        return adjusted_performance(self.performed, self.denominator)


@dataclass(frozen=True, slots=True)
class AchievableBenchmark:
    """The exact benchmark and the sites that set it, best first."""

    value: float
    sites: tuple[str, ...]
    performed: int
    denominator: int


def adjusted_performance(performed: float, denominator: float) -> float:
    """Return the adjusted performance fraction (x+1)/(d+2), which tames small denominators.

    Raises
    ------
    ValueError
        If not 0 <= x <= d.

    References
    ----------
    Kiefe CI et al. (1998). Int J Qual Health Care 10:443-447. doi:10.1093/intqhc/10.5.443
    """
    if not 0 <= performed <= denominator:
        raise ValueError(f"{performed} of {denominator} is not a performance")
    return (performed + 1) / (denominator + 2)


def achievable_benchmark(sites: Sequence[SitePerformance]) -> AchievableBenchmark:
    """Return the exact benchmark: needs every site's own counts, so not computable from sums.

    Sites are sorted by the adjusted performance fraction, best first; the shortest run with at
    least a tenth of all patients is pooled, unadjusted: Σx/Σd.

    Parameters
    ----------
    sites
        At least one with patients. Ties: the larger denominator first, then the id.

    Raises
    ------
    ValueError
        If there are no patients.

    References
    ----------
    Kiefe CI et al. (1998). Int J Qual Health Care 10:443-447. doi:10.1093/intqhc/10.5.443
    Weissman NW et al. (1999). J Eval Clin Pract 5:269-281.
    doi:10.1046/j.1365-2753.1999.00203.x
    """
    needed = BEST_SHARE * sum(each.denominator for each in sites)
    if needed <= 0:
        raise ValueError("there are no patients to set a benchmark")
    best: list[SitePerformance] = []
    for each in sorted(sites, key=lambda s: (-s.adjusted, -s.denominator, s.site)):
        if sum(s.denominator for s in best) >= needed:
            break
        best.append(each)
    performed, denominator = sum(s.performed for s in best), sum(s.denominator for s in best)
    return AchievableBenchmark(
        performed / denominator, tuple(s.site for s in best), performed, denominator
    )
