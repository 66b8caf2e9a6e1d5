"""Oracles of batch normalization, from the definitions; they import nothing of the packages."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Matrix: TypeAlias = npt.NDArray[np.float64]
Vector: TypeAlias = npt.NDArray[np.float64]


def orthonormal_features(X: Matrix) -> Matrix:
    """[U, 1/sqrt n] with U from the singular value decomposition of the centred data."""
    centred = X - X.mean(axis=0)
    U, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    rank = int(np.sum(sizes > 1e-10 * sizes.max(initial=1e-300)))
    return np.c_[U[:, :rank], np.full(len(X), len(X) ** -0.5)]


def objective(
    X: Matrix,
    y: Vector,
    beta: float,
    w: Matrix,
    *,
    gamma: Vector,
    shift: Vector,
    alpha: Vector,
    variance: bool,
) -> float:
    """Half the squared errors plus beta/2 (gamma^2 + shift^2 + alpha^2), every column normalized."""
    outputs = np.zeros(len(X))
    for j in range(len(w)):
        column = X @ w[j]
        column = column - column.mean()
        unit = column / np.linalg.norm(column)
        ones = np.full(len(X), len(X) ** -0.5)
        before = gamma[j] * unit + shift[j] * ones
        if variance:
            before = before * np.sqrt(len(X))
        outputs += alpha[j] * np.maximum(before, 0.0)
    squares = np.sum(gamma**2) + np.sum(shift**2) + np.sum(alpha**2)
    return float(0.5 * np.sum((outputs - y) ** 2) + beta / 2 * squares)


def full_rank_optimum(y: Vector, beta: float) -> float:
    """The optimum where centred data have rank n - 1: atoms are all nonnegative unit vectors."""
    value = 0.0
    for part in (np.maximum(y, 0.0), np.maximum(-y, 0.0)):
        size = float(np.linalg.norm(part))
        value += beta * size - beta * beta / 2 if size > beta else size * size / 2
    return value
