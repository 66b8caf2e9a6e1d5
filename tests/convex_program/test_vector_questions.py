"""What is asked about optima with several outputs, on degenerate data: beta_max, paths, fewer neurons."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from oracles.vector_networks import in_the_plane

import convex_program as cx


def duplicates(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return rows twice, with targets of their own."""
    X = rng.normal(size=(4, 2))
    return np.vstack([X, X]), rng.normal(size=(8, 3))


DATA: dict[str, Any] = {
    "duplicates": duplicates,
    "opposite rows": lambda rng: (
        np.kron([[1.0], [-2.0]], rng.normal(size=(3, 2))),
        rng.normal(size=(6, 2)),
    ),
    "zero rows": lambda rng: (np.vstack([rng.normal(size=(4, 2)), np.zeros((2, 2))]), np.eye(6, 2)),
    "one line": lambda rng: (np.outer(rng.normal(size=6), [1.0, -2.0]), rng.normal(size=(6, 2))),
    "one row": lambda _: (np.array([[3.0, 4.0]]), np.array([[1.0, -1.0, 2.0]])),
    "a bias": lambda rng: (np.c_[rng.normal(size=6), np.ones(6)], rng.normal(size=(6, 10))),
    "columns alike": lambda rng: (rng.normal(size=(6, 2)), np.ones((6, 3)) * np.arange(6)[:, None]),
    "a zero column": lambda rng: (rng.normal(size=(6, 2)), np.c_[np.arange(6.0), np.zeros(6)]),
    "scales": lambda rng: (rng.normal(size=(6, 2)) * [1e3, 1e-3], rng.normal(size=(6, 2))),
    "small integers": lambda rng: (
        rng.integers(-2, 3, size=(7, 2)).astype(float),
        rng.integers(-1, 2, size=(7, 2)).astype(float),
    ),
}


def drawn(kind: str) -> tuple[np.ndarray, np.ndarray]:
    X, Y = DATA[kind](np.random.default_rng(5))
    return X, Y


@pytest.mark.parametrize("kind", DATA)
def test_beta_max_is_where_the_first_neuron_pays(kind: str) -> None:
    X, Y = drawn(kind)
    peak = cx.beta_max(X, Y)
    assert peak == pytest.approx(in_the_plane(X, Y), rel=1e-9)
    above = cx.global_optimum(cx.TrainingProblem(X, Y, peak * (1 + 1e-6)))
    assert len(above.network.active()) == 0
    assert above.relative_gap <= 1e-8
    below = cx.global_optimum(cx.TrainingProblem(X, Y, 0.97 * peak))
    assert len(below.network.active()) > 0
    assert below.upper < 0.5 * np.sum(Y**2)


@pytest.mark.parametrize("kind", DATA)
def test_brackets_of_a_path_meet_those_of_cold_starts(kind: str) -> None:
    X, Y = drawn(kind)
    shares = [1.1, 0.6, 0.25, 0.05]
    peak = cx.beta_max(X, Y)
    betas = [share * peak for share in shares]
    path = cx.regularization_path(X, Y, betas)
    assert len(path.optima) == len(betas)
    for beta, warm in zip(betas, path.optima, strict=True):
        cold = cx.global_optimum(cx.TrainingProblem(X, Y, beta))
        assert max(warm.relative_gap, cold.relative_gap) <= 1e-7
        assert warm.lower <= cold.upper
        assert cold.lower <= warm.upper
    losses = [0.5 * np.sum((one.network.forward(X) - Y) ** 2) for one in path.optima]
    # less decay, no larger loss; up to what the gaps leave open
    assert all(a >= b - 1e-6 * losses[0] for a, b in pairwise(losses))


@pytest.mark.parametrize("kind", DATA)
def test_fewer_neurons_of_the_same_outputs(kind: str) -> None:
    X, Y = drawn(kind)
    n, c = Y.shape
    problem = cx.TrainingProblem(X, Y, 0.1 * cx.beta_max(X, Y))
    best = cx.global_optimum(problem).network
    rng = np.random.default_rng(0)
    # every neuron in parts, many times, and one that puts out nothing
    parts = rng.dirichlet(np.ones(8), size=best.width).T.reshape(-1)
    hidden = np.tile(best.hidden, (8, 1)) * np.sqrt(parts)[:, None]
    output = np.tile(best.output, (8, 1)) * np.sqrt(parts)[:, None]
    wide = cx.Network(np.vstack([hidden, [[1.0, 1.0]]]), np.vstack([output, np.zeros(c)]))
    assert np.allclose(wide.forward(X), best.forward(X), atol=1e-9)
    small = cx.irreducible_network(problem, wide)
    assert small.width <= min(n * c, best.width)
    assert np.allclose(small.forward(X), best.forward(X), atol=1e-7 * np.abs(Y).max())
    assert float(problem.objective(small)) <= float(problem.objective(wide)) * (1 + 1e-9)
    # a random network, no optimum
    random = cx.Network(rng.normal(size=(3 * n * c, 2)), rng.normal(size=(3 * n * c, c)))
    small = cx.irreducible_network(problem, random)
    assert small.width <= n * c
    outputs = random.forward(X)
    assert np.allclose(small.forward(X), outputs, atol=1e-7 * np.abs(outputs).max())
    assert float(problem.objective(small)) <= float(problem.objective(random)) * (1 + 1e-9)
