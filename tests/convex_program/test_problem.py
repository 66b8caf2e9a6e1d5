"""Training problems: exact reading, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import arrangements as ar
import convex_program as cx

X = [[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]]
Y = [1.0, -1.0, 0.25]


@pytest.mark.parametrize("beta", [0.1, Fraction(1, 10), 1, np.float32(0.5)])
def test_beta_is_read_exactly(beta: Any) -> None:
    assert cx.TrainingProblem(X, Y, beta).exact_beta == Fraction(*beta.as_integer_ratio())


@pytest.mark.parametrize(
    "y", [Y, tuple(Y), np.array(Y), np.array(Y)[:, np.newaxis], [[v] for v in Y]], ids=type
)
def test_targets_are_read_in_any_usual_form(y: Any) -> None:
    assert cx.TrainingProblem(X, y, 1).exact_targets == tuple(map(Fraction, Y))


def test_decimal_data_are_not_rounded() -> None:
    data = ar.DataMatrix.from_decimals([["0.1"], ["0.3"]])
    problem = cx.TrainingProblem(data, [Fraction(1, 3), Fraction(2, 3)], Fraction(1, 10))
    assert problem.data.fractions == ((Fraction(1, 10),), (Fraction(3, 10),))
    best = cx.global_optimum(problem)
    # One neuron u > 0: min sum (x u - y)^2 / 2 + u / 10 over x = .1, .3 and y = 1/3, 2/3.
    moment, square = Fraction(7, 30), Fraction(1, 10)
    value = Fraction(5, 18) - (moment - Fraction(1, 10)) ** 2 / (2 * square)
    assert best.exact_lower <= value <= best.exact_upper
    assert best.relative_gap < 1e-8


@pytest.mark.parametrize(
    "beta", [-1.0, float("nan"), float("inf"), "0.1.2", None, [0.1], 1j], ids=repr
)
def test_weight_decay_must_be_a_number_from_0_on(beta: Any) -> None:
    with pytest.raises(cx.ArgumentError, match="beta"):
        cx.TrainingProblem(X, Y, beta)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1.0, 2.0], "y has 2 entries"),
        ([1.0, 2.0, 3.0, 4.0], "y has 4 entries"),
        (3.0, "y = 3.0"),
        (None, "y = None"),
        ("123", "y = '123'"),
        (np.ones((3, 2, 2)), "y has shape"),
        ([1.0, float("nan"), 2.0], r"y\[1\]"),
        ([1.0, "two", 3.0], r"y\[1\]"),
        ([], "0 entries"),
    ],
    ids=repr,
)
def test_targets_that_do_not_fit_are_refused(y: Any, message: str) -> None:
    with pytest.raises((cx.ArgumentError, ar.DataError), match=message):
        cx.TrainingProblem(X, y, 0.1)


@pytest.mark.parametrize(
    "data",
    [[], [[]], [1.0, 2.0], [[1.0, float("inf")]], [[1.0], [1.0, 2.0]], "text", [["a"]], None],
    ids=repr,
)
def test_data_that_are_no_matrix_are_refused(data: Any) -> None:
    with pytest.raises(ar.DataError):
        cx.TrainingProblem(data, [1.0], 0.1)


@pytest.mark.parametrize(
    "plugin",
    [
        {"loss": "squared"},
        {"loss": cx.Squared},
        {"output_bias": True},
        {"output_bias": "free"},
        {"output_bias": cx.FreeBias},
        {"activation": "relu"},
        {"activation": None},
        {"activation": cx.LeakyReLU},
        {"hidden_bias": True},
        {"hidden_bias": cx.FreeHiddenBias},
    ],
    ids=str,
)
def test_plugins_are_instances(plugin: dict[str, Any]) -> None:
    with pytest.raises(cx.ArgumentError, match=next(iter(plugin))):
        cx.TrainingProblem(X, Y, 0.1, **plugin)


def test_without_decay_there_is_a_problem_but_no_program() -> None:
    problem = cx.TrainingProblem(X, Y, 0)
    assert problem.exact_beta == 0
    for solver in (cx.WorkingSet(), cx.FullPattern(), cx.Auto()):
        with pytest.raises(cx.ArgumentError, match="beta = 0"):
            solver.propose(problem)


def test_residual_is_what_is_left_of_the_targets() -> None:
    problem = cx.TrainingProblem(X, Y, 0.1)
    network = cx.Network([[1.0, 0.0]], [2.0])
    assert problem.residual(network).tolist() == [-1.0, -2.0, -5.75]
    # Half of 1 + 4 + 5.75^2, and 0.1 / 2 times 1 + 4.
    assert problem.objective(network) == pytest.approx(0.5 * (1 + 4 + 5.75**2) + 0.25, rel=1e-15)
