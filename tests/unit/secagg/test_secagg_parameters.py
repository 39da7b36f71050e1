from dataclasses import replace
from typing import Any

import pytest

from fedqi.errors import LocalProtocolError
from fedqi.secagg import (
    AttemptMode,
    default_collusion_bound,
    group_minimum,
    reconstruction_threshold,
)
from tests.unit.secagg.federation import parameters_for

TABLE = [
    (5, 1, 4, 4),
    (6, 1, 4, 4),
    (7, 2, 5, 5),
    (10, 3, 7, 6),
    (12, 3, 8, 6),
    (16, 5, 11, 8),
    (24, 5, 15, 8),
    (72, 5, 39, 8),
    (140, 5, 73, 8),
]


@pytest.mark.parametrize(("members", "bound", "threshold", "minimum"), TABLE)
def test_the_numbers_are_those_of_the_table(
    members: Any, bound: Any, threshold: Any, minimum: Any
) -> None:
    assert default_collusion_bound(members) == bound
    assert reconstruction_threshold(members, bound) == threshold
    assert group_minimum(bound, 2) == minimum


@pytest.mark.parametrize("members", range(5, 201))
def test_two_quorums_meet_in_an_honest_site(members: Any) -> None:
    bound = default_collusion_bound(members)
    threshold = reconstruction_threshold(members, bound)
    assert 2 * threshold > members + bound


@pytest.mark.parametrize(
    "change",
    [
        {"job": "other"},
        {"collaborative": "other"},
        {"mode": AttemptMode.CLOSED},
        {"charter": bytes(32)},
        {"roster": bytes(32)},
        {"programme": bytes(32)},
        {"plan": bytes(32)},
        {"collusion_bound": 2},
        {"min_others": 3},
        {"atoms": ("hf", "copd")},
        {"complete_up_to": 5},
    ],
)
def test_every_public_fact_is_in_the_session_hash(change: Any) -> None:
    base = parameters_for()
    assert replace(base, **change).session_hash != base.session_hash


def test_the_attempt_stands_beside_the_session_hash() -> None:
    base = parameters_for()
    assert replace(base, attempt=2).session_hash == base.session_hash
    assert replace(base, attempt=2).name == "job/2"


@pytest.mark.parametrize(
    "change",
    [
        {"attempt": 0},
        {"atoms": ()},
        {"atoms": ("hf", "hf")},
        {"charter": b"short"},
        {"identities": {"s000": b"short"}},
        {"identities": {"s000": bytes(32), "s001": bytes(32)}},
        {"identities": {}},
        {"min_others": 0},
        {"collusion_bound": -1},
        {"complete_up_to": -1},
    ],
)
def test_malformed_parameters_are_refused(change: Any) -> None:
    with pytest.raises(LocalProtocolError):
        replace(parameters_for(), **change)
