"""Whatever the counts and whoever is lost: exact sums, and no figure behind too few sites."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.benchmarking.policy import Policy
from fedqi.errors import InsufficientSitesError
from fedqi.measures import Cell
from tests.unit.benchmarking.collaborative import counted_measure, run_counts

MONTHS = ("2020-01", "2020-02", "2020-03")
MINIMUM = Policy().minimum(9)


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    denominator = draw(st.integers(0, 10_000))
    return Cell(draw(st.integers(0, denominator)), denominator)


series = st.dictionaries(st.sampled_from(MONTHS), cells(), max_size=3)
hospitals = st.lists(series, min_size=9, max_size=9).map(
    lambda own: {f"s{i}": months for i, months in enumerate(own)}
)


@settings(max_examples=25)
@given(hospitals, st.sets(st.sampled_from(["s2", "s5"])), st.sampled_from(["lower", "higher"]))
def test_released_figures(
    counts: dict[str, dict[str, Cell]], lost: set[str], direction: str
) -> None:
    drop = dict.fromkeys(sorted(lost), "masked_input")
    try:
        _, result = run_counts(counted_measure(direction), counts, drop=drop)
    except InsufficientSitesError:
        return
    for found in result.results:
        months = MONTHS if found.period == "all" else (found.period,)
        released = {r.period for r in result.results}
        kept = [
            counts[site][month]
            for site in found.survivors
            for month in months
            if month in counts[site] and month in released
        ]
        assert found.denominator == sum(cell.denominator for cell in kept)
        assert found.observed == sum(cell.observed for cell in kept)
        assert found.sites >= MINIMUM
        histogram = found.analyses["crude"].histogram
        assert histogram is None or min(histogram.sites) >= MINIMUM
