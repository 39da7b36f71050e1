"""Ordinary trouble never ends in a deadlock: a month is released, or it says whom it waits for."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attacks.hospitals import Collaborative, collaborative, job
from tests.unit.secagg.federation import names

ALL = names(9)  # c = 2, t = 6 of nine, m = 5
MONTHS = ("2020-01", "2020-02", "2020-03")
MESSAGES = ("advert", "shares", "masked_input", "statement", "unmasking")

few = st.frozensets(st.sampled_from(ALL), max_size=3)
lost = st.dictionaries(st.sampled_from(ALL), st.sampled_from(MESSAGES), max_size=6)


def a_month(
    hospitals: Collaborative,
    month: str,
    absent: frozenset[str],
    drop: dict[str, str],
    gone: frozenset[str],
) -> str:
    """Run a month as the aggregator would; ``gone`` never come back after the first attempt."""
    spec = job(f"job-{month}", month)
    before = len(hospitals.releases)
    present = [site for site in ALL if site not in absent]
    first = hospitals.attempt(spec, 1, present, drop=drop)
    back = [site for site in present if site not in gone]
    if len(hospitals.releases) > before:
        hospitals.tell(spec, first, back)
        return "released"
    if first.certificate is not None:
        words = hospitals.again_over_its_set(spec, first, back)
    elif first._session.phase in ("advertising", "sharing"):
        words = hospitals.say(hospitals.attempt(spec, 2, back))
    else:
        words = hospitals.again_after_receipts(spec, first, back)
    return "released" if len(hospitals.releases) > before else words


@settings(max_examples=max(20, settings().max_examples // 3))
@given(st.lists(st.tuples(few, lost), min_size=3, max_size=3))
def test_whoever_is_missing_or_lost_and_returns_every_month_is_released(
    troubles: list[tuple[frozenset[str], dict[str, str]]],
) -> None:
    hospitals = collaborative(9, MONTHS)
    for month, (absent, drop) in zip(MONTHS, troubles, strict=True):
        assert a_month(hospitals, month, absent, drop, frozenset()) == "released"
    assert len(hospitals.releases) == 3


@settings(max_examples=max(20, settings().max_examples // 3))
@given(few, lost, st.frozensets(st.sampled_from(ALL), min_size=1, max_size=3))
def test_a_site_that_never_returns_is_named_and_holds_up_no_later_month(
    absent: frozenset[str], drop: dict[str, str], gone: frozenset[str]
) -> None:
    hospitals = collaborative(9, MONTHS)
    words = a_month(hospitals, MONTHS[0], absent, drop, gone)
    if words != "released":
        assert any(site in words for site in gone | absent)
    assert a_month(hospitals, MONTHS[1], gone, {}, frozenset()) == "released"


def test_a_month_of_a_missing_site_stays_so_and_the_next_has_everyone() -> None:
    hospitals = collaborative(9, MONTHS)
    assert a_month(hospitals, MONTHS[0], frozenset({"s004"}), {}, frozenset()) == "released"
    assert "s004" not in hospitals.releases[0]["m|2020-01|*"]
    assert a_month(hospitals, MONTHS[1], frozenset(), {}, frozenset()) == "released"
    assert hospitals.releases[1]["m|2020-02|*"] == ALL
