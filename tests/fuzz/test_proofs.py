"""Altered certificates and results: refused, or they say what the right ones say."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedqi.errors import FedQIError, RemoteProtocolError
from fedqi.secagg import AtomsOpened, verify_certificate
from fedqi.secagg.messages import Certificate
from fedqi.secagg.state import PublicState
from fedqi.wire.control import JobEnded, JobOutcome
from site_agent.outcome import Standing, _published, result_document
from site_agent.work import Work
from tests.fuzz.mutations import altered, damaged
from tests.unit.secagg.federation import Federation, federation, parameters_for
from tests.unit.secagg.sparse import sparse
from tests.unit.site_agent.lone_agent import LoneAgent

SITES = ("north", "s0", "s1", "s2", "s3", "s4")
GRAPHS = {"complete": lambda: federation(parameters_for(7)), "sparse": lambda: sparse(16, bound=1)}


def stated(fed: Federation) -> tuple[Certificate, AtomsOpened]:
    """A certificate, and what a site recorded when it opened its atoms."""
    fed.run(until="unmasking")
    (opened,) = [e for e in fed.sites["s000"].entries if isinstance(e, AtomsOpened)]
    certificate: Certificate = fed.aggregator.certificate
    return certificate, opened


@pytest.fixture(scope="module", params=list(GRAPHS.values()), ids=list(GRAPHS))
def proven(request: pytest.FixtureRequest) -> tuple[Federation, Certificate, AtomsOpened]:
    fed: Federation = request.param()
    return fed, *stated(fed)


@given(data=st.data())
def test_an_altered_certificate_is_refused_or_binds_to_the_same_sites(
    proven: tuple[Federation, Certificate, AtomsOpened], data: st.DataObject
) -> None:
    """What it takes of those: statements that do not count, or beyond what it needs."""
    fed, certificate, opened = proven
    right = verify_certificate(fed.parameters, certificate, "s000", opened)
    false = data.draw(altered(certificate))
    try:
        assert verify_certificate(fed.parameters, false, "s000", opened) == right
    except RemoteProtocolError:
        return


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoneAgent, Work, JobEnded]:
    """An agent, its part in a job, and the end of the job."""
    lone = LoneAgent(Path(tmp_path_factory.mktemp("agent")))
    lone.announce()
    work = lone.agent.works["job-1"]
    state = PublicState(SITES, dict.fromkeys(lone.spec().atoms, SITES), ())
    while (layout := work.plan.layout(state)) is not None:
        arrays: dict[str, Any] = {b.name: np.ones(b.shape, np.int64) for b in layout.blocks}
        state = state.after(layout.encode(arrays))
    totals = tuple(total.astype("<u8").tobytes() for total in state.totals)
    return lone, work, JobEnded(JobOutcome.PUBLISHED, "", b"{}", SITES, state.offering, totals)


def read(hospital: tuple[LoneAgent, Work, JobEnded], body: JobEnded) -> dict[str, Any]:
    lone, work, _ = hospital
    return result_document(lone.pinned, work, _published(body), "north", Standing.LOCAL, body)


def test_the_right_end_of_a_job_is_read(hospital: tuple[LoneAgent, Work, JobEnded]) -> None:
    assert read(hospital, hospital[2])["released"]["cohort"] == list(SITES)


@given(data=st.data())
def test_an_altered_end_of_a_job_is_refused_or_read(
    hospital: tuple[LoneAgent, Work, JobEnded], data: st.DataObject
) -> None:
    """Never anything but a documented error, which ends the job here and not the agent."""
    right = hospital[2]
    words = data.draw(st.lists(damaged(right.totals[0]), max_size=3))
    false = data.draw(
        altered(right) | st.just(JobEnded(right.outcome, "", b"", SITES, {}, tuple(words)))
    )
    try:
        document = read(hospital, false)
    except FedQIError:
        return
    assert document["released"]["totals"] == [total.hex() for total in false.totals]
