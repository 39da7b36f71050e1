"""An adversarial aggregator against real site sessions, rounds 0 to 2."""

from dataclasses import replace
from typing import Any

import pytest

from fedqi.errors import EncodingRangeError, LocalProtocolError, RemoteProtocolError
from fedqi.secagg import AttemptMode, HistoryHead, set_digest
from fedqi.secagg.keys import load_key
from fedqi.secagg.messages import (
    Advert,
    AdvertList,
    AtomDeclaration,
    Declared,
    Shares,
    SharesDelivery,
)
from fedqi.secagg.signing import advert_bytes
from tests.unit.secagg.federation import (
    HEAD,
    Federation,
    Site,
    bound,
    federation,
    identity_of,
    make_site,
    names,
    none,
    parameters_for,
)

PARAMETERS = parameters_for(6)


def adverts_of(sites: dict[str, Site]) -> tuple[Advert, ...]:
    return tuple(site.start()[0] for site in sites.values())


def group(
    parameters: Any = PARAMETERS, declared: Any = None, members: Any = None, **options: Any
) -> dict[str, Site]:
    chosen = members or tuple(parameters.identities)
    return {
        name: make_site(parameters, name, declared=(declared or {}).get(name), **options)
        for name in chosen
    }


def signed(advert: Advert, parameters: Any = PARAMETERS, signer: str = "") -> Advert:
    text = advert_bytes(parameters, advert)
    return replace(advert, signature=identity_of(signer or advert.site).sign(text))


def refused(site: Site, adverts: tuple[Advert, ...], match: str, by: str | None = None) -> None:
    """The message is refused and the session still takes the right one."""
    before = site.session.phase
    with pytest.raises(RemoteProtocolError, match=match) as caught:
        site.session.receive(AdvertList(adverts))
    assert caught.value.site == by
    assert site.session.phase is before


def test_the_right_list_is_accepted_after_a_refused_one() -> None:
    sites = group()
    adverts = adverts_of(sites)
    refused(sites["s000"], adverts[:-3], "too few sites")
    assert isinstance(sites["s000"].take(AdvertList(adverts))[0], Shares)


def test_a_substituted_key_is_refused() -> None:
    sites = group()
    adverts = adverts_of(sites)
    other = load_key(b"\x09" * 32).public_key().public_bytes_raw()
    forged = replace(adverts[1], mask_key=other)
    refused(sites["s000"], (adverts[0], forged, *adverts[2:]), "not signed", "s001")
    by_another = signed(forged, signer="s002")
    refused(sites["s000"], (adverts[0], by_another, *adverts[2:]), "not signed", "s001")


def test_an_unsigned_advert_is_refused() -> None:
    sites = group()
    adverts = adverts_of(sites)
    unsigned = replace(adverts[1], signature=b"")
    refused(sites["s000"], (adverts[0], unsigned, *adverts[2:]), "not signed", "s001")


def test_an_invented_hospital_is_refused() -> None:
    sites = group()
    adverts = adverts_of(sites)
    invented = signed(replace(adverts[1], site="s999"))
    refused(sites["s000"], (*adverts, invented), "outnumber the roster")
    refused(sites["s000"], (*adverts[:-1], invented), "not in the roster", "s999")


def test_colluders_and_one_victim_are_too_few() -> None:
    sites = group(parameters_for(10))
    adverts = adverts_of(sites)
    refused(sites["s000"], adverts[:5], "5 sites, expected at least 6")


def test_the_largest_declared_min_others_counts_for_everyone() -> None:
    sites = group() | {"s005": make_site(PARAMETERS, "s005", min_others=4)}
    fewer = tuple(advert for advert in adverts_of(sites) if advert.site != "s003")
    refused(sites["s000"], fewer, "5 sites, expected at least 6, as s005 asks for 4", "s005")


def test_members_that_a_site_does_not_count_do_not_make_its_group() -> None:
    sites = group() | {"s001": make_site(PARAMETERS, "s001", uncounted=("s003", "s004"))}
    fewer = tuple(advert for advert in adverts_of(sites) if advert.site != "s002")
    refused(sites["s000"], fewer, "3 sites that s001 counts, expected at least 4", "s001")


@pytest.mark.parametrize(
    "demand", [{"min_others": 5}, {"min_others": 2**32 - 1}, {"uncounted": names(6)[:3]}]
)
def test_a_demand_that_no_group_could_meet_is_refused_by_name(demand: Any) -> None:
    """By the sites, and by the aggregator, which goes on without whoever makes it."""
    sites = group() | {"s005": make_site(PARAMETERS, "s005", **demand)}
    refused(sites["s000"], adverts_of(sites), "no group could ever meet that", "s005")
    fed = federation(sites=names(6))
    fed.sites["s005"] = make_site(PARAMETERS, "s005", **demand)
    with pytest.raises(RemoteProtocolError, match="no group could ever meet that") as caught:
        fed.start()
    assert caught.value.site == "s005"
    del fed.sites["s005"]
    assert fed.run().cohort == names(5)


