"""What the terminal shows of each analysis."""

import csv
import json
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

from fedqi.benchmarking.result import Position
from fedqi.rehearsal_figures import bands, coefficient_lines
from tests.unit.commands.files import SITES, counted, fedqi, table

SOME = 20
PPROF = Path(str(files("fedqi"))) / "examples/pprof"


def test_what_was_found_of_counts(tmp_path: Path) -> None:
    data = ("--data", table(tmp_path), "--site-column", "hospital")
    done = fedqi("benchmark", counted(tmp_path), *data)
    assert done.exit_code == 0
    headline, crude, *_ = done.output.splitlines()
    assert headline == "m, all: 75 of 600 (12.50 %) at 6 sites"
    assert crude.startswith(f"  crude: {len(SITES)} as expected; φ ")


def test_a_risk_model_and_how_many_sums_it_took(tmp_path: Path) -> None:
    some, out = tmp_path / "some.csv", tmp_path / "all.json"
    with (PPROF / "pprof_example_binary.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    provider = header.index("prov")
    with some.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *(r for r in rows if int(r[provider]) <= SOME)])
    more = ("--analysis", "standardised", "--analysis", "meta", "--json", out)
    data = ("--data", some, "--site-column", "prov")
    told = fedqi("benchmark", PPROF / "adjusted-events.yaml", *data, *more).output.splitlines()
    document = json.loads(out.read_text("utf-8"))
    model, meta = document["results"][0]["analyses"].values()
    places = [found[0]["analyses"]["standardised"] for found in document["positions"].values()]
    for band in {place["band"] for place in places}:
        assert f"{sum(place['band'] == band for place in places)} {band}" in told[1]
    assert told[1].endswith(f"; {model['steps']} secure sums")
    assert told[3].split() == [
        "(Intercept)",
        f"{model['coefficients']['(Intercept)']:.4f}",
        f"{model['standard_errors']['(Intercept)']:.4f}",
    ]
    assert f"typical {meta['rate']:.4g} ({meta['interval']['lower']:.4g} to" in told[-1]


def test_no_position_no_band() -> None:
    assert bands("crude", ()) == []
    assert bands("own", [Position("m", "1.0.0", "all", "", 0, 0, {})]) == []


def test_what_is_not_in_the_model_is_told() -> None:
    found = SimpleNamespace(
        coefficients={"(Intercept)": -1.5},
        standard_errors={"(Intercept)": 0.25},
        joined={"asa": ("4", "5")},
        left_out=("smoker",),
    )
    assert [*coefficient_lines(found)][1:] == [
        "    (Intercept)      -1.5000          0.2500",
        "    asa: at too few sites, so taken for the reference: 4, 5",
        "    at too few sites, so not in the model: smoker",
    ]
