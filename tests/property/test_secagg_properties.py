"""Properties of sharing, encoding and masking, and of whole attempts with random dropouts."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.secagg import Block, Layout, Phase
from fedqi.secagg.drawing import draw
from fedqi.secagg.keys import Context
from fedqi.secagg.masking import Expander, MaskContext, add_pair_masks
from fedqi.secagg.messages import Advert
from fedqi.secagg.sharing import combine, is_share, lagrange_coefficients, split
from fedqi.secagg.view import AttemptView
from tests.unit.secagg.federation import Entropy, federation, names, none, parameters_for
from tests.unit.secagg.sparse import sparse_parameters

secrets = st.binary(min_size=32, max_size=32)


@given(secrets, st.data())
def test_any_t_holders_rebuild_the_secret(secret: Any, data: Any) -> None:
    holders = data.draw(st.integers(1, 12))
    threshold = data.draw(st.integers(1, holders))
    shares = split(secret, threshold, holders, Entropy(secret.hex()))
    assert all(map(is_share, shares))
    points = data.draw(st.permutations(range(1, holders + 1)))[:threshold]
    weights = lagrange_coefficients(points)
    assert combine({p: shares[p - 1] for p in points}, weights) == secret


@given(
    st.integers(1, 200),
    st.lists(st.lists(st.integers(-1000, 1000), min_size=3, max_size=3), min_size=1, max_size=20),
)
def test_totals_of_encoded_counts_are_exact(sites: Any, rows: Any) -> None:
    layout = Layout((Block("b", (3,), "count", -1000, 1000),), max(sites, len(rows)))
    encoded = [layout.encode({"b": np.array(row)}) for row in rows]
    total: Any = np.sum(encoded, axis=0, dtype=np.uint64)
    assert layout.out_of_bounds(total) is None
    assert layout.decode(total)["b"].tolist() == np.sum(rows, axis=0).tolist()


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=30), st.integers(0, 30))
def test_totals_of_encoded_reals_are_off_by_half_a_unit_a_site_at_most(
    values: Any, bits: Any
) -> None:
    unit = 2.0**-bits
    layout = Layout((Block("b", (), "real", -500, 500, unit),), 30)
    parts = [layout.encode({"b": np.array(value)}) for value in values]
    total = float(layout.decode(np.sum(parts, axis=0, dtype=np.uint64))["b"])
    assert abs(total - sum(values)) <= len(values) * unit / 2 + 1e-9


@given(st.integers(2, 7), secrets, secrets, st.integers(1, 40))
def test_all_pairwise_masks_cancel(sites: Any, digest: Any, state: Any, length: Any) -> None:
    masks = MaskContext(Context(digest, 1, digest), 0, digest, state)
    everyone, total = names(sites), np.zeros(length, np.uint64)
    for site in everyone:
        shared = {
            peer: Entropy("/".join(sorted((site, peer))))(32) for peer in everyone if peer != site
        }
        add_pair_masks(total, Expander(length), masks, site, shared)
    assert not total.any()


ROUNDS = ("Advert", "Shares", "MaskedInput", "Statement", "Unmasking")


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_released_total_is_exactly_the_plain_sum_over_u3(data: Any) -> None:
    count = data.draw(st.integers(5, 12))
    drops = data.draw(st.dictionaries(st.sampled_from(names(count)), st.sampled_from(ROUNDS)))
    fed = federation(parameters_for(count), drops=drops, steps=1)
    fed.start()
    while fed.aggregator.can_proceed:
        fed.proceed()
    released = fed.aggregator.result
    answered = {site for site in names(count) if site not in drops}
    if released is None:
        totals = [output for site in fed.sites.values() for output in site.outputs]
        assert not any(type(output).__name__ == "Completed" for output in totals)
        return
    late = {site for site, missed in drops.items() if missed in ROUNDS[3:]}
    assert released.cohort == tuple(sorted(answered | late))
    assert np.array_equal(released.totals[0], fed.expected(released.cohort))
    view = fed.aggregator._rounds.view
    assert len(released.cohort) >= max(view.minimum, view.threshold)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_every_atom_is_summed_over_exactly_those_that_offer_it_or_not_at_all(data: Any) -> None:
    atoms = ("hf", "copd")
    count = data.draw(st.integers(6, 9))
    without = data.draw(st.sets(st.sampled_from(names(count))))
    parameters = parameters_for(count, atoms)
    declared = {site: {"copd": none("copd")} for site in without}
    fed = federation(parameters, declared=declared, steps=2)
    result = fed.run()
    assert fed.aggregator.phase is Phase.DONE
    offering = tuple(site for site in names(count) if site not in without)
    minimum = parameters.collusion_bound + 3
    assert result.offering["copd"] == (offering if len(offering) >= minimum else ())
    for step in (0, 1):
        expected = fed.expected(names(count), step)
        expected[3:] = (
            fed.expected(result.offering["copd"], step)[3:]
            if offering and (result.offering["copd"])
            else 0
        )
        assert np.array_equal(result.totals[step], expected)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_a_total_released_on_the_sparse_graph_is_exactly_the_plain_sum_over_u3(data: Any) -> None:
    count, bound = data.draw(st.integers(12, 26)), data.draw(st.integers(0, 3))
    parameters = sparse_parameters(count, bound, limit=5)
    lost = st.sampled_from(names(count))
    drops = data.draw(st.dictionaries(lost, st.sampled_from(ROUNDS), max_size=count // 4))
    fed = federation(parameters, drops=drops, steps=1)
    fed.start()
    while fed.aggregator.can_proceed:
        fed.proceed()
    released = fed.aggregator.result
    if released is None:
        assert len(drops) > count // 10
        return
    early = {site for site, missed in drops.items() if missed in ROUNDS[:3]}
    assert released.cohort == tuple(site for site in names(count) if site not in early)
    assert np.array_equal(released.totals[0], fed.expected(released.cohort))
    rounds = fed.aggregator._rounds
    for site in released.cohort:
        own = rounds.view.sites(rounds.graph.holders(site))
        assert len(set(own) & set(released.cohort)) >= rounds.view.threshold


@given(st.integers(1, 40), st.data())
def test_drawn_holders_are_distinct_candidates(total: Any, data: Any) -> None:
    count = data.draw(st.integers(0, total))
    drawn = draw(names(total), count, Entropy(str(data.draw(st.integers()))))
    assert len(set(drawn)) == count
    assert list(drawn) == sorted(drawn)
    assert set(drawn) <= set(names(total))


@given(st.integers(1, 70), st.data())
def test_bitmaps_of_sites_are_read_back(total: Any, data: Any) -> None:
    view = view_over(total)
    chosen = data.draw(st.sets(st.sampled_from(names(total))))
    bits = view.bits(chosen)
    assert view.sites(bits) == tuple(sorted(chosen))
    encoded = bits.to_bytes(view.bitmap_bytes, "little")
    for place, site in enumerate(names(total)):
        assert bool(encoded[place // 8] >> place % 8 & 1) == (site in chosen)


def view_over(total: int) -> AttemptView:
    adverts = tuple(Advert(site, b"", b"", b"", 2, (), (), 0, b"", b"") for site in names(total))
    return AttemptView(parameters_for(6), adverts)