def test_a_changed_own_advert_is_refused() -> None:
    sites = group()
    adverts = adverts_of(sites)
    mine = signed(replace(adverts[0], min_others=1))
    refused(sites["s000"], (mine, *adverts[1:]), "own, unchanged")


@pytest.mark.parametrize("field", ["sealing_key", "mask_key"])
def test_a_key_used_twice_is_refused(field: Any) -> None:
    sites = group()
    adverts = adverts_of(sites)
    copied = signed(replace(adverts[2], **dict[str, Any]({field: adverts[1].mask_key})))
    refused(sites["s000"], (*adverts[:2], copied, *adverts[3:]), "also used by", "s002")


@pytest.mark.parametrize("field", ["sealing_key", "mask_key"])
def test_a_key_of_small_order_is_refused(field: Any) -> None:
    sites = group()
    adverts = adverts_of(sites)
    weak = signed(replace(adverts[2], **dict[str, Any]({field: bytes(32)})))
    refused(sites["s000"], (*adverts[:2], weak, *adverts[3:]), "all zero", "s002")


def test_adverts_of_another_job_or_attempt_are_refused() -> None:
    sites = group()
    adverts = adverts_of(sites)
    for other in (parameters_for(6, job="other"), parameters_for(6, attempt=2)):
        replayed = adverts_of(group(other))[1]
        refused(sites["s000"], (adverts[0], replayed, *adverts[2:]), "not signed", "s001")


def test_unsorted_or_repeated_adverts_are_refused() -> None:
    sites = group()
    adverts = adverts_of(sites)
    refused(sites["s000"], adverts[::-1], "not sorted")
    refused(sites["s000"], (*adverts[:5], adverts[4]), "not sorted")


@pytest.mark.parametrize(
    "change",
    [
        {"sealing_key": b"short"},
        {"seed_commitment": b""},
        {"history_head": b""},
        {"history_counter": -1},
        {"min_others": 0},
        {"uncounted": ("b", "a")},
        {"uncounted": ("s001",)},
        {"uncounted": ("s999",)},
        {"atoms": ()},
        {"atoms": (AtomDeclaration("hf", Declared.FREE, b"x"),)},
        {"atoms": (AtomDeclaration("hf", Declared.BOUND, b"x"),)},
    ],
)
def test_a_malformed_advert_is_refused_by_name(change: Any) -> None:
    sites = group()
    adverts = adverts_of(sites)
    bad = replace(adverts[1], **change)
    with pytest.raises(RemoteProtocolError) as caught:
        sites["s000"].session.receive(AdvertList((adverts[0], bad, *adverts[2:])))
    assert caught.value.site == "s001"


def test_a_rolled_back_history_is_refused_by_name() -> None:
    known = {"s001": (7, b"h" * 32)}
    sites = group() | {"s000": make_site(PARAMETERS, "s000", known_counters=known)}
    sites["s001"] = make_site(PARAMETERS, "s001", history=HistoryHead(6, b"g" * 32))
    refused(sites["s000"], adverts_of(sites), "rolled back or cloned", "s001")


def test_a_forked_history_is_refused_by_name() -> None:
    known = {"s001": (7, b"h" * 32)}
    sites = group() | {"s000": make_site(PARAMETERS, "s000", known_counters=known)}
    sites["s001"] = make_site(PARAMETERS, "s001", history=HistoryHead(7, b"g" * 32))
    refused(sites["s000"], adverts_of(sites), "another head", "s001")
    grown = group() | {"s000": make_site(PARAMETERS, "s000", known_counters=known)}
    grown["s001"] = make_site(PARAMETERS, "s001", history=HistoryHead(8, HEAD))
    assert grown["s000"].take(AdvertList(adverts_of(grown)))


def test_who_stood_in_a_released_sum_is_known_to_have_gone_on() -> None:
    """Its disk, set back to before the attempt, shows the very advert that was seen in it."""
    fed = federation(PARAMETERS, drops={"s005": "MaskedInput"})
    session = fed.sites["s000"].session
    assert session.histories == {}
    fed.run()
    cohort = {site: (1, b"") for site in names(5)[1:]}
    assert session.histories == cohort | {"s005": (0, HEAD)}
    following = replace(PARAMETERS, attempt=2)
    for stands, accepted in ((0, False), (1, True), (3, True)):
        history = HistoryHead(stands, b"g" * 32)
        sites = group(following)
        sites["s000"] = make_site(following, "s000", known_counters=session.histories)
        sites["s001"] = make_site(following, "s001", history=history)
        for other in ("s002", "s003", "s004"):
            sites[other] = make_site(following, other, history=HistoryHead(2, HEAD))
        if accepted:
            assert sites["s000"].take(AdvertList(adverts_of(sites)))
        else:
            refused(sites["s000"], adverts_of(sites), "at 0, but 1 was seen before", "s001")


def test_an_atom_asked_again_over_another_set_is_refused() -> None:
    eight = parameters_for(8)
    declared = {site: {"hf": bound("hf", names(8))} for site in names(8)}
    for mode in AttemptMode:
        sites = group(replace(eight, mode=mode), declared=declared)
        refused(sites["s000"], adverts_of(sites)[:7], "bound to exactly themselves", "s000")


