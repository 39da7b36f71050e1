"""Direct standardisation through real masked jobs, beside sums over all rows."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fedqi
from fedqi.benchmarking.direct_figures import DirectPosition, DirectResult
from fedqi.benchmarking.direct_state import standing
from fedqi.benchmarking.policy import Policy
from fedqi.benchmarking.standardised_result import FailedAnalysis
from fedqi.errors import DefinitionError
from fedqi.measures import parse_measure
from fedqi.stats import Stratum, direct_standardisation

Row = tuple[str, str, str, int]
"""Hospital, sex, kind of admission, event."""

SITES, KINDS = 10, ("planned", "urgent", "transfer")


def document(**changed: object) -> dict[str, object]:
    return {
        "fedqi": 1, "id": "deaths", "version": "1.0.0", "title": "Deaths", "direction": "lower",
        "scoring": "proportion", "numerator": "event = 1",
        "dataset": {"columns": {
            "sex": {"type": "string", "allowed": ["f", "m"]},
            "kind": {"type": "string", "allowed": list(KINDS)},
            "event": {"type": "integer", "min": 0, "max": 1},
        }},
        "risk_model": {"terms": ["sex", "kind"]},
    } | changed  # fmt: skip


@cache
def rows() -> tuple[Row, ...]:
    """Return invented patients: all kinds everywhere but transfers of men, at two hospitals."""
    drawn = np.random.default_rng(11)
    found = []
    for site in range(SITES):
        for sex in "fm":
            for place, kind in enumerate(KINDS):
                if sex == "m" and kind == "transfer" and site not in (2, 3):
                    continue
                size = int(drawn.integers(20, 60))
                risk = 0.05 + 0.08 * place + 0.03 * (sex == "m") + 0.02 * (site % 3)
                found += [(f"h{site}", sex, kind, int(drawn.random() < risk)) for _ in range(size)]
    # One hospital has no urgent women.
    return tuple(row for row in found if row[:3] != ("h7", "f", "urgent"))


@contextmanager
def table(given: tuple[Row, ...] | None = None) -> Iterator[Path]:
    """Write the rows to a file that is there for a while."""
    with TemporaryDirectory() as made:
        path = Path(made) / "rows.csv"
        with path.open("w", newline="") as file:
            header = ("hospital", "sex", "kind", "event")
            csv.writer(file).writerows([header, *(given or rows())])
        yield path


def run(given: tuple[Row, ...], **changed: object) -> fedqi.Run:
    with table(given) as path:
        sources = fedqi.split(path, by="hospital")
        measure = parse_measure(document(**changed))
        return fedqi.benchmark(measure, sources, analyses=["direct"], policy=Policy(1), seed=5)


@cache
def standard() -> fedqi.Run:
    return run(rows())


def grouped(stratum: tuple[str, str]) -> str:
    """Transfers of men are rare; the urgent women are had by the fewest hospitals."""
    return "rest" if stratum in {("m", "transfer"), ("f", "urgent")} else "/".join(stratum)


def counts(site: str | None = None) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for hospital, sex, kind, event in rows():
        if site in (None, hospital):
            events, patients = found.get(grouped((sex, kind)), (0, 0))
            found[grouped((sex, kind))] = (events + event, patients + 1)
    return dict(sorted(found.items()))


def released() -> DirectResult:
    found: DirectResult = standard().result.results[0].analyses["direct"]
    return found


def test_the_standard_population_is_that_of_all_sites() -> None:
    found, expected = released(), counts()
    assert found.covariates == ("sex", "kind")
    names = {"/".join(s.levels[0]) if len(s.levels) == 1 else "rest": s for s in found.strata}
    assert {k: (s.observed, s.patients) for k, s in names.items()} == expected
    assert sum(s.weight for s in found.strata) == pytest.approx(1)
    assert set(names["rest"].levels) == {("m", "transfer"), ("f", "urgent")}
    events, patients = (sum(part) for part in zip(*expected.values(), strict=True))
    assert found.rate == pytest.approx(events / patients)


def test_each_hospital_has_its_standardised_rate() -> None:
    pooled = counts()
    total = sum(patients for _, patients in pooled.values())
    weights = [patients / total for _, patients in pooled.values()]
    variances = [r / n * (1 - r / n) for r, n in pooled.values()]
    squares = []
    for site in (f"h{place}" for place in range(SITES) if place != 7):
        own = counts(site)
        rate = direct_standardisation([Stratum(*own[name]) for name in pooled], weights)
        chance = sum(
            w * w * v / own[name][1] for w, v, name in zip(weights, variances, pooled, strict=True)
        )
        z = (rate.value - released().rate) / sqrt(chance)
        squares.append(z * z)
        found: DirectPosition = standard().site(site).positions[0].analyses["direct"]
        assert found.rate == pytest.approx(rate.value, rel=1e-12)
        assert found.interval == rate.interval()
        assert found.z == pytest.approx(z, rel=1e-9)
        assert found.ratio == pytest.approx(rate.value / released().rate)
    assert released().compared == SITES - 1
    assert released().phi == pytest.approx(sum(squares) / len(squares), rel=1e-7)


def test_a_hospital_with_nobody_in_a_stratum_has_no_rate() -> None:
    found: DirectPosition = standard().site("h7").positions[0].analyses["direct"]
    assert (found.band, found.rate, found.z_adjusted) == ("insufficient", None, None)
    assert found.lacking == ((("f", "urgent"), ("m", "transfer")),)


def test_without_any_event_there_is_nothing_to_compare() -> None:
    made = run(tuple((*row[:3], 0) for row in rows()))
    found = made.result.results[0].analyses["direct"]
    assert isinstance(found, FailedAnalysis)
    assert "no patient" in found.failed
    assert made.site("h0").positions == ()


def wards(complete: int) -> tuple[Row, ...]:
    """Women at the first half of the hospitals, men at the others; both at the first few."""
    drawn = np.random.default_rng(12)
    found: list[Row] = []
    for site in range(SITES):
        for sex, at_home in (("f", site < SITES // 2), ("m", site >= SITES // 2)):
            if at_home or site < complete:
                events = (int(drawn.random() < 0.2) for _ in range(30 + site))
                found += [(f"h{site}", sex, "planned", event) for event in events]
    return tuple(found)


@pytest.mark.parametrize("complete", [0, 1, 3])
def test_squares_of_few_hospitals_are_not_summed(complete: int) -> None:
    # Each sex is at m = 4 hospitals and more, but few have both: Σz² would be their own.
    made = run(wards(complete), risk_model={"terms": ["sex"]})
    found = made.result.results[0].analyses["direct"]
    assert isinstance(found, FailedAnalysis)
    assert f"{complete} hospitals have patients in every stratum, expected 4" in found.failed
    assert made.site("h0").positions == ()


def test_squares_of_less_than_twice_as_many_are_rounded() -> None:
    made = run(wards(4), risk_model={"terms": ["sex"]})
    found: DirectResult = made.result.results[0].analyses["direct"]
    places = [made.site(f"h{site}").positions[0].analyses["direct"] for site in range(4)]
    exact = sum(place.z**2 for place in places)
    assert found.compared == 4
    assert found.phi * 4 != pytest.approx(exact, rel=1e-6)
    assert found.phi * 4 == pytest.approx(exact, rel=0.15)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"risk_model": None}, "there must be one"),
        ({"risk_model": {"terms": []}}, "there must be one"),
        ({"risk_model": {"terms": ["sex", {"term": "event", "as": "number"}]}}, "a category"),
    ],
)
def test_strata_need_categories(changed: dict[str, object], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        run(rows(), **changed)


def test_it_does_not_stand_beside_a_model() -> None:
    with pytest.raises(DefinitionError, match="cannot stand in one job with standardised"):
        fedqi.benchmark(parse_measure(document()), {}, analyses=["direct", "standardised"])


@given(sites=st.lists(st.integers(0, 12), max_size=20).map(tuple), minimum=st.integers(2, 6))
def test_every_group_stands(sites: tuple[int, ...], minimum: int) -> None:
    groups = standing(sites, minimum)
    held = [place for places in groups for place in places]
    if any(count >= minimum for count in sites):
        assert sorted(held) == [place for place, count in enumerate(sites) if count]
    else:
        assert held == []
    assert all(max(sites[place] for place in places) >= minimum for places in groups)
    assert sum(len(places) > 1 for places in groups) <= 1
