"""Several outputs with kinks in the loss, or hidden biases without decay; degenerate data; optima of 0."""

from __future__ import annotations

import numpy as np
import pytest
from convex_zoo import ACTIVATIONS
from oracles.vector_pricing import h_faces, output

import convex_program as cx
from convex_program.pricing import ReducedRows, priced_rows

POINTS = {
    "general": [[0.5, -1.0], [1.5, 0.25], [-1.0, 0.75], [0.0, 2.0], [-0.5, -0.5]],
    "a duplicate": [[1.0, 2.0], [1.0, 2.0], [-1.0, 0.0], [0.0, 1.0], [2.0, 1.0]],
    "on a line": [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [-1.0, -2.0], [3.0, 6.0]],
    "opposite": [[1.0, 1.0], [-1.0, -1.0], [2.0, 2.0], [0.0, 0.0], [1.0, -1.0]],
    "all the same": [[1.0, 2.0]] * 5,
}
V = np.array([[1.0, -2.0], [2.0, 1.0], [-4.0, 3.0], [0.0, 0.0], [1.0, -2.0]])
TARGETS = np.array([[1.0, 0.0], [-1.0, 2.0], [0.5, 0.5], [2.0, -1.0], [0.0, 1.0]])
SIGNS = np.where(TARGETS > 0.25, 1, -1)


