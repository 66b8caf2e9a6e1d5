"""Output biases: exact sums, penalties and their duals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from convex_zoo import BIASES, vectors
from hypothesis import example, given
from hypothesis import strategies as st

import convex_program as cx

# Sums of up to 40 entries, their differences and grids stay in the normal range.
WILD = st.builds(
    lambda mantissa, exponent: float(np.ldexp(mantissa, exponent)),
    st.floats(-1, 1, allow_subnormal=False),
    st.integers(-900, 1000),
)


def squares(dual: np.ndarray) -> cx.Fit:
    """Return a data term whose duals are all vectors of this length."""
    return cx.Fit(cx.Squared(), (Fraction(0),) * len(dual))


def fractions(values: np.ndarray) -> list[Fraction]:
    return [Fraction(value) for value in values.tolist()]


@given(st.lists(WILD, min_size=1, max_size=40).map(np.array))
@example(np.array([1.0, 1e-300, -1e300]))
@example(np.array([1e16, 1e16 + 2, 1e16 + 4]))
@example(np.full(7, 0.1))
@example(np.array([2.5]))
def test_free_bias_makes_the_sum_exactly_zero(dual: np.ndarray) -> None:
    feasible = cx.FreeBias().feasible(dual, squares(dual), 1.0)
    assert sum(fractions(feasible)) == 0
    assert cx.FreeBias().exact_dual_penalty(fractions(feasible), Fraction(1, 10)) == 0


@given(st.lists(WILD, min_size=1, max_size=40).map(np.array))
def test_free_bias_stays_near_the_centred_vector(dual: np.ndarray) -> None:
    entries = fractions(dual)
    mean = sum(entries) / len(entries)
    largest = max(abs(entry) for entry in entries)
    moved = fractions(cx.FreeBias().feasible(dual, squares(dual), 1.0))
    for new, old in zip(moved, entries, strict=True):
        assert abs(new - (old - mean)) <= largest * len(entries) ** 2 / 2**44


def test_free_bias_refuses_a_sum_that_is_not_zero() -> None:
    beta = Fraction(1)
    assert cx.FreeBias().exact_dual_penalty([Fraction(1), Fraction(-1)], beta) == 0
    tiny = Fraction(1, 10**50)
    assert cx.FreeBias().exact_dual_penalty([Fraction(1), tiny - 1], beta) is None


@given(st.integers(1, 6).flatmap(vectors), st.sampled_from([0.1, 1.0, 7.5]))
def test_decayed_bias_costs_the_dual_what_the_constant_gains(dual: np.ndarray, beta: float) -> None:
    """The loss is ``-min_b beta/2 b^2 - b sum v``: bounded by every b, attained by one."""
    bias = cx.DecayedBias()
    total, exact_beta = sum(fractions(dual)), Fraction(beta)
    loss = bias.exact_dual_penalty(fractions(dual), exact_beta)
    assert loss is not None
    for b in (Fraction(0), Fraction(1, 3), Fraction(-2), total / exact_beta):
        gain = b * total - bias.exact_penalty(b, exact_beta)
        assert gain <= loss
    assert gain == loss


@pytest.mark.parametrize("bias", BIASES, ids=repr)
@given(st.integers(1, 6).flatmap(vectors), st.sampled_from([0.25, 2.0]))
def test_curvature_is_twice_the_dual_penalty(
    bias: cx.OutputBias, dual: np.ndarray, beta: float
) -> None:
    dual = bias.feasible(dual, squares(dual), beta)
    penalty = bias.exact_dual_penalty(fractions(dual), Fraction(beta))
    assert penalty is not None
    assert bias.curvature(dual, beta) / 2 == pytest.approx(float(penalty), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("bias", BIASES, ids=repr)
def test_gradient_is_the_slope_of_the_penalty(bias: cx.OutputBias) -> None:
    beta, step = Fraction(3, 7), Fraction(1, 10**6)
    for point in (Fraction(-2), Fraction(0), Fraction(5, 4)):
        up, down = (bias.exact_penalty(point + s, beta) for s in (step, -step))
        slope = float((up - down) / (2 * step))
        assert bias.gradient(float(point), float(beta)) == pytest.approx(slope, abs=1e-12)


@pytest.mark.parametrize("bias", BIASES, ids=repr)
def test_fit_zero_beats_other_constants(bias: cx.OutputBias) -> None:
    targets, beta = np.array([1.0, -0.5, 4.0]), 0.8
    problem = cx.TrainingProblem(np.eye(3), targets, beta, output_bias=bias)
    best = bias.fit_zero(problem.fit, beta)
    at_best = problem.exact_objective(cx.Network.empty(3, output_bias=best))
    others = [0.0] if isinstance(bias, cx.NoBias) else np.linspace(-3, 3, 61).tolist()
    for other in others:
        network = cx.Network.empty(3, output_bias=other)
        assert at_best <= problem.exact_objective(network) + Fraction(1, 10**12)


def test_no_bias_refuses_a_network_with_one() -> None:
    problem = cx.TrainingProblem([[1.0]], [1.0], 1.0)
    network = cx.Network([[1.0]], [1.0], 0.25)
    for question in (problem.objective, problem.residual):
        with pytest.raises(cx.ArgumentError, match=r"output_bias is 0\.25"):
            question(network)
    with pytest.raises(cx.ArgumentError, match=r"output_bias is 0\.25"):
        cx.certify(network, problem)
    with pytest.raises(cx.ArgumentError, match=r"output_bias is 0\.25"):
        problem.exact_objective(network)


def test_a_decay_lost_beside_the_rows_is_as_good_as_none() -> None:
    """The rounding of sum v, over beta, would otherwise cost the bound everything."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((6, 2)), rng.standard_normal(6) + 3.0
    for solver in (cx.WorkingSet(), cx.FullPattern()):
        free, tiny = (
            cx.global_optimum(cx.TrainingProblem(X, y, 1e-20, output_bias=bias), solver=solver)
            for bias in (cx.FreeBias(), cx.DecayedBias())
        )
        assert abs(tiny.gap) <= abs(free.gap) + 1e-19
        assert tiny.exact_lower <= tiny.exact_upper
    dual = rng.standard_normal(6)
    assert sum(fractions(cx.DecayedBias().feasible(dual, squares(dual), 1e-20))) == 0
    assert (cx.DecayedBias().feasible(dual, squares(dual), 1e-10) == dual).all()


def test_a_bias_with_an_enormous_decay_does_not_stall_the_program() -> None:
    """Targets of 1e47 bring a beta of that size: the penalty of the bias then dwarfs the rest."""
    X = np.random.default_rng(0).standard_normal((10, 3))
    y = np.full(10, 1e47)
    problem = cx.TrainingProblem(X, y, 1e-3 * cx.beta_max(X, y), output_bias=cx.DecayedBias())
    best = cx.global_optimum(problem, solver=cx.FullPattern())
    assert best.relative_gap < 1e-9
