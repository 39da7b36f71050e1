"""The benchmark of random intercepts, small: what it says beside the time must be right."""

import json

import pytest
from click.testing import CliRunner

from benchmarks.models import main


@pytest.mark.slow
def test_both_systems_find_what_lme4_finds() -> None:
    done = CliRunner().invoke(main, ["--sites", "10", "--json"])
    assert done.exit_code == 0, done.output
    pooled, masked = map(json.loads, done.output.splitlines())
    assert (pooled["system"], pooled["sums"], masked["sites"]) == ("pooled", 0, 10)
    assert masked["sums"] == 16
    for row in (pooled, masked):
        assert max(row["coefficients"], row["sigma"], row["ratios"]) == pytest.approx(0, abs=1e-6)
