"""Winsorised φ from a grid of counts and capped sums, against φ of the ordered z themselves."""

import pytest

from fedqi.stats import WinsorisedSpread, WinsorKind, cut_points, winsorised_overdispersion, z_bin
from fedqi.stats.winsorised_sums import z_grid
from tests.reference.statistics_data import Pairs, bristol, new_york, nhs, oracle

CODES = {
    WinsorKind.RANK: "rank_winsorise_10pct_Spiegelhalter_code",
    WinsorKind.QUANTILE: "quantile7_winsorise_10pct_FunnelPlotR",
}


def from_sums(z: list[float], variances: list[float], kind: WinsorKind) -> WinsorisedSpread:
    counts = [0] * (len(z_grid()) - 1)
    for each in z:
        counts[z_bin(each)] += 1
    cuts = cut_points(counts, 0.1, kind)
    weights = [1 / v for v in variances]
    return winsorised_overdispersion(
        len(z),
        sum(cuts.capped_square(each) for each in z),
        sum(weights),
        sum(w * w for w in weights),
        cuts,
        kind,
    )


def scores(counts: Pairs) -> tuple[list[float], list[float]]:
    theta = sum(r for r, _ in counts) / sum(n for _, n in counts)
    variances = [theta * (1 - theta) / n for _, n in counts]
    return [
        (r / n - theta) / v**0.5 for (r, n), v in zip(counts, variances, strict=True)
    ], variances


@pytest.mark.parametrize("kind", WinsorKind)
def test_new_york(kind: WinsorKind) -> None:
    ny = oracle("spiegelhalter")["ny"]
    rates = [e / n for e, (_, n) in zip(ny["expected"], new_york(), strict=True)]
    variances = [p * (1 - p) / n for p, (_, n) in zip(rates, new_york(), strict=True)]
    found = from_sums(ny["z"], variances, kind)
    exact = ny["od_z"][CODES[kind]]
    assert abs(found.spread.phi - exact["phi"]) <= found.tolerance < 0.15
    assert found.spread.phi == pytest.approx(exact["phi"], rel=0.01)
    assert found.spread.tau2 == pytest.approx(exact["tau2"], rel=0.03)


@pytest.mark.parametrize("kind", WinsorKind)
def test_bristol(kind: WinsorKind) -> None:
    z, variances = scores(bristol())
    found = from_sums(z, variances, kind)
    exact = oracle("spiegelhalter")["bristol"]["od"][CODES[kind]]
    assert abs(found.spread.phi - exact["phi"]) <= found.tolerance
    assert found.spread.phi == pytest.approx(exact["phi"], rel=0.02)


@pytest.mark.parametrize(("kind", "phi"), [(WinsorKind.RANK, 8933), (WinsorKind.QUANTILE, 8949)])
def test_accident_and_emergency(kind: WinsorKind, phi: float) -> None:
    # docs/statistics.md: 8,933 by rank and 8,949 by quantile, of the ordered z.
    found = from_sums(*scores(nhs()), kind)
    assert abs(found.spread.phi - phi) <= found.tolerance
    assert found.spread.phi == pytest.approx(phi, rel=0.01)
