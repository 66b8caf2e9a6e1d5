"""Gaps along training: valid at every epoch, never falling, for every kind of model."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from convex_zoo import a_few, any_problems, solved
from front_doors import torch_stand_in as torch
from hypothesis import given
from hypothesis import strategies as st

import convex_program as cx

PROBLEM = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)


@a_few(6)
@given(any_problems(), st.integers(0, 99))
def test_no_bound_is_above_the_optimum(problem: cx.TrainingProblem, seed: int) -> None:
    best = solved(problem)
    generator = np.random.default_rng(seed)
    gap = cx.Gap(problem, every=1)
    d = problem.data.shape[1]
    networks = [
        cx.Network(
            generator.standard_normal((3, d)),
            generator.standard_normal(3),
            activation=problem.activation,
        )
        for _ in range(2)
    ]
    points = [gap(epoch, one) for epoch, one in enumerate([*networks, best.network])]
    for point, network in zip(points, [*networks, best.network], strict=True):
        assert point is not None
        assert point.exact_lower <= best.exact_upper
        assert point.exact_objective == problem.exact_objective(network)
    lowers = [point.exact_lower for point in gap.history]
    assert lowers == sorted(lowers)


def test_at_the_optimum_the_gap_closes() -> None:
    gap = cx.Gap(PROBLEM, every=1)
    assert gap.relative_gap == np.inf
    gap(0, cx.Network([[0.1]], [0.1]))
    before = gap.relative_gap
    gap(1, cx.global_optimum(PROBLEM).network)
    assert gap.relative_gap < 1e-12 < before
    assert gap.verdict().relative_gap < 1e-12
    assert gap.certificate is not None


def test_between_the_epochs_nothing_is_done() -> None:
    gap = cx.Gap(PROBLEM, every=7)
    looked = [epoch for epoch in range(20) if gap(epoch, cx.Network([[1.0]], [1.0])) is not None]
    assert looked == [0, 7, 14] == [point.epoch for point in gap.history]
    assert gap(1, "not looked at") is None


def test_models_of_other_libraries_are_read_as_they_are() -> None:
    hidden, bias = np.array([[1.0], [-2.0]]), np.array([0.5, 0.25])
    output, constant = np.array([1.0, -1.0]), 0.125
    X = np.array([[-1.0, 1.0], [1.0, 1.0]])
    problem = cx.TrainingProblem(X, [1.0, 2.0], 0.5, output_bias=cx.FreeBias())
    network = cx.Network(np.c_[hidden, bias], output, constant)
    mlp = SimpleNamespace(
        coefs_=[hidden.T, output[:, None]], intercepts_=[bias, [constant]], activation="relu"
    )
    state = {
        "0.weight": torch.Tensor(hidden, parameter=True),
        "0.bias": torch.Tensor(bias, parameter=True),
        "2.weight": torch.Tensor(output[None, :], parameter=True),
        "2.bias": torch.Tensor([constant], parameter=True),
    }
    gap = cx.Gap(problem, every=1)
    values = [gap(i, model).exact_objective for i, model in enumerate((network, mlp, state))]
    assert values[0] == values[1] == values[2] == problem.exact_objective(network)


def test_a_limit_of_no_time_still_gives_a_bound() -> None:
    generator = np.random.default_rng(0)
    X, y = generator.standard_normal((40, 8)), generator.standard_normal(40)
    problem = cx.TrainingProblem(X, y, 1.0)
    gap = cx.Gap(problem, every=1, seconds=0.0)
    point = gap(0, cx.Network(generator.standard_normal((5, 8)), np.ones(5)))
    assert point is not None
    assert 0.0 <= point.lower <= point.objective


def test_several_outputs() -> None:
    problem = cx.TrainingProblem(np.eye(2), [[1.0, 0.0], [0.0, 1.0]], 0.25)
    gap = cx.Gap(problem, every=1)
    gap(0, cx.Network(np.eye(2), np.eye(2)))
    gap(1, cx.global_optimum(problem).network)
    assert gap.relative_gap < 1e-6


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"every": 0}, "every = 0"),
        ({"seconds": -1.0}, "seconds = -1"),
        ({"problem": cx.TrainingProblem([[1.0]], [1.0], 0)}, "beta > 0"),
        ({"problem": "it"}, "not a TrainingProblem"),
    ],
)
def test_settings_that_cannot_be(options: dict[str, object], words: str) -> None:
    with pytest.raises(cx.ArgumentError, match=words):
        cx.Gap(**{"problem": PROBLEM, **options})


def test_what_is_no_model_is_refused() -> None:
    gap = cx.Gap(PROBLEM)
    with pytest.raises(cx.ArgumentError, match="none was looked at"):
        gap.verdict()
    for model, words in (
        ("it", "model is a str"),
        (cx.Network([[1.0, 2.0]], [1.0]), "2 inputs"),
        (SimpleNamespace(coefs_=[1, 2, 3], intercepts_=[]), "2 hidden layers"),
        (SimpleNamespace(coefs_=[1, 2], intercepts_=[], activation="tanh"), "tanh"),
    ):
        with pytest.raises(cx.ArgumentError, match=words):
            gap(0, model)


def test_the_picture_shows_both_bounds() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    gap = cx.Gap(PROBLEM, every=1)
    for epoch in range(3):
        gap(epoch, cx.Network([[1.0]], [1.0 + epoch]))
    axes = gap.plot()
    upper, lower = axes.get_lines()[:2]
    assert list(upper.get_xdata()) == [0, 1, 2]
    assert all(a >= b for a, b in zip(upper.get_ydata(), lower.get_ydata(), strict=True))
    pyplot.close(axes.figure)
