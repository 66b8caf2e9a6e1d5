"""A Clarke stationary neuron on a kink, and programs over chosen patterns."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import arrangements as ar
import convex_program as cx

THREE = ([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [1.0, 0.8, 0.8])
TWO = (THREE[0][:2], THREE[1][:2])
NEURON = cx.Network([[0.9**0.5, 0.0]], [0.9**0.5])

Data = tuple[list[list[float]], list[float]]


@pytest.mark.parametrize(
    ("data", "pattern", "value"),
    [
        (THREE, (1, 1, 0), 0.443062),
        (THREE, (1, 0, 1), 0.443062),
        (THREE, (1, 1, 1), 0.735),
        (THREE, (1, 0, 0), 0.735),
        (TWO, (1, 1), 0.123062),
        (TWO, (1, 0), 0.415),
    ],
    ids=str,
)
def test_value_over_one_pattern(data: Data, pattern: tuple[int, ...], value: float) -> None:
    problem = cx.TrainingProblem(*data, 0.1)
    chosen = ar.PatternSubset.from_activations(data[0], [pattern])
    program = cx.ConvexProgram(problem, chosen)
    solution = cx.FullPattern().solve(program)
    assert solution.objective == pytest.approx(value, abs=1e-6)
    network = cx.recover_network(program, solution)
    # Two of the cones have no interior, so the network is off them by the solver's error.
    assert problem.objective(network) == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(("data", "value"), [(THREE, 0.735), (TWO, 0.415)], ids=["three", "two"])
def test_the_stationary_network_has_the_stated_value(data: Data, value: float) -> None:
    assert cx.TrainingProblem(*data, 0.1).objective(NEURON) == pytest.approx(value, abs=1e-12)


def test_the_stationary_network_has_the_pattern_with_its_ties_active() -> None:
    assert NEURON.patterns(THREE[0]).activations().tolist() == [[True, True, True]]
    assert NEURON.patterns(TWO[0]).activations().tolist() == [[True, True]]


@pytest.mark.parametrize("data", [THREE, TWO], ids=["three", "two"])
def test_it_is_not_a_global_optimum(data: Data) -> None:
    verdict = cx.certify(NEURON, cx.TrainingProblem(*data, 0.1))
    assert verdict.best.exact_upper < verdict.exact_upper - Fraction(1, 10)
    assert verdict.best.relative_gap < 1e-8
    cx.verify(verdict.claim())


def test_the_network_is_clarke_stationary() -> None:
    """The conditions of stationarity with s = (1, 1/2, 1/2), by hand."""
    X, y = np.array(THREE[0]), np.array(THREE[1])
    w, alpha = NEURON.hidden[0], NEURON.output[0, 0]
    v = y - NEURON.forward(X)
    np.testing.assert_allclose(v @ np.maximum(X @ w, 0), 0.1 * alpha, rtol=1e-12)
    np.testing.assert_allclose(alpha * X.T @ ([1.0, 0.5, 0.5] * v), 0.1 * w, atol=1e-12)
