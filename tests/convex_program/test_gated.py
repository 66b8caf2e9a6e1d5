"""Gated programs: against a conic solver, exact bounds, refusals."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from convex_losses import FINITE
from convex_zoo import a_few, any_problems, matrices, problems
from hypothesis import given
from hypothesis import strategies as st

import convex_program as cx
from convex_program.gated.program import GatedProgram

SMOOTH = tuple(loss for loss in FINITE if not loss.pulled)


def drawn(problem: cx.TrainingProblem, count: int, seed: int) -> cx.Gated:
    """Return integer gates: rows on their hyperplanes are common."""
    generator = np.random.default_rng(seed)
    return cx.Gated(generator.integers(-2, 3, (count, problem.data.shape[1])).astype(float))


def by_clarabel(problem: cx.TrainingProblem, gates: cx.Gated) -> float:
    """Return the value of the program, written down with exact signs in Fractions."""
    rows = problem.data.fractions
    on, off = float(problem.activation.on), -float(problem.activation.off)
    z: Any = 0.0
    cost: Any = 0.0
    for gate in gates.gates.tolist():
        sides = [sum(Fraction(g) * x for g, x in zip(gate, row, strict=True)) >= 0 for row in rows]
        gains = np.where(sides, on, off)[:, np.newaxis]
        w = cp.Variable(problem.data.shape[1])
        z = z + (gains * problem.features) @ w
        cost = cost + cp.norm(w)
    bias, penalty = problem.output_bias.expression(cp, problem.decay)
    loss = problem.loss.expression(cp, z + bias, problem.targets, problem.fit.weights)
    model = cp.Problem(cp.Minimize(loss + problem.decay * cost + penalty))
    return float(model.solve(solver=cp.CLARABEL))


@a_few(8)
@given(any_problems(losses=SMOOTH), st.integers(1, 6), st.integers(0, 99))
def test_the_value_is_that_of_a_conic_solver(
    problem: cx.TrainingProblem, count: int, seed: int
) -> None:
    if isinstance(problem.hidden_bias, cx.FreeHiddenBias):
        return
    gates = drawn(problem, count, seed)
    best = cx.gated_optimum(problem, gates, gap=1e-7)
    value = by_clarabel(problem, gates)
    room = 1e-6 * max(1.0, abs(value))
    assert best.lower <= value + room
    assert best.upper >= value - room
    assert best.exact_lower <= best.exact_upper
    assert best.relative_gap <= 1e-7 or best.upper <= 1e-7


@a_few(8)
@given(problems(), st.integers(1, 8), st.integers(0, 99))
def test_objective_and_bound_are_what_fractions_say(
    problem: cx.TrainingProblem, count: int, seed: int
) -> None:
    gates = drawn(problem, count, seed)
    program = GatedProgram.of(problem, gates)
    rows, beta = problem.data.fractions, problem.exact_beta
    generator = np.random.default_rng(seed)
    v = generator.standard_normal(len(rows)).tolist()
    pulls = []
    for gate in gates.gates.tolist():
        on = [sum(Fraction(g) * x for g, x in zip(gate, row, strict=True)) >= 0 for row in rows]
        pull = [
            sum(Fraction(v[i]) * rows[i][c] for i in range(len(rows)) if on[i])
            for c in range(len(rows[0]))
        ]
        pulls.append(sum(entry * entry for entry in pull))
    assert program.square(tuple(v)) == max(pulls)

    weights = generator.standard_normal(gates.gates.shape)
    network = cx.GatedNetwork(gates, weights, 0.0)
    loss, norms = Fraction(0), 0.0
    for i, row in enumerate(rows):
        z = sum(
            sum(Fraction(w) * x for w, x in zip(weight, row, strict=True))
            for gate, weight in zip(gates.gates.tolist(), weights.tolist(), strict=True)
            if sum(Fraction(g) * x for g, x in zip(gate, row, strict=True)) >= 0
        )
        loss += (z - problem.exact_targets[i]) ** 2 / 2
    norms = float(np.linalg.norm(weights, axis=1).sum())
    expected = loss + beta * Fraction(norms)
    assert program.objective(network) == pytest.approx(expected, rel=1e-12)
    assert network.forward(problem.data) == pytest.approx(
        network.forward(problem.features), rel=1e-12
    )


@given(matrices(), st.integers(0, 99))
def test_sides_are_exact(X: np.ndarray, seed: int) -> None:
    generator = np.random.default_rng(seed)
    # Sums of tenths: zero as rationals or not, which floats cannot tell.
    gates = cx.Gated(generator.integers(-3, 4, (5, X.shape[1])) * 0.1)
    data = X * 0.3
    expected = [
        [
            sum(Fraction(g) * Fraction(x) for g, x in zip(gate, row, strict=True)) >= 0
            for row in data.tolist()
        ]
        for gate in gates.gates.tolist()
    ]
    assert gates.sides(data).tolist() == expected


def test_two_points_on_a_line_by_hand() -> None:
    """With a gate for each point: ``sum_k beta y_k - beta^2/2``."""
    problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta="0.1")
    best = cx.gated_optimum(problem, cx.Gated([[1.0], [-1.0]]), gap=1e-9)
    assert best.exact_lower <= Fraction(29, 100) <= best.exact_upper
    assert best.relative_gap <= 1e-9


def test_a_large_decay_leaves_no_weights() -> None:
    problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=2.0)
    best = cx.gated_optimum(problem, cx.Gated([[1.0], [-1.0]]))
    assert (best.upper, best.lower) == (2.5, 2.5)
    assert best.network.forward([[3.0]]).tolist() == [0.0]
    assert best.decomposed().network.width == 0


@pytest.mark.parametrize("power", [-200, 200])
def test_units_do_not_matter(power: int) -> None:
    generator = np.random.default_rng(0)
    X, y = generator.standard_normal((12, 3)), generator.standard_normal(12)
    gates = cx.Gated.sampled(50, features=3, seed=0)
    plain = cx.gated_optimum(cx.TrainingProblem(X, y, 0.25), gates)
    c = 2.0**power
    other = cx.gated_optimum(cx.TrainingProblem(c * X, y, c * 0.25), gates)
    assert other.upper == pytest.approx(plain.upper, rel=1e-6)
    assert other.relative_gap <= 1e-6


def test_no_time_is_a_status_with_true_bounds() -> None:
    generator = np.random.default_rng(0)
    X, y = generator.standard_normal((200, 10)), generator.standard_normal(200)
    problem = cx.TrainingProblem(X, y, 0.01)
    gates = cx.Gated.sampled(500, features=10, seed=0)
    best = cx.gated_optimum(problem, gates, gap=1e-12, time_limit=1e-3)
    assert best.status is cx.Status.TIME_LIMIT
    assert best.exact_lower <= best.exact_upper
    assert "time limit" in best.summary()


PROBLEM: dict[str, Any] = {"X": [[1.0, 1.0], [2.0, 1.0]], "y": [1.0, 1.0], "beta": 0.1}


@pytest.mark.parametrize(
    ("changes", "gates", "words"),
    [
        ({"loss": cx.Hinge()}, cx.Gated([[1.0, 0.0]]), "not smooth"),
        ({"beta": 0}, cx.Gated([[1.0, 0.0]]), "weight decay"),
        ({"hidden_bias": cx.FreeHiddenBias()}, cx.Gated([[1.0, 0.0]]), "hidden_bias"),
        ({"y": [[1.0, 1.0], [1.0, 2.0]]}, cx.Gated([[1.0, 0.0]]), "one output"),
        ({}, cx.Gated([[1.0]]), "the gates 1 features"),
        ({}, [[1.0, 0.0]], "not a Gated"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], gates: Any, words: str) -> None:
    problem = cx.TrainingProblem(**{**PROBLEM, **changes})
    with pytest.raises(cx.ArgumentError, match=words):
        cx.gated_optimum(problem, gates)


@pytest.mark.parametrize("gap", [0.0, -1.0, float("nan"), float("inf")])
def test_a_gap_is_a_positive_number(gap: float) -> None:
    with pytest.raises(cx.ArgumentError, match="gap = "):
        cx.gated_optimum(cx.TrainingProblem(**PROBLEM), cx.Gated([[1.0, 0.0]]), gap=gap)


@pytest.mark.parametrize("gates", [[], [[]], [1.0], [["a"]], [[np.nan]]])
def test_gates_are_a_matrix(gates: Any) -> None:
    with pytest.raises(cx.ArgumentError, match="gates"):
        cx.Gated(gates)
