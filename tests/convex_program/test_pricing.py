"""Pricing: the bound of ``max |v.(Xu)_+|`` is above every u, and not by much."""

from __future__ import annotations

from fractions import Fraction

import convex_oracle
import numpy as np
import pytest
from convex_zoo import a_few, problems, vectors
from hypothesis import given
from hypothesis import strategies as st

import arrangements as ar
import convex_program as cx
from convex_program.dual import exact_peak
from convex_program.pricing import price_cells

CIRCLE = np.linspace(0, 2 * np.pi, 20001)


def atom(rows: convex_oracle.Rows, vector: convex_oracle.Row, u: convex_oracle.Row) -> Fraction:
    """Return ``v.(Xu)_+``."""
    positive = (max(convex_oracle.dot(x, u), Fraction(0)) for x in rows)
    return convex_oracle.dot(vector, positive)


@a_few(1)
@given(st.data())
def test_the_exact_bound_is_above_every_direction(data: st.DataObject) -> None:
    problem = data.draw(problems())
    n, d = problem.data.shape
    dual = data.draw(vectors(n))
    square = exact_peak(problem, ar.enumerate_patterns(problem.arrangement), dual)
    rows, vector = problem.data.fractions, tuple(map(Fraction, dual.tolist()))
    directions = data.draw(st.lists(vectors(d), min_size=1, max_size=20))
    directions += [x * sign for x in problem.features for sign in (1, -1)]
    for direction in directions:
        u = tuple(map(Fraction, direction.tolist()))
        assert atom(rows, vector, u) ** 2 <= square * convex_oracle.dot(u, u)


@a_few(1)
@given(problems(), st.integers(0, 2**32 - 1))
def test_the_float_bound_is_above_random_directions(problem: cx.TrainingProblem, seed: int) -> None:
    n, d = problem.data.shape
    rng = np.random.default_rng(seed)
    dual = rng.standard_normal(n)
    bound = price_cells(problem, ar.enumerate_patterns(problem.arrangement), dual).bound
    directions = rng.standard_normal((2000, d))
    directions /= np.linalg.norm(directions, axis=1)[:, np.newaxis]
    values = np.abs(np.maximum(directions @ problem.features.T, 0) @ dual)
    assert values.max() <= bound * (1 + 1e-12) + 1e-12


@a_few(1)
@given(st.data())
def test_in_the_plane_the_bound_is_the_maximum_over_the_circle(data: st.DataObject) -> None:
    problem = data.draw(problems(most_columns=2))
    n, d = problem.data.shape
    dual = data.draw(vectors(n))
    square = exact_peak(problem, ar.enumerate_patterns(problem.arrangement), dual)
    u = np.c_[np.cos(CIRCLE), np.sin(CIRCLE)] if d == 2 else np.array([[1.0], [-1.0]])
    reached = np.abs(np.maximum(u @ problem.features.T, 0) @ dual).max()
    # A step of 2 pi / 20000 misses the maximum by less than |X|_1 |v|_inf step.
    slack = np.abs(problem.features).sum() * np.abs(dual).max() * (CIRCLE[1] if d == 2 else 0)
    assert float(square) ** 0.5 <= reached + slack + 1e-12


@a_few(1)
@given(st.data())
def test_cells_below_the_threshold_get_no_multipliers(data: st.DataObject) -> None:
    problem = data.draw(problems())
    dual = data.draw(vectors(problem.data.shape[0]))
    patterns = ar.enumerate_patterns(problem.arrangement)
    everything = price_cells(problem, patterns, dual)
    assert np.all(everything.values >= 0)
    gradients = patterns.activations() @ (dual[:, np.newaxis] * problem.features)
    lengths = np.linalg.norm(gradients, axis=1)
    level = float(np.median(lengths))
    found = price_cells(problem, patterns, dual, threshold=level)
    assert np.all(lengths[found.cells] > level)
    assert found.bound <= max(level, everything.bound) * (1 + 1e-12)


@a_few(1)
@given(st.data())
def test_any_vector_becomes_a_true_bound(data: st.DataObject) -> None:
    """Even a poor or zero vector gives a certificate; it is just a weak one."""
    problem = data.draw(problems(most_rows=5))
    dual = data.draw(vectors(problem.data.shape[0]))
    patterns = ar.enumerate_patterns(problem.arrangement)
    certificate = cx.certify_dual(problem, patterns, dual)
    zero = convex_oracle.objective(problem, problem.empty_network())
    assert 0 <= certificate.lower <= zero
    assert certificate.lower <= cx.global_optimum(problem).exact_upper


def test_the_zero_vector_certifies_zero() -> None:
    problem = cx.TrainingProblem([[1.0], [-1.0]], [1.0, 1.0], 0.1)
    patterns = ar.enumerate_patterns(problem.arrangement)
    assert cx.certify_dual(problem, patterns, np.zeros(2)).lower == 0


def test_the_residual_of_the_worked_example_reaches_beta() -> None:
    """h(residual) = 0.1 exactly."""
    problem = cx.TrainingProblem([[-0.2, 1.0], [1.0, 1.0]], [0.5, 1.0], 0.1)
    residual = np.array([0.021225, 0.061064])
    square = exact_peak(problem, ar.enumerate_patterns(problem.arrangement), residual)
    assert float(square) ** 0.5 == pytest.approx(0.1, abs=1e-5)
