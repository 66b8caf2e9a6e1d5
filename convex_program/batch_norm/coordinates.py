"""Coordinates in which the cost of a normalized neuron is the length of its weights.

Let Z = [X, 1].  A neuron with weights (a, c) has the pre-activation Z (a, c), and what its gamma
and shift cost is ``w |Z (a, c)|^2``, since a centred column is orthogonal to the constant one.  For
any matrix T of as many columns as Z has rank, all its (a, c) are ``T s`` up to what Z does not see,
and with ``T^T (w Z^T Z) T = I + E``

    (1 - |E|) |s|^2  <=  w |Z T s|^2  <=  (1 + |E|) |s|^2.

T is made in floating point and taken as the rational numbers it consists of; E is then exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.norms import power_of_two
from convex_program.rounding import root_down, root_up

_NEAR = 1e-14
"""Defects up to which T is as good as it need be."""
_ROUNDS = 4
_HALF = 0.5


@dataclass(frozen=True, eq=False)
class Coordinates:
    """A matrix T with ``T^T (w Z^T Z) T`` near the identity, and how near.

    Parameters
    ----------
    rows : (n, k) Fraction
        Z, the last column ones.
    weight : Fraction
        w.
    columns : (k, r) Fraction
        T; r is the rank of Z.
    """

    rows: Any
    weight: Fraction
    columns: Any

    @cached_property
    def features(self) -> Any:
        """``Z T``, exactly: (n, r) of Fraction."""
        return self.rows @ self.columns

    @cached_property
    def data(self) -> ar.DataMatrix:
        """``Z T`` as data of a problem without normalization."""
        return ar.DataMatrix.from_array([list(row) for row in self.features])

    @cached_property
    def gram(self) -> Any:
        """``w T^T Z^T Z T`` exactly: (r, r) of Fraction."""
        return self.weight * (self.features.T @ self.features)

    @cached_property
    def defect(self) -> float:
        """``|E|`` in the Frobenius norm, rounded up."""
        error = self.gram - _identity(len(self.gram))
        return root_up(sum((entry * entry for entry in error.ravel()), Fraction(0)))

    @property
    def shrink(self) -> Fraction:
        """A factor with ``shrink |s| <= sqrt(w) |Z T s|`` for every s, just below 1."""
        return Fraction(root_down(1 - Fraction(self.defect)))

    def cost(self, weights: Any) -> Any:
        """Return ``w |Z (a, c)|^2`` of each row of weights, exactly: (m,) of Fraction."""
        outputs = self.rows @ _fractions(weights).T
        return self.weight * (outputs * outputs).sum(axis=0)

    def lower(self, weights: Any) -> Any:
        """Return the coordinates s of weights (a, c), in floating point: (m, r)."""
        seen = self.weight * ((self.rows @ _fractions(weights).T).T @ self.features)
        # what T lacks to the identity is taken off once; the rest is of second order
        return (seen @ (2 * _identity(len(self.gram)) - self.gram)).astype(np.float64)

    def lift(self, coordinates: Any) -> Any:
        """Return the weights ``T s`` of coordinates, in floating point: (m, k)."""
        return (_fractions(coordinates) @ self.columns.T).astype(np.float64)


def coordinates_of(data: ar.DataMatrix, weight: Fraction) -> Coordinates:
    """Return coordinates for data without their column of ones.

    Parameters
    ----------
    data : DataMatrix of shape (n, d)
    weight : Fraction

    Raises
    ------
    ArgumentError
        When columns are dependent but for differences that floating point does not resolve.

    Notes
    -----
    *Algorithm.* The singular vectors of the columns, each scaled by a power of two, over the
    singular values; then Cholesky factors of the exact Gram matrix until it is the identity to
    1e-14.

    *Exactness.* The rank is exact, and so is the defect of the result, whatever the floats do.

    *Cost.* Some products of rational matrices of n rows and d + 1 columns.
    """
    whole = data.with_bias()
    rank = ar.Arrangement(whole).rank
    rows = np.array(whole.fractions, dtype=object)
    scales = np.array([power_of_two(column) for column in whole.floats.T])
    _, sizes, directions = np.linalg.svd(whole.floats / scales, full_matrices=False)
    length = math.sqrt(weight)
    with np.errstate(divide="ignore"):
        first = (directions[:rank].T / sizes[:rank]) / (length * scales[:, np.newaxis])
    if not np.isfinite(first).all():
        raise _dependent(math.inf)
    best = Coordinates(rows, weight, _fractions(first))
    for _ in range(_ROUNDS):
        if best.defect <= _NEAR:
            break
        try:
            factor = np.linalg.cholesky(best.gram.astype(np.float64))
        except np.linalg.LinAlgError:
            break
        step = np.linalg.solve(factor, np.eye(rank)).T
        better = Coordinates(rows, weight, best.columns @ _fractions(step))
        if better.defect >= best.defect:
            break
        best = better
    if best.defect > _HALF:
        raise _dependent(best.defect)
    return best


def _dependent(defect: float) -> ArgumentError:
    return ArgumentError(
        f"X: floating point finds no basis of its columns and the column of ones (defect {defect:.2g}): "
        "columns are dependent but for tiny differences; leave one of them out, or round the data"
    )


def _identity(size: int) -> Any:
    eye = np.full((size, size), Fraction(0), dtype=object)
    eye[np.arange(size), np.arange(size)] = Fraction(1)
    return eye


def _fractions(values: Any) -> Any:
    """Return an array of the same numbers as `Fraction`."""
    floats = np.asarray(values, dtype=np.float64)
    exact = np.empty(floats.shape, dtype=object)
    exact.ravel()[:] = [Fraction(value) for value in floats.ravel().tolist()]
    return exact
