"""Oracles of pricing, written from the definitions; they import nothing of the packages."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import lsq_linear, minimize_scalar, nnls

Matrix: TypeAlias = npt.NDArray[np.float64]
Vector: TypeAlias = npt.NDArray[np.float64]


def f_exact(X: Matrix, v: Vector, u: Vector) -> Fraction:
    """v^T (Xu)_+ in rationals."""
    total = Fraction(0)
    U = [Fraction(float(t)) for t in u]
    for x, vj in zip(X, v, strict=True):
        s = sum((Fraction(float(a)) * b for a, b in zip(x, U, strict=True)), Fraction(0))
        if s > 0:
            total += Fraction(float(vj)) * s
    return total


def exceeds(X: Matrix, v: Vector, u: Vector, bound: float) -> bool:
    """Whether |v^T (Xu)_+| > bound |u|, decided exactly."""
    f = f_exact(X, v, u)
    return f * f > Fraction(float(bound)) ** 2 * sum(Fraction(float(t)) ** 2 for t in u)


def h_cells(X: Matrix, v: Vector, on: float = 1.0, off: float = 0.0) -> tuple[float, Vector | None]:
    """(h, best u): all 2^n sign vectors, one NNLS each; empty cells do no harm."""
    best, arg = 0.0, None
    for bits in product((0.0, 1.0), repeat=len(X)):
        D = np.array(bits)
        A = (2 * D - 1)[:, None] * X
        for s in (1.0, -1.0):
            g = s * X.T @ (np.where(D == 1.0, on, -off) * v)
            rho, norm = nnls(A.T, -g)
            if norm > best:
                best, arg = norm, (g + A.T @ rho)
    return best, arg


def h_of_a_free_bias(points: Matrix, v: Vector, on: float, off: float, grid: int = 4000) -> float:
    """Largest |v.phi(points w + b)| over unit w in one or two dimensions and all b; sum v = 0.

    For a fixed w a piecewise linear function of b, constant far out: its kinks and both ends.
    """

    def phi(t: Matrix) -> Matrix:
        return np.where(t > 0, on * t, -off * t)

    def best_bias(w: Vector) -> float:
        t = points @ w
        at_kinks = [abs(float(v @ phi(t - place))) for place in t]
        return max(*at_kinks, abs(on * float(v @ t)), abs(off * float(v @ t)))

    if points.shape[1] == 1:
        return max(best_bias(np.array([1.0])), best_bias(np.array([-1.0])))

    def at(angle: float) -> float:
        return best_bias(np.array([np.cos(angle), np.sin(angle)]))

    step = 2 * np.pi / grid
    values = [at(k * step) for k in range(grid)]
    best = max(values)
    for k in np.argsort(values)[-8:].tolist():
        found = minimize_scalar(
            lambda angle: -at(angle),
            bounds=((k - 1) * step, (k + 1) * step),
            method="bounded",
            options={"xatol": 1e-12},
        )
        best = max(best, -float(found.fun))
    return best


def h_zonotopes(X: Matrix, v: Vector) -> float:
    """Hausdorff distance of the two zonotopes: vertices of one, box least squares to the other."""
    best = 0.0
    for s in (1.0, -1.0):
        A = X[s * v > 0] * (s * v[s * v > 0])[:, None]
        B = X[s * v < 0] * (-s * v[s * v < 0])[:, None]
        for bits in product((0.0, 1.0), repeat=len(A)):
            a = np.array(bits) @ A if len(A) else np.zeros(X.shape[1])
            if len(B):
                t = lsq_linear(B.T, a, (0, 1), tol=1e-14).x
                a = a - B.T @ t
            best = max(best, float(np.linalg.norm(a)))
    return best


def data(kind: str, n: int, d: int, rng: np.random.Generator) -> Matrix:
    """Generic and degenerate matrices."""
    X = rng.standard_normal((n, d))
    if kind == "bias":
        X[:, -1] = 1.0
    elif kind == "integers":
        X = rng.integers(-2, 3, (n, d)).astype(float)
    elif kind == "low rank":
        X = rng.integers(-2, 3, (n, max(1, d - 1))).astype(float) @ rng.integers(
            -2, 3, (max(1, d - 1), d)
        ).astype(float)
    elif kind == "low rank floats":
        X = rng.standard_normal((n, max(1, d - 1))) @ rng.standard_normal((max(1, d - 1), d))
    elif kind == "duplicates":
        X[n // 2 :] = X[: n - n // 2] * rng.choice([1.0, 2.0, -1.0, 0.5], n - n // 2)[:, None]
    elif kind == "zeros":
        X[::3] = 0.0
        X[rng.random((n, d)) < 0.3] = 0.0
    elif kind == "all zero":
        X[:] = 0.0
    elif kind == "huge":
        X *= 2.0**900
    elif kind == "tiny":
        X *= 1e-300
    elif kind == "columns":
        X *= 10.0 ** rng.integers(-6, 7, d)
    return X


KINDS = [
    "normal",
    "bias",
    "integers",
    "low rank",
    "low rank floats",
    "duplicates",
    "zeros",
    "all zero",
    "huge",
    "tiny",
    "columns",
]
