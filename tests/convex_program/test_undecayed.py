"""No weight decay: infima over all widths against independent minimization, and honest words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import zoo
from convex_zoo import a_few, matrices
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

import arrangements as ar
import convex_program as cx
from convex_program.undecayed import certify_undecayed, undecayed_optimum
from convex_program.undecayed.minimum import InfimumEvidence

RATIONAL = [
    cx.Squared(),
    cx.Huber("0.7"),
    cx.Absolute(),
    cx.Quantile("0.3"),
    cx.Hinge(),
    cx.SquaredHinge(),
]
ACTIVATIONS = [cx.ReLU(), cx.LeakyReLU("0.1"), cx.AbsoluteValue(), cx.TwoSlope(1, -2)]
BIASES = [cx.NoBias(), cx.FreeBias(), cx.DecayedBias()]
XOR = [[0, 0], [0, 1], [1, 0], [1, 1]]


def of(X: Any, y: Any, **settings: Any) -> cx.TrainingProblem:
    return cx.TrainingProblem(X, y, 0, **settings)


@st.composite
def problems(draw: st.DrawFn, loss: cx.Loss) -> cx.TrainingProblem:
    rows = draw(matrices(most_rows=8))
    if loss.scales:
        entries = st.one_of(st.integers(-3, 3), st.floats(-2, 2, width=32))
    else:
        entries = st.sampled_from([-1, 1])
    y = draw(st.lists(entries, min_size=len(rows), max_size=len(rows)))
    weight = st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 3), Fraction(0)])
    weights = draw(st.none() | st.lists(weight, min_size=len(rows), max_size=len(rows)))
    if weights is not None and not any(weights):
        weights = None
    return of(
        rows,
        y,
        loss=loss,
        activation=draw(st.sampled_from(ACTIVATIONS)),
        output_bias=draw(st.sampled_from(BIASES)),
        sample_weight=weights,
    )


def many_neurons(problem: cx.TrainingProblem) -> np.ndarray:
    """Return an orthonormal basis of the outputs of 300 random neurons, and the constant."""
    u = np.random.default_rng(1).standard_normal((300, problem.data.shape[1]))
    t = problem.features @ u.T
    on, off = float(problem.activation.on), float(problem.activation.off)
    columns = on * np.maximum(t, 0) + off * np.maximum(-t, 0)
    if not isinstance(problem.output_bias, cx.NoBias):
        columns = np.hstack([columns, np.ones((len(t), 1))])
    left, values, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, values > 1e-9 * max(values[0], 1e-300)]


def least_by_modelling(problem: cx.TrainingProblem) -> float:
    """Return the least loss over the span of many random neurons, by a conic solver."""
    cvxpy = pytest.importorskip("cvxpy")
    basis = many_neurons(problem)
    if basis.shape[1] == 0:
        return problem.fit.value(np.zeros(len(basis)))
    z = basis @ cvxpy.Variable(basis.shape[1])
    y, s, loss = problem.targets, problem.fit.weights, problem.loss
    program = cvxpy.Problem(cvxpy.Minimize(loss.expression(cvxpy, z, y, s)))
    return float(program.solve(solver=cvxpy.CLARABEL))


@pytest.mark.parametrize("loss", RATIONAL, ids=repr)
@a_few(2)
@given(data=st.data())
def test_infima_of_rational_losses(loss: cx.Loss, data: st.DataObject) -> None:
    problem = data.draw(problems(loss))
    best = undecayed_optimum(problem)
    assert best.is_exact
    assert best.is_attained
    assert best.upper == pytest.approx(least_by_modelling(problem), rel=1e-5, abs=1e-6)
    assert best.network is not None
    assert best.network.width <= max(best.width, 0)
    assert best.network_objective is not None
    assert best.exact_upper is not None
    assert best.exact_upper <= best.network_objective
    assert float(best.network_objective) == pytest.approx(best.upper, rel=1e-9, abs=1e-12)


@a_few(1)
@given(data=st.data())
def test_infima_of_the_squared_loss_are_least_squares(data: st.DataObject) -> None:
    problem = data.draw(problems(cx.Squared()))
    root = np.sqrt(problem.fit.weights)
    basis = root[:, np.newaxis] * many_neurons(problem)
    y = root * problem.targets
    rest = y - basis @ np.linalg.lstsq(basis, y, rcond=1e-10)[0] if basis.shape[1] else y
    assert undecayed_optimum(problem).upper == pytest.approx(rest @ rest / 2, abs=1e-9)


@a_few(1)
@given(data=st.data())
def test_infima_of_the_logistic_loss(data: st.DataObject) -> None:
    problem = data.draw(problems(cx.Logistic()))
    best = undecayed_optimum(problem)
    assert best.gap <= 1e-12
    assert best.is_attained is not None
    assert best.upper == pytest.approx(least_by_modelling(problem), rel=1e-5, abs=1e-5)
    assert best.network_objective is not None
    assert 0 <= float(best.network_objective) - best.lower < 1e-9


@pytest.mark.parametrize("loss", [*RATIONAL, cx.Logistic()], ids=repr)
def test_nothing_trained_from_random_starts_is_below(loss: cx.Loss) -> None:
    rng = np.random.default_rng(3)
    X = np.array([[1, 0], [1, 0], [2, 0], [-1, 1], [1, -1], [0, 1], [0, 1], [0, -2]], float)
    y = rng.standard_normal(8) if loss.scales else np.array([1, -1, 1, 1, -1, -1, 1, 1.0])
    problem = of(X, y, loss=loss, output_bias=cx.FreeBias())
    best = undecayed_optimum(problem)
    assert best.exact_lower is not None
    width, improved = best.width + 1, 0

    def network(theta: np.ndarray) -> cx.Network:
        hidden, output = theta[: 2 * width].reshape(width, 2), theta[2 * width : -1]
        return cx.Network(hidden, output, theta[-1])

    def objective(theta: np.ndarray) -> float:
        return problem.objective(network(theta))

    for _ in range(4):
        start = rng.standard_normal(3 * width + 1)
        found = minimize(objective, start, method="L-BFGS-B", options={"maxiter": 60})
        exact = problem.exact_objective(network(found.x))
        assert exact is not None
        assert exact >= best.exact_lower
        improved += float(exact) < objective(start) / 2
    assert improved  # the starts were worth something


# Plateaus people report: the optimum is known exactly, and so is the distance.


def constant(value: float, columns: int) -> cx.Network:
    return cx.Network.empty(columns, output_bias=value)


def test_xor_stuck_at_a_quarter() -> None:
    problem = of(np.c_[XOR, np.ones(4)], [0, 1, 1, 0], output_bias=cx.FreeBias())
    verdict = certify_undecayed(constant(0.5, 3), problem)
    assert verdict.exact_objective == Fraction(1, 2)  # a mean squared error of 1/4
    assert verdict.optimum.exact_upper == 0 == verdict.optimum.exact_lower
    assert verdict.distance == 0.5
    assert verdict.optimum.width == 3
    assert "attained: 3 neurons are enough" in verdict.summary()
    assert "fewer than the 3 that are enough" in verdict.summary()


def test_a_wide_network_on_a_plateau_lacks_training() -> None:
    problem = of(np.c_[XOR, np.ones(4)], [0, 1, 1, 0], output_bias=cx.FreeBias())
    dead = cx.Network(-np.ones((16, 3)), np.ones(16), 0.5)
    assert "lacks is training, not width" in certify_undecayed(dead, problem).summary()


def test_predicting_the_mean_is_optimal_only_where_all_inputs_are_equal() -> None:
    y = [12, 40, 7, 33]
    mean = Fraction(sum(y), 4)
    spread = sum((value - mean) ** 2 for value in y) / 2
    same = undecayed_optimum(of([[3.0, 1.0]] * 4, y))
    assert same.exact_upper == spread == same.exact_lower
    assert certify_undecayed(cx.Network([[0.0, 1.0]], [23.0]), same.problem).distance == 0
    apart = undecayed_optimum(of([[k, 1.0] for k in range(4)], y))
    assert apart.exact_upper == 0


def test_contradicting_labels_leave_a_half_each() -> None:
    X, y = [[0, 1], [0, 1], [1, 1], [2, 1]], [0, 1, 1, 1]
    assert undecayed_optimum(of(X, y)).exact_upper == Fraction(1, 4)
    assert undecayed_optimum(of(X, y, loss=cx.Absolute())).exact_upper == 1
    assert undecayed_optimum(of(X, y, loss=cx.Hinge())).exact_upper == 2


def test_the_group_minimum_under_sample_weights() -> None:
    problem = of([[2, 1]] * 2, [0, 1], sample_weight=[1, 3])
    # 1/2 (z^2 + 3 (z - 1)^2) is least at 3/4.
    assert undecayed_optimum(problem).exact_upper == Fraction(3, 8)


def test_rows_without_weight_do_not_count() -> None:
    problem = of([[2, 1]] * 3, [0, 0, 9], sample_weight=[1, 2, 0])
    best = undecayed_optimum(problem)
    assert best.exact_upper == 0
    assert best.contradiction is None


def test_a_hidden_bias_and_its_decay_make_no_difference() -> None:
    X, y = [[1, 1], [1, 1], [4, 1]], [0, 3, 1]
    free = of(X, y, hidden_bias=cx.FreeHiddenBias())
    assert undecayed_optimum(free).exact_upper == undecayed_optimum(of(X, y)).exact_upper


# Logistic loss: separable, partly so, not at all.


def test_a_separable_problem_has_the_infimum_zero_and_does_not_attain_it() -> None:
    best = undecayed_optimum(of([[0, 1], [1, 1], [2, 1]], [0, 1, 0], loss=cx.Logistic()))
    assert (best.exact_lower, best.exact_upper, best.is_attained) == (0, 0, False)
    assert best.escaping == (0, 1, 2)
    assert "not attained" in best.summary()


def test_a_partly_separable_problem_keeps_what_cannot_be_separated() -> None:
    X, y = [[0, 1], [0, 1], [1, 1]], [0, 1, 1]
    best = undecayed_optimum(of(X, y, loss=cx.Logistic()))
    assert best.escaping == (2,)
    assert best.upper == pytest.approx(2 * np.log(2), rel=1e-14)
    assert best.is_attained is False


def test_what_cannot_be_separated_attains_its_infimum() -> None:
    X, y = [[0, 1], [0, 1], [0, 1]], [0, 1, 1]
    best = undecayed_optimum(of(X, y, loss=cx.Logistic()))
    assert best.is_attained
    assert best.upper == pytest.approx(np.log(3) + 2 * np.log(1.5), rel=1e-14)


def test_separation_across_rows_that_depend_on_each_other() -> None:
    # z = (a, -a) for an activation without a kink: both labels 1 hold each other back.
    linear = cx.LeakyReLU(1)
    held = undecayed_optimum(of([[1], [-1]], [1, 1], loss=cx.Logistic(), activation=linear))
    assert held.is_attained
    assert held.upper == pytest.approx(2 * np.log(2), rel=1e-14)
    loose = undecayed_optimum(of([[1], [-1]], [1, 0], loss=cx.Logistic(), activation=linear))
    assert (loose.exact_upper, loose.is_attained) == (0, False)


def test_a_hinge_attains_what_the_logistic_loss_only_approaches() -> None:
    best = undecayed_optimum(of([[0, 1], [1, 1]], [0, 1], loss=cx.Hinge()))
    assert best.is_attained
    assert best.network_objective == 0  # with a margin, rounding costs nothing


# Interpolation: feasible or not.


def test_interpolation_is_feasible_or_names_the_rows_that_forbid_it() -> None:
    X = [[1, 0], [0, 1], [2, 0]]
    feasible = undecayed_optimum(of(X, [1, 5, 2], loss=cx.Interpolation()))
    assert feasible.exact_upper == 0
    assert feasible.is_attained
    best = undecayed_optimum(of(X, [1, 5, 3], loss=cx.Interpolation()))
    assert not best.is_finite
    assert best.is_attained is False
    assert best.contradiction is not None
    assert best.contradiction.rows == (0, 2)
    assert "No network of any width passes through the data: rows 0, 2" in best.summary()
    assert best.to_json()["upper"] is None
    assert best.network is None


def test_interpolation_ignores_rows_without_weight() -> None:
    X, y = [[1, 1], [1, 1], [1, 1]], [1, 1, 2]
    assert undecayed_optimum(of(X, y, loss=cx.Interpolation(), sample_weight=[1, 1, 0])).is_finite
    best = undecayed_optimum(of(X, y, loss=cx.Interpolation(), sample_weight=[0, 1, 1]))
    assert not best.is_finite
    assert best.contradiction is not None
    assert best.contradiction.rows == (1, 2)


# Larger sizes stay exact.


@pytest.mark.parametrize("loss", [*RATIONAL, cx.Logistic()], ids=repr)
def test_opposite_rows_that_depend_on_each_other(loss: cx.Loss) -> None:
    rng = np.random.default_rng(0)
    half = rng.standard_normal((20, 4))
    y = rng.standard_normal(40) if loss.scales else rng.choice([-1, 1], 40)
    problem = of(np.vstack([half, -2 * half]), y, loss=loss, output_bias=cx.FreeBias())
    best = undecayed_optimum(problem)
    assert best.space.dimension == 20 + 4 + 1
    assert best.is_exact or best.gap < 1e-20
    assert best.upper == pytest.approx(least_by_modelling(problem), rel=1e-6, abs=1e-6)
    assert best.network_objective is not None
    assert float(best.network_objective) - best.lower < 1e-9


def test_five_hundred_points_are_fitted() -> None:
    rng = np.random.default_rng(0)
    X = np.c_[rng.standard_normal((500, 10)), np.ones(500)]
    best = undecayed_optimum(of(X, rng.standard_normal(500)))
    assert best.space.is_everything
    assert best.exact_upper == 0
    assert best.width == 500


def test_a_built_network_fits() -> None:
    rng = np.random.default_rng(0)
    X = np.c_[rng.standard_normal((60, 3)), np.ones(60)]
    best = undecayed_optimum(of(X, rng.standard_normal(60), output_bias=cx.FreeBias()))
    assert best.network is not None
    assert best.network.width == 59
    assert best.network_objective is not None
    assert float(best.network_objective) < 1e-18


@pytest.mark.parametrize("scale", [1e-150, 1e-12, 1e12, 1e150])
def test_any_scale_of_data_and_targets(scale: float) -> None:
    X = scale * np.array([[1.0, 0], [1, 0], [-1, 0], [0, 1], [1, 1], [-1, -1], [0, -1]])
    y = scale * np.array([1.0, 2, 3, -1, 0, 1, 1])
    one = undecayed_optimum(of(X / scale, y / scale)).exact_upper
    best = undecayed_optimum(of(X, y))
    assert one is not None
    assert best.is_exact
    assert best.upper == pytest.approx(float(one) * scale**2, rel=1e-12)
    assert best.network_objective is not None
    assert float(best.network_objective) == pytest.approx(best.upper, rel=1e-9)


@pytest.mark.parametrize("loss", [*RATIONAL, cx.Logistic(), cx.Interpolation()], ids=repr)
@a_few(2)
@given(rows=zoo.matrices(max_rows=6), data=st.data())
def test_bounds_are_in_order_on_every_family(
    loss: cx.Loss, rows: zoo.Matrix, data: st.DataObject
) -> None:
    labels = st.sampled_from([-1, 1]) if not loss.scales else st.floats(-1e9, 1e9)
    y = data.draw(st.lists(labels, min_size=len(rows), max_size=len(rows)))
    activation, bias = data.draw(st.sampled_from(ACTIVATIONS)), data.draw(st.sampled_from(BIASES))
    best = undecayed_optimum(of(rows, y, loss=loss, activation=activation, output_bias=bias))
    assert best.summary()
    if best.exact_upper is None or best.exact_lower is None:
        assert loss == cx.Interpolation()
        return
    assert 0 <= best.exact_lower <= best.exact_upper
    assert best.is_exact or loss == cx.Logistic()
    try:
        floats = best.problem.features
    except ar.DataError:
        return  # too large for a float: no network in floats either
    assert floats.shape == (len(rows), len(rows[0]))
    if best.network is None:
        assert max(map(abs, best.evidence.outputs)) > 2**400
    elif best.network_objective is not None:
        assert best.network_objective >= best.exact_lower


def test_huber_far_beyond_its_delta() -> None:
    # Nearly an absolute loss: second derivatives vanish nearly everywhere.
    X = [[1, 1], ["1e-14", "0.99999999999999"], [0, 0], [0, 2], [0, 1], [0, "1.00000000000001"]]
    data = ar.DataMatrix.from_decimals([[str(entry) for entry in row] for row in X])
    y = [741435737.25, 0.0, 529906092.5, 834555059.125, -1e-150, 529906092.5]
    settings = {"activation": cx.AbsoluteValue(), "output_bias": cx.FreeBias()}
    best = undecayed_optimum(of(data, y, loss=cx.Huber("0.7"), **settings))
    flat = undecayed_optimum(of(data, y, loss=cx.Absolute(), **settings))
    assert best.is_exact
    assert flat.is_exact
    # |r| - delta/2 <= Huber/delta <= |r|
    assert flat.upper - 6 * 0.35 <= best.upper / 0.7 <= flat.upper * (1 + 1e-12)


# Records and refusals.


def test_weight_decay_is_refused_with_the_way_out() -> None:
    problem = cx.TrainingProblem([[1.0]], [1.0], 0.5)
    with pytest.raises(cx.ArgumentError, match=r"beta = 0\.5.*use global_optimum"):
        undecayed_optimum(problem)


def test_a_network_of_another_shape_is_refused() -> None:
    with pytest.raises(cx.ArgumentError, match="3 inputs, the data 1"):
        certify_undecayed(cx.Network([[1.0, 1, 1]], [1.0]), of([[1.0]], [1.0]))


def test_evidence_is_checked_when_the_record_is_made() -> None:
    best = undecayed_optimum(of([[1, 1], [1, 1]], [0, 1]))
    good = best.evidence
    one, zero = Fraction(1), Fraction(0)
    for bad in (
        replace(good, outputs=(zero, one)),
        replace(good, dual=(one, one)),
        replace(good, escape=(one, zero)),
        replace(good, escape=(one, one)),
    ):
        with pytest.raises(cx.ClaimError):
            replace(best, evidence=bad)


def test_an_escape_in_the_wrong_direction_is_refused() -> None:
    best = undecayed_optimum(of([[1, 1]], [1], loss=cx.Logistic()))
    bad = InfimumEvidence((Fraction(0),), (Fraction(0),), (Fraction(-1),))
    with pytest.raises(cx.ClaimError, match="grows along the escape"):
        replace(best, evidence=bad)


def test_infeasibility_needs_a_proof() -> None:
    best = undecayed_optimum(of([[1, 1], [1, 1]], [0, 1], loss=cx.Interpolation()))
    with pytest.raises(cx.ClaimError, match="nothing shows"):
        replace(best, evidence=replace(best.evidence, dual=(Fraction(0), Fraction(0))))


def test_weak_evidence_gives_a_gap_and_no_claim() -> None:
    best = undecayed_optimum(of([[1, 1], [1, 1]], [0, 1], loss=cx.Logistic()))
    weak = replace(best, evidence=replace(best.evidence, dual=(Fraction(0), Fraction(0))))
    assert weak.exact_lower == 0
    assert weak.gap > 1
    assert weak.is_attained is None
    assert "not known" in weak.summary()


def test_json_holds_plain_values() -> None:
    problem = of([[1, 1], [1, 1]], [0, 1])
    verdict = certify_undecayed(cx.Network([[0.0, 1.0]], [1.0]), problem)
    assert verdict.to_json() == {
        "objective": 0.5,
        "distance": 0.25,
        "neurons": 1,
        "optimum": {
            "lower": 0.25,
            "upper": 0.25,
            "exact": True,
            "gap": 0.0,
            "level": "proved",
            "attained": True,
            "width_enough": 1,
            "dimension": 1,
            "rows": 2,
            "ties": 1,
            "contradiction": "z[0] - z[1] = 0",
            "remark": "",
        },
    }
