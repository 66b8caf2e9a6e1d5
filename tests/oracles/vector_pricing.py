"""Oracles of pricing with several outputs, written from the definitions; they import nothing of the packages."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import numpy as np
from oracles.pricing import Matrix, Vector, f_exact


def output(X: Matrix, V: Matrix, u: Vector, on: float = 1.0, off: float = 0.0) -> Vector:
    """V^T phi(Xu) with phi(t) = on t for t > 0, -off t otherwise."""
    t = X @ u
    return np.asarray(np.where(t > 0, on * t, -off * t) @ V)


def h_faces(X: Matrix, V: Matrix, on: float = 1.0, off: float = 0.0) -> tuple[float, Vector]:
    """(h, best u): on each face of each cell |V^T phi(Xu)| has its maximum at an eigenvector.

    The maximizer over a cell lies inside one of its faces, {u : x_j.u = 0 for j in T}, and is there an
    eigenvector of the quadratic form of the cell.  Where that eigenvalue is multiple, so that another basis
    may come out, the value is the same up to the boundary of the face, which is smaller.  All
    patterns and all T with fewer rows than columns are tried; each candidate is evaluated as it is.
    """
    n, d = X.shape
    scale = float(np.abs(X).max(initial=0.0)) or 1.0
    rows = X / scale
    best, where = 0.0, np.eye(d)[0]
    for size in range(d):
        for tight in combinations(range(n), size):
            if size:
                _, singular, vt = np.linalg.svd(rows[list(tight)])
                rank = int((singular > 1e-9 * singular.max(initial=1e-300)).sum())
                if rank < size:
                    continue
                span = vt[size:].T
            else:
                span = np.eye(d)
            others = [j for j in range(n) if j not in tight]
            for signs in product((on, -off), repeat=len(others)):
                image = (V[others] * np.array(signs)[:, None]).T @ rows[others] @ span
                _, vectors = np.linalg.eigh(image.T @ image)
                for direction in vectors.T:
                    for u in (span @ direction, -span @ direction):
                        value = float(np.linalg.norm(output(rows, V, u, on, off)))
                        if value > best:
                            best, where = value, u
    return best * scale, where


def exceeds(X: Matrix, V: Matrix, u: Vector, bound: float) -> bool:
    """Whether |V^T (Xu)_+| > bound |u|, decided exactly."""
    square = sum((f_exact(X, v, u) ** 2 for v in V.T), Fraction(0))
    return square > Fraction(float(bound)) ** 2 * sum(Fraction(float(t)) ** 2 for t in u)
