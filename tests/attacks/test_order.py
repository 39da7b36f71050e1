"""Messages late, early, twice, of another time, and receipts against answers."""

from dataclasses import replace
from typing import Any

import pytest

from fedqi.errors import LocalProtocolError, RemoteProtocolError
from fedqi.secagg import AggregatorSession, AttemptParameters, SitePhase
from fedqi.secagg.messages import DiscardReceipt
from tests.attacks.kit import Adversary, adversary, sparse
from tests.unit.secagg.federation import Plan, federation, parameters_for

GRAPHS = [parameters_for(7), sparse()]
BOTH = pytest.mark.parametrize("parameters", GRAPHS, ids=["complete", "sparse"])
SITE = "s000"


def receipt(adv: Adversary, site: str) -> DiscardReceipt:
    target = adv.sites[site]
    (message,) = target.obey(target.session.discard())
    assert isinstance(message, DiscardReceipt)
    return message


def stages(parameters: AttemptParameters) -> dict[str, Any]:
    """One attempt, and the message for one site that each stage was given."""
    adv = adversary(parameters, steps=2)
    shown: dict[str, Any] = {"AdvertList": adv.advert_list()}
    adv.share()
    shown["SharesDelivery"] = adv.delivery(SITE)
    adv.mask()
    shown["Survivors"] = adv.survivors()
    adv.state()
    shown["StatementSet"] = adv.statement_set(SITE)
    adv.unmask()
    shown["StepTranscript"] = adv.transcript(0)
    return shown


@BOTH
def test_no_step_can_be_taken_before_its_turn_or_after(parameters: AttemptParameters) -> None:
    """At each stage every message but the one expected, or the last repeated, is refused."""
    shown = stages(parameters)
    order = list(shown)
    adv = adversary(parameters, steps=2)
    for place, kind in enumerate(order):
        for other in order:
            if other not in (kind, order[place - 1] if place else kind):
                adv.refused(SITE, shown[other], f"{other} is not expected")
        adv.show(SITE, shown[kind])
        assert adv.show(SITE, shown[kind]) == []
    assert adv.sites[SITE].session.phase is SitePhase.SUMMING


@pytest.mark.parametrize("other", [parameters_for(7, attempt=2), parameters_for(7, job="other")])
def test_a_message_of_another_attempt_or_job_is_refused(other: AttemptParameters) -> None:
    """The same sites with the same figures, at the same stage of something else."""
    replayed = stages(other)
    adv = adversary(GRAPHS[0], steps=2)
    adv.refused(SITE, replayed["AdvertList"], "lack this site's own, unchanged")
    adv.share()
    adv.refused(SITE, replayed["SharesDelivery"], "do not open", by="s001")
    adv.mask()
    adv.refused(SITE, replayed["Survivors"], "lack this site's masked input as it was sent")
    adv.state()
    adv.refused(SITE, replayed["StatementSet"], "1 statements agree with this site's")
    adv.unmask()
    adv.complains(SITE, replayed["StepTranscript"], "differs from the list of the statements")
    adv.learns_nothing()


@BOTH
def test_the_unmasking_asked_twice_is_answered_once(parameters: AttemptParameters) -> None:
    adv = adversary(parameters).share().mask().state()
    assert len(adv.show(SITE, adv.statement_set(SITE))) == 1
    assert adv.show(SITE, adv.statement_set(SITE)) == []
    less = replace(adv.statement_set(SITE), statements=adv.statement_set(SITE).statements[1:])
    adv.refused(SITE, less, "StatementSet is not expected while this site's session is summing")


@BOTH
def test_half_give_receipts_and_half_are_shown_statements(parameters: AttemptParameters) -> None:
    """No site does both: together they free the atoms or release the sum, never both."""
    adv = adversary(parameters).share().mask().state()
    retracting, answering = adv.honest[::2], adv.honest[1::2]
    for site in retracting:
        receipt(adv, site)
        adv.refused(site, adv.statement_set(site), "this site's session is discarded")
    for site in answering:
        adv.offer(site, adv.statement_set(site))
    for site in set(answering) & set(adv.answers):
        with pytest.raises(LocalProtocolError, match="cannot discard"):
            adv.sites[site].session.discard()
    adv.unanswered(retracting)
    adv.learns_nothing()


def test_receipts_and_answers_cannot_both_reach_t() -> None:
    """Colluders do both. With any split of the honest sites only one side reaches t."""
    for split in range(6):
        adv = adversary(GRAPHS[0]).share().mask().state()
        for site in adv.honest[:split]:
            receipt(adv, site)
        for site in adv.honest[split:]:
            adv.offer(site, adv.statement_set(site))
        answers = sum(site in adv.answers for site in adv.honest) + len(adv.colluders)
        freed = split + len(adv.colluders) >= adv.threshold
        assert not (freed and answers >= adv.threshold)
        assert (adv.knowledge.isolated(5, limit=5) is None) == (answers < adv.threshold)


@BOTH
def test_a_receipt_erases_what_an_answer_would_need(parameters: AttemptParameters) -> None:
    adv = adversary(parameters).share().mask().state()
    receipt(adv, SITE)
    secrets = adv.sites[SITE].session._secrets
    assert secrets._held == {}
    assert secrets.seed.erased
    assert secrets.mask_key.erased
    assert all(pair.erased for pair in secrets._pairs.values())


@pytest.mark.parametrize("phase", ["stating", "unmasking", "summing"])
def test_a_masked_input_that_comes_late_is_not_added(phase: str) -> None:
    """Once U3 is listed a dropped site's mask key may be rebuilt: its input must not count."""
    fed = federation(parameters_for(7), steps=2)
    held: list[Any] = []

    def hold(site: str, messages: list[Any]) -> None:
        late = [m for m in messages if site == "s006" and type(m).__name__ == "MaskedInput"]
        held.extend(late)
        fed.deliver(site, [] if late else messages)

    fed.send = hold
    fed.run(until=phase)
    with pytest.raises(RemoteProtocolError, match=r"not expected|did not take part") as caught:
        fed.aggregator.receive("s006", held[0])
    assert caught.value.site == "s006"
    assert "s006" not in fed.run().cohort


@BOTH
def test_a_late_input_beside_the_mask_key_of_its_site_is_still_hidden(
    parameters: AttemptParameters,
) -> None:
    """The aggregator holds an input back, has the key rebuilt, and then adds the input."""
    adv = adversary(parameters).share().mask()
    adv.state(site for site in adv.sites if site != SITE)
    adv.press()
    adv.unanswered([SITE])
    adv.refused(SITE, adv.statement_set(SITE), "StatementSet is not expected")
    adv.learns_nothing()


def test_messages_in_the_name_of_another_site_are_refused() -> None:
    adv = adversary(GRAPHS[0]).share()
    session = AggregatorSession(adv.parameters, Plan(("hf",)), tuple(adv.sites))
    with pytest.raises(RemoteProtocolError, match="of or for another site") as caught:
        session.receive("s006", adv.adverts["s001"])
    assert caught.value.site == "s006"
    assert session.waiting_for == tuple(adv.sites)
