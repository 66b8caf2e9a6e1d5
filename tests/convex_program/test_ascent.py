"""Local ascent: it rises, stays on the sphere, ends where no small step helps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.pricing import data, h_cells

from convex_program.kernels import ascend_arcs
from convex_program.pricing import ReducedRows
from convex_program.solvers.ascent import local_maximizers
from convex_program.solvers.ground import Neurons

KINDS = ["normal", "bias", "integers", "low rank", "duplicates", "zeros", "columns"]


def value(X: np.ndarray, v: np.ndarray, u: np.ndarray) -> float:
    return float(v @ np.maximum(X @ u, 0.0))


def split(X: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, int]:
    """Rows scaled by their weight, those with v > 0 first, as the kernel wants them."""
    used = [*np.flatnonzero(v > 0), *np.flatnonzero(v < 0)]
    return np.abs(v)[used, None] * X[used], int(np.sum(v > 0))


@given(st.integers(0, 10**9), st.integers(1, 12), st.integers(1, 4), st.sampled_from(KINDS))
def test_it_rises_and_ends_where_no_small_step_helps(seed: int, n: int, d: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    X, v = data(kind, n, d, rng), rng.standard_normal(n)
    rows, convex = split(X, v)
    starts = rng.standard_normal((8, d))
    starts /= np.linalg.norm(starts, axis=1)[:, None]
    ends, values = starts.copy(), np.zeros(8)
    ascend_arcs(rows, convex, np.zeros(d), ends, 200, values)
    size = np.abs(rows).sum() + 1e-300
    np.testing.assert_allclose(np.linalg.norm(ends, axis=1), 1.0, rtol=1e-12)
    for start, end, reached in zip(starts, ends, values, strict=True):
        assert reached == pytest.approx(max(0.0, value(X, v, end)), abs=1e-12 * size)
        assert value(X, v, end) >= value(X, v, start) - 1e-12 * size
        # Parallel rows are merged before they come here, so only others are promised more.
        for step in 1e-5 * rng.standard_normal((20, d)) * (kind == "normal"):
            near = (end + step) / np.linalg.norm(end + step)
            assert value(X, v, near) <= reached + 1e-8 * size


@pytest.mark.parametrize("kind", KINDS)
def test_enough_starts_find_the_largest_value(kind: str) -> None:
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X, v = data(kind, 12, 3, rng), rng.standard_normal(12)
        lines = ReducedRows.of(X)
        none = Neurons.empty(12, lines.rank)
        best = local_maximizers(lines, v, none, rng.standard_normal((64, lines.rank)))
        largest = h_cells(X, v)[0]
        assert best.best <= largest * (1 + 1e-9)
        found += best.best >= largest * (1 - 1e-9)
    assert found >= 18


def test_one_of_each_place_is_kept_best_first() -> None:
    rng = np.random.default_rng(0)
    X, v = rng.standard_normal((30, 3)), rng.standard_normal(30)
    found = local_maximizers(
        ReducedRows.of(X), v, Neurons.empty(30, 3), rng.standard_normal((99, 3))
    )
    assert (np.diff(found.values) <= 0).all()
    for sign in (1.0, -1.0):
        own = found.directions[found.signs == sign]
        assert (np.triu(own @ own.T, k=1) < 1 - 1e-9).all()
    for u, sign, reached in zip(found.directions, found.signs, found.values, strict=True):
        assert sign * value(X, v, u) == pytest.approx(reached, abs=1e-12)
