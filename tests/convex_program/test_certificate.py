"""Certificates: over complete patterns of the right data only, and evaluated, not stored."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import convex_oracle
import numpy as np
import pytest
from convex_zoo import a_few, problems
from hypothesis import given

import arrangements as ar
import convex_program as cx

X = [[-0.25, 1.0], [1.0, 1.0]]
Y = [0.5, 1.0]
PROBLEM = cx.TrainingProblem(X, Y, 0.125)
WRONG = {
    "a subset": (ar.PatternSubset.from_activations(X, [[False, False]]), "CompletePatterns"),
    "other data": (ar.enumerate_patterns([[1.0, 0.0], [1.0, 0.0]]), "other data"),
    "more rows": (ar.enumerate_patterns([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), "other data"),
    "a cone": (ar.enumerate_patterns(ar.Arrangement(X, domain=ar.Cone(((-1, 0),)))), "cone"),
}


def forged(patterns: ar.PatternList) -> Fraction:
    """Return the bound of a zero vector over any list, past `certify_dual`."""
    return cx.Certificate(PROBLEM, (0.0, 0.0), 1.0, cx.ListedCells(patterns, ())).lower


@pytest.mark.parametrize(("patterns", "message"), WRONG.values(), ids=WRONG)
def test_patterns_that_prove_nothing_are_refused(patterns: ar.PatternList, message: str) -> None:
    """With the inactive pattern alone the 'lower bound' would be |y|^2 / 2."""
    with pytest.raises(cx.ArgumentError, match=message):
        cx.certify_dual(PROBLEM, patterns, np.array(Y))
    with pytest.raises((cx.ArgumentError, cx.ClaimError), match=message):
        forged(patterns)
    with pytest.raises(cx.ArgumentError, match=message):
        cx.beta_max(X, Y, patterns=patterns)


def test_the_bound_is_evaluated_from_the_record() -> None:
    patterns = ar.enumerate_patterns(X)
    honest = cx.certify_dual(PROBLEM, patterns, np.array(Y))
    bold = replace(honest, scale=1.01 * honest.scale)
    with pytest.raises(cx.ClaimError, match="not feasible"):
        assert bold.lower
    timid = replace(honest, scale=0.5 * honest.scale)
    assert timid.lower < honest.lower


@a_few(1)
@given(problems())
def test_the_scale_is_the_largest_feasible_one_or_the_best(problem: cx.TrainingProblem) -> None:
    patterns = ar.enumerate_patterns(problem.arrangement)
    honest = cx.certify_dual(problem, patterns, problem.residual(problem.empty_network()))
    for scale in (math.nextafter(honest.scale, 1e9), 1.001 * honest.scale):
        other = replace(honest, scale=scale)
        try:
            assert float(other.lower) <= float(honest.lower) * (1 + 1e-12) + 1e-300
        except cx.ClaimError as error:
            assert "not feasible" in str(error)  # noqa: PT017 - either outcome is right


@a_few(1)
@given(problems(most_rows=5))
def test_a_certificate_of_the_targets_by_brute_force(problem: cx.TrainingProblem) -> None:
    """Weak, but true: checked in fractions over patterns found without the package."""
    patterns = ar.enumerate_patterns(problem.arrangement)
    certificate = cx.certify_dual(problem, patterns, problem.targets)
    claim = cx.Bracket(problem.empty_network(), certificate).claim()
    complete = convex_oracle.patterns(problem.data.fractions)
    assert convex_oracle.certified_bound(claim, complete) == certificate.lower


@a_few(1)
@given(problems())
def test_a_certificate_needs_no_network(problem: cx.TrainingProblem) -> None:
    """Any network's objective is above any certificate."""
    patterns = ar.enumerate_patterns(problem.arrangement)
    certificate = cx.certify_dual(problem, patterns, problem.targets)
    rng = np.random.default_rng(0)
    for _ in range(10):
        hidden = rng.standard_normal((3, problem.data.shape[1]))
        network = cx.Network(hidden, rng.standard_normal(3))
        assert certificate.lower <= convex_oracle.objective(problem, network)
    assert isinstance(certificate.lower, Fraction)
