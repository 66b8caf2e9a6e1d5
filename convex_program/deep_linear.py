"""Linear networks of any depth that interpolate: one network, many side by side, and their common dual.

*Parallel.*  ``min sum_j prod_l |W_lj|_F`` over ``sum_j X W_1j ... W_Lj = Y``.  The products of matrices of Frobenius
norm at most 1 lie in the unit ball of the nuclear norm, as ``|AB|_* <= |A|_F |B|_F`` and ``|.|_F <= |.|_*``, and contain its
extreme points ``u v^T``.  So the value is the least ``|W|_*`` with ``XW = Y``, whatever the depth.

*One network.*  ``min prod_l |W_l|_F``, or ``min 1/2 sum_l |W_l|_F^2``, over ``X W_1 ... W_L = Y``.  The generalized inequality of
Hoelder for singular values gives ``|W|_(2/L) <= prod_l |W_l|_F`` with ``|W|_p = (sum_i sigma_i^p)^(1/p)``, and
``W_l = U_(l-1) S^(1/L) U_l^T`` reaches it.

*Least W.*  ``X W = Y`` fixes ``X^+ X W = X^+ Y``, and a projection makes no singular value larger.  So ``W = X^+ Y`` in both.

*Dual* of both: ``max <V, Y>`` where ``|X^T V|``, the largest singular value, is at most 1.  With ``W = U S Q^T`` the
vector ``V = X^(+T) U Q^T`` is feasible and ``<V, Y> = |W|_*``.  So side by side there is no gap; one network has the gap
``|W|_(2/L) - |W|_*``, which for L > 2 is zero exactly where W, that is Y, has rank 1 at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.errors import ArgumentError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DeepLinear:
    """Least-norm interpolation by linear networks of a depth.

    Parameters
    ----------
    X : (n, d) array-like
    Y : (n,) or (n, c) array-like
        In the span of X's columns, exactly: full row rank is enough.
    depth : int
        Number L of layers, 2 at least.

    Raises
    ------
    ArgumentError
        Naming the argument that does not fit.

    Notes
    -----
    *Exactness.* Ranks, so whether there is a gap, are decided in integers; values are singular values in floating point.

    *Reference.* Wang, Ergen and Pilanci (2023), arXiv 2110.06482.  By the formulas here the gap of one network is zero for
    rank 1 at most, and not for all matrices of equal singular values.

    Examples
    --------
    >>> deep = DeepLinear([[1, 0], [0, 1]], [[3, 0], [0, 1]], depth=4)
    >>> round(deep.parallel_value, 9), round(deep.dual_value, 9), round(deep.standard_value, 9)
    (4.0, 4.0, 7.464101615)
    >>> deep.without_gap, DeepLinear([[1, 0], [0, 1]], [3, 1], depth=4).without_gap
    (False, True)
    """

    X: Any
    Y: Any
    depth: int

    def __post_init__(self) -> None:
        """Read the data and refuse what cannot be interpolated."""
        if isinstance(self.depth, bool) or not isinstance(self.depth, int) or self.depth <= 1:
            raise ArgumentError(f"depth = {self.depth!r} must be an integer, 2 at least")
        n, ranks = self._data.shape[0], self._ranks
        if self._targets.shape[0] != n:
            raise ArgumentError(f"Y has {self._targets.shape[0]} rows, X has {n}")
        both = np.concatenate([self._data, self._targets], axis=1)
        if ar.Arrangement(both).rank > ranks[0]:
            raise ArgumentError(
                "Y is not in the span of X's columns, so that no linear network interpolates it: project it, "
                "or use more columns"
            )

    @cached_property
    def _data(self) -> Floats:
        return ar.as_data_matrix(self.X).floats

    @cached_property
    def _targets(self) -> Floats:
        Y = self.Y
        if not isinstance(Y, ar.DataMatrix) and np.ndim(Y) == 1:
            Y = np.asarray(Y)[:, np.newaxis]
        return ar.as_data_matrix(Y).floats

    @cached_property
    def _ranks(self) -> tuple[int, int]:
        """Of X and of Y, exactly."""
        return ar.Arrangement(self._data).rank, ar.Arrangement(self._targets).rank

    @cached_property
    def _inverse(self) -> Floats:
        """X^+, of exactly X's rank."""
        U, s, Vt = np.linalg.svd(self._data, full_matrices=False)
        r = self._ranks[0]
        return np.asarray((Vt[:r].T / s[:r]) @ U[:, :r].T)

    @cached_property
    def _parts(self) -> tuple[Floats, Floats, Floats]:
        """U, singular values and Q of the least map, of exactly Y's rank."""
        U, s, Qt = np.linalg.svd(self.least_map, full_matrices=False)
        r = self._ranks[1]
        return U[:, :r], s[:r], Qt[:r].T

    @cached_property
    def least_map(self) -> Floats:
        """``X^+ Y``, the product of all layers at every optimum found here: (d, c)."""
        return np.asarray(self._inverse @ self._targets)

    @property
    def without_gap(self) -> bool:
        """Whether one network's problem has no duality gap, decided in integers."""
        return self.depth == 2 or self._ranks[1] <= 1  # noqa: PLR2004 -- two layers: the nuclear norm itself

    @property
    def parallel_value(self) -> float:
        """Least ``sum_j prod_l |W_lj|_F`` of networks side by side: the nuclear norm."""
        return float(self._parts[1].sum())

    @property
    def dual_value(self) -> float:
        """``<V, Y>`` at `dual_vector`: a lower bound for one network and for many."""
        return float((self.dual_vector * self._targets).sum())

    @property
    def standard_value(self) -> float:
        """Least ``prod_l |W_l|_F`` of one network: the Schatten quasi-norm for 2/L."""
        return float((self._parts[1] ** (2.0 / self.depth)).sum() ** (self.depth / 2.0))

    @property
    def standard_decay(self) -> float:
        """Least ``1/2 sum_l |W_l|_F^2`` of one network: ``L/2 sum_i sigma_i^(2/L)``."""
        return float(self.depth / 2.0 * (self._parts[1] ** (2.0 / self.depth)).sum())

    @cached_property
    def dual_vector(self) -> Floats:
        """V of shape (n, c) with ``|X^T V| = 1`` (0 where Y is)."""
        U, _, Q = self._parts
        return np.asarray(self._inverse.T @ U @ Q.T)

    def standard_layers(self) -> tuple[Floats, ...]:
        """Return the L layers of the least network: r neurons each, r the rank of Y, all of one norm."""
        U, s, Q = self._parts
        root = s ** (1.0 / self.depth)
        inner = np.diag(root)
        return (U * root, *[inner] * (self.depth - 2), (Q * root).T)

    def parallel_layers(self) -> tuple[tuple[Floats, ...], ...]:
        """Return the L layers of each of the least branches: one neuron wide, one for each singular value."""
        U, s, Q = self._parts
        branches = []
        for j, size in enumerate(s):
            root = size ** (1.0 / self.depth)
            inner = np.array([[root]])
            ends = root * U[:, j : j + 1], root * Q[:, j : j + 1].T
            branches.append((ends[0], *[inner] * (self.depth - 2), ends[1]))
        return tuple(branches)

    def __repr__(self) -> str:
        """One line: sizes and both values."""
        (n, d), c = self._data.shape, self._targets.shape[1]
        return (
            f"DeepLinear(n={n}, d={d}, outputs={c}, depth={self.depth}, parallel={self.parallel_value:.9g}, "
            f"standard={self.standard_value:.9g})"
        )
