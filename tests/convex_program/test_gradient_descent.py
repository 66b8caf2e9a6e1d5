"""Gradient descent: gradients, determinism, progress, refusals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from convex_zoo import BIASES

import arrangements as ar
import convex_program as cx
from convex_program.gradient_descent import _objective


def small_problem(bias: cx.OutputBias, seed: int = 0) -> cx.TrainingProblem:
    rng = np.random.default_rng(seed)
    X = np.c_[rng.standard_normal((7, 2)), np.ones(7)]
    return cx.TrainingProblem(X, rng.standard_normal(7), 0.3, output_bias=bias)


@pytest.mark.parametrize("bias", BIASES, ids=repr)
def test_gradient_is_the_finite_difference(bias: cx.OutputBias) -> None:
    problem = small_problem(bias)
    neurons, step = 4, 1e-6
    weights = np.random.default_rng(1).standard_normal(neurons * 4 + 1)
    if isinstance(bias, cx.NoBias):
        weights[-1] = 0.0
    _, gradient = _objective(problem, neurons, weights)

    def height(moved: np.ndarray) -> float:
        constant = 0.0 if isinstance(bias, cx.NoBias) else moved[-1]
        hidden, output = moved[: 3 * neurons].reshape(neurons, 3), moved[3 * neurons : -1]
        return problem.objective(cx.Network(hidden, output, constant))

    for i in range(len(weights)):
        move = np.zeros_like(weights)
        move[i] = step
        slope = (height(weights + move) - height(weights - move)) / (2 * step)
        assert gradient[i] == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("bias", BIASES, ids=repr)
def test_the_same_seed_gives_the_same_network(bias: cx.OutputBias) -> None:
    problem = small_problem(bias)
    runs = [
        cx.train(problem, 5, method=cx.GradientDescent(steps=50, seed=seed)) for seed in (3, 3, 4)
    ]
    same, other = runs[1], runs[2]
    assert runs[0].network.hidden.tolist() == same.network.hidden.tolist()
    assert runs[0].network.output.tolist() == same.network.output.tolist()
    assert runs[0].objectives.tolist() == same.objectives.tolist()
    assert runs[0].network.hidden.tolist() != other.network.hidden.tolist()


@pytest.mark.parametrize("bias", BIASES, ids=repr)
def test_training_reduces_the_objective(bias: cx.OutputBias) -> None:
    better = 0
    for seed in range(20):
        problem = small_problem(bias, seed)
        training = cx.train(problem, 8, method=cx.GradientDescent(steps=300, seed=seed))
        assert training.objectives.shape == (301,)
        assert training.objectives[-1] == problem.objective(training.network)
        better += training.objectives[-1] < training.objectives[0] / 2
    assert better >= 18


def test_training_has_the_width_asked_for_and_no_bias_unless_allowed() -> None:
    network = cx.train(small_problem(cx.NoBias()), 6, method=cx.GradientDescent(steps=5)).network
    assert (network.width, network.features, network.output_bias) == (6, 3, 0.0)
    network = cx.train(small_problem(cx.FreeBias()), 6, method=cx.GradientDescent(steps=5)).network
    assert network.output_bias != 0.0


def test_weights_are_exact_numbers_for_the_verdict() -> None:
    problem = small_problem(cx.DecayedBias())
    network = cx.train(problem, 3, method=cx.GradientDescent(steps=20)).network
    exact = problem.exact_objective(network)
    assert isinstance(exact, Fraction)
    assert float(exact) == pytest.approx(problem.objective(network), rel=1e-12)


def test_progress_is_reported() -> None:
    seen: list[ar.Progress] = []
    cx.train(
        small_problem(cx.NoBias()), 2, method=cx.GradientDescent(steps=5), progress=seen.append
    )
    assert seen


@pytest.mark.parametrize(
    "settings",
    [{"steps": 0}, {"steps": -1}, {"rate": 0.0}, {"rate": -1.0}, {"scale": 0.0}, {"scale": -2.0}],
    ids=str,
)
def test_settings_that_cannot_train_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(cx.ArgumentError, match=next(iter(settings))):
        cx.GradientDescent(**settings)


@pytest.mark.parametrize("neurons", [0, -3])
def test_a_network_without_neurons_is_not_trained(neurons: int) -> None:
    with pytest.raises(cx.ArgumentError, match="neurons"):
        cx.train(small_problem(cx.NoBias()), neurons)
