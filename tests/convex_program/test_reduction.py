"""Irreducible networks: the same outputs with no more neurons than they need."""

from __future__ import annotations

import numpy as np
import pytest
from convex_zoo import a_few, networks, problems, takes_bias
from hypothesis import given
from hypothesis import strategies as st

import convex_program as cx
from convex_program.irreducible import irreducible_network


@a_few(1)
@given(st.data())
def test_the_outputs_stay_and_the_objective_does_not_rise(data: st.DataObject) -> None:
    problem = data.draw(problems())
    network = data.draw(networks(problem.data.shape[1], bias=takes_bias(problem)))
    reduced = irreducible_network(problem, network)
    n = len(problem.exact_targets)
    np.testing.assert_allclose(
        reduced.forward(problem.data), network.forward(problem.data), atol=1e-6
    )
    assert problem.objective(reduced) <= problem.objective(network) + 1e-6
    assert reduced.width <= min(n, network.width)
    assert reduced.output_bias == network.output_bias
    atoms = np.maximum(problem.features @ reduced.hidden.T, 0)
    assert np.linalg.matrix_rank(atoms, tol=1e-9) == reduced.width


@a_few(1)
@given(problems())
def test_an_optimum_needs_no_more_neurons_than_rows(problem: cx.TrainingProblem) -> None:
    """Caratheodory: at most n."""
    best = cx.global_optimum(problem)
    assert best.network.width <= len(problem.exact_targets)
    assert len(best.network.active()) == best.network.width


def test_three_dependent_neurons_become_two() -> None:
    """On rows 1 and 2 of one column all outputs are multiples; on I two are independent."""
    problem = cx.TrainingProblem(np.eye(2), [1.0, 1.0], 0.1)
    network = cx.Network([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [1.0, 1.0, 1.0])
    reduced = irreducible_network(problem, network)
    assert reduced.width <= 2
    np.testing.assert_allclose(reduced.forward(np.eye(2)), [2.0, 2.0], rtol=1e-12)
    assert problem.objective(reduced) < problem.objective(network)


@pytest.mark.parametrize("bias", [0.0, 0.75])
def test_the_empty_network_stays(bias: float) -> None:
    problem = cx.TrainingProblem([[1.0]], [1.0], 0.1, output_bias=cx.FreeBias())
    reduced = irreducible_network(problem, cx.Network.empty(1, output_bias=bias))
    assert (reduced.width, reduced.output_bias) == (0, bias)