def free(
    points: list[list[float]], Y: np.ndarray, beta: float, **rest: object
) -> cx.TrainingProblem:
    X = np.c_[np.array(points), np.ones(len(points))]
    return cx.TrainingProblem(X, Y, beta, hidden_bias=cx.FreeHiddenBias(), **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("kind", POINTS)
def test_free_hidden_biases_are_priced_at_every_kink(kind: str, activation: cx.Activation) -> None:
    points = np.array(POINTS[kind])
    problem = free(POINTS[kind], TARGETS, 1.0, activation=activation)
    found = priced_rows(problem.gauge).price_matrix(cx.VectorBranchAndBound(tolerance=1e-10), V)
    on, off = float(activation.on), float(activation.off)
    truth = max(h_faces(points - x, V, on, off)[0] for x in points)
    assert truth * (1 - 1e-12) <= found.bound <= truth * (1 + 1e-9) + 1e-12
    # what is said to be met is met, by the definition
    for w, value in zip(found.directions, found.values, strict=True):
        met = np.linalg.norm(output(problem.features, V, w, on, off))
        assert met == pytest.approx(value, rel=1e-9)
        assert np.linalg.norm(w[:-1]) == pytest.approx(1.0)
    rng = np.random.default_rng(0)
    for u in rng.normal(size=(200, 3)) * [1.0, 1.0, 3.0]:
        met = np.linalg.norm(output(problem.features, V, u, on, off))
        assert met <= found.bound * np.linalg.norm(u[:-1]) * (1 + 1e-12) + 1e-12


def test_a_matrix_that_is_not_balanced_has_no_price() -> None:
    rows = priced_rows(free(POINTS["general"], TARGETS, 1.0).gauge)
    with pytest.raises(cx.ArgumentError, match="add up to zero"):
        rows.price_matrix(cx.VectorBranchAndBound(), TARGETS)


def descended(problem: cx.TrainingProblem, seed: int) -> float:
    """The least exact objective of networks on a path of subgradient steps."""
    rng = np.random.default_rng(seed)
    X, c, decayed = problem.features, problem.outputs, problem.gauge.decayed
    on, off = float(problem.activation.on), float(problem.activation.off)
    w, b, a = rng.normal(size=(6, X.shape[1])), rng.normal(size=(6, c)), np.zeros(c)
    bend = problem.output_bias.bend(problem.decay)
    best = np.inf
    for step in range(600):
        t = X @ w.T
        slope = np.where(t > 0, on, -off)
        v = problem.fit.residual(((slope * t) @ b + a).ravel()).reshape(-1, c)
        rate = 0.05 / (1 + 0.02 * step)
        to_w = -((v @ b.T) * slope).T @ X
        to_w[:, :decayed] += problem.decay * w[:, :decayed]
        to_b = problem.decay * b - (slope * t).T @ v
        w, b = w - rate * to_w, b - rate * to_b
        if bend is not None:
            a = a - rate * (bend * a - v.sum(axis=0))
        if step % 20 == 19:
            network = cx.Network(w, b, a, problem.activation)
            best = min(best, float(problem.exact_objective(network) or np.inf))
    return best


LOSSES = {
    "absolute": (cx.Absolute(), TARGETS),
    "quantile": (cx.Quantile("0.3"), TARGETS),
    "hinge": (cx.Hinge(), SIGNS),
    "huber": (cx.Huber("0.1"), TARGETS),
    "squared": (cx.Squared(), TARGETS),
    "classes": (cx.SoftmaxCrossEntropy(), [0, 1, 2, 1, 0]),
}
OUTPUT_BIASES = {"none": cx.NoBias(), "free": cx.FreeBias(), "decayed": cx.DecayedBias()}


@pytest.mark.parametrize("hidden", ["decayed", "free"])
@pytest.mark.parametrize("bias", OUTPUT_BIASES)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_setting_is_closed_from_both_sides(loss: str, bias: str, hidden: str) -> None:
    function, Y = LOSSES[loss]
    # one kind of degenerate data for each setting, by turns
    kind = list(POINTS)[(list(LOSSES).index(loss) + list(OUTPUT_BIASES).index(bias)) % len(POINTS)]
    X = np.c_[np.array(POINTS[kind]), np.ones(5)]
    places = {"free": cx.FreeHiddenBias(), "decayed": cx.DecayedHiddenBias()}
    problem = cx.TrainingProblem(
        X, Y, 0.3, function, output_bias=OUTPUT_BIASES[bias], hidden_bias=places[hidden]
    )
    best = cx.global_optimum(problem)
    assert best.status is cx.Status.SOLVED
    assert best.relative_gap <= 2e-8
    assert descended(problem, seed=0) >= best.lower
    verdict = cx.certify(best.network, problem)
    assert verdict.relative_gap <= 2e-8


@pytest.mark.parametrize("hidden", [cx.DecayedHiddenBias(), cx.FreeHiddenBias()], ids=repr)
@pytest.mark.parametrize("loss", ["absolute", "hinge", "huber", "squared"])
def test_one_output_is_the_same_for_both_solvers(loss: str, hidden: cx.HiddenBias) -> None:
    function, Y = LOSSES[loss]
    X = np.c_[np.array(POINTS["general"]), np.ones(5)]
    problem = cx.TrainingProblem(X, np.asarray(Y)[:, 0], 0.3, function, hidden_bias=hidden)
    one = cx.global_optimum(problem, solver=cx.WorkingSet(), level=cx.Level.RIGOROUS)
    other = cx.global_optimum(problem, solver=cx.VectorWorkingSet(), level=cx.Level.RIGOROUS)
    assert other.status is cx.Status.SOLVED
    assert other.lower <= one.upper
    assert one.lower <= other.upper
    assert other.upper == pytest.approx(one.upper, rel=2e-8)


@pytest.mark.parametrize("solver", [cx.WorkingSet(), cx.VectorWorkingSet()], ids=repr)
@pytest.mark.parametrize("target", [0.1, -1e6 / 3])
def test_constant_targets_cost_nothing_with_a_free_bias(solver: cx.Solver, target: float) -> None:
    X = np.array(POINTS["general"])
    for loss in (cx.Squared(), cx.Absolute()):
        problem = cx.TrainingProblem(X, [target] * 5, 0.3, loss, output_bias=cx.FreeBias())
        found = solver.propose(problem)
        assert found.status is cx.Status.SOLVED
        assert problem.exact_objective(found.network) == 0


@pytest.mark.parametrize("outputs", [1, 3])
def test_an_optimum_of_zero_that_no_network_reaches_is_closed(outputs: int) -> None:
    X = np.array(POINTS["general"])
    problem = cx.TrainingProblem(
        X, np.ones((5, outputs)), 0.3, cx.Logistic(), output_bias=cx.FreeBias()
    )
    found = cx.Auto().propose(problem)
    assert found.status is cx.Status.SOLVED
    assert 0 < found.objective <= 2.0**-48 * 5 * outputs


def test_cones_do_not_become_flat() -> None:
    """Halving two sides of a triangle in turn flattens it onto the third: this one ended so."""
    X = np.array([[-2.286661e-01, -8.645927e-04, -3.216217e-01, 1.0],
                  [4.218542e-02, 1.756883e-04, -1.957820e-01, 1.0],
                  [8.137154e-01, 1.542772e-03, 9.990697e-01, 1.0]])  # fmt: skip
    W = np.array([[-2.379281e-03, -2.379281e-03, -2.595119e-02],
                  [-2.955104e-03, -2.955104e-03, 2.726028e-02],
                  [-4.550579e-06, -4.550579e-06, 1.476094e-06]])  # fmt: skip
    rows = ReducedRows.of(X, activation=cx.AbsoluteValue())
    found = cx.VectorBranchAndBound(tolerance=1e-6).price(rows, W)
    truth, _ = h_faces(X, W, 1.0, 1.0)
    assert found.value * (1 - 1e-12) <= truth <= found.bound <= truth * (1 + 2e-6)
