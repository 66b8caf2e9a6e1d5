"""The optimal value as a function of beta: concave, not falling, no network below it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import convex_oracle
from convex_zoo import a_few, problems, wild_problems
from hypothesis import given, reject
from hypothesis import strategies as st

import convex_program as cx

BETAS = st.lists(st.integers(1, 400), min_size=3, max_size=5, unique=True).map(
    lambda wholes: [Fraction(whole, 40) for whole in wholes]
)


def followed(
    problem: cx.TrainingProblem, betas: list[Fraction], solver: cx.Solver | None
) -> cx.RegularizationPath:
    try:
        return cx.regularization_path(
            problem.data,
            problem.exact_targets,
            betas,
            output_bias=problem.output_bias,
            solver=solver,
        )
    except cx.SolverError:
        reject()


@a_few(2)
@given(st.one_of(problems(), wild_problems()), BETAS, st.sampled_from([None, cx.WorkingSet()]))
def test_brackets_contradict_neither_growth_nor_concavity(
    problem: cx.TrainingProblem, betas: list[Fraction], solver: cx.Solver | None
) -> None:
    path = followed(problem, betas, solver)
    for large, small in combinations(path, 2):
        assert small.exact_lower <= large.exact_upper
    for large, middle, small in combinations(path, 3):
        top, at, bottom = (best.problem.exact_beta for best in (large, middle, small))
        part = (at - bottom) / (top - bottom)
        chord = part * large.exact_lower + (1 - part) * small.exact_lower
        assert chord <= middle.exact_upper
        # From zero on, too: no objective is negative.
        assert at / top * large.exact_lower <= middle.exact_upper


@a_few(2)
@given(problems(), BETAS)
def test_no_network_of_the_path_is_below_the_bound_at_another_beta(
    problem: cx.TrainingProblem, betas: list[Fraction]
) -> None:
    path = followed(problem, betas, cx.WorkingSet())
    for best in path:
        for other in path:
            at_the_other = replace(best.problem, beta=other.problem.exact_beta)
            assert convex_oracle.objective(at_the_other, best.network) >= other.exact_lower


@a_few(2)
@given(problems(), BETAS, st.floats(0.0, 1.0))
def test_between_two_betas_the_optimum_is_where_the_path_says(
    problem: cx.TrainingProblem, betas: list[Fraction], part: float
) -> None:
    path = followed(problem, betas, None)
    beta = Fraction(part) * min(betas) + (1 - Fraction(part)) * max(betas)
    lower, upper = path.lower_at(beta), path.upper_at(beta)
    assert lower <= upper
    alone = cx.global_optimum(replace(problem, beta=beta))
    assert Fraction(lower) <= alone.exact_upper
    assert alone.exact_lower <= Fraction(upper)
    for best in path:
        assert path.lower_at(best.problem.exact_beta) == best.lower
        assert path.upper_at(best.problem.exact_beta) <= best.upper


@a_few(2)
@given(problems(), BETAS)
def test_losses_grow_and_penalties_fall_up_to_the_gaps(
    problem: cx.TrainingProblem, betas: list[Fraction]
) -> None:
    """Exchange the networks of two betas: both sums can only rise, by no less than the gaps."""
    path = followed(problem, betas, cx.WorkingSet())
    for large, small in combinations(range(len(path)), 2):
        slack = float(path[large].gap + path[small].gap)
        between = path.betas[large] - path.betas[small]
        room = slack / between + 1e-9 * (1 + path.penalties[small])
        assert path.penalties[large] <= path.penalties[small] + room
        size = 1e-9 * (1 + path.losses[large])
        assert path.losses[small] <= path.losses[large] + slack + path.betas[small] * room + size
