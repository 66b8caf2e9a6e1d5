"""Worked examples of Pilanci and Ergen's program, with values worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import arrangements as ar
import convex_program as cx

LINE = ([[-1.0], [1.0]], [1.0, 2.0])
PLANE = ([[-0.2, 1.0], [1.0, 1.0]], [0.5, 1.0])


@pytest.mark.parametrize(
    ("beta", "value", "neurons"),
    [
        ("0.1", "0.29", 2),
        ("1", "2", 1),
        ("1.5", "2.375", 1),
        ("2", "2.5", 0),
        ("2.5", "2.5", 0),
        ("100", "2.5", 0),
    ],
)
def test_two_points_on_a_line(beta: str, value: str, neurons: int) -> None:
    best = cx.global_optimum(cx.TrainingProblem(*LINE, Fraction(beta)))
    assert best.exact_lower <= Fraction(value) <= best.exact_upper
    assert best.relative_gap < 1e-8
    assert best.level is cx.Level.PROVED
    # At beta = 1 the first point's neuron has just vanished.
    if beta != "1":
        assert len(best.network.merged(LINE[0]).active()) == neurons


def test_two_points_on_a_line_for_many_betas() -> None:
    """``p* = sum_k (beta y_k - beta^2 / 2 if y_k > beta else y_k^2 / 2)``."""
    for beta in (Fraction(k, 8) for k in range(1, 20)):
        value = sum(beta * y - beta**2 / 2 if y > beta else Fraction(y * y, 2) for y in (1, 2))
        best = cx.global_optimum(cx.TrainingProblem(*LINE, beta))
        assert best.exact_lower <= value <= best.exact_upper
        assert best.relative_gap < 1e-6


def test_beta_max_of_two_points_on_a_line() -> None:
    assert cx.beta_max(*LINE) == pytest.approx(2.0, rel=1e-15)


def test_two_points_in_the_plane() -> None:
    best = cx.global_optimum(cx.TrainingProblem(*PLANE, 0.1))
    assert best.upper == pytest.approx(0.06958726, abs=1e-8)
    assert best.relative_gap < 1e-8
    assert best.network.width == 1
    np.testing.assert_allclose(best.network.hidden[0], [0.46675, 0.67611], atol=2e-5)
    np.testing.assert_allclose(best.network.output[0], [0.82157], atol=2e-5)
    residual = best.problem.residual(best.network)
    np.testing.assert_allclose(residual, [0.021225, 0.061064], atol=2e-5)


def test_the_neuron_of_two_points_in_the_plane_solves_its_equation() -> None:
    """Active on both points: ``(X'X + beta / |u| I) u = X'y``, a bisection over |u|."""
    X, y = np.array(PLANE[0]), np.array(PLANE[1])
    low, high = 1e-6, 10.0
    for _ in range(200):
        size = (low + high) / 2
        u = np.linalg.solve(X.T @ X + 0.1 / size * np.eye(2), X.T @ y)
        low, high = (size, high) if np.linalg.norm(u) > size else (low, size)
    best = cx.global_optimum(cx.TrainingProblem(*PLANE, 0.1)).network
    np.testing.assert_allclose(best.hidden[0] * best.output[0, 0], u, atol=1e-5)


def test_beta_max_of_two_points_in_the_plane() -> None:
    assert cx.beta_max(*PLANE) == pytest.approx(1.749286, abs=1e-6)


@pytest.mark.parametrize(
    ("bias", "value"), [(cx.FreeBias(), 0.035270), (cx.DecayedBias(), 0.0493005)], ids=repr
)
def test_two_points_in_the_plane_with_an_output_bias(bias: cx.OutputBias, value: float) -> None:
    problem = cx.TrainingProblem(*PLANE, 0.1, output_bias=bias)
    for solver in (cx.WorkingSet(), cx.FullPattern()):
        best = cx.global_optimum(problem, solver=solver)
        assert best.upper == pytest.approx(value, abs=6e-7)
        assert best.relative_gap < 1e-8
    cx.verify(best.claim())


def test_patterns_of_two_points_are_four() -> None:
    """Two points in general position have 2 n = 4 patterns."""
    assert len(ar.enumerate_patterns(PLANE[0])) == 4
    assert cx.global_optimum(cx.TrainingProblem(*PLANE, 0.1)).patterns == 4


@pytest.mark.parametrize(
    ("gates", "value"), [([[True, True]], 0.06958726), ([[False, False]], 0.625)]
)
def test_two_points_over_one_pattern_only(gates: list[list[bool]], value: float) -> None:
    """The optimal neuron is active on both points; no active point leaves |y|^2 / 2."""
    problem = cx.TrainingProblem(*PLANE, 0.1)
    program = cx.ConvexProgram(problem, ar.PatternSubset.from_activations(PLANE[0], gates))
    assert cx.FullPattern().solve(program).objective == pytest.approx(value, abs=1e-8)
