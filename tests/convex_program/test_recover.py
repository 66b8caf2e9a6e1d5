"""From convex blocks to networks and back."""

from __future__ import annotations

import numpy as np
import pytest
from convex_zoo import a_few, networks, problems, takes_bias
from hypothesis import given
from hypothesis import strategies as st

import arrangements as ar
import convex_program as cx


def program_value(program: cx.ConvexProgram, u: np.ndarray, v: np.ndarray, bias: float) -> float:
    """Return the value of the convex program at given blocks, cell by cell."""
    problem = program.problem
    fitted = np.full(len(problem.targets), bias)
    for pattern, plus, minus in zip(program.patterns, u, v, strict=True):
        fitted += pattern * (problem.features @ (plus - minus))
    group = np.linalg.norm(u, axis=1).sum() + np.linalg.norm(v, axis=1).sum()
    value = ((fitted - problem.targets) ** 2).sum() / 2 + problem.decay * group
    if isinstance(problem.output_bias, cx.DecayedBias):
        value += problem.decay / 2 * bias**2
    return float(value)


def solution_of(u: np.ndarray, v: np.ndarray, bias: float = 0.0) -> cx.Solution:
    return cx.Solution(u, v, bias, np.zeros(1), 0.0, cx.Status.SOLVED, 0, 0.0, "by hand")


def complete(problem: cx.TrainingProblem) -> cx.ConvexProgram:
    return cx.ConvexProgram(problem, ar.enumerate_patterns(problem.arrangement))


@a_few(1)
@given(st.data())
def test_the_convex_point_of_a_network_is_feasible_and_not_dearer(data: st.DataObject) -> None:
    problem = data.draw(problems())
    network = data.draw(networks(problem.data.shape[1], bias=takes_bias(problem)))
    program = complete(problem)
    u, v = cx.convex_point(program, network)
    for pattern, plus, minus in zip(program.patterns, u, v, strict=True):
        side = np.where(pattern, 1, -1)
        assert np.all(side * (problem.features @ plus) >= -1e-9)
        assert np.all(side * (problem.features @ minus) >= -1e-9)
    np.testing.assert_allclose(
        program.outputs(u - v) + network.output_bias, network.forward(problem.data), atol=1e-9
    )
    value = program_value(program, u, v, network.output_bias)
    assert value <= problem.objective(network) + 1e-9
    assert value <= problem.objective(network.merged(problem.data)) + 1e-9


@a_few(1)
@given(st.data())
def test_network_to_blocks_to_network_keeps_the_outputs(data: st.DataObject) -> None:
    problem = data.draw(problems())
    network = data.draw(networks(problem.data.shape[1], bias=takes_bias(problem)))
    program = complete(problem)
    u, v = cx.convex_point(program, network)
    back = cx.recover_network(program, solution_of(u, v, network.output_bias))
    np.testing.assert_allclose(back.forward(problem.data), network.forward(problem.data), atol=1e-6)
    value = program_value(program, u, v, network.output_bias)
    assert problem.objective(back) == pytest.approx(value, rel=1e-6, abs=1e-9)


@a_few(1)
@given(problems())
def test_the_recovered_optimum_is_balanced_and_has_the_value(
    problem: cx.TrainingProblem,
) -> None:
    program = complete(problem)
    solution = cx.FullPattern().solve(program)
    network = cx.recover_network(program, solution)
    assert network.balance_error() <= 1e-12
    assert network.output_bias == solution.output_bias
    value = program_value(program, solution.positive, solution.negative, solution.output_bias)
    assert solution.objective == pytest.approx(value, rel=1e-7, abs=1e-9)
    assert problem.objective(network) == pytest.approx(value, rel=1e-6, abs=1e-9)


def test_both_blocks_of_one_cell_become_two_neurons() -> None:
    """Not one neuron but two: u_i and v_i of one cell, both non-zero, are two neurons."""
    problem = cx.TrainingProblem([[1.0, 0.0], [0.0, 1.0]], [1.0, -1.0], 0.1)
    program = complete(problem)
    cell = program.patterns.find([True, True])
    u, v = np.zeros((4, 2)), np.zeros((4, 2))
    u[cell], v[cell] = [2.0, 0.5], [0.5, 2.0]
    network = cx.recover_network(program, solution_of(u, v))
    assert sorted(np.sign(network.output[:, 0]).tolist()) == [-1.0, 1.0]
    np.testing.assert_allclose(network.forward(problem.data), [1.5, -1.5], atol=1e-14)
    again = cx.convex_point(program, network)
    np.testing.assert_allclose(again[0], u, atol=1e-14)
    np.testing.assert_allclose(again[1], v, atol=1e-14)


def test_an_optimum_that_needs_both_blocks_of_a_cell() -> None:
    """Rows and targets e_1 -> 1, e_2 -> -1: one neuron each way, both in the cell (1, 1)."""
    problem = cx.TrainingProblem(np.eye(2), [1.0, -1.0], 0.1)
    pattern = ar.PatternSubset.from_activations(problem.arrangement, [[True, True]])
    program = cx.ConvexProgram(problem, pattern)
    solution = cx.FullPattern().solve(program)
    assert np.linalg.norm(solution.positive) > 0.5
    assert np.linalg.norm(solution.negative) > 0.5
    network = cx.recover_network(program, solution)
    assert network.width == 2
    # Each neuron solves min (a - 1)^2 / 2 + beta a: a = 0.9.
    np.testing.assert_allclose(network.forward(np.eye(2)), [0.9, -0.9], atol=1e-6)
    assert problem.objective(network) == pytest.approx(0.19, abs=1e-8)


def test_a_neuron_split_over_a_boundary_becomes_one() -> None:
    problem = cx.TrainingProblem([[1.0, 0.0], [0.0, 1.0]], [1.0, 0.0], 0.1)
    program = complete(problem)
    u = np.zeros((4, 2))
    for pattern, share in (([True, True], 0.3), ([True, False], 0.6)):
        u[program.patterns.find(pattern)] = [share, 0.0]
    network = cx.recover_network(program, solution_of(u, np.zeros((4, 2))))
    assert network.width == 1
    np.testing.assert_allclose(network.forward(problem.data), [0.9, 0.0], atol=1e-15)


def test_blocks_of_nothing_are_the_empty_network() -> None:
    program = complete(cx.TrainingProblem([[1.0]], [1.0], 0.1))
    zero = np.zeros((2, 1))
    network = cx.recover_network(program, solution_of(zero, zero))
    assert network.width == 0
    assert network.features == 1


def test_negligible_blocks_are_dropped() -> None:
    program = complete(cx.TrainingProblem([[1.0, 0.0], [0.0, 1.0]], [1.0, 0.0], 0.1))
    u = np.full((4, 2), 1e-12)
    u[program.patterns.find([True, True])] = [1.0, 1.0]
    assert cx.recover_network(program, solution_of(u, np.zeros((4, 2)))).width == 1


def test_a_neuron_outside_the_listed_cells_is_refused() -> None:
    problem = cx.TrainingProblem([[1.0, 0.0], [0.0, 1.0]], [1.0, 0.0], 0.1)
    one = ar.PatternSubset.from_activations(problem.arrangement, [[True, True]])
    with pytest.raises(ValueError, match="no listed cell"):
        cx.convex_point(cx.ConvexProgram(problem, one), cx.Network([[-1.0, 1.0]], [1.0]))
