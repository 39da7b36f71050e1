"""Federations on the sparse graph, made small by a lowered limit of the complete graph."""

from dataclasses import replace
from typing import Any

from fedqi.secagg import AttemptParameters
from fedqi.secagg.neighbourhood import neighbourhood
from tests.unit.secagg.federation import Federation, federation, parameters_for

SITES, BOUND, LIMIT = 30, 3, 10
NUMBERS = neighbourhood(SITES, BOUND, LIMIT)


def sparse_parameters(
    count: int = SITES, bound: int = BOUND, limit: int = LIMIT, **changes: Any
) -> AttemptParameters:
    return replace(parameters_for(count, **changes), collusion_bound=bound, complete_up_to=limit)


def sparse(count: int = SITES, bound: int = BOUND, **options: Any) -> Federation:
    return federation(sparse_parameters(count, bound), **options)


def holders_of(fed: Federation, site: str) -> frozenset[str]:
    """The holders of a site, itself included."""
    holders: frozenset[str] = fed.sites[site].session._rounds._holders
    return holders
