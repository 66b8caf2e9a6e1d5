"""Laws of the convex program in its pattern list."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from convex_zoo import a_few, networks, problems
from hypothesis import given
from hypothesis import strategies as st

import arrangements as ar
import convex_program as cx


def value(problem: cx.TrainingProblem, activations: object) -> float:
    subset = ar.PatternSubset.from_activations(problem.arrangement, activations)
    return cx.FullPattern().solve(cx.ConvexProgram(problem, subset)).objective


def slack(problem: cx.TrainingProblem) -> float:
    """Return what the solver may be off by: a part of the empty network's objective."""
    return 1e-7 * problem.objective(problem.empty_network()) + 1e-9


def alike(problem: cx.TrainingProblem, table: np.ndarray) -> np.ndarray:
    """Keep the vectors that agree on rows of one hyperplane; see test_known_faults.py."""
    arrangement = problem.arrangement
    sides = table == (arrangement.orientation >= 0)
    kept = np.ones(len(table), dtype=bool)
    for row, group in enumerate(arrangement.row_class):
        if group >= 0:
            kept &= sides[:, row] == sides[:, arrangement.representatives[group]]
    return table[kept]


@a_few(1)
@given(problems(), st.data())
def test_removing_patterns_never_lowers_the_value(
    problem: cx.TrainingProblem, data: st.DataObject
) -> None:
    every = ar.enumerate_patterns(problem.arrangement).activations()
    order = data.draw(st.permutations(range(len(every))))
    sizes = sorted({1, (len(every) + 1) // 2, len(every)})
    values = [value(problem, every[list(order[:size])]) for size in sizes]
    for fewer, more in itertools.pairwise(values):
        assert more <= fewer + slack(problem)
    assert float(cx.global_optimum(problem).exact_lower) <= values[-1] + slack(problem)


@a_few(1)
@given(problems())
def test_patterns_listed_twice_change_nothing(problem: cx.TrainingProblem) -> None:
    every = ar.enumerate_patterns(problem.arrangement).activations()
    doubled = value(problem, np.concatenate([every, every[::-1]]))
    assert doubled == pytest.approx(value(problem, every), abs=slack(problem))


@a_few(1)
@given(problems(), st.data())
def test_boundary_patterns_change_nothing(problem: cx.TrainingProblem, data: st.DataObject) -> None:
    """Patterns of neurons on boundaries, the zero neuron among them."""
    every = ar.enumerate_patterns(problem.arrangement).activations()
    network = data.draw(networks(problem.data.shape[1], bias=False))
    ties = network.patterns(problem.arrangement).activations()
    zero = np.ones((1, len(problem.exact_targets)), dtype=bool)
    more = value(problem, np.concatenate([every, alike(problem, np.concatenate([ties, zero]))]))
    assert more == pytest.approx(value(problem, every), abs=slack(problem))


@a_few(2)
@given(problems(most_rows=4))
def test_all_zero_one_vectors_have_the_value_of_the_true_patterns(
    problem: cx.TrainingProblem,
) -> None:
    """A vector that is no pattern has a cone without interior inside some closed cell."""
    n = len(problem.exact_targets)
    vectors = alike(problem, np.array(list(itertools.product((False, True), repeat=n))))
    every = ar.enumerate_patterns(problem.arrangement).activations()
    assert value(problem, vectors) == pytest.approx(value(problem, every), abs=slack(problem))


@a_few(1)
@given(problems())
def test_the_inactive_pattern_can_be_dropped(problem: cx.TrainingProblem) -> None:
    every = ar.enumerate_patterns(problem.arrangement).activations()
    kept = every[every.any(axis=1)]
    if len(kept):
        assert value(problem, kept) == pytest.approx(value(problem, every), abs=slack(problem))


@a_few(1)
@given(problems())
def test_every_subset_value_is_the_objective_of_its_network(problem: cx.TrainingProblem) -> None:
    subset = ar.sample_patterns(problem.arrangement, 3, seed=0)
    program = cx.ConvexProgram(problem, subset)
    solution = cx.FullPattern().solve(program)
    network = cx.recover_network(program, solution)
    assert problem.objective(network) == pytest.approx(
        solution.objective, rel=1e-6, abs=slack(problem)
    )
