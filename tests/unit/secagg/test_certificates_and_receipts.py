from dataclasses import replace

import pytest

from fedqi.errors import LocalProtocolError, RemoteProtocolError
from fedqi.secagg import (
    AtomsBound,
    AtomsFreed,
    AtomsOpened,
    ReceiptSigned,
    sign_discard_receipt,
    verify_certificate,
    verify_discard_receipts,
)
from fedqi.secagg.messages import Certificate, DiscardReceipt, Survivors
from tests.unit.secagg.federation import (
    Federation,
    bound,
    closed,
    federation,
    identity_of,
    names,
    parameters_for,
)


def stated() -> tuple[Federation, Certificate]:
    fed = federation(parameters_for(7), drops={"s006": "MaskedInput", "s005": "Unmasking"})
    fed.run(until="unmasking")
    return fed, fed.aggregator.certificate


def refused(fed: Federation, certificate: Certificate, match: str, site: str = "s005") -> None:
    with pytest.raises(RemoteProtocolError, match=match):
        verify_certificate(fed.parameters, certificate, site)


def test_a_restarted_member_binds_from_the_certificate() -> None:
    fed, certificate = stated()
    assert verify_certificate(fed.parameters, certificate, "s005") == AtomsBound(
        "job", 1, {"hf": names(6)}
    )
    assert isinstance(verify_certificate(closed(fed.parameters), certificate, "s005"), AtomsBound)


def test_a_member_that_the_list_omits_is_free_again() -> None:
    fed, certificate = stated()
    assert verify_certificate(fed.parameters, certificate, "s006") == AtomsFreed("job", 1, ("hf",))


def test_the_closed_attempt_over_the_certified_set_completes() -> None:
    fed, certificate = stated()
    entry = verify_certificate(fed.parameters, certificate, "s005")
    assert isinstance(entry, AtomsBound)
    cohort = entry.offering["hf"]
    declared = {site: {"hf": bound("hf", cohort)} for site in cohort}
    again = federation(closed(fed.parameters), sites=cohort, declared=declared, steps=2)
    assert (again.run().totals[0] == again.expected(cohort)).all()


def test_there_is_no_certificate_before_t_statements() -> None:
    fed = federation(parameters_for(7), drops=dict.fromkeys(names(3), "Statement"))
    fed.run(until="stating")
    assert len(fed.aggregator.waiting_for) == 3
    assert fed.aggregator.certificate is None


def test_a_changed_certificate_is_refused() -> None:
    fed, right = stated()
    entries = right.survivors.entries
    assert len(right.statements) == 6
    refused(fed, replace(right, statements=right.statements[:4]), "4 members signed this list")
    refused(fed, replace(right, survivors=Survivors(entries[:5])), "0 members signed this list")
    refused(fed, replace(right, state_hash=bytes(32)), "0 members signed")
    refused(fed, replace(right, active_set=names(6)), "0 members signed")
    refused(fed, replace(right, attempt=2), "not signed under its key")
    refused(fed, replace(right, attempt=0), "attempts are counted from 1")
    refused(fed, replace(right, job="other"), "another job or session")
    refused(fed, replace(right, session_hash=bytes(32)), "another job or session")
    refused(fed, replace(right, adverts=right.adverts[:5]), "not among its adverts")
    refused(fed, replace(right, adverts=()), "not among its adverts")
    refused(fed, replace(right, survivors=Survivors(entries[:3])), "too few sites")
    copies = tuple(replace(s, site="s000") for s in right.statements)
    refused(fed, replace(right, statements=copies), "1 members signed")


def test_a_certificate_over_other_adverts_than_were_opened_is_refused() -> None:
    fed, right = stated()
    opened = fed.sites["s000"].entries[0]
    assert isinstance(verify_certificate(fed.parameters, right, "s005", opened), AtomsBound)
    with pytest.raises(RemoteProtocolError, match="opened its atoms"):
        verify_certificate(fed.parameters, right, "s005", replace(opened, u1_digest=bytes(32)))


def receipts_of(fed: Federation, sites: tuple[str, ...]) -> list[DiscardReceipt]:
    return [sign_discard_receipt(fed.parameters, site, identity_of(site)) for site in sites]


def test_t_receipts_free_the_atoms() -> None:
    fed, certificate = stated()
    opened = fed.sites["s000"].entries[0]
    assert isinstance(opened, AtomsOpened)
    receipts = receipts_of(fed, names(5))
    freed = verify_discard_receipts(fed.parameters, opened, certificate.adverts, receipts)
    assert freed == AtomsFreed("job", 1, ("hf",))


def test_fewer_or_foreign_or_repeated_receipts_free_nothing() -> None:
    fed, certificate = stated()
    opened = fed.sites["s000"].entries[0]
    four = receipts_of(fed, names(4))
    other = federation(parameters_for(7, attempt=2))
    for receipts in (
        four,
        four * 2,
        four + receipts_of(other, ("s004",)),
        [*four, replace(four[0], site="s004")],
        [*four, replace(four[0], site="s999")],
    ):
        with pytest.raises(RemoteProtocolError, match="4 valid discard receipts"):
            verify_discard_receipts(fed.parameters, opened, certificate.adverts, receipts)


def test_receipts_of_holders_of_another_u1_free_nothing() -> None:
    fed, certificate = stated()
    opened = replace(fed.sites["s000"].entries[0], u1_digest=bytes(32))
    with pytest.raises(RemoteProtocolError, match="not those among which"):
        verify_discard_receipts(
            fed.parameters, opened, certificate.adverts, receipts_of(fed, names(7))
        )


def test_a_session_records_its_receipt_before_it_leaves() -> None:
    fed = federation(parameters_for(7))
    fed.run(until="stating")
    site = fed.sites["s000"]
    (receipt,) = site.obey(site.session.discard())
    assert site.entries[-1] == ReceiptSigned("job", 1)
    assert receipt == receipts_of(fed, ("s000",))[0]
    fed.aggregator.receive("s000", receipt)
    assert fed.aggregator.receipts == (receipt,)
    with pytest.raises(RemoteProtocolError, match="signature"):
        fed.aggregator.receive("s001", replace(receipt, site="s001"))


def test_a_closed_attempt_has_no_receipts() -> None:
    parameters = closed(parameters_for(6))
    declared = {site: {"hf": bound("hf", names(6))} for site in names(6)}
    fed = federation(parameters, declared=declared)
    fed.start()
    with pytest.raises(LocalProtocolError, match="closed attempt"):
        fed.sites["s000"].session.discard()
