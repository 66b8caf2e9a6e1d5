"""All optima: against scans of the dual, other solvers, exact examples and mixed-integer programs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from convex_zoo import a_few, any_problems, solved
from hypothesis import given
from hypothesis import strategies as st

import convex_program as cx
from convex_program.optimal_set import weights as room

CROSS = [[4, 0], [-4, 0], [0, 3], [0, -3]]


def circle(X: np.ndarray) -> np.ndarray:
    """Return angles of a fine grid, and those where a row vanishes: the kinks."""
    rows = X[X.any(axis=1)]
    kinks = np.arctan2(rows[:, 0], -rows[:, 1])
    angles = np.concatenate([np.linspace(0.0, 2.0 * math.pi, 3_000), kinks, kinks + math.pi])
    return np.unique(np.mod(angles, 2.0 * math.pi))


def dual_optimum(X: np.ndarray, y: np.ndarray, beta: float) -> np.ndarray:
    """Return the dual optimum of the squared loss, one constraint for each angle, with cvxpy."""
    import cvxpy as cp

    angles = circle(X)
    atoms = np.maximum(np.stack([np.cos(angles), np.sin(angles)], axis=1) @ X.T, 0.0)
    v = cp.Variable(len(y))
    model = cp.Problem(cp.Minimize(cp.sum_squares(v - y)), [cp.abs(atoms @ v) <= beta])
    model.solve(solver=cp.CLARABEL)
    return np.asarray(v.value)


@pytest.mark.parametrize("seed", range(6))
def test_directions_in_the_plane_are_those_that_a_scan_finds(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X = generator.integers(-4, 5, (5, 2)).astype(float)
    X[4] = -2 * X[0] if seed % 2 else X[0]
    y = generator.integers(-3, 4, 5) * 1.0
    beta = 0.5
    found = cx.optimal_set(cx.TrainingProblem(X, y, beta))
    v = dual_optimum(X, y, beta)
    angles = circle(X)
    for sign in (1, -1):
        mine = found.directions[found.signs == sign]
        pulls = sign * np.maximum(np.c_[np.cos(angles), np.sin(angles)] @ X.T, 0.0) @ v
        peaks = [
            angles[i]
            for i in range(len(angles))
            if pulls[i] >= beta * (1 - 1e-4)
            and pulls[i] >= max(pulls[i - 1], pulls[(i + 1) % len(angles)])
        ]
        for peak in peaks:  # each is listed
            assert np.abs(mine - [math.cos(peak), math.sin(peak)]).max(axis=1).min() < 1e-2
        for one in mine:  # and what is listed reaches beta
            assert sign * np.maximum(X @ one, 0.0) @ v == pytest.approx(beta, rel=1e-3)


def test_the_cross_by_hand() -> None:
    """v = (2, 2, 2, 2) makes g = (8, 6), of length 10; z = 16, 16, 9, 9 and fits 16/5, 9/5."""
    optima = cx.optimal_set(cx.TrainingProblem(CROSS, [18, 18, 11, 11], 10))
    assert optima.exact
    assert optima.unique is cx.Answer.NO
    expected = {(s * 0.8, t * 0.6) for s in (1, -1) for t in (1, -1)}
    assert {tuple(row) for row in optima.directions.round(12)} == expected
    assert sorted(optima.polytope.vertices.sum(axis=1)) == [10.0, 10.0]
    assert (optima.polytope.low == 0.0).all()
    assert (optima.polytope.high == 5.0).all()
    assert (optima.smallest_width, optima.largest_width, optima.connected_from) == (2, 2, 4)
    # opposite neurons go together
    for vertex in optima.polytope.vertices:
        a, b = optima.directions[vertex > 0.0]
        assert np.abs(a + b).max() < 1e-12


@pytest.mark.parametrize(("beta", "count", "fewest"), [(5, 0, 0), (2, 1, 0), (0.5, 2, 2)])
def test_two_points_by_hand(beta: float, count: int, fewest: int) -> None:
    """At beta = 2 the larger target just gets no neuron: its direction is tight, with weight 0."""
    optima = cx.optimal_set(cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta))
    assert (optima.unique, optima.exact) == (cx.Answer.YES, True)
    assert (len(optima.signs), optima.smallest_width) == (count, fewest)
    if fewest:
        assert sorted(optima.polytope.weights) == [0.5, 1.5]
        assert optima.certain


@a_few(4)
@given(any_problems(losses=(cx.Squared(), cx.Logistic())), st.integers(0, 99))
def test_what_is_claimed_of_any_problem(problem: cx.TrainingProblem, seed: int) -> None:
    if (
        isinstance(problem.hidden_bias, cx.FreeHiddenBias)
        or not isinstance(problem.output_bias, cx.NoBias)
        or (problem.sample_weight is not None and not all(problem.sample_weight))
    ):
        with pytest.raises(cx.ArgumentError):
            cx.optimal_set(problem)
        return
    try:
        optima = cx.optimal_set(problem)
    except cx.SolverError:
        return
    # another optimum, inside rather than at a vertex, has no neuron anywhere else
    best = solved(problem)
    other = cx.FullPattern().propose(problem).network
    size = max(sum(other.masses()), 1e-2)
    for atom in problem.gauge.atoms(other):
        mass = float(np.linalg.norm(atom.vector))
        if mass > 1e-4 * size and problem.objective(other) <= best.upper * (1 + 1e-9):
            mine = optima.directions[optima.signs == atom.sign]
            assert np.abs(mine - atom.vector / mass).max(axis=1).min(initial=9.0) < 1e-2
    # every mixture of vertices is optimal
    room_for_rounding = 1e-6 * max(best.upper, 1.0)
    assert problem.objective(optima.network()) <= best.upper + room_for_rounding
    if optima.polytope.vertices is not None:
        mixture = np.random.default_rng(seed).dirichlet(np.ones(len(optima.polytope.vertices)))
        weights = np.maximum(mixture @ optima.polytope.vertices, 0.0)
        assert problem.objective(optima.network(weights)) <= best.upper + room_for_rounding
    if optima.unique is cx.Answer.YES:
        assert optima.polytope.dimension == 0


@pytest.mark.parametrize("seed", range(4))
def test_one_optimum_only_is_what_an_interior_method_finds_too(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X = np.c_[generator.standard_normal(6), np.ones(6)]
    problem = cx.TrainingProblem(X, generator.standard_normal(6), 0.2)
    optima = cx.optimal_set(problem)
    assert optima.unique is cx.Answer.YES
    assert optima.certain
    inside = cx.FullPattern().propose(problem).network
    masses = inside.masses()
    assert (masses > 1e-5 * masses.sum()).sum() == optima.smallest_width
    assert sorted(masses[masses > 1e-5 * masses.sum()]) == pytest.approx(
        sorted(optima.polytope.weights), rel=1e-3
    )


def test_vertices_and_programs_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listing all basic solutions, and linear and mixed-integer programs, say the same."""
    generator = np.random.default_rng(3)
    for _ in range(5):
        fits = generator.integers(0, 4, (4, 9)).astype(float) + np.eye(4, 9)
        weights = np.maximum(generator.standard_normal(9), 0.0)
        # weights of one sum: what optima have
        fits = np.vstack([fits, np.ones(9)])
        listed = room.numerical_polytope(fits, fits @ weights)
        with monkeypatch.context() as patch:
            patch.setattr(room, "_MOST", 0)
            solved_ = room.numerical_polytope(fits, fits @ weights)
        assert solved_.vertices is None
        assert solved_.smallest == listed.smallest
        assert solved_.dimension == listed.dimension
        assert solved_.low == pytest.approx(listed.low, abs=1e-6)
        assert solved_.high == pytest.approx(listed.high, abs=1e-6)


