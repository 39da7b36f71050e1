"""Support of cells: which cells enough organisations stand behind, before anything is summed.

A cell in which one site alone is not zero *is* that site's figure. Where cells can be empty, a
first step therefore sums claims, 0 or 1 per site and cell, and nothing else; what the next step
sums follows from that total, by one rule that every party computes alike.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.errors import PolicyError

NOBODY = -1
"""The group of every cell where no cell is supported."""


def claims_of(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return one site's claims: 1 where its value is not zero.

    Parameters
    ----------
    values
        This site's figures, one per cell; any shape. From the frozen input, so that the claim and
        the figure that is summed later cannot differ.

    Returns
    -------
    ndarray of int64
        Zeros and ones in the shape of `values`.
    """
    return np.asarray(values != 0).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Support:
    """Which cells may be summed, as all parties derive it from the total of the claims.

    Parameters
    ----------
    kept
        True where at least m organisations claim the cell.
    """

    kept: NDArray[np.bool_]

    @classmethod
    def from_claims(cls, claims: NDArray[np.int64], sites: int, minimum: int) -> "Support":
        """Read the total of the claims.

        Parameters
        ----------
        claims
            Organisations that claim each cell; any shape.
        sites
            Organisations in the set K.
        minimum
            m, the group minimum. It exceeds c: c of the claims may be lies, and m - c honest
            organisations stand behind a supported cell all the same.

        Raises
        ------
        PolicyError
            If more organisations claim a cell than stand in the sum, or fewer than none.
        """
        if claims.size and (int(claims.min()) < 0 or int(claims.max()) > sites):
            raise PolicyError(
                f"support of cells: {int(claims.min())} to {int(claims.max())} claims per cell, "
                f"expected 0 to {sites}; a member claimed a cell more than once, so the members "
                "of the cohort must compare their claims"
            )
        kept = np.asarray(claims >= minimum)
        kept.setflags(write=False)
        return cls(kept)

    def dropped(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a site's figures with zeros where the cell is not supported.

        Only where no total over the cells is ever released: total less supported cells would be
        the sum of the others.

        Parameters
        ----------
        values
            In the shape of the cells.
        """
        return np.where(self.kept, values, np.zeros_like(values))

    def groups(self) -> NDArray[np.int64]:
        """Return the merged cell that every cell belongs to, from 0; `NOBODY` if there is none.

        Each group holds exactly one supported cell, and the unsupported ones join the supported
        one before them, the first ones the one after them. Claims of merged cells are never
        added up, as the same organisation may claim both.

        Returns
        -------
        ndarray of int64
            Shape ``(cells,)``.

        Raises
        ------
        PolicyError
            If the cells do not stand in one row.
        """
        if self.kept.ndim != 1:
            raise PolicyError(
                f"support of cells: {self.kept.ndim} dimensions found, 1 expected; cells are "
                "merged in one order only, so the author of the analysis must lay them out in it"
            )
        if not self.kept.any():
            return np.full(self.kept.shape, NOBODY, dtype=np.int64)
        return np.maximum(np.cumsum(self.kept, dtype=np.int64) - 1, 0)

    def merged(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a site's figures summed over each group; their total is that of all cells.

        Parameters
        ----------
        values
            Shape ``(cells,)``.

        Returns
        -------
        ndarray
            One figure per supported cell; empty where none is, since all of it is left out.
        """
        groups = self.groups()
        found = np.zeros(int(self.kept.sum()), dtype=values.dtype)
        if found.size:
            np.add.at(found, groups, values)
        return found
