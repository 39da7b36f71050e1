"""Means of a continuous value from sums: spread, intervals, funnel, between-site variance.

Squares are summed about a public origin, such as the middle of the value's declared bounds, so
that a mean far from zero does not swallow the digits of the variance.
"""

from dataclasses import dataclass
from math import inf, sqrt

from fedqi.stats.funnel import FunnelLimits
from fedqi.stats.intervals import Interval, normal_quantile, upper_tail
from fedqi.stats.overdispersion import Overdispersion, overdispersion


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of values y, about an origin that everybody knows.

    Parameters
    ----------
    count
        Values n >= 0.
    total
        Σ (y - origin).
    squares
        Σ (y - origin)².
    origin
        In the unit of the values.
    """

    count: int
    total: float
    squares: float
    origin: float = 0.0

    @property
    def mean(self) -> float:
        """Mean of the values.

        Raises
        ------
        ValueError
            If there are none.
        """
        if self.count < 1:
            raise ValueError("there are no values to take a mean of")
        return self.origin + self.total / self.count

    @property
    def sd(self) -> float | None:
        """Standard deviation with n-1; None for fewer than two values."""
        if self.count < 2:
            return None
        about_mean = self.squares - self.total * self.total / self.count
        return sqrt(max(0.0, about_mean) / (self.count - 1))

    def interval(self, level: float = 0.95) -> Interval | None:
        """Return Student's interval of the mean, ``ȳ ± t s/√n`` with n-1 degrees of freedom.

        It assumes that the mean, not each value, is about normal: with skewed values (lengths of
        stay, waiting times) and fewer than some 30 of them it covers less than it says.

        Returns
        -------
        Interval or None
            None for fewer than two values.

        References
        ----------
        Student (1908). Biometrika 6:1-25. doi:10.1093/biomet/6.1.1
        """
        from scipy.special import stdtrit

        sd = self.sd
        if sd is None:
            return None
        half = float(stdtrit(self.count - 1, upper_tail(level))) * sd / sqrt(self.count)
        return Interval(self.mean - half, self.mean + half, level, "student_t")


@dataclass(frozen=True, slots=True)
class MeanSums:
    """What sites add about a continuous value.

    Parameters
    ----------
    units
        Sites or providers with a value, N.
    moments
        Over all their values: n, Σy, Σy².
    site_squares
        Σ over units of (Σy)²/n.
    count_squared
        Σ over units of n².
    """

    units: int
    moments: Moments
    site_squares: float
    count_squared: float


@dataclass(frozen=True, slots=True)
class MeanSpread:
    """How values vary within and between units.

    Parameters
    ----------
    mean
        Pooled mean Σy/n.
    within_sd
        Pooled standard deviation within units, σ; None where no unit has two values.
    spread
        φ and τ² of the units' means about the pooled one, with standard errors σ/√n.
    """

    mean: float
    within_sd: float | None
    spread: Overdispersion

    @property
    def prior_patients(self) -> float:
        """σ²/τ², the patients the common mean is worth; infinite without variation."""
        if self.within_sd is None or self.spread.tau2 <= 0:
            return inf
        return self.within_sd**2 / self.spread.tau2

    def reliability(self, count: int) -> float:
        """Return τ²/(τ²+σ²/n) = n/(n+σ²/τ²): the share of a unit's variance that is signal."""
        prior = self.prior_patients
        if prior == 0:
            return 1.0 if count > 0 else 0.0
        return count / (count + prior)

    def shrunken(self, moments: Moments) -> float:
        """Return a unit's mean drawn to the common one by its unreliability."""
        if moments.count == 0:
            return self.mean
        weight = self.reliability(moments.count)
        return weight * moments.mean + (1 - weight) * self.mean


def site_mean_sums(units: list[Moments]) -> MeanSums:
    """Return what a site adds: the moments of its providers, all about one origin.

    Raises
    ------
    ValueError
        If there are no providers, or their origins differ.
    """
    if len({each.origin for each in units}) != 1:
        raise ValueError("the moments of all units must have one and the same origin")
    filled = [each for each in units if each.count > 0]
    return MeanSums(
        len(filled),
        Moments(
            sum(each.count for each in filled),
            sum(each.total for each in filled),
            sum(each.squares for each in filled),
            units[0].origin,
        ),
        sum(each.total**2 / each.count for each in filled),
        sum(each.count**2 for each in filled),
    )


def mean_spread(sums: MeanSums, target: float | None = None) -> MeanSpread:
    """Return variation within and between units from sums (one-way analysis of variance).

    ``σ² = (Σy² - Σ(Σy)²/n) / (n - N)``; with z = (ȳ - θ)√n/σ,
    ``Σz² = (Σ(Σy)²/n - 2θΣy + θ²n)/σ²``, ``Σw = n/σ²`` and ``Σw² = Σn²/σ⁴``.

    Parameters
    ----------
    sums
        Over all sites.
    target
        θ; the pooled mean where None.

    Returns
    -------
    MeanSpread
        φ = τ² = 0 where σ is 0 or unknown.

    Raises
    ------
    ValueError
        If there are no values.

    References
    ----------
    Spiegelhalter DJ (2005). Stat Med 24:1185-1202. doi:10.1002/sim.1970
    """
    whole = sums.moments
    freedom = whole.count - sums.units
    within = max(0.0, whole.squares - sums.site_squares) / freedom if freedom > 0 else None
    if not within:
        return MeanSpread(
            whole.mean, None if within is None else 0.0, Overdispersion(0.0, 0.0, sums.units)
        )
    away = (whole.mean if target is None else target) - whole.origin
    squares = sums.site_squares - 2 * away * whole.total + away * away * whole.count
    return MeanSpread(
        whole.mean,
        sqrt(within),
        overdispersion(
            sums.units,
            max(0.0, squares) / within,
            whole.count / within,
            sums.count_squared / within**2,
        ),
    )


def mean_funnel_limits(
    count: int, target: float, within_sd: float, level: float, tau2: float = 0.0
) -> FunnelLimits:
    """Return the limits of a mean for one number of patients: ``θ ± z √(σ²/n + τ²)``.

    Parameters
    ----------
    count
        Patients n >= 1.
    target
        θ, in the unit of the values.
    within_sd
        Standard deviation σ >= 0 of the values within units.
    level
        Nominal coverage.
    tau2
        Between-unit variance; 0 gives plain limits.

    Returns
    -------
    FunnelLimits
        Not clipped: the bounds of the value are the caller's to apply. Kind "normal", or
        "adjusted" where τ² is above 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Spiegelhalter DJ (2005). Stat Med 24:1185-1202. doi:10.1002/sim.1970
    """
    if count < 1 or not within_sd >= 0 or not tau2 >= 0:
        raise ValueError(f"limits for {count} patients with sd {within_sd} and tau2 {tau2}")
    half = normal_quantile(level) * sqrt(within_sd**2 / count + tau2)
    return FunnelLimits(target - half, target + half, level, "adjusted" if tau2 > 0 else "normal")


def mean_z_score(
    mean: float, count: int, target: float, within_sd: float, tau2: float = 0.0
) -> float | None:
    """Return ``(ȳ - θ) / √(σ²/n + τ²)``; None where both variances are 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.
    """
    if count < 1 or not within_sd >= 0 or not tau2 >= 0:
        raise ValueError(f"a z for {count} patients with sd {within_sd} and tau2 {tau2}")
    variance = within_sd**2 / count + tau2
    return (mean - target) / sqrt(variance) if variance > 0 else None
