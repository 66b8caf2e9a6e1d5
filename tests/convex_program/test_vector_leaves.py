"""One cone of the search for several outputs: never closed below what is reached inside, closed soon above."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convex_program.kernels import VectorRounding, VectorRows
from convex_program.kernels.nearest import new_corral
from convex_program.kernels.vector_bound import PRUNED, bound_vector
from convex_program.kernels.vector_node import new_vector_node

Matrix = np.ndarray[Any, np.dtype[np.float64]]


class Cone:
    """Generators in the positive orthant, rows that change sign on them, a linear part."""

    def __init__(self, rng: np.random.Generator, d: int, c: int, m: int, size: float) -> None:
        middle = rng.random(d) + 0.2
        self.gens = np.rint(2.0**20 * (middle + size * rng.random((d, d))))
        rows = rng.standard_normal((8 * m, d))
        across = rows @ middle / (middle @ middle) * (1.0 - size * rng.random(8 * m))
        rows -= np.outer(across, self.gens.mean(axis=0) / 2.0**20)
        values = rows @ self.gens.T
        mixed = (values.min(axis=1) < 0.0) & (values.max(axis=1) > 0.0)
        self.rows = np.ascontiguousarray(rows[mixed][:m])
        self.weights = rng.standard_normal((len(self.rows), c))
        self.linear = rng.standard_normal((c, d)) * rng.choice([0.3, 1.0, 3.0])
        if rng.random() < 0.5:
            # against the linear part: concave rows, whose kinks hold maximizers
            along = self.linear @ self.gens.mean(axis=0)
            self.weights -= np.outer(rng.random(len(self.rows)), along / np.linalg.norm(along)) * 2

    def outputs(self, points: Matrix) -> Matrix:
        """|F| over |u| at (k, d) points."""
        image = points @ self.linear.T + np.maximum(points @ self.rows.T, 0.0) @ self.weights
        return np.asarray(np.linalg.norm(image, axis=1) / np.linalg.norm(points, axis=1))

    def reached(self, rng: np.random.Generator) -> float:
        """The largest value found inside: samples, and samples between the best of them."""
        d = len(self.gens)
        unit = self.gens / np.linalg.norm(self.gens, axis=1)[:, None]
        shares = np.concatenate([rng.dirichlet(np.full(d, 0.4), 3000), np.eye(d)])
        for _ in range(12):
            best = shares[np.argsort(-self.outputs(shares @ unit))[:12]]
            shares = np.concatenate([best, rng.dirichlet(np.ones(12), 1500) @ best])
        return float(self.outputs(shares @ unit).max())

    def closed(self, level: float) -> bool:
        """Whether the kernel closes the cone at that level."""
        m, d = self.rows.shape
        c = self.weights.shape[1]
        values = np.zeros((d + 2, m + 64))
        values[:d, :m] = self.gens @ self.rows.T
        values[d, :m] = -1.0
        values[d + 1, :m] = np.arange(m)
        sizes = np.linalg.norm(self.weights, axis=1) * (1 + 1e-14)
        data = VectorRows(
            self.rows, self.weights, np.linalg.norm(self.rows, axis=1), sizes, self.linear
        )
        scale = sizes @ np.abs(self.rows) + np.linalg.norm(self.linear, axis=0)
        outcome, bound, _ = bound_vector(
            self.gens,
            np.ascontiguousarray(np.linalg.inv(self.gens).T),
            np.ascontiguousarray(self.gens @ self.linear.T),
            values,
            0,
            m,
            3,
            np.inf,
            level,
            data,
            VectorRounding(scale * (1 + 1e-12), 1e-13, 2.0**-480),
            1e-3 * level,
            new_vector_node(d, m, c),
            60,
            new_corral(d, m),
        )
        assert outcome != PRUNED or bound <= level * (1 + 1e-15)
        return bool(outcome == PRUNED)


@pytest.mark.parametrize("size", [1.0, 0.1, 1e-3])
def test_no_cone_is_closed_below_a_value_inside(size: float) -> None:
    rng = np.random.default_rng(5)
    closed = 0
    for _ in range(150):
        d, c, m = int(rng.integers(2, 5)), int(rng.integers(1, 4)), int(rng.integers(1, 9))
        cone = Cone(rng, d, c, m, size)
        if len(cone.rows) == 0:
            continue
        reached = cone.reached(rng)
        for below in (1e-9, 1e-6, 1e-3, 0.1):
            assert not cone.closed(reached * (1 - below))
        # not vacuous: second order in the size, or kinks that are first order
        closed += cone.closed(reached * (1 + size))
    assert closed >= 75
