"""Pure functions of numbers, each with its formula, boundaries and source (docs/statistics.md)."""

from fedqi.stats.achievable_benchmark import (
    AchievableBenchmark,
    SitePerformance,
    achievable_benchmark,
    adjusted_performance,
)
from fedqi.stats.classification import Band, Direction, classify
from fedqi.stats.funnel import (
    FunnelKind,
    FunnelLimits,
    adjusted_curve,
    adjusted_limits,
    adjusted_ratio_limits,
    funnel_curve,
    funnel_limits,
    ratio_funnel_curve,
    ratio_funnel_limits,
    ratio_z_score,
    z_score,
)
from fedqi.stats.intervals import (
    Interval,
    byar,
    exact_poisson,
    midp_poisson,
    normal_quantile,
    wilson,
)
from fedqi.stats.overdispersion import (
    Overdispersion,
    overdispersion,
    proportion_overdispersion,
    ratio_overdispersion,
)
from fedqi.stats.performance_bins import (
    GRID_BINS,
    BinnedBenchmark,
    bin_of,
    binned_benchmark,
    merge_bins,
    merged_counts,
    percentile_band,
    performance_grid,
)
from fedqi.stats.shrinkage import BetaBinomial, moment_beta_binomial
from fedqi.stats.spc import LaneyChart, SpecialCause, XmRChart, laney_chart, xmr_chart

__all__ = [
    "GRID_BINS",
    "AchievableBenchmark",
    "Band",
    "BetaBinomial",
    "BinnedBenchmark",
    "Direction",
    "FunnelKind",
    "FunnelLimits",
    "Interval",
    "LaneyChart",
    "Overdispersion",
    "SitePerformance",
    "SpecialCause",
    "XmRChart",
    "achievable_benchmark",
    "adjusted_curve",
    "adjusted_limits",
    "adjusted_performance",
    "adjusted_ratio_limits",
    "bin_of",
    "binned_benchmark",
    "byar",
    "classify",
    "exact_poisson",
    "funnel_curve",
    "funnel_limits",
    "laney_chart",
    "merge_bins",
    "merged_counts",
    "midp_poisson",
    "moment_beta_binomial",
    "normal_quantile",
    "overdispersion",
    "percentile_band",
    "performance_grid",
    "proportion_overdispersion",
    "ratio_funnel_curve",
    "ratio_funnel_limits",
    "ratio_overdispersion",
    "ratio_z_score",
    "wilson",
    "xmr_chart",
    "z_score",
]
