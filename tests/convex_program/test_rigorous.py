"""Rigorous certificates, and who decides between them and proved ones."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import convex_oracle
import numpy as np
import pytest
from convex_zoo import a_few, networks, takes_bias, wild_problems
from hypothesis import given
from hypothesis import strategies as st

import arrangements as ar
import convex_program as cx

SMALL = cx.TrainingProblem([[-0.25, 1.0], [1.0, 1.0]], [0.5, 1.0], 0.125)


def large() -> cx.TrainingProblem:
    """129,409,702 patterns by Cover: nothing here may list them."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 5))
    X[:, -1] = 1.0
    return cx.TrainingProblem(X, np.sin(2 * X[:, 0]) + 0.3 * rng.standard_normal(200), 6.0)


@a_few(1)
@given(wild_problems(max_rows=5), st.integers(0, 2**32 - 1))
def test_it_is_never_above_a_network_nor_a_wrong_dual_value(
    problem: cx.TrainingProblem, seed: int
) -> None:
    """For every kind of bias: weak duality, in fractions."""
    rng = np.random.default_rng(seed)
    vector = problem.residual(problem.empty_network()) + rng.standard_normal(len(problem.targets))
    certificate = cx.certify_rigorously(problem, vector)
    listed = cx.certify_dual(problem, ar.enumerate_patterns(problem.arrangement), vector)
    assert certificate.lower <= listed.lower + abs(listed.lower) * Fraction(1, 10**8) + Fraction(
        1, 10**300
    )
    scale, beta = Fraction(certificate.scale), problem.exact_beta
    assert isinstance(certificate.evidence, cx.Priced)
    assert abs(scale) * Fraction(certificate.evidence.peak) <= beta
    empty = convex_oracle.objective(problem, problem.empty_network())
    assert certificate.lower <= empty


@a_few(1)
@given(st.data())
def test_no_network_is_below_it(data: st.DataObject) -> None:
    problem = data.draw(wild_problems(max_rows=5))
    certificate = cx.certify_rigorously(problem, problem.targets)
    drawn = networks(problem.data.shape[1], bias=takes_bias(problem))
    for _ in range(3):
        network = data.draw(drawn)
        assert certificate.lower <= convex_oracle.objective(problem, network)


def test_the_bound_is_evaluated_from_the_record() -> None:
    honest = cx.certify_rigorously(SMALL, SMALL.targets)
    bold = replace(honest, scale=1.01 * honest.scale)
    with pytest.raises(cx.ClaimError, match="not feasible"):
        assert bold.lower
    assert replace(honest, scale=0.5 * honest.scale).lower < honest.lower
    nothing = cx.Priced(math.inf, 4)
    assert replace(honest, scale=0.0, evidence=nothing).lower == 0
    with pytest.raises(cx.ClaimError, match="not feasible"):
        assert replace(honest, evidence=nothing).lower


def test_numbers_that_bound_nothing_are_refused() -> None:
    for vector in ((0.5,), (0.5, math.nan), (0.5, 1.0, 0.0)):
        with pytest.raises(cx.ArgumentError, match="vector"):
            cx.Certificate(SMALL, vector, 1.0, cx.Priced(1.0, 4))
    for scale in (math.inf, math.nan):
        with pytest.raises(cx.ArgumentError, match="scale"):
            cx.Certificate(SMALL, (0.5, 1.0), scale, cx.Priced(1.0, 4))
    for peak in (-1.0, math.nan):
        with pytest.raises(cx.ArgumentError, match="bound"):
            cx.Priced(peak, 4)


def test_limits_weaken_the_bound_and_leave_it_true() -> None:
    problem = large()
    full = cx.certify_rigorously(problem, problem.targets)
    hasty = cx.certify_rigorously(problem, problem.targets, pricing=cx.BranchAndBound(node_limit=0))
    assert 0 < hasty.lower < full.lower


def test_beyond_the_limit_nothing_is_listed_and_the_answer_says_so() -> None:
    problem = large()
    best = cx.global_optimum(problem)
    assert isinstance(best.solution, cx.Proposal)
    assert best.level is cx.Level.RIGOROUS
    assert best.relative_gap <= 1e-8
    assert best.patterns == ar.cover_number(problem.arrangement) == 129_409_702
    assert "rigorous over all (at most 129,409,702) activation patterns" in best.summary()
    assert best.to_json()["level"] == "rigorous"
    with pytest.raises(cx.ClaimError, match=r"needs a proved.*enumerate_patterns"):
        best.certificate.evidence.record()
    assert cx.verify(best.claim()).relative_gap <= 1e-8  # one more pass proves it


def test_a_trained_network_beyond_the_limit() -> None:
    problem = large()
    trained = cx.train(problem, 20, method=cx.GradientDescent(steps=500)).network
    verdict = cx.certify(trained, problem)
    assert verdict.network is trained
    assert verdict.level is cx.Level.RIGOROUS
    assert verdict.exact_lower <= verdict.best.exact_upper <= verdict.exact_upper
    assert verdict.best.relative_gap <= 1e-8
    assert "rigorous" in verdict.summary()
    assert "none listed" in verdict.summary()


def test_patterns_given_prove_what_a_working_set_finds() -> None:
    problem = SMALL
    patterns = ar.enumerate_patterns(problem.arrangement)
    best = cx.global_optimum(problem, patterns=patterns, solver=cx.WorkingSet())
    assert best.level is cx.Level.PROVED
    assert best.relative_gap < 1e-9
    assert cx.verify(best.claim()).lower == best.exact_lower
    verdict = cx.certify(best.network, problem, patterns=patterns, solver=cx.WorkingSet())
    assert verdict.level is cx.Level.PROVED


def test_auto_lists_what_is_few_and_nothing_else() -> None:
    assert "at most 4 <= 2,000" in cx.Auto().listing(SMALL)
    assert not cx.Auto().listing(large())
    assert not cx.Auto(most=3).listing(SMALL)
    assert cx.global_optimum(SMALL).level is cx.Level.PROVED
    assert cx.global_optimum(SMALL, solver=cx.Auto(most=3)).level is cx.Level.RIGOROUS
    assert cx.Auto(time_limit=3.0).within(2.0).time_limit == 2.0
    assert cx.Auto(time_limit=1.0).within(2.0).time_limit == 1.0


def test_beta_max_without_a_list_is_the_one_over_the_list() -> None:
    rng = np.random.default_rng(7)
    X, y = rng.standard_normal((10, 3)), rng.standard_normal(10)
    for bias in (cx.NoBias(), cx.FreeBias()):
        listed = cx.beta_max(X, y, output_bias=bias)
        priced = cx.beta_max(X, y, output_bias=bias, pricing=cx.BranchAndBound(tolerance=1e-13))
        assert priced == pytest.approx(listed, rel=1e-12)
    problem = large()
    peak = cx.beta_max(problem.X, problem.targets)
    zero = cx.TrainingProblem(problem.X, problem.y, peak)
    assert cx.global_optimum(zero).network.width == 0
