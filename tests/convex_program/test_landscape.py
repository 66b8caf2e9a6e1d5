"""Local minima against a scan of all directions; paths that never rise."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from convex_zoo import a_few, any_problems, solved
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import convex_program as cx

SMOOTH = (cx.Squared(), cx.Logistic(), cx.Huber("0.5"))


def profile(X: np.ndarray, y: np.ndarray, beta: float, sign: int, angle: float) -> float:
    """Return the least objective of one neuron with a direction: its length in closed form."""
    a = sign * np.maximum(X @ [math.cos(angle), math.sin(angle)], 0.0)
    gain = max(float(a @ y) - beta, 0.0)
    return float(y @ y) / 2 - (gain * gain / float(a @ a) / 2 if gain else 0.0)


def scanned(X: np.ndarray, y: np.ndarray, beta: float) -> list[float]:
    """Return the values of all local minima of one neuron in the plane, by looking at every angle."""
    values: list[float] = []
    count, nothing = 2000, float(y @ y) / 2
    step = 2.0 * math.pi / count
    for sign in (1, -1):
        heights = [profile(X, y, beta, sign, i * step) for i in range(count)]
        for i, height in enumerate(heights):
            if height < nothing * (1 - 1e-9) and height <= min(
                heights[i - 1], heights[(i + 1) % count]
            ):
                ends = ((i - 1) * step, (i + 1) * step)
                found = minimize_scalar(
                    lambda angle, s=sign: profile(X, y, beta, s, angle),
                    bounds=ends,
                    method="bounded",
                    options={"xatol": 1e-12},
                )
                values.append(float(found.fun))
    return sorted(values)


@pytest.mark.parametrize("seed", range(8))
def test_one_neuron_in_the_plane_is_what_a_scan_finds(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X, y = generator.integers(-4, 5, (4, 2)).astype(float), generator.integers(-3, 4, 4) * 1.0
    X[seed % 4] = -2 * X[0] if seed % 2 else X[0]  # opposite or equal rows
    found = [one.value for one in cx.local_minima(cx.TrainingProblem(X, y, 0.3), 1)]
    expected = scanned(X, y, 0.3)
    if not expected:
        expected = [float(y @ y) / 2]
    assert found == pytest.approx(expected, rel=1e-6)


def test_two_points_on_a_line_by_hand() -> None:
    """A neuron serves one of the points: ``beta y - beta^2/2`` there and ``y^2/2`` at the other."""
    beta = 0.25
    problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta)
    fits = {y: beta * y - beta * beta / 2 for y in (1.0, 2.0)}
    one = sorted([fits[1.0] + 2.0, fits[2.0] + 0.5])
    assert [m.value for m in cx.local_minima(problem, 1)] == pytest.approx(one, rel=1e-7)
    both = sorted([fits[1.0] + fits[2.0], *one])
    assert [m.value for m in cx.local_minima(problem, 2)] == pytest.approx(both, rel=1e-7)
    # a third neuron would vanish
    assert [m.value for m in cx.local_minima(problem, 3)] == pytest.approx(both, rel=1e-7)


def test_the_figure_without_decay_is_the_limit() -> None:
    """One ReLU on (-1, 1), (1, 1/2): squared errors 1/4 and 1, half of it here."""
    problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 0.5], 1e-6)
    values = [m.value for m in cx.local_minima(problem, 1)]
    assert values == pytest.approx([0.125, 0.5], abs=3e-6)


def test_a_large_decay_leaves_the_empty_network() -> None:
    problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], 2.5)
    (only,) = cx.local_minima(problem, 2)
    assert (only.value, only.network.width) == (2.5, 0)


def test_wide_enough_the_first_is_the_global_optimum() -> None:
    problem = cx.TrainingProblem([[-2.0], [1.0], [3.0]], [1.0, -1.0, 2.0], 0.1)
    best = cx.global_optimum(problem)
    first, *_ = cx.local_minima(problem, 2)
    assert first.value == pytest.approx(best.upper, rel=1e-7)


def test_no_local_minimum_is_improved_by_descent_nearby() -> None:
    generator = np.random.default_rng(2)
    problem = cx.TrainingProblem(
        generator.standard_normal((4, 2)), generator.standard_normal(4), 0.1
    )
    for minimum in cx.local_minima(problem, 2):
        net = minimum.network
        for _ in range(200):
            w = net.hidden + 1e-4 * generator.standard_normal(net.hidden.shape)
            a = net.output + 1e-4 * generator.standard_normal(net.output.shape)
            assert problem.objective(cx.Network(w, a)) >= minimum.value * (1 - 1e-9)


@pytest.mark.parametrize(
    ("problem", "width", "words"),
    [
        (cx.TrainingProblem([[1.0]], [1.0], 0), 1, "beta > 0"),
        (cx.TrainingProblem([[1.0]], [1.0], 1.0, loss=cx.Absolute()), 1, "without kinks"),
        (cx.TrainingProblem([[1.0]], [1.0], 1.0), 0, "width = 0"),
        (
            cx.TrainingProblem(np.random.default_rng(0).random((9, 3)), np.ones(9), 1.0),
            5,
            "choices",
        ),
    ],
)
def test_what_does_not_fit_is_refused(problem: cx.TrainingProblem, width: int, words: str) -> None:
    with pytest.raises(cx.ArgumentError, match=words):
        cx.local_minima(problem, width)


@a_few(10)
@given(any_problems(losses=SMOOTH), st.integers(0, 8), st.integers(0, 99))
def test_a_path_never_rises(problem: cx.TrainingProblem, width: int, seed: int) -> None:
    best = solved(problem)
    generator = np.random.default_rng(seed)
    d = problem.data.shape[1]
    network = cx.Network(
        generator.integers(-2, 3, (width, d)) * 1.0,
        generator.integers(-2, 3, width) * 0.5,
        activation=problem.activation,
    )
    enough = max(width, len(problem.targets)) + best.network.width
    path = cx.descent_path(network, best, width=enough)
    values = path.objectives(21)
    assert values[0] == problem.exact_objective(network)
    assert float(values[-1]) == pytest.approx(best.upper, rel=1e-9, abs=1e-12)
    room = 1e-9 * max(1.0, float(values[0]))
    assert all(float(b - a) <= room for a, b in pairwise(values))
    assert {path.at(t).width for t in (0.0, 0.3, 0.5, 1.0)} == {enough}
    # and it is a path: near times, near networks
    for t in (0.25, 0.5, 0.75):
        one, other = path.at(t), path.at(t + 1e-9)
        size = 1.0 + np.abs(one.hidden).max(initial=0.0)
        assert np.abs(one.hidden - other.hidden).max(initial=0.0) < 1e-2 * size


def test_at_two_hundred_points_nothing_rises_for_eighteen_seeds_of_twenty() -> None:
    def never_rises(seed: int) -> bool:
        generator = np.random.default_rng(seed)
        X = np.c_[generator.standard_normal((8, 2)), np.ones(8)]
        problem = cx.TrainingProblem(X, generator.standard_normal(8), 0.3)
        best = cx.global_optimum(problem)
        start = cx.Network(generator.standard_normal((6, 3)), generator.standard_normal(6))
        path = cx.descent_path(start, best, width=8 + best.network.width)
        return all(b <= a for a, b in pairwise(path.objectives(200)))

    assert sum(map(never_rises, range(20))) >= 18


def test_no_room_is_refused_with_the_width_that_is_enough() -> None:
    problem = cx.TrainingProblem(np.eye(2), [1.0, 2.0], 0.1)
    best = cx.global_optimum(problem)
    network = cx.Network(np.eye(2), [1.0, 1.0])
    with pytest.raises(cx.ArgumentError, match=r"use width=\d"):
        cx.descent_path(network, best)
