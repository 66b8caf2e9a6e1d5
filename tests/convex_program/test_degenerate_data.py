"""Degenerate data with answers known by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import convex_program as cx

TENTH = Fraction(1, 10)


def shrunk(target: Fraction, beta: Fraction, size: Fraction) -> Fraction:
    """Return ``min_a (a - y)^2 / 2 + beta |a| / size``: one row of norm `size`."""
    price = beta / size
    return price * abs(target) - price**2 / 2 if abs(target) > price else target**2 / 2


def assert_optimum(problem: cx.TrainingProblem, value: Fraction) -> cx.GlobalOptimum:
    best = cx.global_optimum(problem)
    assert best.exact_lower <= value <= best.exact_upper
    assert float(best.exact_upper - best.exact_lower) <= 1e-8 * float(value)
    cx.verify(best.claim())
    return best


def test_one_row_one_column() -> None:
    problem = cx.TrainingProblem([[2.0]], [1.0], TENTH)
    assert_optimum(problem, shrunk(Fraction(1), TENTH, Fraction(2)))


@pytest.mark.parametrize("target", [5, -5, Fraction(1, 100)], ids=str)
def test_one_row(target: Any) -> None:
    problem = cx.TrainingProblem([[3, 4]], [Fraction(target)], TENTH)
    assert_optimum(problem, shrunk(Fraction(target), TENTH, Fraction(5)))


def test_one_column_splits_into_the_two_sides() -> None:
    """Each side of 0 has its own neuron: ridge-free least squares with an absolute penalty."""
    x, y = [-2, -1, 1, 3], [3, 1, -1, 2]
    value = Fraction(0)
    for side in (1, -1):
        rows = [(side * a, b) for a, b in zip(x, y, strict=True) if side * a > 0]
        square = sum(a * a for a, _ in rows)
        moment = sum(a * b for a, b in rows)
        rest = sum(b * b for _, b in rows)
        value += Fraction(rest, 2) - max(abs(moment) - TENTH, Fraction(0)) ** 2 / (2 * square)
    assert_optimum(cx.TrainingProblem([[a] for a in x], y, TENTH), value)


def test_contradictory_targets_are_averaged() -> None:
    """The same x with targets 1 and 3: both rows ask for 2, and (1 + 1) / 2 is lost."""
    problem = cx.TrainingProblem([[1], [1]], [1, 3], TENTH)
    # min over a of ((a - 1)^2 + (a - 3)^2) / 2 + a / 10, at a = 2 - 1 / 20.
    assert_optimum(problem, 1 + Fraction(1, 400) + TENTH * (2 - Fraction(1, 20)))


def test_opposed_targets_on_one_point_need_nothing() -> None:
    best = assert_optimum(cx.TrainingProblem([[1, 2], [1, 2]], [1, -1], TENTH), Fraction(1))
    assert len(best.network.active()) == 0


@pytest.mark.parametrize("bias", [cx.NoBias(), cx.FreeBias(), cx.DecayedBias()], ids=repr)
def test_zero_targets_cost_nothing(bias: cx.OutputBias) -> None:
    X = [[1.0, 2.0], [0.0, 0.0], [-1.0, 3.0]]
    best = cx.global_optimum(cx.TrainingProblem(X, [0, 0, 0], 0.1, output_bias=bias))
    assert (best.exact_upper, best.exact_lower) == (0, 0)
    assert (best.relative_gap, best.gap) == (0.0, 0.0)
    assert len(best.network.active()) == 0
    cx.verify(best.claim())


def test_constant_targets_are_free_with_a_free_bias() -> None:
    X = [[1.0, 2.0], [3.0, 0.0], [-1.0, 3.0]]
    problem = cx.TrainingProblem(X, [5, 5, 5], 0.1, output_bias=cx.FreeBias())
    best = cx.global_optimum(problem)
    assert (best.exact_upper, best.exact_lower) == (0, 0)
    assert best.network.output_bias == 5.0


def test_constant_targets_with_a_decayed_bias_over_zero_rows() -> None:
    """Only b is left: ``min 3 (b - 5)^2 / 2 + beta b^2 / 2``, that is ``75 beta / 2 (3 + beta)``."""
    problem = cx.TrainingProblem(np.zeros((3, 2)), [5, 5, 5], TENTH, output_bias=cx.DecayedBias())
    assert_optimum(problem, 75 * TENTH / (2 * (3 + TENTH)))


def test_zero_rows_keep_their_loss() -> None:
    problem = cx.TrainingProblem([[0, 0], [3, 4], [0, 0]], [1, 2, -3], TENTH)
    assert_optimum(problem, Fraction(5) + shrunk(Fraction(2), TENTH, Fraction(5)))


def test_nothing_but_zero_rows() -> None:
    best = assert_optimum(cx.TrainingProblem([[0, 0], [0, 0]], [1, 2], TENTH), Fraction(5, 2))
    assert best.patterns == 1


def test_rank_one_data_are_one_column_along_their_line() -> None:
    """Rows t (3, 4) act like the numbers 5 t: weights off the line only cost."""
    lengths, y = [1, -2, Fraction(1, 2)], [1, 2, -1]
    plane = cx.TrainingProblem([[3 * t, 4 * t] for t in lengths], y, TENTH)
    line = cx.TrainingProblem([[5 * t] for t in lengths], y, TENTH)
    flat, straight = cx.global_optimum(plane), cx.global_optimum(line)
    assert flat.exact_lower <= straight.exact_upper
    assert straight.exact_lower <= flat.exact_upper
    assert max(flat.relative_gap, straight.relative_gap) < 1e-8
    assert flat.patterns == straight.patterns == 2


def test_antipodal_rows_are_served_by_two_neurons() -> None:
    """x and -x never share an active neuron, so the rows separate."""
    problem = cx.TrainingProblem([[3, 4], [-3, -4]], [2, -7], TENTH)
    separate = shrunk(Fraction(2), TENTH, Fraction(5)) + shrunk(Fraction(-7), TENTH, Fraction(5))
    best = assert_optimum(problem, separate)
    assert len(best.network.active()) == 2


def test_more_columns_than_rows() -> None:
    """Orthonormal rows of different signs: each sign has one neuron along its residual."""
    y = [3, 4, -5]
    # Same-sign targets share a neuron: |(3, 4)| = 5; the other sign has 5 as well.
    problem = cx.TrainingProblem(np.eye(3, 6), y, 1)
    assert_optimum(problem, 2 * shrunk(Fraction(5), Fraction(1), Fraction(1)))
