"""The chain on random, often degenerate data: program = network = dual, and nothing below."""

from __future__ import annotations

from fractions import Fraction

import convex_oracle
import numpy as np
import pytest
from convex_zoo import a_few, networks, problems, solved, takes_bias, wild_problems
from hypothesis import given
from hypothesis import strategies as st

import arrangements as ar
import convex_program as cx


@a_few(1)
@given(wild_problems())
def test_bounds_enclose_and_verify_on_any_data(problem: cx.TrainingProblem) -> None:
    best = solved(problem)
    assert best.exact_lower <= best.exact_upper
    verified = cx.verify(best.claim())
    assert (verified.upper, verified.lower) == (best.exact_upper, best.exact_lower)
    assert verified.level is cx.Level.PROVED
    assert verified.patterns == best.patterns


@a_few(1)
@given(problems())
def test_convex_value_is_the_network_and_the_dual(problem: cx.TrainingProblem) -> None:
    best = cx.global_optimum(problem)
    assert best.relative_gap < 1e-6
    if best.solution is not None:
        assert best.solution.objective == pytest.approx(best.upper, rel=1e-6, abs=1e-9)
    assert best.exact_upper == convex_oracle.objective(problem, best.network)
    assert best.level is cx.Level.PROVED


@a_few(1)
@given(wild_problems(max_rows=5))
def test_the_bound_holds_over_brute_force_patterns(problem: cx.TrainingProblem) -> None:
    best = solved(problem)
    claim = best.claim()
    assert claim.features == problem.data.fractions
    complete = convex_oracle.patterns(claim.features)
    assert convex_oracle.certified_bound(claim, complete) == best.exact_lower
    assert best.patterns == len(complete)


@a_few(1)
@given(st.data())
def test_no_random_network_is_below_the_bound(data: st.DataObject) -> None:
    problem = data.draw(wild_problems())
    lower = solved(problem).exact_lower
    drawn = networks(problem.data.shape[1], bias=takes_bias(problem))
    for _ in range(5):
        network = data.draw(drawn)
        for kind in (network, network.balanced(), network.merged(problem.data)):
            assert lower <= convex_oracle.objective(problem, kind)


@a_few(1)
@given(wild_problems(), st.integers(0, 2**32 - 1))
def test_no_perturbed_optimum_is_below_the_bound(problem: cx.TrainingProblem, seed: int) -> None:
    best = solved(problem)
    net, rng = best.network, np.random.default_rng(seed)
    for size in (0.0, 1e-12, 1e-9, 1e-6, 1e-3, 0.1):
        hidden = net.hidden + size * rng.standard_normal(net.hidden.shape)
        output = net.output + size * rng.standard_normal(net.output.shape)
        bias = net.output_bias + size * rng.standard_normal() * takes_bias(problem)
        for stretch in (1.0, 1 + size, 1 - size):
            network = cx.Network(stretch * hidden, output / max(stretch, 0.5), bias)
            assert best.exact_lower <= convex_oracle.objective(problem, network)


@a_few(2)
@given(problems(), st.integers(1, 8), st.integers(0, 1000))
def test_no_trained_network_is_below_the_bound(
    problem: cx.TrainingProblem, neurons: int, seed: int
) -> None:
    trained = cx.train(problem, neurons, method=cx.GradientDescent(steps=200, seed=seed)).network
    verdict = cx.certify(trained, problem)
    assert verdict.network is trained
    assert verdict.exact_upper == convex_oracle.objective(problem, trained)
    assert verdict.exact_lower <= verdict.exact_upper
    assert verdict.best.exact_lower <= verdict.exact_lower
    assert verdict.exact_lower <= verdict.best.exact_upper


def test_a_long_training_comes_near_and_stays_above() -> None:
    rng = np.random.default_rng(3)
    X = np.c_[rng.standard_normal((8, 2)), np.ones(8)]
    problem = cx.TrainingProblem(X, rng.standard_normal(8), 0.1)
    trained = cx.train(problem, 20, method=cx.GradientDescent(steps=2000)).network
    verdict = cx.certify(trained, problem)
    assert 0 <= verdict.relative_gap < 0.1


@a_few(2)
@given(problems(), st.integers(1, 40))
def test_a_network_from_sampled_patterns_is_bracketed(
    problem: cx.TrainingProblem, gates: int
) -> None:
    """Solving over sampled patterns and certifying over all is a bracket, too."""
    subset = ar.sample_patterns(problem.arrangement, gates, seed=1)
    program = cx.ConvexProgram(problem, subset)
    solution = cx.FullPattern().solve(program)
    verdict = cx.certify(cx.recover_network(program, solution), problem)
    assert verdict.exact_lower <= verdict.exact_upper
    cx.verify(verdict.claim())


@a_few(2)
@given(problems())
def test_rounded_bounds_enclose_the_exact_ones(problem: cx.TrainingProblem) -> None:
    best = cx.global_optimum(problem)
    assert Fraction(best.lower) <= best.exact_lower
    assert best.exact_upper <= Fraction(best.upper)
    assert best.exact_upper - best.exact_lower <= Fraction(best.gap)
    if best.exact_upper:
        ratio = (best.exact_upper - best.exact_lower) / best.exact_upper
        assert ratio <= Fraction(best.relative_gap)
    record = best.to_json()
    assert record["upper"] == best.upper
    assert record["level"] == "proved"
    assert "proved" in best.summary()


