"""``python -m benchmarks.models``: random intercepts from masked sums, beside lme4.

The hundred providers of the example ``pprof``, one to a site unless told. Estimates stand beside
those of R's ``lme4::glmer(nAGQ = 25)`` as kept with the reference tests, wall time beside the same
fit by one process that holds all patients.
"""

import csv
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import numpy as np

import fedqi
from fedqi.stats.hierarchical import HierarchicalFit, spread_advanced, spread_started
from fedqi.stats.hierarchical_block import SpreadSums, site_sums, spread_sums
from fedqi.stats.hierarchical_effect import provider_effect
from fedqi.stats.regression import advanced, started
from fedqi.stats.regression_blocks import (
    Family,
    Floats,
    ModelSums,
    Patterns,
    link_inverse,
    model_sums,
)

EXAMPLE = Path(str(files("fedqi"))) / "examples/pprof"
LME4 = Path(__file__).parents[1] / "tests/reference/data/glmer_pprof.json"
COLUMNS = ("(Intercept)", "z1", "z2", "z3", "z4", "z5")

Providers = Mapping[str, Patterns]


@dataclass(frozen=True, slots=True)
class Row:
    """One system: what it took, and how far its estimates are from lme4's.

    Parameters
    ----------
    system
        Whose fit.
    sites
        That hold the patients.
    sums
        Secure sums; 0 where all patients are in one place.
    wall_s
        From the patients in memory to the estimate; of FedQI from the file to every position.
    coefficients, sigma, ratios
        Largest difference from lme4: of a coefficient, of the spread, of a provider's predicted
        over expected events.
    """

    system: str
    sites: int
    sums: int
    wall_s: float
    coefficients: float
    sigma: float
    ratios: float


def patients() -> Providers:
    """Return provider -> its patients."""
    rows: dict[str, list[list[float]]] = {}
    with (EXAMPLE / "pprof_example_binary.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            numbers = [float(row[name]) for name in ("y", *COLUMNS[1:])]
            rows.setdefault(row["prov"], []).append(numbers)
    return {
        provider: Patterns.of(np.insert(np.array(own)[:, 1:], 0, 1.0, axis=1), [1] * len(own), y)
        for provider, own in rows.items()
        for y in [np.array(own)[:, 0]]
    }


def lme4_ratios(oracle: Mapping[str, Any], providers: Providers) -> dict[str, float]:
    """Return provider -> predicted over expected events at lme4's own estimates."""
    beta = np.array([oracle["beta"][name] for name in COLUMNS])
    modes = dict(zip(oracle["group"], oracle["cond_mode"], strict=True))

    def events(own: Patterns, effect: float) -> float:
        at: Floats = own.design @ beta + effect
        return float(link_inverse(at, Family.BINOMIAL).sum())

    return {p: events(own, modes[p]) / events(own, 0.0) for p, own in providers.items()}


def pooled(providers: Sequence[Patterns]) -> HierarchicalFit:
    """Return the fit by whoever holds all patients."""
    events, people = (float(sum(np.sum(n) for n in each)) for each in _counts(providers))
    plain = started(Family.BINOMIAL, COLUMNS, events, people)
    nothing = ModelSums.nothing(len(COLUMNS))
    while not plain.finished:
        point = plain.coefficients
        plain = advanced(plain, sum((model_sums(own, point) for own in providers), nothing))
    moments = (spread_sums(own, plain.coefficients) for own in providers)
    fit = spread_started(plain, sum(moments, SpreadSums()))
    while not fit.finished:
        fit = spread_advanced(fit, site_sums(providers, fit.coefficients, fit.log_sigma))
    return fit


def _counts(providers: Sequence[Patterns]) -> tuple[list[Floats], list[Floats]]:
    return [own.outcome for own in providers], [own.weight for own in providers]


def pooled_row(oracle: Mapping[str, Any], providers: Providers) -> Row:
    """Return what one process takes that holds all patients."""
    began = time.perf_counter()
    fit = pooled(list(providers.values()))
    effects = {p: provider_effect(o, fit.coefficients, fit.sigma) for p, o in providers.items()}
    wall = time.perf_counter() - began
    found = dict(zip(COLUMNS, fit.coefficients, strict=True))
    ratios = {provider: effect.ratio for provider, effect in effects.items()}
    expected = lme4_ratios(oracle, providers)
    return Row("pooled", 1, 0, wall, *apart(oracle, expected, found, fit.sigma, ratios))


def masked_row(oracle: Mapping[str, Any], providers: Providers, sites: int) -> Row:
    """Return what the secure sums take, every site in this process."""
    with tempfile.TemporaryDirectory() as name:
        measure, table = written(Path(name), sites)
        began = time.perf_counter()
        sources = fedqi.split(table, by="site")
        run = fedqi.benchmark(fedqi.load_measure(measure), sources, analyses=["hierarchical"])
        ratios = {
            position.provider: position.analyses["hierarchical"].ratio.value
            for site in run.sites
            for position in run.site(site).positions
        }
        wall = time.perf_counter() - began
    found = run.result.results[0].analyses["hierarchical"]
    sums = len(run.rehearsal.outcome.state.totals)
    away = apart(oracle, lme4_ratios(oracle, providers), found.coefficients, found.sigma, ratios)
    return Row("fedqi", sites, sums, wall, *away)


def written(folder: Path, sites: int) -> tuple[Path, Path]:
    """Write measure and patients, the providers dealt out to sites; return both paths."""
    text = (EXAMPLE / "adjusted-events.yaml").read_text("utf-8")
    text = text.replace("  columns:\n", "  provider: prov\n  columns:\n    prov: {type: string}\n")
    (folder / "measure.yaml").write_text(text, "utf-8")
    with (EXAMPLE / "pprof_example_binary.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    place = header.index("prov")
    with (folder / "patients.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow([*header, "site"])
        lines.writerows([*row, f"site{int(row[place]) % sites:03}"] for row in rows)
    return folder / "measure.yaml", folder / "patients.csv"


def apart(
    oracle: Mapping[str, Any],
    expected: Mapping[str, float],
    coefficients: Mapping[str, float],
    sigma: float,
    ratios: Mapping[str, float],
) -> tuple[float, float, float]:
    """Return the largest differences from lme4: coefficients, spread, providers' ratios."""
    return (
        max(abs(coefficients[name] - oracle["beta"][name]) for name in COLUMNS),
        abs(sigma - oracle["sigma"]),
        max(abs(ratios[provider] - ratio) for provider, ratio in expected.items()),
    )


@click.command()
@click.option("--sites", default=100, show_default=True, type=click.IntRange(10, 100))
@click.option("--json", "as_json", is_flag=True, help="One JSON object per system.")
def main(sites: int, as_json: bool) -> None:
    """Fit random intercepts to a hundred providers, masked and pooled, beside lme4."""
    oracle = json.loads(LME4.read_text("utf-8"))["nAGQ25"]
    providers = patients()
    rows = [pooled_row(oracle, providers), masked_row(oracle, providers, sites)]
    if as_json:
        for row in rows:
            click.echo(json.dumps(asdict(row)))
        return
    click.echo(f"{'system':8} {'sites':>5} {'sums':>4} {'wall s':>8}   apart from lme4")
    for row in rows:
        click.echo(
            f"{row.system:8} {row.sites:5} {row.sums:4} {row.wall_s:8.2f}   coefficients "
            f"{row.coefficients:.0e}, sigma {row.sigma:.0e}, ratios {row.ratios:.0e}"
        )
    click.echo(f"masked over pooled: {rows[1].wall_s / rows[0].wall_s:.0f} times the wall time")


if __name__ == "__main__":
    main()