def test_a_bound_atom_is_not_summed_with_one_more_site() -> None:
    declared = {site: {"hf": bound("hf", names(5))} for site in names(5)}
    for mode in AttemptMode:
        sites = group(replace(PARAMETERS, mode=mode), declared=declared)
        refused(sites["s000"], adverts_of(sites), "exactly themselves", "s000")


def test_an_open_atom_is_not_summed() -> None:
    opened = AtomDeclaration("hf", Declared.OPEN, b"job/0")
    sites = group(declared={"s003": {"hf": opened}})
    refused(sites["s000"], adverts_of(sites), "atom hf is open at .* attempt job/0 ended", "s003")


def test_a_closed_attempt_over_free_atoms_is_refused() -> None:
    sites = group(replace(PARAMETERS, mode=AttemptMode.CLOSED))
    refused(sites["s000"], adverts_of(sites), "no atom can be summed")


def delivered(fed: Federation, site: str) -> SharesDelivery:
    fed.run(until="sharing")
    delivery: SharesDelivery = dict(fed.aggregator.proceed())[site]
    return delivery


def not_delivered(fed: Federation, message: SharesDelivery, match: str, by: str | None) -> None:
    with pytest.raises(RemoteProtocolError, match=match) as caught:
        fed.sites["s000"].session.receive(message)
    assert caught.value.site == by
    assert fed.sites["s000"].entries == []


def test_forged_and_relabelled_shares_are_refused() -> None:
    fed = federation()
    right = delivered(fed, "s000")
    texts = dict(right.sealed)
    cases = [
        texts | {"s001": bytes(len(texts["s001"]))},
        texts | {"s001": texts["s002"], "s002": texts["s001"]},
        texts | {"s001": texts["s001"][:-1]},
    ]
    for sealed in cases:
        not_delivered(fed, replace(right, sealed=sealed), "do not open", "s001")
    assert fed.sites["s000"].take(right)


def test_shares_of_another_attempt_are_refused() -> None:
    earlier = delivered(federation(parameters_for(6, attempt=1)), "s000")
    fed = federation(parameters_for(6, attempt=2))
    right = delivered(fed, "s000")
    sealed = dict(right.sealed) | {"s001": earlier.sealed["s001"]}
    not_delivered(fed, replace(right, sealed=sealed), "do not open", "s001")


def test_a_victim_shown_an_active_set_of_its_own_is_refused() -> None:
    fed = federation(parameters_for(7))
    right = delivered(fed, "s000")
    few = right.dealers[:4]
    sealed = {site: right.sealed[site] for site in few if site != "s000"}
    not_delivered(fed, SharesDelivery(few, sealed), "too few sites: 4", None)


@pytest.mark.parametrize(
    ("dealers", "match"),
    [
        (names(6)[1:], "leaves this site out"),
        ((*names(6), "s999"), "had not taken part"),
        (names(6)[::-1], "not sorted"),
    ],
)
def test_a_malformed_active_set_is_refused(dealers: Any, match: Any) -> None:
    fed = federation()
    right = delivered(fed, "s000")
    sealed = {site: right.sealed.get(site, b"") for site in dealers if site != "s000"}
    not_delivered(fed, SharesDelivery(dealers, sealed), match, None)


def test_missing_or_extra_sealed_texts_are_refused() -> None:
    fed = federation()
    right = delivered(fed, "s000")
    less = {site: text for site, text in right.sealed.items() if site != "s001"}
    not_delivered(fed, replace(right, sealed=less), "one sealed text", None)
    more = dict(right.sealed) | {"s000": b""}
    not_delivered(fed, replace(right, sealed=more), "one sealed text", None)


def test_a_bound_atom_whose_member_dropped_is_refused() -> None:
    parameters = parameters_for(7, ("hf", "copd"))
    declared = {site: {"copd": bound("copd", names(7))} for site in names(7)}
    fed = federation(parameters, declared=declared, drops={"s006": "Shares"})
    fed.run(until="sharing")
    assert "bound to a set of which s006 is missing" in fed.aggregator.obstacle


def test_a_value_outside_its_bounds_stops_at_the_site() -> None:
    fed = federation()
    fed.sites["s000"].plan.figures["hf"][0] = 10_001
    right = delivered(fed, "s000")
    with pytest.raises(EncodingRangeError, match="'hf'"):
        fed.sites["s000"].session.receive(right)
    assert fed.sites["s000"].entries == []


def test_a_session_needs_its_own_identity_and_all_declarations() -> None:
    with pytest.raises(LocalProtocolError, match="roster"):
        make_site(parameters_for(3), "s004")
    with pytest.raises(LocalProtocolError, match="exactly the atoms"):
        make_site(PARAMETERS, "s000", declared={"copd": none("copd")})


def test_the_digest_of_a_bound_set_does_not_depend_on_order() -> None:
    assert set_digest(("b", "a")) == set_digest(("a", "b"))
