"""Dual vectors that output biases allow: in the domain, and with the sum that is asked for, exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from convex_losses import LOSSES, targets_for
from hypothesis import example, given
from hypothesis import strategies as st

from convex_program.fit import Fit
from convex_program.losses import Absolute, Hinge, Loss, Squared
from convex_program.output_bias import DecayedBias, FreeBias, NoBias, OutputBias

BIASES = (NoBias(), FreeBias(), DecayedBias())
WEIGHTS = ("0", "1/3", "1", "1e-300", "1e300", "7", "1e-9")

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)


def exact(values: np.ndarray) -> list[Fraction]:
    return [Fraction(value) for value in values.tolist()]


@st.composite
def wild(draw: st.DrawFn) -> tuple[np.ndarray, list[Fraction] | None, int]:
    """Draw a vector over all exponents, weights of all sizes or none, and a seed of targets."""
    entry = st.builds(
        lambda mantissa, exponent: float(np.ldexp(mantissa, exponent)),
        st.floats(-1, 1),
        st.one_of(st.integers(-3, 3), st.integers(-1074, 1023)),
    )
    dual = draw(st.lists(entry, min_size=1, max_size=30))
    weight = st.sampled_from(WEIGHTS).map(Fraction)
    weights = draw(st.none() | st.lists(weight, min_size=len(dual), max_size=len(dual)))
    return np.array(dual), weights, draw(st.integers(0, 5))


@every_loss
@given(wild(), st.sampled_from([1e-300, 1e-20, 0.1, 1e300]))
@example((np.array([1.0, 1e-300, -1e300]), None, 0), 0.1)
@example((np.array([1e16, 1e16 + 2, 1e16 + 4]), None, 1), 0.1)
@example((np.full(7, 0.1), None, 2), 0.1)
@example((np.array([2.5]), None, 0), 0.1)
@example((np.zeros(3), None, 0), 1.0)
def test_feasible_vectors_are_feasible_exactly(
    loss: Loss, case: tuple[np.ndarray, list[Fraction] | None, int], beta: float
) -> None:
    dual, weights, seed = case
    y = loss.read(targets_for(loss, len(dual), seed))
    fit = Fit(loss, y, tuple(weights) if weights else None)
    for bias in BIASES:
        feasible = bias.feasible(dual, fit, beta)
        assert feasible.shape == dual.shape
        assert fit.exact_dual(exact(feasible)) is not None
        assert bias.exact_dual_penalty(exact(feasible), Fraction(beta)) is not None
        if isinstance(bias, FreeBias):
            assert sum(exact(feasible)) == 0


@every_loss
def test_a_feasible_vector_is_left_alone_up_to_the_grid(loss: Loss) -> None:
    rng = np.random.default_rng(3)
    fit = Fit(loss, loss.read(targets_for(loss, 40)))
    v = FreeBias().feasible(fit.clip(0.2 * rng.standard_normal(40)), fit, 0.1)
    assert np.abs(v).max() > 0.01
    again = FreeBias().feasible(v, fit, 0.1)
    assert np.abs(again - v).max() <= 2.0**-40


@pytest.mark.parametrize("loss", [Squared(), Absolute(), Hinge()], ids=repr)
def test_free_bias_finds_the_nearest_vector(loss: Loss) -> None:
    """Against the optimality condition: the move is one constant, but where an end stops it."""
    rng = np.random.default_rng(4)
    for seed in range(10):
        fit = Fit(loss, loss.read(targets_for(loss, 12, seed)))
        v = fit.clip(rng.standard_normal(12))
        moved = FreeBias().feasible(v, fit, 0.1)
        low, high = fit.ends
        shift = v - moved
        inner = (moved > low + 1e-9) & (moved < high - 1e-9)
        if not inner.any():
            continue
        constant = shift[inner][0]
        assert shift[inner] == pytest.approx(np.full(inner.sum(), constant), abs=1e-12)
        assert (shift[moved <= low + 1e-9] <= constant + 1e-12).all()
        assert (shift[moved >= high - 1e-9] >= constant - 1e-12).all()


@pytest.mark.parametrize("bias", BIASES, ids=repr)
def test_penalty_without_decay_is_that_of_a_free_bias(bias: OutputBias) -> None:
    zero, one = Fraction(0), Fraction(1)
    assert bias.exact_dual_penalty([one, -one], zero) == 0
    assert bias.curvature(np.array([1.0, -1.0]), 0.0) == 0.0
    allowed = bias.exact_dual_penalty([one, zero], zero)
    assert allowed == (0 if isinstance(bias, NoBias) else None)


def test_one_class_alone_leaves_the_zero_vector() -> None:
    fit = Fit(Hinge(), (Fraction(1),) * 4)
    assert not FreeBias().feasible(np.full(4, 0.5), fit, 0.1).any()
