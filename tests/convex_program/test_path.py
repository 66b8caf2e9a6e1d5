"""Regularization paths: certified at every beta, whatever they begin from, stopped or not."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from convex_zoo import BIASES, a_few, problems
from hypothesis import given, reject

import arrangements as ar
import convex_program as cx

STATUS = cx.PathStatus


def sample(seed: int, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    X[:, -1] = 1.0
    return X, np.sin(2 * X[:, 0]) + 0.3 * rng.standard_normal(n)


def overlap(one: cx.GlobalOptimum, other: cx.GlobalOptimum) -> bool:
    """Two brackets of one number have it in common."""
    return one.exact_lower <= other.exact_upper and other.exact_lower <= one.exact_upper


# What is found


@a_few(2)
@given(problems())
def test_every_bracket_meets_that_of_a_cold_start(problem: cx.TrainingProblem) -> None:
    """Zero, equal, parallel and opposite rows, all biases; both solvers."""
    how: dict[str, Any] = {"betas": [0.02, 0.3, 5.0], "output_bias": problem.output_bias}
    try:
        listed = cx.regularization_path(problem.data, problem.exact_targets, **how)
    except cx.SolverError:
        reject()
    direct = cx.regularization_path(
        problem.data, problem.exact_targets, solver=cx.WorkingSet(), **how
    )
    assert (listed.level, direct.level) == (cx.Level.PROVED, cx.Level.RIGOROUS)
    for beta, one, other in zip([5.0, 0.3, 0.02], listed, direct, strict=True):
        alone = cx.TrainingProblem(
            problem.data, problem.exact_targets, beta, output_bias=problem.output_bias
        )
        assert one.problem.exact_beta == other.problem.exact_beta == Fraction(beta)
        assert overlap(one, other)
        assert overlap(other, cx.global_optimum(alone, solver=cx.FullPattern()))
        assert one.relative_gap < 1e-6


@pytest.mark.parametrize("bias", BIASES, ids=repr)
def test_warm_and_cold_working_sets_end_at_the_same_optima(bias: cx.OutputBias) -> None:
    X, y = sample(0, 60, 4)
    path = cx.regularization_path(X, y + 1, count=8, output_bias=bias, solver=cx.WorkingSet(1e-10))
    for best in path:
        cold = cx.global_optimum(best.problem, solver=cx.WorkingSet(1e-10))
        assert best.relative_gap <= 1e-9
        assert overlap(best, cold)


def test_the_start_saves_newton_steps() -> None:
    def steps(found: cx.GlobalOptimum) -> int:
        assert isinstance(found.solution, cx.Proposal)
        return sum(entry.newton_iterations for entry in found.solution.rounds)

    better = 0
    for seed in range(20):
        X, y = sample(seed, 40, 4)
        path = cx.regularization_path(X, y, count=5, smallest=0.03, solver=cx.WorkingSet(1e-9))
        cold = [cx.global_optimum(best.problem, solver=cx.WorkingSet(1e-9)) for best in path]
        better += sum(map(steps, path)) < sum(map(steps, cold))
    assert better >= 18


@pytest.mark.parametrize("bias", BIASES, ids=repr)
@pytest.mark.parametrize("solver", [None, cx.WorkingSet()], ids=repr)
def test_the_grid_begins_without_neurons(bias: cx.OutputBias, solver: cx.Solver | None) -> None:
    for seed, offset in ((0, 0.0), (1, 3.0), (2, -40.0)):
        X, y = sample(seed, 12, 3)
        path = cx.regularization_path(
            X, y + offset, count=5, smallest=0.1, output_bias=bias, solver=solver
        )
        assert path.status is STATUS.COMPLETE
        assert path.widths[0] == 0
        assert path.widths[-1] > 0
        assert path.relative_gaps.max() < 1e-8
        np.testing.assert_allclose(path.betas / path.betas[0], 0.1 ** (np.arange(5) / 4))
        if not isinstance(bias, cx.DecayedBias):
            assert path.betas[0] == pytest.approx(cx.beta_max(X, y + offset, output_bias=bias))


def test_betas_above_beta_max_give_the_network_without_neurons() -> None:
    X, y = sample(3, 40, 5)
    path = cx.regularization_path(X, y, [1e6, 1e5], solver=cx.WorkingSet())
    assert path.widths.tolist() == [0, 0]
    assert path.upper.tolist() == path.losses.tolist()
    assert path[0].exact_upper == sum(Fraction(v) ** 2 for v in y) / 2


def test_betas_are_read_exactly_and_solved_from_the_largest_down() -> None:
    X, y = sample(4, 8, 2)
    path = cx.regularization_path(X, y, ["0.1", 2, 0.5])
    assert [best.problem.exact_beta for best in path] == [2, Fraction(1, 2), Fraction(1, 10)]
    assert path.betas.tolist() == [2.0, 0.5, 0.1]
    generated = cx.regularization_path(X, y, (beta for beta in np.array([0.5, 2.0])))
    assert generated.betas.tolist() == [2.0, 0.5]


def test_patterns_are_listed_once() -> None:
    X, y = sample(5, 10, 3)
    events: list[ar.Progress] = []
    path = cx.regularization_path(X, y, count=4, progress=events.append)
    begun = Counter(event.stage for event in events if event.done == 0)
    assert begun["enumerating"] <= 1
    evidence = [best.certificate.evidence for best in path]
    assert all(isinstance(one, cx.ListedCells) for one in evidence)
    assert len({id(one.patterns) for one in evidence}) == 1
    patterns = ar.enumerate_patterns(X)
    given_list = cx.regularization_path(X, y, count=4, patterns=patterns)
    assert all(best.certificate.evidence.patterns is patterns for best in given_list)
    proved = cx.regularization_path(X, y, count=4, patterns=patterns, solver=cx.WorkingSet())
    assert proved.level is cx.Level.PROVED
    assert proved.relative_gaps.max() < 1e-8


def test_a_claim_of_any_point_is_verified() -> None:
    X, y = sample(6, 8, 2)
    for best in cx.regularization_path(X, y, count=3):
        assert cx.verify(best.claim()).level is cx.Level.PROVED


def test_every_beta_is_told() -> None:
    X, y = sample(7, 40, 4)
    events: list[ar.Progress] = []
    cx.regularization_path(X, y, count=3, solver=cx.WorkingSet(), progress=events.append)
    *told, last = [event for event in events if event.stage == "path"]
    assert last.last
    assert [(event.done, event.total) for event in told] == [(1, 3), (2, 3), (3, 3)]


# Stopping


def path_and_press(stage: str, done: int, rows: int = 60, **how: Any) -> cx.RegularizationPath:
    X, y = sample(8, rows, 4)
    seen = 0

    def press(event: ar.Progress) -> None:
        nonlocal seen
        if event.stage == stage:
            seen += 1
            if seen == done:
                raise KeyboardInterrupt

    return cx.regularization_path(X, y, [8, 4, 2, 1], progress=press, **how)


@pytest.mark.parametrize("done", [1, 2, 3, 4])
def test_ctrl_c_between_two_betas_keeps_what_is_done(done: int) -> None:
    path = path_and_press("path", done, solver=cx.WorkingSet())
    assert path.betas.tolist() == [8, 4, 2, 1][:done]
    assert path.remaining == (8, 4, 2, 1)[done:]
    assert path.stopped is (done < 4)
    assert path.relative_gaps.max() <= 1e-9
    if done < 4:
        assert path.status is STATUS.INTERRUPTED
        assert "Ctrl-C" in path.summary()
        assert "Missing: " in path.summary()


@pytest.mark.parametrize("done", [1, 2, 4])
def test_ctrl_c_during_a_search_keeps_its_bounds_too(done: int) -> None:
    path = path_and_press("working set", done, solver=cx.WorkingSet())
    assert path.status is STATUS.INTERRUPTED
    last = path[len(path) - 1]
    assert last.status is cx.Status.INTERRUPTED
    assert "cut short" in path.summary()
    closed = cx.global_optimum(last.problem, solver=cx.WorkingSet())
    assert overlap(last, closed)
    assert len(path) + len(path.remaining) == 4


def test_ctrl_c_before_the_first_optimum_is_ctrl_c() -> None:
    for stage in ("enumerating", "pricing"):
        with pytest.raises(KeyboardInterrupt):
            path_and_press(stage, 1, rows=9)


def test_a_time_limit_cuts_searches_short_and_the_path_goes_on() -> None:
    X, y = sample(9, 80, 5)
    path = cx.regularization_path(X, y, [1.0, 0.1], solver=cx.WorkingSet(time_limit=0.0))
    assert path.status is STATUS.TIME_LIMIT
    assert path.stopped
    assert path.remaining == ()
    for best in path:
        assert best.status is cx.Status.TIME_LIMIT
        assert 0 <= best.exact_lower <= best.exact_upper


# The record


def test_the_arrays_say_what_the_optima_say() -> None:
    X, y = sample(10, 15, 3)
    for bias in BIASES:
        path = cx.regularization_path(X, y, count=4, output_bias=bias)
        assert len(path) == 4
        assert list(path) == list(path.optima) == [path[k] for k in range(4)]
        for k, best in enumerate(path):
            assert (path.upper[k], path.lower[k]) == (best.upper, best.lower)
            assert path.relative_gaps[k] == best.relative_gap
            assert path.widths[k] == len(best.network.active())
            problem, net = best.problem, best.network
            loss = problem.fit.value(net.forward(X))
            assert path.losses[k] == pytest.approx(loss, rel=1e-9)
            whole = path.losses[k] + path.betas[k] * path.penalties[k]
            assert whole == pytest.approx(best.upper, rel=1e-12)
        for name in ("betas", "upper", "lower", "relative_gaps", "widths", "losses", "penalties"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(path, name)[0] = 1
        assert len(repr(path).splitlines()) == 1
        record = json.loads(json.dumps(path.to_json()))
        assert record["status"] == "complete"
        assert [row["upper"] for row in record["path"]] == path.upper.tolist()
        rows = list(csv.DictReader(io.StringIO(path.to_csv())))
        assert [float(row["lower"]) for row in rows] == path.lower.tolist()
        assert len(path.summary().splitlines()) == 2 + len(path)


def test_a_record_out_of_order_is_refused() -> None:
    X, y = sample(11, 6, 2)
    path = cx.regularization_path(X, y, [1, 2])
    with pytest.raises(cx.ArgumentError, match="decreasing"):
        cx.RegularizationPath(path.optima[::-1])
    with pytest.raises(cx.ArgumentError, match="one optimum or more"):
        cx.RegularizationPath(())


def test_between_the_betas_nothing_outside_the_path_is_answered() -> None:
    X, y = sample(12, 6, 2)
    path = cx.regularization_path(X, y, [0.5, 2])
    for beta in (0.4, 2.5):
        with pytest.raises(cx.ArgumentError, match=r"outside the path, .* 2 to 0\.5.*global_opt"):
            path.lower_at(beta)
        with pytest.raises(cx.ArgumentError, match="outside the path"):
            path.upper_at(beta)
    with pytest.raises(cx.ArgumentError, match="beta: nan"):
        path.lower_at(float("nan"))
    only = cx.regularization_path(X, y, [0.5])
    assert (only.lower_at(0.5), only.upper_at(0.5)) == (only[0].lower, only[0].upper)


# Starting networks


def test_no_start_spoils_an_optimum() -> None:
    X, y = sample(13, 30, 4)
    problem = cx.TrainingProblem(X, y, 0.5)
    best = cx.global_optimum(problem, solver=cx.WorkingSet())
    rng = np.random.default_rng(0)
    hidden = rng.standard_normal((7, 4))
    starts: list[Any] = [
        best,
        cx.certify(cx.Network(hidden, np.ones(7)), problem, solver=cx.WorkingSet()),
        cx.Network.empty(4),
        cx.Network(np.zeros((2, 4)), [1.0, 2.0]),
        cx.Network(np.repeat(hidden[:1], 5, axis=0), [1.0, -1.0, 2.0, -2.0, 0.0]),
        cx.Network(1e150 * hidden, 1e150 * np.ones(7)),
        cx.Network(1e200 * hidden, 1e200 * np.ones(7)),
        cx.Network(1e-200 * hidden, 1e-100 * np.ones(7)),
        cx.Network(X[:20], np.where(np.arange(20) % 2, 1.0, -1.0)),
        cx.Network(rng.standard_normal((300, 4)), rng.standard_normal(300)),
    ]
    for start in starts:
        warm = cx.global_optimum(problem, solver=cx.WorkingSet(), start=start)
        assert warm.relative_gap <= 1e-9
        assert overlap(warm, best)


def test_a_conic_program_has_no_use_for_a_start() -> None:
    X, y = sample(14, 8, 3)
    problem = cx.TrainingProblem(X, y, 0.5)
    start = cx.Network(np.ones((1, 3)), [1.0])
    plain = cx.global_optimum(problem)
    begun = cx.global_optimum(problem, start=start)
    assert begun.relative_gap <= 1e-9
    assert overlap(begun, plain)
    with pytest.raises(cx.ArgumentError, match=r"start = .*FullPattern.*solver=WorkingSet\(\)"):
        cx.global_optimum(problem, start=start, solver=cx.FullPattern())
    with pytest.raises(cx.ArgumentError, match=r"start = .*FullPattern.*leave start out"):
        cx.regularization_path(X, y, [1.0], start=start, solver=cx.FullPattern())
    path = cx.regularization_path(X, y, [1.0], start=plain, solver=cx.WorkingSet())
    assert path.relative_gaps.max() <= 1e-9
