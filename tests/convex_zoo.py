"""Hypothesis strategies for small training problems, degenerate ones among them."""

from __future__ import annotations

from typing import Any

import numpy as np
import zoo
from convex_losses import FINITE, targets
from hypothesis import reject, settings
from hypothesis import strategies as st

import convex_program as cx
from convex_program.losses import Loss

BIASES = (cx.NoBias(), cx.FreeBias(), cx.DecayedBias())
HIDDEN = (cx.DecayedHiddenBias(), cx.FreeHiddenBias())
ACTIVATIONS = (
    cx.ReLU(),
    cx.LeakyReLU("0.1"),
    cx.AbsoluteValue(),
    cx.TwoSlope(1, -2),  # the kink is concave
    cx.TwoSlope(0, 1),
    cx.TwoSlope(1, -1),  # no kink
)


def a_few(part: int) -> settings:
    """Return settings with a part of the profile's examples, for tests that solve programs."""
    return settings(max_examples=max(3, settings().max_examples // part), deadline=None)


@st.composite
def matrices(draw: st.DrawFn, most_rows: int = 6, most_columns: int = 3) -> np.ndarray:
    """Draw an integer-valued matrix, often with zero, equal, parallel or opposite rows."""
    n = draw(st.integers(1, most_rows))
    d = draw(st.integers(1, most_columns))
    fresh = st.lists(st.integers(-4, 4), min_size=d, max_size=d)
    rows: list[list[int]] = []
    for _ in range(n):
        factor = draw(st.sampled_from([None, None, None, 1, 2, -1, -3, 0]))
        if factor is None or not rows:
            rows.append(draw(fresh))
        else:
            rows.append([factor * entry for entry in draw(st.sampled_from(rows))])
    matrix = np.array(rows, dtype=np.float64)
    kind = draw(st.sampled_from(["plain", "plain", "bias", "low rank"]))
    if kind == "bias":
        matrix[:, -1] = 1.0
    elif kind == "low rank" and d > 1:
        matrix[:, -1] = matrix[:, 0]
    return matrix


def vectors(size: int) -> st.SearchStrategy[np.ndarray]:
    """Draw targets or weights: quarters between -5 and 5."""
    quarters = st.integers(-20, 20).map(lambda value: value / 4)
    return st.lists(quarters, min_size=size, max_size=size).map(np.array)


@st.composite
def wild_problems(draw: st.DrawFn, **limits: int) -> cx.TrainingProblem:
    """Draw a problem over any family of `zoo` whose products stay within float64.

    A solver may do badly on it: nothing but the truth of bounds can be asked.
    """
    names = sorted(set(zoo.FAMILIES) - {"huge_exponents"})
    rows = draw(zoo.FAMILIES[draw(st.sampled_from(names))](**limits))
    beta = draw(st.sampled_from([0.01, 0.1, 0.5, 3.0, 1e3]))
    bias = draw(st.sampled_from(BIASES))
    return cx.TrainingProblem(rows, draw(vectors(len(rows))), beta, output_bias=bias)


@st.composite
def problems(draw: st.DrawFn, **limits: int) -> cx.TrainingProblem:
    """Draw a problem of moderate size: solvers are accurate on it."""
    X = draw(matrices(**limits))
    y = draw(vectors(len(X)))
    beta = draw(st.sampled_from([0.01, 0.1, 0.5, 1.0, 3.0, 10.0]))
    return cx.TrainingProblem(X, y, beta, output_bias=draw(st.sampled_from(BIASES)))


@st.composite
def any_problems(
    draw: st.DrawFn, *, losses: tuple[Loss, ...] = FINITE, **limits: int
) -> cx.TrainingProblem:
    """Draw a problem of moderate size with any loss, activation, biases and weights."""
    X = draw(matrices(**limits))
    loss, n = draw(st.sampled_from(losses)), len(X)
    hidden = draw(st.sampled_from(HIDDEN))
    if isinstance(hidden, cx.FreeHiddenBias):
        X = np.c_[X[:, : max(1, X.shape[1] - 1)], np.ones(n)]
    weighted = draw(st.booleans())
    return cx.TrainingProblem(
        X,
        tuple(draw(st.lists(targets(loss), min_size=n, max_size=n))),
        draw(st.sampled_from([0.02, 0.1, 0.5, 2.0])),
        loss=loss,
        activation=draw(st.sampled_from(ACTIVATIONS)),
        hidden_bias=hidden,
        output_bias=draw(st.sampled_from(BIASES)),
        sample_weight=[1.0, *draw(_weights(n - 1))] if weighted else None,
    )


def _weights(size: int) -> st.SearchStrategy[list[float]]:
    return st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=size, max_size=size)


@st.composite
def networks(draw: st.DrawFn, features: int, *, bias: bool) -> cx.Network:
    """Draw a network of up to six neurons, with zero weights and boundary neurons likely."""
    m = draw(st.integers(0, 6))
    weights = draw(vectors(m * features))
    constant: Any = draw(vectors(1))[0] if bias else 0.0
    return cx.Network(weights.reshape(m, features), draw(vectors(m)), constant)


def solved(problem: cx.TrainingProblem) -> cx.GlobalOptimum:
    """Return the optimum; skip the example when the solver gives up, which is no false claim."""
    try:
        return cx.global_optimum(problem)
    except cx.SolverError:
        reject()


def takes_bias(problem: cx.TrainingProblem) -> bool:
    return not isinstance(problem.output_bias, cx.NoBias)
