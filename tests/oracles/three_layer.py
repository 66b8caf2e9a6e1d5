"""Oracles of parallel sub-networks of three layers, from the definitions; they import nothing of the packages."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import block_diag

Matrix: TypeAlias = npt.NDArray[np.float64]
Vector: TypeAlias = npt.NDArray[np.float64]


def masked_value(X: Matrix, v: Vector, one: Vector, two: Vector) -> Fraction:
    """v.((X u_1)_+ - (X u_2)_+)_+ in rationals."""
    total = Fraction(0)
    for x, weight in zip(X.tolist(), v.tolist(), strict=True):
        a, b = (
            sum(
                (Fraction(p) * Fraction(q) for p, q in zip(x, u.tolist(), strict=True)), Fraction(0)
            )
            for u in (one, two)
        )
        total += Fraction(weight) * max(Fraction(0), max(a, Fraction(0)) - max(b, Fraction(0)))
    return total


def masked_norm(X: Matrix, v: Vector) -> float:
    """max |v.((X u_1)_+ - (X u_2)_+)_+| over |u_1| + |u_2| <= 1, by a conic program for each of 2^n choices.

    A row with a positive weight is ``max(0, a - (b)_+)`` times it, one with a negative weight the larger one of
    ``-(a)_+`` and ``-(a - b)_+`` times its size: two concave functions each.
    """
    import cvxpy as cp

    n, d = X.shape
    one, two, length = cp.Variable(d), cp.Variable(d), cp.Parameter(n, nonneg=True)
    kept, masked = cp.Parameter(n, nonneg=True), cp.Parameter(n, nonneg=True)
    a, b = X @ one, X @ two
    value = kept @ (a - cp.pos(b)) - length @ cp.pos(a) - masked @ cp.pos(a - b)
    program = cp.Problem(cp.Maximize(value), [cp.norm(one) + cp.norm(two) <= 1])
    best = 0.0
    for sign in (1.0, -1.0):
        w = sign * v
        for choice in product([0.0, 1.0], repeat=n):
            picked = np.array(choice)
            kept.value = np.maximum(w, 0.0) * picked
            masked.value = np.maximum(-w, 0.0) * picked
            length.value = np.maximum(-w, 0.0) * (1.0 - picked)
            best = max(best, float(program.solve(solver="CLARABEL")))
    return best


def forward(X: Matrix, first: Matrix, second: Matrix, output: Vector) -> Vector:
    """sum_k ((X W_k)_+ w_k)_+ a_k."""
    total = np.zeros(len(X))
    for W, w, a in zip(first, second, output, strict=True):
        total += a * np.maximum(np.maximum(X @ W.T, 0.0) @ w, 0.0)
    return total


def planar_patterns(X: Matrix) -> list[npt.NDArray[np.bool_]]:
    """Patterns of the regions of rows in the plane, by the angles at which they change."""
    angles = np.arctan2(X[:, 1], X[:, 0])
    turns = np.sort(np.concatenate([angles + np.pi / 2, angles - np.pi / 2]) % (2 * np.pi))
    middles = (turns + np.append(turns[1:], turns[0] + 2 * np.pi)) / 2
    found = {
        tuple((X @ [np.cos(t), np.sin(t)] > 0).tolist()): t
        for t, gap in zip(middles, np.diff(np.append(turns, turns[0] + 2 * np.pi)), strict=True)
        if gap > 1e-9
    }
    return [np.array(pattern) for pattern in found]


def second_patterns(
    X: Matrix, one: npt.NDArray[np.bool_], two: npt.NDArray[np.bool_]
) -> list[npt.NDArray[np.bool_]]:
    """Second-layer patterns on a pair of first-layer ones; rows that neither sees are off.

    Row by row, each decided by a linear program with a margin.
    """
    n, d = X.shape
    sides = [np.where(p, 1.0, -1.0)[:, np.newaxis] * X for p in (one, two)]
    nothing = np.zeros_like(X)
    base = [np.c_[sides[0], nothing], np.c_[nothing, sides[1]]]
    inner = np.c_[one[:, np.newaxis] * X, -(two[:, np.newaxis] * X)]
    seen = [i for i in range(n) if one[i] or two[i]]
    found: list[npt.NDArray[np.bool_]] = []

    def feasible(rows: list[Matrix]) -> bool:
        A = np.concatenate(rows)
        used = np.abs(A).sum(axis=1) > 0
        A = A[used]
        bounds = [(-1, 1)] * (2 * d) + [(None, 1)]
        done = linprog(
            np.append(np.zeros(2 * d), -1.0),
            A_ub=np.c_[-A, np.ones(len(A))],
            b_ub=np.zeros(len(A)),
            bounds=bounds,
        )
        return bool(done.status == 0 and -done.fun > 1e-9)

    def grow(index: int, rows: list[Matrix], chosen: list[bool]) -> None:
        if index == len(seen):
            mask = np.zeros(n, dtype=bool)
            mask[seen] = chosen
            found.append(mask)
            return
        row = inner[seen[index]][np.newaxis]
        for on in (True, False):
            extended = [*rows, row if on else -row]
            if feasible(extended):
                grow(index + 1, extended, [*chosen, on])

    grow(0, base, [])
    return found


def all_tuples(X: Matrix) -> list[tuple[Any, Any, Any]]:
    """All (D_1, D_2, second pattern) with anything on, in the plane; D_1 not empty."""
    return list(_tuples(X.tobytes(), len(X)))


@lru_cache(maxsize=4)
def _tuples(data: bytes, rows: int) -> tuple[tuple[Any, Any, Any], ...]:
    X = np.frombuffer(data).reshape(rows, -1)
    patterns = planar_patterns(X)
    return tuple(
        (one, two, mask)
        for one, two in product(patterns, patterns)
        if one.any()
        for mask in second_patterns(X, one, two)
        if mask.any()
    )


def conic_optimum(X: Matrix, y: Vector, beta: float) -> float:
    """The convex program over all tuples, by cvxpy: sub-networks of two neurons, both output signs."""
    import cvxpy as cp

    d = X.shape[1]
    tuples = all_tuples(X)
    fits, cones = [], []
    for one, two, mask in tuples:
        inner = np.c_[one[:, np.newaxis] * X, -(two[:, np.newaxis] * X)]
        first = np.c_[np.where(one, 1.0, -1.0)[:, np.newaxis] * X, np.zeros_like(X)]
        second = np.c_[np.zeros_like(X), np.where(two, 1.0, -1.0)[:, np.newaxis] * X]
        third = np.where(mask, 1.0, -1.0)[:, np.newaxis] * inner
        cones.append(np.concatenate([first, second, third]))
        fits.append(mask[:, np.newaxis] * inner)
    fit, cone = np.concatenate(fits, axis=1), block_diag(cones, format="csr")
    positive, negative = cp.Variable(2 * d * len(tuples)), cp.Variable(2 * d * len(tuples))
    cost = sum(
        cp.sum(cp.norm(cp.reshape(u, (2 * len(tuples), d), order="C"), axis=1))
        for u in (positive, negative)
    )
    loss = 0.5 * cp.sum_squares(fit @ (positive - negative) - y)
    constraints = [cone @ positive >= 0, cone @ negative >= 0]
    return float(cp.Problem(cp.Minimize(loss + beta * cost), constraints).solve(solver="CLARABEL"))
