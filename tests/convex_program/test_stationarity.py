"""Is a network the optimum of the program over its own patterns?  Ties are where it is hard."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import convex_oracle
import numpy as np
import pytest
from convex_zoo import a_few, networks, problems, takes_bias
from hypothesis import assume, given
from hypothesis import strategies as st

import convex_program as cx
from convex_program.settings import STATIONARITY
from convex_program.stationarity import own_cells

THREE = ([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [1.0, 0.8, 0.8])
TWO = (THREE[0][:2], THREE[1][:2])
NEURON = cx.Network([[0.9**0.5, 0.0]], [0.9**0.5])

Data = tuple[list[list[float]], list[float]]


@st.composite
def questions(draw: st.DrawFn) -> tuple[cx.TrainingProblem, cx.Network]:
    problem = draw(problems(most_rows=5))
    return problem, draw(networks(problem.data.shape[1], bias=takes_bias(problem)))


def cells_by_definition(
    problem: cx.TrainingProblem, network: cx.Network
) -> set[convex_oracle.Pattern]:
    """Return the regions that no neuron's exact signs contradict, from the definition."""
    rows = problem.data.fractions
    found = set()
    for pattern in convex_oracle.patterns(rows):
        for w, alpha in zip(network.hidden.tolist(), network.output[:, 0].tolist(), strict=True):
            sides = [convex_oracle.dot(x, map(Fraction, w)) for x in rows]
            fits = all(t == 0 or (t > 0) == bit for t, bit in zip(sides, pattern, strict=True))
            if fits and any(w) and alpha:
                found.add(pattern)
    return found


@a_few(1)
@given(questions())
def test_the_cells_are_those_whose_closure_holds_a_neuron(
    question: tuple[cx.TrainingProblem, cx.Network],
) -> None:
    problem, network = question
    cells, complete = own_cells(problem, network, STATIONARITY.tie, 10_000)
    assert complete
    listed = [tuple(cell) for cell in cells.tolist()]
    assert len(listed) == len(set(listed))
    assert set(listed) == cells_by_definition(problem, network)


@pytest.mark.parametrize(
    ("data", "cells", "upper"),
    [
        (THREE, {(True, True, False), (True, False, True)}, 0.735),
        (TWO, {(True, True), (True, False)}, 0.415),
    ],
    ids=["three", "two"],
)
def test_a_clarke_stationary_neuron_on_a_kink_is_improvable(
    data: Data, cells: set[tuple[bool, ...]], upper: float
) -> None:
    """With the pattern 1[Xw >= 0] alone it would pass: see the other test of this example."""
    problem = cx.TrainingProblem(*data, 0.1)
    assert {tuple(c) for c in own_cells(problem, NEURON, 1e-7, 100)[0].tolist()} == cells
    found = cx.certify(NEURON, problem).stationarity
    assert found.status is cx.StationarityStatus.IMPROVABLE
    assert found.cells == 2
    assert float(found.upper) == pytest.approx(upper, abs=1e-12)
    # Either open cell alone reaches these values.
    assert float(found.reached) < (0.443063 if data is THREE else 0.123063)
    assert found.lower <= found.reached


def test_a_neuron_that_is_best_on_its_own_pattern_need_not_be_a_global_optimum() -> None:
    """x = (-1, 1), y = (1, 2), beta = 1/10: each point has its neuron, by hand.

    One neuron with u > 0 alone: 1/2 (u - 2)^2 + u/10 is least at u = 1.9, with the value
    0.005 + 0.19, and the other point costs 1/2.
    """
    problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], "0.1")
    network = cx.Network([[1.9**0.5]], [1.9**0.5])
    verdict = cx.certify(network, problem)
    assert verdict.stationarity.status is cx.StationarityStatus.STATIONARY
    assert verdict.stationarity.cells == 1
    assert float(verdict.stationarity.lower) == pytest.approx(0.695, rel=1e-9)
    assert verdict.best.upper == pytest.approx(0.29, rel=1e-9)
    assert "Patterns of its own        1  (the network is their optimum" in verdict.summary()
    assert verdict.to_json()["own_patterns"]["status"] == "stationary"


