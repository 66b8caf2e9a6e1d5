"""The chirotope: the orientation of every choice of r rows."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import as_arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import determinant
from arrangements.matroid.circuits import MANY, refuse_beyond


@dataclass(frozen=True, eq=False, repr=False)
class Chirotope:
    """The orientation of every choice of r rows.

    Parameters
    ----------
    size : int
        Number n of rows.
    rank : int
    signs : (C(n, r),) int8
        Signs of the determinants of r rows with ascending indices, in lexicographic order;
        read-only.

    Examples
    --------
    >>> import arrangements as ar
    >>> orientation = ar.chirotope([[1, 0], [0, 1], [1, 1]])
    >>> orientation(0, 1), orientation(1, 0)  # det [[1, 0], [0, 1]], and with its rows exchanged
    (1, -1)
    """

    size: int
    rank: int
    signs: npt.NDArray[np.int8]

    def __call__(self, *rows: int) -> int:
        """Return the orientation of r rows in the order given: -1, 0 or 1."""
        if len(rows) != self.rank or not all(0 <= row < self.size for row in rows):
            raise ArgumentError(
                f"rows = {rows}, but this chirotope is of {self.rank} rows out of {self.size}"
            )
        if len(set(rows)) < self.rank:
            return 0
        swaps = sum(a > b for a, b in itertools.combinations(rows, 2))
        return int(self.signs[self._place(sorted(rows))]) * (-1 if swaps % 2 else 1)

    def _place(self, rows: list[int]) -> int:
        """Rank of an ascending choice in lexicographic order."""
        n, r = self.size, self.rank
        # Those after it agree up to position k and are larger there.
        after = sum(math.comb(n - 1 - row, r - k) for k, row in enumerate(rows))
        return len(self.signs) - 1 - after

    def __repr__(self) -> str:
        """One line: rank, rows, and how many bases."""
        bases = int(np.count_nonzero(self.signs))
        return f"Chirotope(rank {self.rank} of {self.size} rows, {bases} bases)"


def chirotope(data: Any, *, limit: int = MANY) -> Chirotope:
    """Return the signs of the determinants of all choices of r rows, r the rank.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        The rows only: a domain plays no role.
    limit : int
        Refuse to compute more determinants than this.

    Returns
    -------
    Chirotope
        Determinants are taken in the first r independent columns; another basis of the row
        space may turn all signs.

    Raises
    ------
    ArgumentError
        When there are more choices of r rows than `limit`.

    Notes
    -----
    *Exactness.* Integers only.

    *Cost.* An exact determinant for each choice, about 10^5 a second.

    *Growth.* ``comb(n, r) * r**3`` for n rows of rank r.

    Examples
    --------
    >>> orientation = chirotope([[1, 0], [0, 1], [1, 1]])
    >>> orientation(0, 1), orientation(1, 0), orientation(1, 2), orientation.signs.tolist()
    (1, -1, -1, [1, 1, -1])
    """
    arrangement = as_arrangement(data)
    n, r = arrangement.shape[0], arrangement.rank
    refuse_beyond(limit, math.comb(n, r))
    rows = [[row[c] for c in arrangement.columns] for row in arrangement.data.integers]
    values = (determinant([rows[i] for i in c]) for c in itertools.combinations(range(n), r))
    signs = np.array([(value > 0) - (value < 0) for value in values], dtype=np.int8)
    signs.setflags(write=False)
    return Chirotope(n, r, signs)
