"""What a session cannot see: founding documents that change, and releases set against releases."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedqi.charter import Member
from fedqi.errors import PolicyError
from fedqi.measures import ALL_PERIODS, Cell
from site_agent.genesis import load_pinned, pin, sign
from tests.unit.benchmarking.collaborative import counted_measure, run_counts
from tests.unit.site_agent.founding import Founding, public

MONTHS = ("2020-01", "2020-02", "2020-03")


@pytest.fixture
def founding(tmp_path: Path) -> Founding:
    return Founding(tmp_path / "state")


def replaced_key(founding: Founding) -> None:
    founding.keys["s0"] = Ed25519PrivateKey.generate()
    members = tuple(
        member.model_copy(update={"identity_key": public(founding.keys[member.site])})
        for member in founding.roster.members
    )
    founding.roster = founding.roster.model_copy(update={"members": members})


def added_member(founding: Founding) -> None:
    founding.keys["s9"] = Ed25519PrivateKey.generate()
    extra = Member(site="s9", name="Hospital s9", identity_key=public(founding.keys["s9"]))
    members = (*founding.roster.members, extra)
    founding.roster = founding.roster.model_copy(update={"members": members})


def changed_measure(founding: Founding) -> None:
    measures = (founding.planned.model_copy(update={"digest": "cd" * 32}),)
    founding.programme = founding.programme.model_copy(update={"measures": measures})


@pytest.mark.parametrize("change", [replaced_key, added_member, changed_measure])
@pytest.mark.parametrize("pinned_before", [False, True])
def test_a_document_that_changes_after_acceptance_is_refused(
    founding: Founding, change: Callable[[Founding], None], pinned_before: bool
) -> None:
    """Rightly signed by all others, and still not what this site compared and signed."""
    sign(founding.state, founding.genesis(), founding.credentials)
    if pinned_before:
        pin(founding.state, founding.genesis())
    before = load_pinned(founding.state)
    change(founding)
    for step in (pin, lambda state, new: sign(state, new, founding.credentials)):
        with pytest.raises(PolicyError, match="changed or forked"):
            step(founding.state, founding.genesis())
    assert load_pinned(founding.state) == before
    assert (before is not None) == pinned_before


def test_bins_are_released_at_one_grain_only() -> None:
    """Bins of a month beside bins of all months could differ in a single hospital."""
    counts = {
        f"s{site:02}": {month: Cell(3 + site, 100 + 7 * site) for month in MONTHS}
        for site in range(24)
    }
    rehearsal, result = run_counts(counted_measure(), counts)
    assert {found.period for found in result.results} == {*MONTHS, ALL_PERIODS}
    plan, final = rehearsal.plan, rehearsal.outcome.state
    layouts = [
        plan.layout(replace(final, totals=final.totals[:step])) for step in range(len(final.totals))
    ]
    names = {block.name for layout in layouts if layout for block in layout.blocks}
    binned = {name.split("/", 2)[2] for name in names if name.endswith("/sites") or "bin_" in name}
    assert binned == {
        f"{ALL_PERIODS}/{kind}" for kind in ("sites", "bin_performed", "bin_denominator")
    }
