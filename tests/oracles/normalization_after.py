"""Oracles of normalization after the activation, from the definitions; they import nothing of the packages."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Matrix: TypeAlias = npt.NDArray[np.float64]
Vector: TypeAlias = npt.NDArray[np.float64]


def objective(
    X: Matrix, y: Vector, beta: float, w: Matrix, *, gamma: Vector, alpha: Vector
) -> float:
    """Half the squared errors plus beta/2 (gamma^2 + alpha^2), every hidden output of length one."""
    hidden = np.maximum(X @ w.T, 0.0)
    outputs = (hidden / np.linalg.norm(hidden, axis=0)) @ (gamma * alpha)
    squares = np.sum(gamma**2) + np.sum(alpha**2)
    return float(0.5 * np.sum((outputs - y) ** 2) + beta / 2 * squares)


def svd_program(X: Matrix, y: Vector, beta: float, patterns: list[npt.NDArray[np.bool_]]) -> float:
    """The convex program with U of ``D X = U S V^T`` in the place of D X, as it is written: one SVD for each pattern."""
    import cvxpy as cp

    total, cost, constraints = 0.0, 0.0, []
    for pattern in patterns:
        U, sizes, Vt = np.linalg.svd(pattern[:, None] * X)
        rank = int(np.sum(sizes > 1e-9))
        if rank == 0:
            continue
        side = np.where(pattern, 1.0, -1.0)[:, None] * X
        for sign in (1.0, -1.0):
            s, free = cp.Variable(rank), cp.Variable(X.shape[1])
            # u = V S^-1 s, and whatever D X does not see
            u = (Vt[:rank].T / sizes[:rank]) @ s
            if rank < X.shape[1]:
                u = u + Vt[rank:].T @ free[rank:]
            constraints.append(side @ u >= 0)
            total = total + sign * U[:, :rank] @ s
            cost = cost + cp.norm(s)
    program = cp.Problem(cp.Minimize(0.5 * cp.sum_squares(total - y) + beta * cost), constraints)
    program.solve(solver="CLARABEL")
    return float(program.value)


def peak_in_the_plane(X: Matrix, v: Vector, angles: int) -> float:
    """The largest ``|v.(Xu)_+| / |(Xu)_+|`` over many directions u in the plane: a lower bound of the peak."""
    t = np.linspace(0.0, 2.0 * np.pi, angles, endpoint=False)
    hidden = np.maximum(np.c_[np.cos(t), np.sin(t)] @ X.T, 0.0)
    lengths = np.linalg.norm(hidden, axis=1)
    kept = lengths > 1e-9
    return float(np.max(np.abs(hidden[kept] @ v) / lengths[kept]))
