"""Laws of the optimum under scaling, negation, rotation and weight decay."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from convex_zoo import a_few, problems
from hypothesis import given
from hypothesis import strategies as st

import convex_program as cx

FACTORS = st.sampled_from([Fraction(1, 1000), Fraction(1, 3), Fraction(7, 2), Fraction(10**6)])


def changed(
    problem: cx.TrainingProblem,
    *,
    data: Fraction = Fraction(1),
    targets: Fraction = Fraction(1),
    beta: Fraction = Fraction(1),
) -> cx.TrainingProblem:
    return cx.TrainingProblem(
        [[data * x for x in row] for row in problem.data.fractions],
        tuple(targets * y for y in problem.exact_targets),
        beta * problem.exact_beta,
        output_bias=problem.output_bias,
    )


def assert_equal(first: cx.Bracket, second: cx.Bracket, factor: Fraction = Fraction(1)) -> None:
    """Assert that ``p* of the first = factor times p* of the second`` can hold, and tightly."""
    assert first.exact_lower <= factor * second.exact_upper
    assert factor * second.exact_lower <= first.exact_upper
    for bracket in (first, second):
        # Where the optimum is 0 the rounding of the network is all there is.
        zero = sum(y * y for y in bracket.problem.exact_targets)
        gap = bracket.exact_upper - bracket.exact_lower
        assert gap <= max(bracket.exact_upper / 10**6, zero / 10**24)


def decayed(problem: cx.TrainingProblem) -> bool:
    return isinstance(problem.output_bias, cx.DecayedBias)


@a_few(1)
@given(problems(), FACTORS)
def test_data_and_decay_scale_together(problem: cx.TrainingProblem, c: Fraction) -> None:
    """``p*(c X, y, c beta) = p*(X, y, beta)``; a decayed bias knows beta alone."""
    if not decayed(problem):
        assert_equal(
            cx.global_optimum(changed(problem, data=c, beta=c)), cx.global_optimum(problem)
        )


@a_few(1)
@given(problems(), FACTORS)
def test_targets_and_decay_scale_together(problem: cx.TrainingProblem, c: Fraction) -> None:
    """``p*(X, c y, c beta) = c^2 p*(X, y, beta)``."""
    if not decayed(problem):
        scaled = cx.global_optimum(changed(problem, targets=c, beta=c))
        assert_equal(scaled, cx.global_optimum(problem), c * c)


@a_few(1)
@given(problems(), FACTORS)
def test_data_against_targets_leaves_the_decay(problem: cx.TrainingProblem, c: Fraction) -> None:
    """``p*(X / c, c y, beta) = c^2 p*(X, y, beta)``, with every output bias."""
    scaled = cx.global_optimum(changed(problem, data=1 / c, targets=c))
    assert_equal(scaled, cx.global_optimum(problem), c * c)


@a_few(1)
@given(problems())
def test_negating_the_targets_changes_nothing(problem: cx.TrainingProblem) -> None:
    negated = cx.global_optimum(changed(problem, targets=Fraction(-1)))
    assert_equal(negated, cx.global_optimum(problem))


@a_few(1)
@given(problems())
def test_negating_the_data_changes_nothing(problem: cx.TrainingProblem) -> None:
    """u goes to -u: the cells are exchanged by their antipodes."""
    negated = cx.global_optimum(changed(problem, data=Fraction(-1)))
    assert_equal(negated, cx.global_optimum(problem))


@a_few(1)
@given(problems())
def test_an_exact_rotation_changes_nothing(problem: cx.TrainingProblem) -> None:
    """The rotation by the angle of (3, 4, 5) in the first two columns is rational."""
    if problem.data.shape[1] == 1:
        return
    c, s = Fraction(3, 5), Fraction(4, 5)
    rows = [[c * x - s * y, s * x + c * y, *rest] for x, y, *rest in problem.data.fractions]
    rotated = cx.TrainingProblem(
        rows, problem.exact_targets, problem.exact_beta, output_bias=problem.output_bias
    )
    assert_equal(cx.global_optimum(rotated), cx.global_optimum(problem))


@pytest.mark.parametrize("seed", range(5))
def test_a_float_rotation_changes_little(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((7, 3)), rng.standard_normal(7)
    rotation = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    plain, turned = (cx.global_optimum(cx.TrainingProblem(Z, y, 0.1)) for Z in (X, X @ rotation))
    assert turned.upper == pytest.approx(plain.upper, rel=1e-9)
    assert turned.lower == pytest.approx(plain.lower, rel=1e-9)


@a_few(1)
@given(problems())
def test_permuted_and_padded_columns_change_nothing(problem: cx.TrainingProblem) -> None:
    rows = [[0, *reversed(row), 0] for row in problem.data.fractions]
    padded = cx.TrainingProblem(
        rows, problem.exact_targets, problem.exact_beta, output_bias=problem.output_bias
    )
    assert_equal(cx.global_optimum(padded), cx.global_optimum(problem))


@a_few(1)
@given(problems())
def test_the_optimum_is_increasing_and_concave_in_the_decay(problem: cx.TrainingProblem) -> None:
    """A minimum of functions ``f + beta r``, all increasing and affine in beta."""
    values = [cx.global_optimum(changed(problem, beta=Fraction(k, 2))) for k in (1, 2, 3)]
    for smaller, larger in itertools.pairwise(values):
        assert smaller.exact_lower <= larger.exact_upper
    low, middle, high = values
    assert low.exact_lower + high.exact_lower <= 2 * middle.exact_upper
    # With p*(0) >= 0 concavity makes p* / beta decrease.
    assert high.exact_lower <= 3 * low.exact_upper


@a_few(1)
@given(problems())
def test_output_biases_are_ordered(problem: cx.TrainingProblem) -> None:
    """A free bias is at most a decayed one, a decayed one at most none."""
    free, decay, none = (
        cx.global_optimum(
            cx.TrainingProblem(
                problem.data, problem.exact_targets, problem.exact_beta, output_bias=bias
            )
        )
        for bias in (cx.FreeBias(), cx.DecayedBias(), cx.NoBias())
    )
    assert free.exact_lower <= decay.exact_upper
    assert decay.exact_lower <= none.exact_upper


@a_few(2)
@given(problems(), FACTORS)
def test_beta_max_is_linear_in_data_and_targets(problem: cx.TrainingProblem, c: Fraction) -> None:
    plain = cx.beta_max(problem.data, problem.exact_targets)
    for scaled in (changed(problem, data=c), changed(problem, targets=c)):
        found = cx.beta_max(scaled.data, scaled.exact_targets)
        assert found == pytest.approx(float(c) * plain, rel=1e-10)
