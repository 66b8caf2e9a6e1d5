"""Networks: outputs, objective, balance, patterns, and what is refused."""

from __future__ import annotations

from typing import Any

import convex_oracle
import numpy as np
import pytest
from convex_zoo import matrices, networks, problems, takes_bias
from hypothesis import given
from hypothesis import strategies as st

import arrangements as ar
import convex_program as cx


@given(st.data())
def test_forward_is_the_sum_over_neurons(data: st.DataObject) -> None:
    X = data.draw(matrices())
    network = data.draw(networks(X.shape[1], bias=True))
    expected = [float(z) for z in convex_oracle.outputs(convex_oracle.exact(X), network)]
    for form in (X, X.tolist(), ar.DataMatrix.from_array(X), ar.Arrangement(X)):
        np.testing.assert_allclose(network.forward(form), expected, rtol=1e-12, atol=1e-12)


@given(st.data())
def test_objective_is_loss_plus_decay(data: st.DataObject) -> None:
    problem = data.draw(problems())
    network = data.draw(networks(problem.data.shape[1], bias=takes_bias(problem)))
    expected = convex_oracle.objective(problem, network)
    assert problem.exact_objective(network) == expected
    assert problem.objective(network) == pytest.approx(float(expected), rel=1e-12, abs=1e-12)


@given(st.data())
def test_balancing_keeps_the_outputs_and_never_costs(data: st.DataObject) -> None:
    problem = data.draw(problems())
    network = data.draw(networks(problem.data.shape[1], bias=takes_bias(problem)))
    balanced = network.balanced()
    assert balanced.balance_error() <= 1e-12
    assert balanced.output_bias == network.output_bias
    assert balanced.width == len(network.active())
    rows = problem.data
    np.testing.assert_allclose(balanced.forward(rows), network.forward(rows), atol=1e-9)
    assert problem.objective(balanced) <= problem.objective(network) + 1e-9


@given(st.data())
def test_patterns_are_exact_signs_with_ties_active(data: st.DataObject) -> None:
    X = data.draw(matrices())
    network = data.draw(networks(X.shape[1], bias=False))
    rows = convex_oracle.exact(X)
    expected = {
        tuple(convex_oracle.dot(w, x) >= 0 for x in rows)
        for w in convex_oracle.exact(network.hidden.tolist())
    }
    patterns = network.patterns(X)
    assert {tuple(pattern.tolist()) for pattern in patterns} == expected
    assert patterns.origin is ar.Origin.NETWORK


def test_masses_balance_and_active_by_hand() -> None:
    network = cx.Network([[3.0, 4.0], [0.0, 0.0], [1.0, 0.0]], [2.0, 5.0, 0.0])
    assert network.masses().tolist() == [10.0, 0.0, 0.0]
    assert network.active().tolist() == [0]
    assert network.balance_error() == 5.0
    assert cx.Network.empty(2).balance_error() == 0.0


def test_a_network_keeps_its_own_copy_of_the_weights() -> None:
    hidden = np.ones((1, 2))
    network = cx.Network(hidden, [1.0])
    hidden[0, 0] = 7.0
    assert network.hidden[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        network.hidden[0, 0] = 7.0


def test_a_column_of_output_weights_is_the_same() -> None:
    row, column = cx.Network([[1.0], [2.0]], [3.0, 4.0]), cx.Network([[1.0], [2.0]], [[3.0], [4.0]])
    assert row.output.tolist() == column.output.tolist() == [[3.0], [4.0]]


WRONG: list[tuple[str, Any, Any, Any, str]] = [
    ("hidden is a vector", [1.0, 2.0], [1.0], 0.0, "hidden has shape"),
    ("hidden has three axes", np.ones((1, 1, 1)), [1.0], 0.0, "hidden has shape"),
    ("hidden has no columns", np.ones((1, 0)), [1.0], 0.0, "hidden has shape"),
    ("hidden is ragged", [[1.0], [1.0, 2.0]], [1.0, 1.0], 0.0, "hidden"),
    ("hidden is text", [["a"]], [1.0], 0.0, "hidden"),
    ("hidden is complex", [[1j]], [1.0], 0.0, "hidden"),
    ("hidden has a nan", [[0.0, float("nan")]], [1.0], 0.0, r"hidden\[0, 1\]"),
    ("output too short", [[1.0], [2.0]], [1.0], 0.0, "output has shape"),
    ("output too long", [[1.0]], [1.0, 2.0], 0.0, "output has shape"),
    ("more outputs than neurons", [[1.0]], [[1.0], [2.0]], 0.0, "output has shape"),
    ("output is transposed", [[1.0], [2.0]], [[1.0, 2.0]], 0.0, "output has shape"),
    ("output is infinite", [[1.0]], [float("inf")], 0.0, r"output\[0\]"),
    ("bias is a nan", [[1.0]], [1.0], float("nan"), "output_bias"),
    ("bias is infinite", [[1.0]], [1.0], float("inf"), "output_bias"),
]


@pytest.mark.parametrize(
    ("hidden", "output", "bias", "message"), [row[1:] for row in WRONG], ids=[r[0] for r in WRONG]
)
def test_wrong_weights_are_refused(hidden: Any, output: Any, bias: Any, message: str) -> None:
    with pytest.raises(cx.ArgumentError, match=message):
        cx.Network(hidden, output, bias)


@pytest.mark.parametrize("data", [[[1.0]], [[1.0, 2.0, 3.0]], [1.0, 2.0], 3.0])
def test_data_of_another_width_are_refused(data: Any) -> None:
    network = cx.Network([[1.0, 2.0]], [1.0])
    with pytest.raises(cx.ArgumentError, match="data has shape"):
        network.forward(data)


def test_a_network_of_another_width_does_not_fit_a_problem() -> None:
    problem = cx.TrainingProblem([[1.0, 2.0]], [1.0], 0.1)
    for question in (problem.objective, problem.residual, lambda net: cx.certify(net, problem)):
        with pytest.raises(cx.ArgumentError, match="3 inputs"):
            question(cx.Network.empty(3))