def test_a_subset_of_patterns_cannot_be_passed_off_as_all() -> None:
    X, y = [[1.0, 2.0], [0.0, 1.0], [1.0, -1.0]], [1.0, 2.0, 3.0]
    problem = cx.TrainingProblem(X, y, 0.1)
    every = ar.enumerate_patterns(X).activations()
    subset = ar.PatternSubset.from_activations(X, every)
    with pytest.raises(cx.ArgumentError, match="CompletePatterns"):
        cx.global_optimum(problem, patterns=subset)
    with pytest.raises(cx.ArgumentError, match="CompletePatterns"):
        cx.certify(cx.Network.empty(2), problem, patterns=subset)
    with pytest.raises(cx.ArgumentError, match="CompletePatterns"):
        cx.beta_max(X, y, patterns=subset)


def test_patterns_of_other_data_are_refused() -> None:
    problem = cx.TrainingProblem([[1.0, 2.0], [0.0, 1.0]], [1.0, 2.0], 0.1)
    other = ar.enumerate_patterns([[1.0, 3.0], [0.0, 1.0]])
    with pytest.raises(cx.ArgumentError, match="other data"):
        cx.global_optimum(problem, patterns=other)
    with pytest.raises(cx.ArgumentError, match="other data"):
        cx.certify(cx.Network.empty(2), problem, patterns=other)


def test_patterns_of_a_cone_are_refused() -> None:
    X = [[1.0, 2.0], [0.0, 1.0]]
    half = ar.enumerate_patterns(ar.Arrangement(X, domain=ar.Cone(((1, 0),))))
    with pytest.raises(cx.ArgumentError, match="cone"):
        cx.global_optimum(cx.TrainingProblem(X, [1.0, 2.0], 0.1), patterns=half)


def test_given_patterns_are_used() -> None:
    X, y = [[1.0, 2.0], [0.0, 1.0], [1.0, -1.0]], [1.0, 2.0, 3.0]
    problem, patterns = cx.TrainingProblem(X, y, 0.1), ar.enumerate_patterns(X)
    best = cx.global_optimum(problem, patterns=patterns)
    assert isinstance(best.certificate.evidence, cx.ListedCells)
    assert best.certificate.evidence.patterns is patterns
    assert best.exact_lower == cx.global_optimum(problem).exact_lower


class Idle(cx.Solver):
    """Proposes the network without neurons and no dual vector: valid, and of no use."""

    def listing(self, problem: cx.TrainingProblem) -> str:
        del problem
        return ""

    def within(self, seconds: float | None) -> cx.Solver:
        del seconds
        return self

    def propose(self, problem: cx.TrainingProblem, **how: object) -> cx.Proposal:
        del how
        network = problem.empty_network()
        return cx.Proposal(
            network=network,
            dual=np.zeros(len(problem.targets)),
            peak=np.inf,
            objective=problem.objective(network),
            directions=np.empty((0, network.features)),
            status=cx.Status.STALLED,
            rounds=(),
            seconds=0.0,
            solver="idle",
        )


def test_the_default_is_accurate_where_the_conic_solver_is_not() -> None:
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((10, 3)), 1e4 * rng.standard_normal(10)
    problem = cx.TrainingProblem(X, y, 0.01)
    alone = cx.global_optimum(problem, solver=cx.FullPattern())
    assert alone.relative_gap > 1e-8, "the conic solver got better: choose a harder problem"
    best = cx.global_optimum(problem)
    assert best.level is cx.Level.PROVED
    assert best.relative_gap < alone.relative_gap / 10
    assert alone.exact_lower <= best.exact_upper
    verdict = cx.certify(cx.Network.empty(3), problem)
    assert verdict.best.relative_gap < alone.relative_gap / 10


def test_auto_asks_the_conic_solver_where_the_other_leaves_a_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(2)
    problem = cx.TrainingProblem(rng.standard_normal((8, 2)), rng.standard_normal(8), 0.1)
    optimum = cx.global_optimum(problem, solver=cx.WorkingSet())
    helped = cx.global_optimum(problem, solver=cx.Auto(solver=Idle()))
    assert helped.level is cx.Level.PROVED
    assert helped.relative_gap < 1e-6
    assert helped.exact_lower <= optimum.exact_upper
    # Who chooses a solver gets that one and no other.
    alone = cx.global_optimum(problem, solver=Idle())
    assert (alone.network.width, alone.exact_lower) == (0, 0)

    def failing(*_: object, **__: object) -> cx.Proposal:
        raise cx.SolverError("nothing usable")

    monkeypatch.setattr(cx.FullPattern, "propose", failing)
    left = cx.global_optimum(problem, solver=cx.Auto(solver=Idle()))
    assert left.level is cx.Level.PROVED
    assert left.exact_lower <= optimum.exact_upper <= left.exact_upper
    with pytest.raises(cx.SolverError, match="nothing usable"):
        cx.global_optimum(problem, solver=cx.FullPattern())
