"""Merging neurons of one sign in one closed cell."""

from __future__ import annotations

import numpy as np
import pytest
from convex_zoo import matrices, networks, problems, takes_bias
from hypothesis import given
from hypothesis import strategies as st

import convex_program as cx


def penalty(network: cx.Network) -> float:
    return float((network.hidden**2).sum() + (network.output**2).sum()) / 2


@given(st.data())
def test_merging_keeps_the_outputs_and_never_costs(data: st.DataObject) -> None:
    problem = data.draw(problems())
    network = data.draw(networks(problem.data.shape[1], bias=takes_bias(problem)))
    merged = network.merged(problem.data)
    rows = problem.data
    np.testing.assert_allclose(merged.forward(rows), network.forward(rows), atol=1e-9)
    assert penalty(merged) <= penalty(network.balanced()) + 1e-9
    assert problem.objective(merged) <= problem.objective(network) + 1e-9
    assert merged.balance_error() <= 1e-12
    assert merged.output_bias == network.output_bias


@given(st.data())
def test_neurons_off_the_boundaries_become_one_a_cell_and_sign(data: st.DataObject) -> None:
    X = data.draw(matrices())
    network = data.draw(networks(X.shape[1], bias=False)).balanced()
    values = network.hidden @ X.T
    inside = np.all((values != 0) | (X == 0).all(axis=1), axis=1)
    chosen = cx.Network(network.hidden[inside], network.output[inside])
    keys = {
        (alpha > 0, tuple(row > 0))
        for alpha, row in zip(chosen.output[:, 0], values[inside], strict=True)
    }
    assert chosen.merged(X).width <= len(keys)


def test_two_neurons_of_one_cell_that_are_not_collinear() -> None:
    X = np.array([[1.0, 0.0], [0.0, 1.0]])
    merged = cx.Network([[2.0, 1.0], [1.0, 2.0]], [1.0, 1.0]).merged(X)
    assert merged.width == 1
    u = merged.hidden[0] * merged.output[0, 0]
    np.testing.assert_allclose(u, [3.0, 3.0], rtol=1e-15)
    # |u| = sqrt 18 for the merged one, 2 sqrt 5 before.
    assert penalty(merged) == pytest.approx(18**0.5, rel=1e-14)


def test_a_neuron_on_a_boundary_joins_a_cell_next_to_it() -> None:
    X = np.array([[1.0, 0.0], [0.0, 1.0]])
    merged = cx.Network([[1.0, 0.0], [1.0, 1.0]], [1.0, 1.0]).merged(X)
    assert merged.width == 1
    np.testing.assert_allclose(merged.forward(X), [2.0, 1.0], rtol=1e-14)


def test_two_sides_of_a_boundary_stay_apart_even_through_a_neuron_on_it() -> None:
    X = np.array([[0.0, 1.0]])
    network = cx.Network([[4.0, 0.0], [1.0, 1.0], [1.0, -1.0]], [4.0, 1.0, 1.0])
    merged = network.merged(X)
    assert merged.width == 2
    np.testing.assert_allclose(merged.forward(X), network.forward(X), atol=1e-14)


def test_collinear_neurons_become_one_at_the_same_cost() -> None:
    X = np.array([[1.0, 2.0], [3.0, -1.0]])
    network = cx.Network([[1.0, 1.0], [2.0, 2.0]], [1.0, 2.0]).balanced()
    merged = network.merged(X)
    assert merged.width == 1
    assert penalty(merged) == pytest.approx(penalty(network), rel=1e-14)


def test_opposite_signs_are_never_merged() -> None:
    X = np.array([[1.0]])
    network = cx.Network([[1.0], [2.0]], [1.0, -2.0])
    assert network.merged(X).width == 2


def test_nothing_to_merge() -> None:
    X = np.array([[1.0, 0.0]])
    assert cx.Network.empty(2, output_bias=0.5).merged(X).output_bias == 0.5
    assert cx.Network([[0.0, 0.0], [1.0, 1.0]], [1.0, 0.0]).merged(X).width == 0
