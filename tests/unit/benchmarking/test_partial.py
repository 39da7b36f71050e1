"""A site that disappears during a rehearsal leaves what was complete, and nothing before that."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from fedqi.benchmarking.entropy import seeded_entropy
from fedqi.benchmarking.rehearsal import Rehearsal, rehearse
from fedqi.benchmarking.result import collect_positions, collect_results
from fedqi.cli import main
from fedqi.errors import InsufficientSitesError
from tests.unit.benchmarking.modelled import TYPE_AND_AGE, collaborative, modelled, summary_of
from tests.unit.commands.files import SITES, counted, table

MEASURE = modelled(TYPE_AND_AGE)
SUMMARIES = {site: {"m": summary_of(MEASURE, own)} for site, own in collaborative().items()}
BEYOND_CRUDE = 5  # a step, from 1


def rehearsed(drop: Mapping[str, str | int] | None = None) -> Rehearsal:
    return rehearse([MEASURE], SUMMARIES, ["crude", "standardised"], seeded_entropy(1), None, drop)


@pytest.mark.parametrize(
    "drop",
    [{"site4": BEYOND_CRUDE}, {"site4": BEYOND_CRUDE, "site2": "statement"}],
    ids=["in the open attempt", "in the closed one after it"],
)
def test_what_is_complete_is_released_as_if_nothing_had_happened(
    drop: Mapping[str, str | int],
) -> None:
    partial, whole = rehearsed(drop), rehearsed()
    assert partial.outcome.waiting_for == ("site4",)
    assert partial.missing == [{"measure": "m", "analysis": "standardised"}]
    assert whole.missing == []
    (found,) = collect_results(partial.plan, partial.outcome.state, "").results
    (expected,) = collect_results(whole.plan, whole.outcome.state, "").results
    assert set(found.analyses) == {"crude"}
    assert found.analyses["crude"] == expected.analyses["crude"]
    (own,) = collect_positions(partial.plan, partial.outcome.state, SUMMARIES["site1"], "site1")
    assert set(own.analyses) == {"crude"}


def test_before_anything_is_complete_nothing_is_released() -> None:
    with pytest.raises(InsufficientSitesError, match="site4 disappeared before any analysis"):
        rehearsed({"site4": 2})


def test_the_command_says_when_nothing_could_be_completed(tmp_path: Path) -> None:
    arguments = [str(counted(tmp_path)), "--data", str(table(tmp_path, SITES))]
    arguments += ["--site-column", "hospital", "--drop", f"{SITES[0]}:2"]
    done = CliRunner().invoke(main, ["benchmark", *arguments])
    assert done.exit_code == 5
    assert f"{SITES[0]} disappeared before any analysis was complete" in done.output
