"""After the last step: when a total is settled, and what becomes of a site for which it is not."""

from typing import Any

import pytest

from fedqi.errors import LocalProtocolError
from fedqi.secagg import Completed, Phase, SitePhase
from fedqi.secagg.auditors import agreement_quorum
from fedqi.secagg.messages import AcceptedTotal, Verdict
from tests.unit.secagg.federation import Federation, federation, parameters_for
from tests.unit.secagg.sparse import sparse

LAST = 1


def finished(fed: Federation, silent: int) -> dict[str, Any]:
    """Run an attempt of which the first auditors are silent about the last total."""
    shown: dict[str, Any] = {}

    def send(site: str, messages: list[Any]) -> None:
        judging = {m.site for m in messages if isinstance(m, Verdict) and m.step == LAST}
        if judging:
            quiet.extend(judging)
        if not judging or len(quiet) > silent:
            fed.deliver(site, messages)

    def note(site: str, message: Any) -> Any:
        shown[site] = message
        return message

    quiet: list[str] = []
    fed.send = send
    fed.run(until="verifying")
    fed.intercept = note
    fed.run()
    assert fed.aggregator.result is not None
    return shown


def phases(fed: Federation) -> set[SitePhase]:
    return {site.session.phase for site in fed.sites.values()}


@pytest.mark.parametrize(("sites", "silent"), [(6, 2), (7, 2), (10, 3), (16, 5)])
def test_all_are_told_when_so_many_accept_that_no_other_total_can(sites: int, silent: int) -> None:
    """Those whose acceptance never came hold the result as verified too."""
    fed = federation(parameters_for(sites), steps=LAST + 1)
    shown = finished(fed, silent)
    assert {type(message) for message in shown.values()} == {AcceptedTotal}
    assert set(shown) == set(fed.sites)
    assert phases(fed) == {SitePhase.COMPLETED}
    assert all(isinstance(site.outputs[-1], Completed) for site in fed.sites.values())


@pytest.mark.parametrize(("sites", "silent"), [(6, 3), (7, 3), (10, 4), (16, 6)])
def test_one_acceptance_less_gives_a_result_that_nobody_calls_verified(
    sites: int, silent: int
) -> None:
    """Nothing waits: the aggregator is done, and no site has secrets left or an answer to give."""
    fed = federation(parameters_for(sites), steps=LAST + 1)
    assert finished(fed, silent) == {}
    assert fed.aggregator.phase is Phase.DONE
    assert phases(fed) == {SitePhase.AGREEING}
    for site in fed.sites.values():
        assert not any(isinstance(output, Completed) for output in site.outputs)
        with pytest.raises(LocalProtocolError, match="while the session is agreeing"):
            site.session.discard()
        secrets = site.session._secrets
        assert secrets.seed.erased
        site.session.erase()
        assert site.session.phase is SitePhase.ERASED


@pytest.mark.parametrize(("silent", "settled"), [(0, True), (9, False)])
def test_on_the_sparse_graph_the_others_have_the_total_in_any_case(
    silent: int, settled: bool
) -> None:
    fed = sparse(36, steps=LAST + 1)
    shown = finished(fed, silent)
    judges = set(fed.aggregator._rounds.judges)
    assert set(shown) == set(fed.sites) - (set() if settled else judges)
    assert phases(fed) == {SitePhase.COMPLETED if settled else SitePhase.AGREEING}


@pytest.mark.parametrize("bound", range(6))
def test_two_quorums_have_more_than_c_auditors_in_common(bound: int) -> None:
    for judges in range(bound + 1, 300):
        quorum = agreement_quorum(judges, bound)
        assert 2 * quorum - judges > bound
        assert 2 * (quorum - 1) - judges <= bound
