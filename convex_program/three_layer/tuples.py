"""The convex program over some tuples of patterns: where outputs are linear in the paths.

On a tuple (D_1, D_2, M) of the patterns of u_1, u_2 and of the second layer a sub-network puts out
``s M (D_1 X u_1 - D_2 X u_2)`` at cost ``|u_1| + |u_2|``, for ``(2 D_1 - 1) X u_1 >= 0``, ``(2 D_2 - 1) X u_2 >= 0``
and, on the rows that both see, ``(2 M - 1)(X u_1 - X u_2) >= 0``.  Where only u_1 is active, M is 1; where it is not, M is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.conic import conic_point

Floats = npt.NDArray[np.float64]
Pattern = npt.NDArray[np.bool_]

_TOLERANCE = 1e-11
"""Asked of the conic solver; what it misses makes the gap larger, never wrong."""


@dataclass(frozen=True, eq=False)
class PatternTuple:
    """A sign with the three patterns.

    Parameters
    ----------
    sign : int
    one, two, mask : (n,) bool
        Rows on which u_1, u_2 and the second layer are active.
    """

    sign: int
    one: Pattern
    two: Pattern
    mask: Pattern

    @classmethod
    def at(cls, X: Floats, point: Floats, sign: int) -> PatternTuple:
        """Return the tuple of a pair of paths of shape (2, d)."""
        a, b = X @ point[0], X @ point[1]
        if not point[1].any():
            b = np.full(len(X), -1.0)
        return cls(sign, a > 0.0, b > 0.0, a > np.maximum(b, 0.0))

    @property
    def key(self) -> bytes:
        """What equal tuples share."""
        return bytes([self.sign > 0]) + np.packbits([self.one, self.two, self.mask]).tobytes()

    @property
    def single(self) -> bool:
        """Whether u_2 plays no part: a neuron of two layers."""
        return not self.two.any()

    def fit(self, X: Floats) -> Floats:
        """Return the outputs as a matrix of shape (n, 2d)."""
        seen = self.sign * self.mask[:, np.newaxis] * X
        return np.hstack([seen * self.one[:, np.newaxis], -seen * self.two[:, np.newaxis]])

    def cone(self, X: Floats) -> Floats:
        """Return the rows C of ``C (u_1, u_2) >= 0``."""
        nothing = np.zeros_like(X)
        both = self.one & self.two
        third = np.where(self.mask, 1.0, -1.0)[both, np.newaxis] * X[both]
        return np.concatenate(
            [
                np.c_[np.where(self.one, 1.0, -1.0)[:, np.newaxis] * X, nothing],
                np.c_[nothing, np.where(self.two, 1.0, -1.0)[:, np.newaxis] * X],
                np.c_[third, -third],
            ]
        )


def solve_tuples(X: Floats, y: Floats, beta: float, tuples: list[PatternTuple]) -> Floats:
    """Return the optimal paths of the program over some tuples, numerically: (k, 2, d).

    Parameters
    ----------
    X : (n, d) float64
        Entries about 1 in size.
    y : (n,) float64
    beta : float
    tuples : list of k PatternTuple

    Raises
    ------
    SolverError
        When the conic solver returns nothing usable.
    """
    with extra:
        import clarabel
        from scipy import sparse

    d, k = X.shape[1], len(tuples)
    if k == 0:
        return np.empty((0, 2, d))
    fits = np.concatenate([one.fit(X) for one in tuples], axis=1)
    nx = 2 * d * k
    # lengths t follow the paths: two for each tuple
    hessian = sparse.block_diag([fits.T @ fits, sparse.csc_matrix((2 * k, 2 * k))], format="csc")
    linear = np.concatenate([-fits.T @ y, np.full(2 * k, beta)])
    cones = sparse.block_diag([-one.cone(X) for one in tuples], format="csc")
    inequalities = sparse.hstack([cones, sparse.csc_matrix((cones.shape[0], 2 * k))], format="csc")
    blocks = []
    for part in range(2 * k):
        block = sparse.lil_matrix((d + 1, nx + 2 * k))
        block[0, nx + part] = -1.0
        for c in range(d):
            block[1 + c, part * d + c] = -1.0
        blocks.append(block)
    matrix = sparse.vstack([inequalities, *blocks], format="csc")
    kinds: list[Any] = [clarabel.NonnegativeConeT(cones.shape[0])]
    kinds += [clarabel.SecondOrderConeT(d + 1) for _ in range(2 * k)]
    point = conic_point(hessian, linear, matrix, kinds, _TOLERANCE)
    return point[:nx].reshape(k, 2, d)
