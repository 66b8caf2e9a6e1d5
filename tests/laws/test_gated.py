"""The sandwich: gated optimum <= ReLU optimum over the same patterns <= decomposed network."""

from __future__ import annotations

import numpy as np
import pytest
from convex_zoo import a_few, any_problems, solved
from hypothesis import given
from hypothesis import strategies as st

import arrangements as ar
import convex_program as cx

SMOOTH = (cx.Squared(), cx.Logistic(), cx.Huber("0.5"))


@a_few(8)
@given(any_problems(losses=SMOOTH))
def test_over_all_patterns(problem: cx.TrainingProblem) -> None:
    """Every pattern has a gate, so the gated bound holds for ReLU networks of every width."""
    if isinstance(problem.hidden_bias, cx.FreeHiddenBias):
        return
    patterns = ar.enumerate_patterns(problem.arrangement)
    gated = cx.gated_optimum(problem, cx.Gated.of_patterns(patterns))
    best = solved(problem)
    parts = gated.decomposed()
    assert gated.exact_lower <= best.exact_upper
    upper = problem.exact_objective(parts.network)
    assert upper is not None
    assert best.exact_lower <= upper
    # the same outputs: what the network costs more is its penalty
    outputs = gated.network.forward(problem.data)
    assert parts.network.forward(problem.data) == pytest.approx(outputs, abs=1e-5)
    assert parts.factor >= 1.0 - 1e-9
    assert float(upper) == pytest.approx(
        gated.upper + parts.penalty - parts.gated_penalty, rel=1e-4, abs=1e-5
    )


@a_few(8)
@given(any_problems(losses=SMOOTH), st.integers(1, 5), st.integers(0, 99))
def test_over_sampled_patterns(problem: cx.TrainingProblem, count: int, seed: int) -> None:
    """The program over a sample lies between the gated one and the decomposed network."""
    if isinstance(problem.hidden_bias, cx.FreeHiddenBias):
        return
    sample = ar.sample_patterns(problem.arrangement, count, seed=seed)
    gates = cx.Gated.sampled(count, features=problem.data.shape[1], seed=seed)
    assert {row.tobytes() for row in gates.sides(problem.data)} == {
        row.tobytes() for row in sample.activations()
    }
    gated = cx.gated_optimum(problem, gates)
    try:
        restricted = cx.FullPattern().propose(problem, patterns=sample).objective
    except cx.SolverError:
        return
    room = 1e-5 * max(1.0, restricted)
    assert gated.lower <= restricted + room
    assert restricted <= gated.decomposed().objective + room


@pytest.mark.parametrize("seed", range(3))
def test_a_vector_in_its_gates_cone_costs_nothing_more(seed: int) -> None:
    """Orthogonal rows: every cone is an orthant, and u, v are the positive and negative parts."""
    generator = np.random.default_rng(seed)
    w = generator.standard_normal(4)
    problem = cx.TrainingProblem(np.eye(4), np.ones(4), 1.0)
    network = cx.GatedNetwork(cx.Gated(np.ones((1, 4))), w[np.newaxis])
    from convex_program.gated.decomposition import decompose
    from convex_program.gated.program import GatedProgram

    parts = decompose(GatedProgram.of(problem, network.gates), network)
    expected = np.linalg.norm(np.maximum(w, 0)) + np.linalg.norm(np.minimum(w, 0))
    assert parts.penalty == pytest.approx(expected, rel=1e-7)
    assert parts.gated_penalty == pytest.approx(np.linalg.norm(w), rel=1e-12)
