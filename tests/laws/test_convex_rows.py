"""Laws of the optimum in the rows of the data: exact brackets must overlap."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from convex_zoo import a_few, problems
from hypothesis import given
from hypothesis import strategies as st

import convex_program as cx

Rows = tuple[tuple[Fraction, ...], ...]


def again(problem: cx.TrainingProblem, rows: Rows, targets: tuple, beta: Fraction) -> cx.Bracket:
    bias = problem.output_bias
    return cx.global_optimum(cx.TrainingProblem(rows, targets, beta, output_bias=bias))


def assert_equal(first: cx.Bracket, second: cx.Bracket, factor: Fraction = Fraction(1)) -> None:
    """Assert that ``p* of the first = factor times p* of the second`` can hold, and tightly."""
    assert first.exact_lower <= factor * second.exact_upper
    assert factor * second.exact_lower <= first.exact_upper
    for bracket in (first, second):
        # Where the optimum is 0 the rounding of the network is all there is.
        zero = sum(y * y for y in bracket.problem.exact_targets)
        gap = bracket.exact_upper - bracket.exact_lower
        assert gap <= max(bracket.exact_upper / 10**6, zero / 10**24)


@a_few(1)
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(problem: cx.TrainingProblem, random: object) -> None:
    order = list(range(len(problem.exact_targets)))
    random.shuffle(order)
    rows = tuple(problem.data.fractions[i] for i in order)
    targets = tuple(problem.exact_targets[i] for i in order)
    assert_equal(again(problem, rows, targets, problem.exact_beta), cx.global_optimum(problem))


@a_few(2)
@given(problems(most_rows=3), st.integers(2, 3))
def test_repeating_all_rows_repeats_the_loss(problem: cx.TrainingProblem, times: int) -> None:
    """``k f + beta R = k (f + beta / k R)``, penalties of the output bias included."""
    rows, targets = problem.data.fractions * times, problem.exact_targets * times
    repeated = again(problem, rows, targets, problem.exact_beta)
    single = again(
        problem, problem.data.fractions, problem.exact_targets, problem.exact_beta / times
    )
    assert_equal(repeated, single, Fraction(times))


@a_few(2)
@given(problems(most_rows=3), st.data())
def test_four_copies_of_a_row_are_the_doubled_row(
    problem: cx.TrainingProblem, data: st.DataObject
) -> None:
    """``(2 x.w)_+ = 2 (x.w)_+``: row and target times 2 weigh four times."""
    rows, targets = problem.data.fractions, problem.exact_targets
    i = data.draw(st.integers(0, len(rows) - 1))
    if not isinstance(problem.output_bias, cx.NoBias):
        return
    doubled = (*rows[:i], tuple(2 * x for x in rows[i]), *rows[i + 1 :])
    raised = (*targets[:i], 2 * targets[i], *targets[i + 1 :])
    copied = again(problem, rows + (rows[i],) * 3, targets + (targets[i],) * 3, problem.exact_beta)
    assert_equal(copied, again(problem, doubled, raised, problem.exact_beta))


@a_few(2)
@given(problems())
def test_a_zero_row_adds_its_own_loss(problem: cx.TrainingProblem) -> None:
    if not isinstance(problem.output_bias, cx.NoBias):
        return
    rows = (*problem.data.fractions, (Fraction(0),) * problem.data.shape[1])
    extra = again(problem, rows, (*problem.exact_targets, Fraction(3)), problem.exact_beta)
    best = cx.global_optimum(problem)
    assert extra.exact_lower <= best.exact_upper + Fraction(9, 2)
    assert best.exact_lower + Fraction(9, 2) <= extra.exact_upper


@a_few(2)
@given(problems())
def test_leaving_out_a_row_never_costs(problem: cx.TrainingProblem) -> None:
    if len(problem.exact_targets) == 1:
        return
    fewer = again(
        problem, problem.data.fractions[1:], problem.exact_targets[1:], problem.exact_beta
    )
    assert fewer.exact_lower <= cx.global_optimum(problem).exact_upper


@a_few(2)
@given(problems(), st.randoms(use_true_random=False))
def test_beta_max_does_not_depend_on_the_order(problem: cx.TrainingProblem, random: object) -> None:
    order = list(range(len(problem.exact_targets)))
    random.shuffle(order)
    rows = [problem.data.fractions[i] for i in order]
    targets = tuple(problem.exact_targets[i] for i in order)
    first, second = cx.beta_max(rows, targets), cx.beta_max(problem.data, problem.exact_targets)
    np.testing.assert_allclose(first, second, rtol=1e-12, atol=1e-12)
