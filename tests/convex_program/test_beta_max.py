"""The weight decay from which on no neuron pays."""

from __future__ import annotations

from fractions import Fraction

import convex_oracle
import numpy as np
import pytest
from convex_zoo import a_few, problems
from hypothesis import assume, given

import convex_program as cx


def with_beta(problem: cx.TrainingProblem, beta: float) -> cx.TrainingProblem:
    bias = problem.output_bias
    return cx.TrainingProblem(problem.data, problem.exact_targets, beta, output_bias=bias)


def threshold(problem: cx.TrainingProblem) -> float:
    assume(not isinstance(problem.output_bias, cx.DecayedBias))
    bias = problem.output_bias
    return cx.beta_max(problem.data, problem.exact_targets, output_bias=bias)


def cost_of_nothing(problem: cx.TrainingProblem) -> Fraction:
    return convex_oracle.objective(problem, problem.empty_network())


@a_few(1)
@given(problems())
def test_at_and_above_it_the_empty_network_is_optimal(problem: cx.TrainingProblem) -> None:
    beta = threshold(problem)
    assume(beta > 0)
    for factor in (1.0, 1.0 + 1e-9, 2.0, 1e6):
        best = cx.global_optimum(with_beta(problem, factor * beta))
        assert len(best.network.active()) == 0
        assert best.relative_gap < 1e-9
        nothing = cost_of_nothing(best.problem)
        assert best.exact_lower <= nothing == best.exact_upper


@a_few(1)
@given(problems())
def test_slightly_below_it_neurons_pay(problem: cx.TrainingProblem) -> None:
    beta = threshold(problem)
    assume(beta > 0)
    best = cx.global_optimum(with_beta(problem, 0.99 * beta))
    assert best.exact_upper < cost_of_nothing(best.problem)
    assert len(best.network.active()) > 0


@a_few(1)
@given(problems())
def test_it_is_zero_only_when_no_direction_helps(problem: cx.TrainingProblem) -> None:
    """Zero iff the residual of the best constant is orthogonal to every ReLU atom."""
    beta = threshold(problem)
    residual = problem.residual(problem.empty_network())
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((200, problem.data.shape[1]))
    reached = np.abs(np.maximum(directions @ problem.features.T, 0) @ residual)
    lengths = np.linalg.norm(directions, axis=1)
    assert np.all(reached <= beta * lengths * (1 + 1e-12) + 1e-12)


def test_on_a_line_it_is_the_larger_one_sided_moment() -> None:
    """d = 1: the maximum over u = 1 and u = -1 of ``|sum_i y_i (x_i u)_+|``."""
    x, y = [-3.0, 1.0, 2.0, -0.5], [1.0, 2.0, -0.25, 4.0]
    right = abs(1.0 * 2.0 + 2.0 * -0.25)
    left = abs(3.0 * 1.0 + 0.5 * 4.0)
    assert cx.beta_max([[v] for v in x], y) == pytest.approx(max(left, right), rel=1e-14)


def test_on_orthogonal_rows_it_is_the_norm_of_the_positive_part() -> None:
    """X = I: ``max v.(u)_+`` is ``|v_+|``, or ``|v_-|`` for the other sign."""
    y = [3.0, -1.0, 4.0, -2.0]
    assert cx.beta_max(np.eye(4), y) == pytest.approx(5.0, rel=1e-14)
    assert cx.beta_max(np.eye(4), [-v for v in y]) == pytest.approx(5.0, rel=1e-14)


def test_targets_that_are_zero_or_constant_need_no_neuron() -> None:
    X = [[1.0, 1.0], [2.0, 1.0], [-1.0, 1.0]]
    assert cx.beta_max(X, [0.0, 0.0, 0.0]) == 0.0
    assert cx.beta_max(X, [7.0, 7.0, 7.0], output_bias=cx.FreeBias()) == 0.0
    assert cx.beta_max([[0.0], [0.0]], [1.0, 2.0]) == 0.0


def test_a_decayed_bias_is_refused() -> None:
    with pytest.raises(cx.ArgumentError, match="DecayedBias"):
        cx.beta_max([[1.0]], [1.0], output_bias=cx.DecayedBias())
