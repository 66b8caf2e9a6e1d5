"""No network with several outputs is below a bound: degenerate rows, all losses, slopes and biases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from oracles.several_descents import Training

import convex_program as cx

ROWS: dict[str, Any] = {
    "normal": lambda rng, n, d: rng.normal(size=(n, d)),
    "whole": lambda rng, n, d: rng.integers(-2, 3, size=(n, d)).astype(float),
    "duplicates": lambda rng, n, d: np.repeat(rng.normal(size=(n, d)), 2, axis=0)[:n],
    "zeros": lambda rng, n, d: rng.normal(size=(n, d)) * (np.arange(n) % 3 > 0)[:, None],
    "parallel": lambda rng, n, d: (
        rng.choice([-3.0, -1.0, 0.5, 2.0], size=(n, 1))
        * np.repeat(rng.normal(size=(n, d)), 3, axis=0)[:n]
    ),
    "a constant": lambda rng, n, d: np.c_[rng.normal(size=(n, d - 1)), np.ones(n)],
    "scales": lambda rng, n, d: rng.normal(size=(n, d)) * 10.0 ** rng.choice([-3, 0, 3], size=d),
    "rank one": lambda rng, n, d: np.outer(rng.normal(size=n), np.arange(1.0, d + 1)),
}
LOSSES = {
    "squared": cx.Squared(),
    "huber": cx.Huber(0.3),
    "absolute": cx.Absolute(),
    "logistic": cx.Logistic(),
    "hinge": cx.Hinge(),
    "cross_entropy": cx.SoftmaxCrossEntropy(),
}
SLOPES = [
    ((1.0, 0.0), cx.ReLU()),
    ((1.0, -0.1), cx.LeakyReLU(0.1)),
    ((1.0, 1.0), cx.AbsoluteValue()),
]
BIASES = {"none": cx.NoBias(), "free": cx.FreeBias(), "decayed": cx.DecayedBias()}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ROWS)
def test_no_network_is_below_the_bound(kind: str, seed: int) -> None:
    rng = np.random.default_rng([seed, len(kind)])
    n, d, c = int(rng.integers(2, 9)), int(rng.integers(1, 4)), int(rng.choice([2, 3, 10]))
    X = ROWS[kind](rng, n, d)
    name = str(rng.choice(list(LOSSES)))
    Y = rng.normal(size=(n, c))
    if name == "cross_entropy":
        Y = np.eye(c)[rng.integers(0, c, size=n)]
    elif name in {"logistic", "hinge"}:
        Y = np.where(Y > 0, 1.0, -1.0)
    (on, off), activation = SLOPES[int(rng.integers(3))]
    bias, shifted = str(rng.choice(list(BIASES))), bool(rng.integers(2))
    rows = np.c_[X, np.ones(n)] if shifted else X
    beta = float(rng.choice([0.05, 0.3, 1.0]))
    problem = cx.TrainingProblem(
        rows,
        Y,
        beta,
        loss=LOSSES[name],
        activation=activation,
        output_bias=BIASES[bias],
        hidden_bias=cx.FreeHiddenBias() if shifted else cx.DecayedHiddenBias(),
    )
    best = cx.global_optimum(problem)
    training = Training(X, Y, beta, name, on, off, bias, shifted)
    reached = min(training.descend(min(16, 2 * n * c), start) for start in range(4))
    assert best.lower <= best.upper
    assert best.lower <= reached * (1 + 1e-9) + 1e-12
