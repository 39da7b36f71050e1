"""The public state of an attempt, what is planned from it, and its hash."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from numpy.typing import NDArray

from fedqi.secagg import canonical
from fedqi.secagg.encoding import Layout, UInt64Array


@dataclass(frozen=True)
class PublicState:
    """What all sites of an attempt know alike, after the totals so far.

    Parameters
    ----------
    cohort
        The sites whose inputs count, sorted; empty until the open step has ended.
    offering
        Atom -> the sites that offer it, sorted: of U2 before the open step has ended, of
        the cohort afterwards. A void atom has none.
    totals
        The verified total of every step so far.
    """

    cohort: tuple[str, ...]
    offering: Mapping[str, tuple[str, ...]]
    totals: tuple[UInt64Array, ...]

    @cached_property
    def digests(self) -> tuple[bytes, ...]:
        """SHA-256 of every total, 32 bytes each."""
        return tuple(map(total_digest, self.totals))

    def after(self, total: UInt64Array) -> "PublicState":
        """Return the state that a verified total leads to.

        Parameters
        ----------
        total
            Of the next step; read-only from here on.
        """
        total.setflags(write=False)
        following = PublicState(self.cohort, self.offering, (*self.totals, total))
        # totals are large: each is hashed once, not again in every later step
        following.__dict__["digests"] = (*self.digests, total_digest(total))
        return following


class PublicPlan(Protocol):
    """What an attempt sums, step by step; a pure function of the public state."""

    def layout(self, state: PublicState) -> Layout | None:
        """Return the layout of the next step, or None when the plan is finished."""


class SitePlan(PublicPlan, Protocol):
    """A plan that also knows this site's own figures."""

    def values(self, state: PublicState) -> Mapping[str, NDArray[Any]]:
        """Return this site's array for every block of the next step's layout."""


def state_hash(session_hash: bytes, state: PublicState, layout: Layout) -> bytes:
    """Return the hash that enters every derivation of a step, 32 bytes.

    Two sites that were shown different states derive different masks, so that a server
    which tries it gets noise.

    Parameters
    ----------
    session_hash
        Of the attempt.
    state
        Before the step.
    layout
        Of the step.

    References
    ----------
    Pasquini, Francati, Ateniese (2022), "Eluding Secure Aggregation in Federated Learning
    via Model Inconsistency", arXiv:2111.07380.
    """
    # protocol 3.7
    return canonical.digest(
        "state",
        session_hash,
        len(state.totals),
        layout.digest,
        state.digests,
        state.cohort,
        state.offering,
    )


def total_digest(total: UInt64Array) -> bytes:
    """Return the SHA-256 of a total's little-endian bytes.

    Parameters
    ----------
    total
        Any length.
    """
    return hashlib.sha256(total.astype("<u8").tobytes()).digest()
