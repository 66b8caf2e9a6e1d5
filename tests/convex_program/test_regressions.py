"""Faults that were found and mended: each test states what has to go on holding."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import arrangements as ar
import convex_program as cx

X = [[-0.25, 1.0], [1.0, 1.0]]
Y = [0.5, 1.0]


def a_problem(bias: cx.OutputBias | None = None) -> cx.TrainingProblem:
    return cx.TrainingProblem(X, Y, 0.125, output_bias=bias or cx.NoBias())


def a_claim() -> cx.Claim:
    return cx.global_optimum(a_problem()).claim()


def test_a_claim_with_a_free_bias_cannot_say_none() -> None:
    """What a free bias reaches, 0.035, is below every network without one, 0.07."""
    claim = cx.global_optimum(a_problem(cx.FreeBias())).claim()
    with pytest.raises(cx.ClaimError):
        cx.verify(replace(claim, output_bias="none"))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: replace(c, targets=c.targets[:-1]),
        lambda c: replace(c, targets=()),
        lambda c: replace(c, features=()),
        lambda c: replace(c, features=(c.features[0], c.features[1][:1])),
        lambda c: replace(c, network=replace(c.network, output_bias=math.nan)),
        lambda c: replace(c, network=replace(c.network, output_bias=math.inf)),
        lambda c: replace(c, dual=replace(c.dual, scale=math.nan)),
        lambda c: replace(c, dual=replace(c.dual, scale=math.inf)),
        lambda c: replace(c, upper=-(Fraction(10) ** 400)),
        lambda c: replace(c, lower=Fraction(10) ** 400),
        lambda c: replace(
            c, dual=replace(c.dual, cells=(replace(c.dual.cells[0], values=(1e300,)),))
        ),
    ],
    ids=[
        "targets short",
        "no targets",
        "no features",
        "ragged features",
        "bias nan",
        "bias infinite",
        "scale nan",
        "scale infinite",
        "upper beyond float64",
        "lower beyond float64",
        "multiplier huge",
    ],
)
def test_a_spoilt_claim_is_a_claim_error(change: Callable[[cx.Claim], cx.Claim]) -> None:
    with pytest.raises(cx.ClaimError):
        cx.verify(change(a_claim()))


def test_bounds_far_beyond_float64_are_weak_and_true() -> None:
    claim = a_claim()
    weak = replace(claim, upper=Fraction(10) ** 400, lower=-(Fraction(10) ** 400))
    verified = cx.verify(weak)
    assert (verified.upper, verified.lower) == (claim.upper, claim.lower)


def test_a_changed_column_list_is_refused() -> None:
    claim = a_claim()
    record = {**claim.patterns.completion, "columns": [7]}
    with pytest.raises(cx.ClaimError):
        cx.verify(replace(claim, patterns=replace(claim.patterns, completion=record)))


def test_patterns_of_rescaled_rows_give_a_claim_that_verifies() -> None:
    patterns = ar.enumerate_patterns([[-0.5, 2.0], [1.0, 1.0]])
    best = cx.global_optimum(a_problem(), patterns=patterns)
    assert cx.verify(best.claim()).level is cx.Level.PROVED


@pytest.mark.parametrize(
    ("rows", "pattern"), [([[1.0], [1.0]], [False, True]), ([[1.0], [-1.0]], [True, True])]
)
def test_a_pattern_that_contradicts_itself_has_no_cone(
    rows: list[list[float]], pattern: list[bool]
) -> None:
    """Equal rows on different sides, or opposite rows on one: only u = 0 is left."""
    problem = cx.TrainingProblem(rows, [0.0, 1.0], 0.125)
    program = cx.ConvexProgram(problem, ar.PatternSubset.from_activations(rows, [pattern]))
    assert cx.FullPattern().solve(program).objective == pytest.approx(0.5, abs=1e-8)


@pytest.mark.parametrize(("a", "b"), [(300, -300), (500, -300), (-500, 500), (500, 500)])
def test_the_optimum_is_found_at_every_scale(a: int, b: int) -> None:
    beta = np.ldexp(0.125, a + b)
    problem = cx.TrainingProblem(np.ldexp(X, a), np.ldexp(Y, b), beta)
    assert cx.global_optimum(problem).relative_gap < 1e-6


@pytest.mark.parametrize("beta", [1e100, 1e300])
def test_a_huge_weight_decay_leaves_the_empty_network(beta: float) -> None:
    assert cx.global_optimum(cx.TrainingProblem(X, Y, beta)).gap == 0


def test_a_tiny_row_with_a_zero_target_is_solved() -> None:
    rows = [[0, 0], [0, 0], [0, Fraction(1, 10**14)]]
    assert cx.global_optimum(cx.TrainingProblem(rows, [0, 0, 0], 0.5)).upper == 0


@pytest.mark.parametrize("dual", [[1e-310, 3e-310, 0.0], [5e-324, 0.0], [1e308, 1e308]], ids=str)
def test_free_bias_takes_every_finite_vector(dual: list[float]) -> None:
    fit = cx.Fit(cx.Squared(), (Fraction(0),) * len(dual))
    assert sum(map(Fraction, cx.FreeBias().feasible(np.array(dual), fit, 1.0).tolist())) == 0


def test_unit_of_the_largest_targets() -> None:
    fit, unit, _ = cx.Fit(cx.Squared(), (Fraction(1.7e308),)).rescaled()
    assert np.isfinite(unit)
    assert unit * fit.targets[0] == 1.7e308


def test_targets_beyond_float64_are_refused_by_name() -> None:
    with pytest.raises((cx.ArgumentError, ar.DataError), match="y"):
        cx.global_optimum(cx.TrainingProblem([[2.0]], [10**400], 0.1))


def test_a_tiny_neuron_is_active() -> None:
    assert cx.Network([[1e-200, 0.0]], [1.0]).active().tolist() == [0]


def test_a_dual_vector_of_the_wrong_length_is_refused() -> None:
    patterns = ar.enumerate_patterns(X)
    with pytest.raises(cx.ArgumentError):
        cx.certify_dual(a_problem(), patterns, np.ones(3))


def test_exchanged_arguments_are_named() -> None:
    with pytest.raises(cx.ArgumentError):
        cx.certify(a_problem(), cx.Network.empty(2))