@a_few(1)
@given(questions(), st.data())
def test_no_network_on_the_same_patterns_is_below_the_bound(
    question: tuple[cx.TrainingProblem, cx.Network], data: st.DataObject
) -> None:
    problem, network = question
    found = cx.examine_stationarity(network, problem)
    assert found.lower >= 0
    assert found.reached <= found.upper
    # A solver leaves the cells by a little, so what it reaches may be below.
    assert found.lower <= found.reached * Fraction(1 + STATIONARITY.gap) + Fraction(1, 10**9)
    used = network.active()
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    for size in (0.0, 1e-9, 1e-3):
        # Small steps leave a neuron in the closure of the cells around it.
        hidden = network.hidden[used] + size * rng.standard_normal((len(used), network.features))
        moved = cx.Network(hidden, network.output[used] * rng.normal(1, 0.3), network.output_bias)
        if cells_by_definition(problem, moved) <= cells_by_definition(problem, network):
            assert found.lower <= convex_oracle.objective(problem, moved)


@a_few(1)
@given(questions())
def test_what_is_better_has_the_same_patterns(
    question: tuple[cx.TrainingProblem, cx.Network],
) -> None:
    problem, network = question
    found = cx.examine_stationarity(network, problem)
    assume(found.status is cx.StationarityStatus.IMPROVABLE)
    assert found.reached == convex_oracle.objective(problem, found.better)
    assert found.reached < convex_oracle.objective(problem, network)
    cells = np.array(sorted(cells_by_definition(problem, network)), dtype=bool)
    for j in found.better.active():
        w = found.better.hidden[j] / np.linalg.norm(found.better.hidden[j])
        sides = problem.features @ w
        outside = np.where(cells, -sides, sides).max(axis=1, initial=0.0)
        assert outside.min() <= 1e-5 * np.abs(problem.features).max()


@a_few(1)
@given(problems(most_rows=5))
def test_a_global_optimum_is_stationary(problem: cx.TrainingProblem) -> None:
    best = cx.global_optimum(problem)
    assume(best.relative_gap < 1e-8)
    found = cx.examine_stationarity(best.network, problem)
    assert found.status is not cx.StationarityStatus.IMPROVABLE
    known = cx.examine_stationarity(best.network, problem, lower=best.exact_lower)
    assert known.status is cx.StationarityStatus.STATIONARY


def test_an_unbalanced_network_is_improvable_without_solving() -> None:
    problem = cx.TrainingProblem(*TWO, 0.1)
    network = cx.Network([[4.0, 1.0]], [0.25])
    settings = replace(STATIONARITY, most_solved=0)
    found = cx.examine_stationarity(network, problem, settings=settings)
    assert found.status is cx.StationarityStatus.IMPROVABLE
    assert found.better.balance_error() < 1e-12


def test_too_many_cells_leave_the_question_open() -> None:
    problem = cx.TrainingProblem(*THREE, 0.1)
    settings = replace(STATIONARITY, most_entries=0)
    found = cx.examine_stationarity(NEURON, problem, lower=Fraction(1, 8), settings=settings)
    assert found.status is cx.StationarityStatus.UNDECIDED
    assert found.lower == Fraction(1, 8)
    assert "not decided" in found.describe()


def test_inactive_neurons_cost_and_are_better_left_out() -> None:
    problem = cx.TrainingProblem(*TWO, 0.1)
    found = cx.examine_stationarity(cx.Network([[1.0, 0.0]], [0.0]), problem)
    assert found.cells == 0
    assert found.status is cx.StationarityStatus.IMPROVABLE
    # Half the sum of squares of the targets is what the network without neurons costs.
    assert float(found.reached) == pytest.approx(0.5 * (1.0 + 0.64), rel=1e-12)
    empty = cx.examine_stationarity(problem.empty_network(), problem)
    # It has no patterns of its own to be the optimum of.
    assert empty.status is cx.StationarityStatus.UNDECIDED
    assert empty.describe() == "none  (no neuron is active)"