def test_a_pair_that_can_be_exchanged_is_never_called_unique() -> None:
    """``(Xu)_+ - (-Xu)_+ = Xu``: where many such pairs are used their weights move freely."""
    generator = np.random.default_rng(0)
    X = np.c_[generator.standard_normal((12, 2)), np.ones(12)]
    optima = cx.optimal_set(cx.TrainingProblem(X, generator.standard_normal(12), 0.1))
    if optima.polytope.dimension:
        assert optima.unique is not cx.Answer.YES
        spread = optima.polytope.vertices - optima.polytope.vertices[0]
        assert np.linalg.matrix_rank(spread, tol=1e-6) == optima.polytope.dimension


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"beta": 0}, "beta > 0"),
        ({"loss": cx.Absolute()}, "strictly convex"),
        ({"loss": cx.Huber(1)}, "strictly convex"),
        ({"output_bias": cx.FreeBias()}, "NoBias"),
        ({"sample_weight": [0.0, 1.0]}, "leave it out"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, object], words: str) -> None:
    settings = {"X": [[1.0], [2.0]], "y": [1.0, 2.0], "beta": 0.1, **options}
    with pytest.raises(cx.ArgumentError, match=words):
        cx.optimal_set(cx.TrainingProblem(**settings))


def test_too_many_cells_are_refused_before_work() -> None:
    X = np.random.default_rng(0).standard_normal((60, 5))
    with pytest.raises(cx.ArgumentError, match="more than 20,000"):
        cx.optimal_set(cx.TrainingProblem(X, np.ones(60), 0.1))


def test_weights_that_do_not_fit_are_refused() -> None:
    optima = cx.optimal_set(cx.TrainingProblem(CROSS, [18, 18, 11, 11], 10))
    with pytest.raises(cx.ArgumentError, match="4 numbers"):
        optima.network([1.0])
    assert optima.network(np.zeros(4)).width == 0
