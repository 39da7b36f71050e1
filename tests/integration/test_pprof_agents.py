"""The hundred providers in six hospitals of real agents, beside lme4."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.agents import SITES, Agent, Collaborative
from tests.reference.model_data import PPROF
from tests.reference.statistics_data import oracle

pytest.importorskip("sqlalchemy", reason="the aggregator's extra is not installed")
pytestmark = pytest.mark.slow

PLAIN = (PPROF.parent / "adjusted-events.yaml").read_text("utf-8")
MEASURE = PLAIN.replace("  columns:\n", "  provider: prov\n  columns:\n    prov: {type: string}\n")


def patients(site: str) -> str:
    """Return the patients of every sixth provider as CSV."""
    written = io.StringIO()
    with PPROF.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    place = header.index("prov")
    own = [row for row in rows if int(row[place]) % len(SITES) == SITES.index(site)]
    csv.writer(written).writerows([header, *own])
    return written.getvalue()


@pytest.fixture
def collaborative(tmp_path: Path) -> Iterator[Collaborative]:
    with Collaborative(tmp_path, MEASURE, patients, ("crude", "hierarchical")) as running:
        yield running


def test_every_hospital_reads_the_estimates_of_lme4(collaborative: Collaborative) -> None:
    for agent in collaborative.agents.values():
        agent.start()
    collaborative.aggregator.cli("job", "open", "all", "--job", "profile")
    collaborative.finish()
    lme4 = oracle("glmer_pprof")["nAGQ25"]
    modes = dict(zip(lme4["group"], lme4["cond_mode"], strict=True))
    seen = set()
    for site, agent in collaborative.agents.items():
        document = agent.document("profile")
        found = document["results"][0]["analyses"]["hierarchical"]
        assert document["verified"], document["standing"]
        assert found["coefficients"] == pytest.approx(lme4["beta"], abs=1e-6)
        assert found["sigma"] == pytest.approx(lme4["sigma"], abs=1e-6)
        for position in document["positions"][site]:
            effect = position["analyses"]["hierarchical"]["effect"]
            assert effect == pytest.approx(modes[position["provider"]], abs=1e-6)
            seen.add(position["provider"])
    assert seen == set(modes)
    check_page(collaborative.agents["s2"])


def check_page(agent: Agent) -> None:
    """Read the page of a hospital with many providers: one of them, and a table of all."""
    pytest.importorskip("matplotlib", reason="the extra reports is not installed")
    positions = agent.document("profile")["positions"][agent.site]
    first, *others = sorted(position["provider"] for position in positions)
    page = agent.folder / "page.html"
    agent.cli("report", "profile", "--provider", first, "--out", str(page))
    text = page.read_text("utf-8")
    assert f"this page speaks of {first}, one of {len(positions)}" in text
    assert all(f'<tr><th scope="row">{other}</th>' in text for other in others)
    refused = agent.run("report", "profile", "--provider", "nobody", "--out", str(page))
    assert (refused.returncode, "called 'nobody'" in refused.stderr) == (5, True)
