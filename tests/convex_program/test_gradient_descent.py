"""Gradient descent: gradients, determinism, progress, refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
from convex_zoo import BIASES

import arrangements as ar
import convex_program as cx
from convex_program.gradient_descent.front import _batches
from convex_program.gradient_descent.objective import Objective


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
    _, gradient = Objective(problem, neurons)(weights)

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
    ("refused", "name"),
    [
        (lambda: cx.GradientDescent(steps=0), "steps"),
        (lambda: cx.GradientDescent(steps=-1), "steps"),
        (lambda: cx.GradientDescent(batch=0), "batch"),
        (lambda: cx.GradientDescent(every=-1), "every"),
        (lambda: cx.GradientDescent(output_share=-0.5), "output_share"),
        (lambda: cx.GradientDescent(rule="adam"), "rule"),  # type: ignore[arg-type]
        (lambda: cx.GradientDescent(start=cx.HeStart), "start"),  # type: ignore[arg-type]
        (lambda: cx.Adam(0.0), "rate"),
        (lambda: cx.Steepest(-1.0), "rate"),
        (lambda: cx.Adagrad(float("nan")), "rate"),
        (lambda: cx.Momentum(0.1, 1.0), "share"),
        (lambda: cx.GaussianStart(0.0), "scale"),
        (lambda: cx.GaussianStart(float("inf")), "scale"),
        (lambda: cx.train(small_problem(cx.NoBias()), 2, method=cx.GradientDescent(batch=8)), "8"),
    ],
)
def test_settings_that_cannot_train_are_refused(refused: Callable[[], object], name: str) -> None:
    with pytest.raises(cx.ArgumentError, match=name):
        refused()


def test_a_rate_that_is_too_large_is_named() -> None:
    method = cx.GradientDescent(rule=cx.Steepest(50.0))
    with pytest.raises(cx.ArgumentError, match=r"Steepest\(rate=50.0\) diverges: after \d+ steps"):
        cx.train(small_problem(cx.NoBias()), 4, method=method)


RULES = [cx.Steepest(0.01), cx.Momentum(0.003), cx.Adam(0.02), cx.Adagrad(0.1)]
STARTS = [cx.GaussianStart(0.5), cx.HeStart()]


@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("start", STARTS, ids=repr)
@pytest.mark.parametrize("batch", [None, 3])
def test_every_rule_goes_down_from_every_start(
    rule: cx.Rule, start: cx.Start, batch: int | None
) -> None:
    method = cx.GradientDescent(steps=400, rule=rule, start=start, batch=batch)
    better = 0
    for seed in range(5):
        problem = small_problem(cx.DecayedBias(), seed)
        run = cx.train(problem, 8, method=replace(method, seed=seed))
        better += run.objectives[-1] < 0.8 * run.objectives[0]
    assert better >= 4


def test_rules_make_the_steps_of_their_papers() -> None:
    gradients = [np.array([2.0, -1.0]), np.array([1.0, 4.0])]
    expected = {
        cx.Steepest(): gradients,
        cx.Momentum(share=0.5): [gradients[0], gradients[1] + 0.5 * gradients[0]],
        cx.Adagrad(): [np.array([1.0, -1.0]), np.array([1 / 5**0.5, 4 / 17**0.5])],
        # Means (.1 a .9 + .1 b) / .19 over roots of (.001 a^2 .999 + .001 b^2) / .001999.
        cx.Adam(): [
            np.array([1.0, -1.0]),
            np.array(
                [
                    (0.9 * 2 + 1) / 1.9 / ((0.999 * 4 + 1) / 1.999) ** 0.5,
                    (-0.9 + 4) / 1.9 / ((0.999 + 16) / 1.999) ** 0.5,
                ]
            ),
        ],
    }
    for rule, steps in expected.items():
        stepper = rule.stepper(2)
        for gradient, step in zip(gradients, steps, strict=True):
            assert stepper(gradient.copy()).tolist() == pytest.approx(step.tolist(), rel=1e-9)


def test_one_step_of_plain_descent_is_the_gradient_times_the_rate() -> None:
    problem = small_problem(cx.FreeBias())
    given = cx.Network([[1.0, 0.5, 0.0], [-1.0, 0.25, 0.5]], [0.5, -1.0], 0.25)
    method = cx.GradientDescent(steps=1, rule=cx.Steepest(0.1), start=cx.NetworkStart(given))
    objective = Objective(problem, 2)
    _, gradient = objective(objective.flat(given))
    moved = objective.flat(given) - 0.1 * gradient
    assert objective.flat(cx.train(problem, 2, method=method).network).tolist() == moved.tolist()
    frozen = cx.train(problem, 2, method=replace(method, output_share=0.0)).network
    assert frozen.output.tolist() == given.output.tolist()
    assert frozen.output_bias == given.output_bias
    assert frozen.hidden.ravel().tolist() == moved[:6].tolist()
    with pytest.raises(cx.ArgumentError, match="neurons = 3"):
        cx.train(problem, 3, method=method)


def test_batches_look_at_every_row_once_a_round() -> None:
    seen = list(islice(_batches(7, 3, np.random.default_rng(0)), 20))
    for first, second in zip(seen[::2], seen[1::2], strict=True):
        assert set((first + second).tolist()) == {0.0, 7 / 3}
        assert np.count_nonzero(first + second) == 6
    problem = small_problem(cx.DecayedBias())
    objective = Objective(problem, 4)
    weights = np.random.default_rng(0).standard_normal(17)
    value, whole = objective(weights)
    parts = [objective(weights, 7.0 * np.eye(7)[i]) for i in range(7)]
    assert {part[0] for part in parts} == {value}
    # The mean over batches of one is the gradient itself.
    assert np.mean([part[1] for part in parts], axis=0).tolist() == pytest.approx(whole.tolist())


def test_the_history_has_the_networks_on_the_way() -> None:
    X = np.c_[[-1.0, -0.5, 0.5, 1.0], np.ones(4)]
    problem = cx.TrainingProblem(X, [1.0, 0.0, 0.0, 1.0], 1e-3)
    method = cx.GradientDescent(steps=50, every=20, start=cx.GaussianStart(0.1))
    run = cx.train(problem, 6, method=method)
    assert run.history is not None
    assert run.history.steps.tolist() == [0, 20, 40, 50]
    for step, network in zip(run.history.steps, run.history, strict=True):
        assert problem.objective(network) == pytest.approx(run.objectives[step], rel=1e-14)
    points = run.history.activation_points()
    assert points.shape == (4, 6)
    for network, row, patterns in zip(run.history, points, run.history.patterns, strict=True):
        active = np.unpackbits(patterns, axis=1, count=4, bitorder="little").astype(bool)
        for weight, point, on in zip(network.hidden, row, active, strict=True):
            side = X[:, 0] >= point if weight[0] > 0 else X[:, 0] <= point
            assert side.tolist() == on.tolist()
    unique = run.history.unique_patterns()
    assert unique.tolist() == [
        len({bytes(row) for row in patterns}) for patterns in run.history.patterns
    ]
    assert run.history.changes().shape == (3,)
    assert cx.train(problem, 6, method=replace(method, every=0)).history is None


def test_activation_points_are_for_the_line() -> None:
    run = cx.train(small_problem(cx.NoBias()), 2, method=cx.GradientDescent(steps=2, every=1))
    assert run.history is not None
    with pytest.raises(cx.ArgumentError, match="one column, and a second of ones"):
        run.history.activation_points()


@pytest.mark.parametrize("neurons", [0, -3])
def test_a_network_without_neurons_is_not_trained(neurons: int) -> None:
    with pytest.raises(cx.ArgumentError, match="neurons"):
        cx.train(small_problem(cx.NoBias()), neurons)


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("hidden", [cx.DecayedHiddenBias(), cx.FreeHiddenBias()])
def test_the_objective_of_a_step_is_that_of_its_network(
    bias: cx.OutputBias, hidden: cx.HiddenBias
) -> None:
    rng = np.random.default_rng(3)
    X = np.column_stack([rng.standard_normal((6, 2)), np.ones(6)])
    y = rng.standard_normal((6, 2))
    problem = cx.TrainingProblem(X, y, 0.3, hidden_bias=hidden, output_bias=bias)
    objective = Objective(problem, 4)
    weights = rng.standard_normal(4 * 3 + 4 * 2 + 2)
    value, _ = objective(weights)
    assert value == pytest.approx(problem.objective(objective.network(weights)), rel=1e-14)
