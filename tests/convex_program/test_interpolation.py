"""Networks of least weight through the data, beside the program written out with cvxpy."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import convex_oracle
import cvxpy as cp
import numpy as np
import pytest

import arrangements as ar
import convex_program as cx

KINDS: list[dict[str, Any]] = [
    {},
    {"output_bias": cx.FreeBias()},
    {"output_bias": cx.DecayedBias()},
    {"hidden_bias": cx.FreeHiddenBias(), "output_bias": cx.FreeBias()},
    {"hidden_bias": cx.FreeHiddenBias()},
    {"activation": cx.AbsoluteValue(), "output_bias": cx.FreeBias()},
    {"activation": cx.LeakyReLU("0.1")},
    {"activation": cx.TwoSlope(1, -2)},
    {"beta": "0.25"},
]


def problem_of(X: Any, y: Any, **kind: Any) -> cx.TrainingProblem:
    return cx.TrainingProblem(X, y, **{"beta": 1, "loss": cx.Interpolation(), **kind})


def written_out(problem: cx.TrainingProblem) -> float:
    """Solve the convex program over all patterns with equations for the targets."""
    rows = problem.gauge.exact_rows
    X = problem.features
    on, off = float(problem.activation.on), float(problem.activation.off)
    constant: Any = 0.0
    cost: Any = 0.0
    if not isinstance(problem.output_bias, cx.NoBias):
        constant = cp.Variable()
    if isinstance(problem.output_bias, cx.DecayedBias):
        cost = 0.5 * cp.square(constant)
    total, bounds = constant + np.zeros(len(X)), []
    for pattern in sorted(convex_oracle.patterns(rows)):
        active = np.array(pattern)
        side = np.where(active, 1.0, -1.0)
        gain = np.where(active, on, -off)
        for sign in (1.0, -1.0):
            u = cp.Variable(X.shape[1])
            bounds.append((side[:, None] * X) @ u >= 0)
            total = total + sign * (gain[:, None] * X) @ u
            cost = cost + cp.norm(u[: problem.gauge.decayed])
    weights = problem.fit.weights > 0
    bounds.append(total[weights] == problem.targets[weights])
    program = cp.Problem(cp.Minimize(cost), bounds)
    program.solve(solver=cp.CLARABEL)
    return problem.decay * float(program.value)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_value_is_that_of_the_program_written_out(kind: dict[str, Any]) -> None:
    rng = np.random.default_rng(5)
    X = np.c_[rng.integers(-3, 4, 5) + rng.permutation(5) / 8, np.ones(5)]
    problem = problem_of(X, rng.integers(-3, 4, 5) / 2, **kind)
    best = cx.global_optimum(problem)
    assert isinstance(best, cx.InterpolatingOptimum)
    value = written_out(problem)
    assert best.lower == pytest.approx(value, rel=1e-6)
    assert best.upper == pytest.approx(value, rel=1e-6)
    assert 0 <= best.relative_gap < 1e-8


def test_the_corrected_network_passes_through_the_data_exactly() -> None:
    rng = np.random.default_rng(3)
    X = np.c_[rng.standard_normal((9, 2)), np.ones(9)]
    y = rng.standard_normal(9)
    best = cx.global_optimum(problem_of(X, y, output_bias=cx.FreeBias()))
    assert isinstance(best, cx.InterpolatingOptimum)
    correction = best.correction
    rows = convex_oracle.exact(X.tolist())
    reached = convex_oracle.outputs(rows, best.network)
    penalty = sum(
        Fraction(w) ** 2 for w in [*best.network.hidden.ravel(), *best.network.output.ravel()]
    )
    weight = float(penalty / 2)
    for u, c in zip(correction.vectors, correction.coefficients, strict=True):
        vector = [Fraction(entry) for entry in u]
        for i, row in enumerate(rows):
            reached[i] += c * max(Fraction(0), convex_oracle.dot(vector, row))
        weight += float(abs(c)) * float(np.linalg.norm(u))
    assert [z + correction.constant for z in reached] == [Fraction(value) for value in y]
    assert best.upper == pytest.approx(weight, rel=1e-14)
    assert best.distance < 1e-10


def test_small_weight_decay_comes_near_from_below() -> None:
    rng = np.random.default_rng(8)
    X, y = np.c_[rng.standard_normal((7, 2)), np.ones(7)], rng.standard_normal(7)
    best = cx.global_optimum(problem_of(X, y))
    before = 0.0
    for beta in ("1e-2", "1e-4", "1e-6"):
        squared = cx.global_optimum(cx.TrainingProblem(X, y, beta))
        per_beta = squared.upper / float(beta)
        assert before < squared.lower / float(beta) <= best.upper
        before = per_beta
    assert before == pytest.approx(best.upper, rel=1e-4)


def test_a_neuron_in_a_narrow_cone_is_not_missed() -> None:
    """One wrong number far from the others: local ascent alone ends above the least weight."""
    X = np.c_[np.arange(1, 9) / 10, np.ones(8)]
    best = cx.global_optimum(problem_of(X, [0.1, 0.3, 0.2, 0.5, 0.4, 0.8, 5.0, 0.9]))
    assert best.relative_gap < 1e-9


def test_a_list_proves_the_bound() -> None:
    X, y = [[-1.0, 1], [0, 1], [1, 1], [2, 1]], [1.0, 0, 1, 1]
    best = cx.global_optimum(problem_of(X, y), patterns=ar.enumerate_patterns(X))
    assert best.level is cx.Level.PROVED
    assert best.relative_gap < 1e-9
    assert "proved" in best.summary()
    with pytest.raises(cx.ClaimError, match="misses the data by rounding"):
        best.claim()


def test_rows_without_weight_ask_for_nothing() -> None:
    X, y = [[-1.0, 1], [0, 1], [1, 1], [1, 1]], [1.0, 0, 1, 5]
    with_row = cx.global_optimum(problem_of(X, y, sample_weight=[1, 1, 1, 0]))
    without = cx.global_optimum(problem_of(X[:3], y[:3]))
    assert with_row.upper == pytest.approx(without.upper, rel=1e-9)


def test_contradicting_rows_are_named() -> None:
    found = cx.global_optimum(problem_of([[1.0, 1], [1, 1], [2, 1]], [0, 1, 1]))
    assert isinstance(found, cx.UndecayedOptimum)
    assert "rows 0, 1 contradict" in found.summary()


def test_nothing_is_needed_for_targets_of_zero() -> None:
    best = cx.global_optimum(problem_of([[1.0, 1], [2, 1]], [0, 0]))
    assert (best.upper, best.lower, best.network.width) == (0.0, 0.0, 0)


def test_degenerate_data_have_small_gaps() -> None:
    rng = np.random.default_rng(0)
    for _ in range(12):
        n, d = int(rng.integers(2, 9)), int(rng.integers(1, 4))
        X = np.c_[rng.integers(-2, 3, (n, d)), np.ones(n, dtype=int)]
        kind = KINDS[int(rng.integers(len(KINDS)))]
        problem = problem_of(X.tolist(), rng.integers(-3, 4, n).tolist(), **kind)
        best = cx.global_optimum(problem)
        if isinstance(best, cx.UndecayedOptimum):
            assert best.exact_upper is None
            continue
        assert best.lower <= best.upper
        assert best.relative_gap < 1e-7, (problem, best)


def test_a_time_limit_leaves_valid_bounds() -> None:
    rng = np.random.default_rng(1)
    X, y = np.c_[rng.standard_normal((30, 2)), np.ones(30)], rng.standard_normal(30)
    best = cx.global_optimum(problem_of(X, y), solver=cx.Auto(time_limit=0.0))
    assert isinstance(best, cx.InterpolatingOptimum)
    assert best.stopped
    assert best.lower <= best.upper
    assert "The search was not finished" in best.summary()


def test_what_has_no_use_is_refused() -> None:
    problem = problem_of([[1.0, 1], [2, 1]], [0, 1])
    for options in ({"solver": cx.FullPattern()}, {"start": cx.Network([[1.0, 1]], [1.0])}):
        with pytest.raises(cx.ArgumentError, match="has its own method"):
            cx.global_optimum(problem, **options)  # type: ignore[arg-type]
    with pytest.raises(cx.ArgumentError, match="answers it without a solver"):
        cx.certify(cx.Network([[1.0, 1]], [1.0]), problem)
    with pytest.raises(cx.ArgumentError, match="beta > 0"):
        cx.interpolating_optimum(problem_of([[1.0, 1]], [1], beta=0))
