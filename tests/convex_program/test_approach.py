"""Proximal steps: the smoothed loss is what it says, and its optima tend to that of the loss."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from convex_losses import LOSSES, targets_for
from convex_zoo import a_few
from hypothesis import given
from hypothesis import strategies as st

import convex_program as cx
from convex_program.solvers.approach import STEP_GAP, Approach, SmoothedLoss
from convex_program.solvers.search import Search

KINKED = [loss for loss in LOSSES if loss.pulled and loss.finite]
WIDTHS = st.sampled_from([0.25, 1.0, 3.0])
NUMBERS = st.fractions(-6, 6, max_denominator=8)


@pytest.mark.parametrize("base", KINKED, ids=repr)
@a_few(20)
@given(kappa=WIDTHS, y=NUMBERS, z=NUMBERS)
def test_the_smoothed_loss_is_the_largest_line_less_a_square(
    base: cx.Loss, kappa: float, y: Fraction, z: Fraction
) -> None:
    loss = SmoothedLoss(base, kappa)  # type: ignore[arg-type]
    low, high = loss.domain(y)
    assert low is not None
    assert high is not None
    best = min(max((y - z) / Fraction(kappa), low), high)
    value = best * (y - z) - Fraction(kappa) * best * best / 2
    assert loss.exact_value(z, y) == value
    assert loss.exact_dual(best, y) == value + best * z
    around = [low, high, (low + high) / 2, best]
    assert value == max(loss.exact_dual(v, y) - v * z for v in around)  # type: ignore[operator]
    floats = np.array([float(z)]), np.array([float(y)])
    assert loss.value(*floats)[0] == pytest.approx(float(value), abs=1e-12)
    v, _ = loss.answer(*floats, np.zeros(1), np.zeros(1))
    assert v[0] == pytest.approx(float(best), abs=1e-12)
    scaled, unit = loss.rescaled(Fraction(4))
    assert unit * scaled.exact_value(z / 4, y / 4) == value  # type: ignore[operator]


@pytest.mark.parametrize("bias", [cx.NoBias(), cx.FreeBias(), cx.DecayedBias()], ids=repr)
@pytest.mark.parametrize("base", KINKED, ids=repr)
def test_the_steps_lead_to_both_optima(base: cx.Loss, bias: cx.OutputBias) -> None:
    rng = np.random.default_rng(2)
    X = np.c_[rng.standard_normal((14, 2)), np.ones(14)]
    weights = rng.integers(0, 3, 14)
    problem = cx.TrainingProblem(
        X, targets_for(base, 14), "0.3", base, output_bias=bias, sample_weight=weights.tolist()
    )
    approach = Approach(problem, partial(Search, gap=STEP_GAP, executor=None, starts=32))
    for _ in range(12):
        approach.step(math.inf)
    bound = cx.certify_rigorously(problem, approach.dual)
    upper = problem.exact_objective(approach.network)
    assert upper is not None
    assert bound.lower <= upper
    assert float(upper - bound.lower) <= 1e-7 * float(upper)
    assert (approach.dual[weights == 0] == 0).all()


def test_a_later_solve_begins_where_this_one_looked() -> None:
    rng = np.random.default_rng(4)
    X = np.c_[rng.standard_normal((20, 2)), np.ones(20)]
    problem = cx.TrainingProblem(X, targets_for(cx.Hinge(), 20), "0.3", cx.Hinge())
    found = cx.WorkingSet().propose(problem)
    assert found.status is cx.Status.SOLVED
    values = np.abs(found.dual @ np.maximum(X @ found.directions.T, 0.0))
    lengths = np.linalg.norm(found.directions, axis=1)
    assert (values / lengths).max() == pytest.approx(problem.decay, rel=1e-6)
