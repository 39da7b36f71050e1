"""An attempt to measure: its sites, its parameters and a plan of counts."""

import hashlib
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray

from fedqi.secagg import messages
from fedqi.secagg.encoding import Block, Layout
from fedqi.secagg.parameters import AttemptMode, AttemptParameters, default_collusion_bound
from fedqi.secagg.site_session import HistoryHead, SiteSession
from fedqi.secagg.state import PublicState

ATOM = "benchmark|all|*"
JOB = "benchmark"
LARGEST = 1_000_000
MIN_OTHERS = 2


class CountsPlan:
    """The same layout of counts in every step.

    Parameters
    ----------
    sites, length, steps
        Of the run.
    """

    def __init__(self, sites: int, length: int, steps: int) -> None:
        block = Block("counts", (length,), "count", 0, LARGEST, atom=ATOM)
        self._layout = Layout((block,), sites)
        self._steps = steps
        self.counts = np.arange(length, dtype=np.int64) % LARGEST

    def layout(self, state: PublicState) -> Layout | None:
        """Return the layout until all steps are done."""
        return self._layout if len(state.totals) < self._steps else None

    def values(self, state: PublicState) -> Mapping[str, NDArray[Any]]:
        """Return the same counts for every site."""
        return {"counts": self.counts}


class Federation:
    """Sites with identity keys, and the attempt they take part in.

    Parameters
    ----------
    sites, length, steps
        Of the run.
    """

    def __init__(self, sites: int, length: int, steps: int) -> None:
        self.names = tuple(f"site-{number:05}" for number in range(sites))
        self._keys = {name: Ed25519PrivateKey.generate() for name in self.names}
        self.plan = CountsPlan(sites, length, steps)
        self.parameters = self._parameters()

    def sessions(self) -> dict[str, SiteSession]:
        """Return a new session of every site."""
        return {name: self._session(name) for name in self.names}

    def _parameters(self) -> AttemptParameters:
        charter, roster, plan = (
            hashlib.sha256(word).digest() for word in (b"charter", b"roster", b"plan")
        )
        return AttemptParameters(
            collaborative="benchmark",
            job=JOB,
            attempt=1,
            mode=AttemptMode.OPEN,
            charter=charter,
            roster=roster,
            programme=charter,
            plan=plan,
            identities={n: key.public_key().public_bytes_raw() for n, key in self._keys.items()},
            collusion_bound=default_collusion_bound(len(self.names)),
            min_others=MIN_OTHERS,
            atoms=(ATOM,),
        )

    def _session(self, name: str) -> SiteSession:
        free = messages.AtomDeclaration(ATOM, messages.Declared.FREE)
        return SiteSession(
            self.parameters,
            name,
            self._keys[name],
            self.plan,
            {ATOM: free},
            HistoryHead(0, bytes(32)),
            os.urandom,
            MIN_OTHERS,
        )
