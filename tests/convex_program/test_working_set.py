"""The working set: the optimum over all patterns, certified, on awkward data too."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from types import FrameType

import convex_oracle
import numpy as np
import pytest
from convex_zoo import BIASES, a_few, problems
from hypothesis import given
from hypothesis import strategies as st
from oracles.pricing import data, exceeds, h_cells

import arrangements as ar
import convex_program as cx
from convex_program.pricing import priced_rows
from convex_program.solvers.adjacent import adjacent_cells, solve_cells
from convex_program.solvers.ground import KINK, OFF, ON, Ground
from convex_program.solvers.newton import Polisher
from convex_program.solvers.search import Search

KINDS = ["normal", "bias", "integers", "low rank", "duplicates", "zeros", "columns"]


def price(problem: cx.TrainingProblem, v: np.ndarray, tolerance: float) -> cx.Pricing:
    return priced_rows(problem.gauge).price(cx.BranchAndBound(tolerance=tolerance), v)


def solve(problem: cx.TrainingProblem, gap: float = 1e-9) -> cx.GlobalOptimum:
    return cx.global_optimum(problem, solver=cx.WorkingSet(gap))


def ground_of(problem: cx.TrainingProblem) -> Ground:
    """Return the problem as the search sees it, in its own units."""
    return Ground(
        X=problem.features,
        fit=problem.fit,
        beta=problem.decay,
        bend=problem.output_bias.bend(problem.decay),
        gains=np.array([*problem.activation.gains, 0.0]),
        decayed=problem.gauge.decayed,
    )


def random_problem(
    seed: int, n: int, d: int, beta: float = 0.2, **how: cx.OutputBias
) -> cx.TrainingProblem:
    rng = np.random.default_rng(seed)
    return cx.TrainingProblem(rng.standard_normal((n, d)), rng.standard_normal(n), beta, **how)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d"), [(1, 1), (4, 1), (1, 3), (6, 2), (6, 3)])
def test_it_meets_the_full_program(kind: str, n: int, d: int) -> None:
    for seed, fraction in ((0, 0.05), (1, 0.4)):
        rng = np.random.default_rng([seed, n, d])
        X, y = data(kind, n, d, rng), rng.standard_normal(n)
        beta = fraction * h_cells(X, y)[0]
        if beta == 0.0:
            continue
        problem = cx.TrainingProblem(X, y, beta)
        direct = solve(problem)
        assert direct.level is cx.Level.RIGOROUS
        assert direct.relative_gap <= 1e-8
        assert direct.exact_upper == convex_oracle.objective(problem, direct.network)
        listed = cx.global_optimum(problem, solver=cx.FullPattern())
        assert direct.exact_lower <= listed.exact_upper
        assert listed.exact_lower <= direct.exact_upper
        evidence = direct.certificate.evidence
        assert isinstance(evidence, cx.Priced)
        vector = np.array(direct.certificate.vector)
        _, u = h_cells(X, vector)
        assert u is None or not exceeds(X, vector, u, evidence.peak)


@pytest.mark.parametrize(("beta", "optimum"), [(0.1, 0.29), (1.0, 2.0), (1.5, 2.375), (2.5, 2.5)])
def test_worked_examples(beta: float, optimum: float) -> None:
    """Two points on a line: MATH.md's closed form."""
    best = solve(cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta), 1e-10)
    assert best.upper == pytest.approx(optimum, rel=1e-9)


def test_the_network_without_neurons_from_beta_max_up() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 3)), rng.standard_normal(20)
    peak = price(cx.TrainingProblem(X, y, 1), y, 1e-13).bound
    for factor in (1.0, 1.5, 1e6):
        best = solve(cx.TrainingProblem(X, y, factor * peak))
        assert best.network.width == 0
        assert best.relative_gap <= 1e-9
    assert solve(cx.TrainingProblem(X, y, 0.999 * peak)).network.width > 0


@pytest.mark.parametrize(("a", "b"), [(2.0**300, 1.0), (1e-200, 1e100), (1.0, 1e-150), (3e7, 5e-5)])
def test_scales_change_nothing_but_the_scale(a: float, b: float) -> None:
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((15, 3)), rng.standard_normal(15)
    plain = solve(cx.TrainingProblem(X, y, 0.3))
    scaled = solve(cx.TrainingProblem(a * X, b * y, a * b * 0.3))
    assert scaled.upper / b**2 == pytest.approx(plain.upper, rel=1e-8)
    assert scaled.relative_gap <= 1e-9


def test_zero_data_zero_targets_and_contradictory_rows() -> None:
    best = solve(cx.TrainingProblem(np.zeros((3, 2)), np.ones(3), 0.1))
    assert (best.upper, best.gap) == (1.5, 0.0)
    X = np.repeat(np.random.default_rng(2).standard_normal((8, 3)), 2, axis=0)
    y = np.random.default_rng(3).standard_normal(16)
    assert solve(cx.TrainingProblem(X, y, 0.05)).relative_gap <= 1e-9
    assert solve(cx.TrainingProblem(X, np.zeros(16), 0.05)).upper == 0.0


@a_few(2)
@given(st.integers(0, 10**9), st.integers(2, 25), st.integers(1, 4), st.floats(0.01, 0.9))
def test_no_network_is_below_the_bound(seed: int, n: int, d: int, fraction: float) -> None:
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    peak = price(cx.TrainingProblem(X, y, 1), y, 1e-6).bound
    problem = cx.TrainingProblem(X, y, fraction * peak)
    best = solve(problem)
    assert best.relative_gap <= 1e-9
    net = best.network
    for size in (0.0, 1e-6, 1e-3, 1e-1, 1.0):
        hidden = net.hidden + size * rng.standard_normal(net.hidden.shape)
        other = cx.Network(hidden, net.output)
        assert convex_oracle.objective(problem, other) >= best.exact_lower
    other = cx.Network(rng.standard_normal((5, d)), rng.standard_normal(5))
    assert convex_oracle.objective(problem, other) >= best.exact_lower


@a_few(2)
@given(problems(), st.sampled_from([1.0, 1e-80, 1e90]), st.sampled_from([1.0, 1e-60, 1e70]))
def test_the_proved_optimum_is_in_every_bracket(
    problem: cx.TrainingProblem, a: float, b: float
) -> None:
    """Parallel, opposite, zero and contradictory rows, all biases, sizes far from one."""
    X, y = a * problem.features, b * problem.targets
    scaled = cx.TrainingProblem(X, y, a * b * problem.decay, output_bias=problem.output_bias)
    told: list[ar.Progress] = []
    direct = cx.global_optimum(scaled, solver=cx.WorkingSet(), progress=told.append)
    assert isinstance(direct.solution, cx.Proposal)
    assert direct.exact_lower <= direct.exact_upper
    for entry in direct.solution.rounds:
        assert entry.lower <= direct.exact_upper <= entry.objective * (1 + 1e-9)
    if (a, b) == (1.0, 1.0):
        listed = cx.global_optimum(scaled, solver=cx.FullPattern())
        assert direct.exact_lower <= listed.exact_upper
        assert listed.exact_lower <= direct.exact_upper


def test_a_time_limit_is_honest() -> None:
    problem = random_problem(3, 120, 6)
    for limit in (0.0, 0.3):
        best = cx.global_optimum(problem, solver=cx.WorkingSet(time_limit=limit))
        assert isinstance(best.solution, cx.Proposal)
        assert best.solution.status is cx.Status.TIME_LIMIT
        assert 0 <= best.exact_lower <= best.exact_upper


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_ctrl_c_leaves_what_was_reached(rounds: int) -> None:
    problem = random_problem(3, 60, 4)
    closed = solve(problem)

    def press(event: ar.Progress) -> None:
        if event.done == rounds:
            raise KeyboardInterrupt

    best = cx.global_optimum(problem, solver=cx.WorkingSet(), progress=press)
    assert best.status is cx.Status.INTERRUPTED
    assert best.stopped
    assert "Ctrl-C" in best.summary()
    assert isinstance(best.solution, cx.Proposal)
    assert len(best.solution.rounds) == rounds
    # The last pass priced the network that was reached.
    assert 0 < best.exact_lower <= closed.exact_upper
    assert closed.exact_lower <= best.exact_upper
    verdict = cx.certify(closed.network, problem, solver=cx.WorkingSet(), progress=press)
    assert verdict.relative_gap <= 1e-9


def test_ctrl_c_pressed_twice_is_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    def press(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cx.AutoPricing, "price_rows", press)
    with pytest.raises(KeyboardInterrupt):
        cx.WorkingSet().propose(random_problem(3, 40, 3), progress=press)


def test_ctrl_c_between_two_assignments_pairs_no_vector_with_another_price() -> None:
    """Whatever line is interrupted, the bound stays one."""
    problem = random_problem(6, 12, 2, 0.1)
    optimum = solve(problem).exact_upper
    for stop in range(0, 400, 7):
        left = stop

        def tick(*_: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
            return tick

        def enter(frame: FrameType, *_: object) -> object:
            return tick if frame.f_code.co_filename.endswith("search.py") else None

        sys.settrace(enter)
        try:
            found = cx.global_optimum(problem, solver=cx.WorkingSet())
        except KeyboardInterrupt:
            continue  # before the search began
        finally:
            sys.settrace(None)
        assert found.exact_lower <= optimum
        assert found.exact_upper >= found.exact_lower


def test_every_round_is_told_and_bounds_only_improve() -> None:
    events: list[ar.Progress] = []
    problem = random_problem(3, 40, 3)
    best = cx.global_optimum(problem, solver=cx.WorkingSet(), progress=events.append)
    assert isinstance(best.solution, cx.Proposal)
    rounds = best.solution.rounds
    *told, last = events
    assert last.last
    assert [event.done for event in told] == list(range(1, len(rounds) + 1))
    uppers, lowers = [r.objective for r in rounds], [r.lower for r in rounds]
    assert uppers == sorted(uppers, reverse=True)
    assert lowers == sorted(lowers)


def test_a_warm_start_ends_at_the_same_optimum() -> None:
    problem = random_problem(4, 40, 3)
    cold = cx.WorkingSet().propose(problem)
    warm = cx.WorkingSet().propose(problem, start=cold.network)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-9)
    assert len(warm.rounds) <= 2
    rng = np.random.default_rng(4)
    hidden = np.concatenate([rng.standard_normal((30, 3)), np.zeros((2, 3))])
    odd = cx.WorkingSet().propose(problem, start=cx.Network(hidden, rng.standard_normal(32)))
    assert odd.objective == pytest.approx(cold.objective, rel=1e-9)


def test_a_start_from_a_solution_of_other_data_ends_at_the_same_optimum() -> None:
    """Its directions are proposals like any other, parallel and zero ones among them."""
    for seed in range(5):
        problem, other = random_problem(seed, 40, 3), random_problem(seed + 50, 15, 3, 0.05)
        cold = cx.WorkingSet().propose(problem)
        start = cx.WorkingSet().propose(other)
        width = start.directions.shape[1]
        assert width == 3
        assert not start.directions.flags.writeable
        odd = np.concatenate([start.directions, np.zeros((2, 3)), np.ones((2, 3)), -np.eye(3)])
        for directions in (start.directions, odd, odd[:0]):
            warm = cx.WorkingSet().propose(problem, start=replace(start, directions=directions))
            assert warm.status is cx.Status.SOLVED
            assert warm.objective == pytest.approx(cold.objective, rel=1e-9)
    with pytest.raises(cx.ArgumentError, match="3 inputs, the data 4 columns"):
        cx.WorkingSet().propose(random_problem(0, 10, 4), start=start)


def test_large_starts_far_from_balance_are_no_harm() -> None:
    problem = random_problem(4, 40, 3)
    best = cx.WorkingSet().propose(problem)
    hidden = np.random.default_rng(0).standard_normal((5, 3))
    for scale in (1e-300, 1e-150, 1.0, 1e100, 1e300):
        for output in (1e-300, 1.0, 1e300):
            start = cx.Network(scale * hidden, output * np.array([1.0, -1.0, 1.0, -1.0, 1.0]))
            warm = cx.WorkingSet().propose(problem, start=start)
            assert warm.objective == pytest.approx(best.objective, rel=1e-9)


@pytest.mark.parametrize("fraction", [0.02, 0.3])
def test_twenty_seeds_close(fraction: float) -> None:
    closed = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((40, 4)) if seed % 2 else rng.integers(-3, 4, (40, 4)).astype(float)
        X[:, -1] = 1.0
        y = np.sin(2 * X[:, 0]) + 0.3 * rng.standard_normal(40)
        beta = fraction * np.abs(y) @ np.linalg.norm(X, axis=1) / 8
        found = cx.WorkingSet(1e-9).propose(cx.TrainingProblem(X, y, beta))
        closed += found.status is cx.Status.SOLVED
    assert closed >= 18


def test_newton_ends_at_the_optimum_over_the_adjacent_cells() -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        X, y = rng.standard_normal((30, 4)), rng.standard_normal(30)
        ground = ground_of(cx.TrainingProblem(X, y, 0.3))
        polisher = Polisher(ground)
        directions, signs = rng.standard_normal((8, 4)), np.sign(rng.standard_normal(8))
        net = ground.place(directions, signs, y, near=0.0)
        before = polisher.objective(net, 0.0)
        point, steps = polisher.polish(net, 0.0)
        assert steps > 0
        assert point.objective <= before
        assert point.objective == pytest.approx(polisher.objective(point.net, 0.0), rel=1e-14)
        net = point.net
        products = net.w @ X.T
        assert (products[net.states == ON] >= -1e-12).all()
        assert (products[net.states == OFF] <= 1e-12).all()
        assert np.abs(products[net.states == KINK]).max(initial=0.0) < 1e-12
        patterns, sides, starts = adjacent_cells(net, 64)
        model = polisher.quadratic(point)
        found = solve_cells(ground, model, patterns=patterns, signs=sides, directions=starts)
        z = sum(
            s * np.where(p, X @ w, 0.0)
            for p, s, w in zip(patterns, sides, found.blocks, strict=True)
        )
        penalty = 0.3 * np.linalg.norm(found.blocks, axis=1).sum()
        assert point.objective == pytest.approx(0.5 * np.sum((z - y) ** 2) + penalty, rel=1e-7)


@pytest.mark.parametrize("bias", BIASES, ids=repr)
@pytest.mark.parametrize("kind", KINDS)
def test_it_meets_the_full_program_with_an_output_bias(bias: cx.OutputBias, kind: str) -> None:
    for seed, (n, d), offset in ((0, (1, 2), 3.0), (1, (7, 2), 0.0), (2, (7, 3), 1000.0)):
        rng = np.random.default_rng([seed, n, d])
        X, y = data(kind, n, d, rng), rng.standard_normal(n) + offset
        problem = cx.TrainingProblem(X, y, 0.1, output_bias=bias)
        direct = solve(problem)
        assert direct.relative_gap <= 1e-8
        assert direct.exact_upper == convex_oracle.objective(problem, direct.network)
        listed = cx.global_optimum(problem, solver=cx.FullPattern())
        assert direct.exact_lower <= listed.exact_upper
        assert listed.exact_lower <= direct.exact_upper


@pytest.mark.parametrize("bias", BIASES, ids=repr)
def test_the_whole_cells_know_the_output_bias(bias: cx.OutputBias) -> None:
    """The conic program over the optimum's own cells has the optimum's value."""
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((20, 3)), rng.standard_normal(20) + 2.0
    problem = cx.TrainingProblem(X, y, 0.4, output_bias=bias)
    best = solve(problem)
    ground = ground_of(problem)
    polisher = Polisher(ground)
    hidden, signs = best.network.hidden, np.sign(best.network.output[:, 0])
    net = ground.place(hidden, signs, problem.residual(best.network), near=1e-9)
    point, _ = polisher.polish(net, best.network.output_bias)
    patterns, sides, starts = adjacent_cells(point.net, 64)
    model = polisher.quadratic(point)
    blocks = solve_cells(ground, model, patterns=patterns, signs=sides, directions=starts).blocks
    weights = np.sqrt(np.linalg.norm(blocks, axis=1))
    used = weights > 1e-4
    hidden, output = blocks[used] / weights[used, None], sides[used] * weights[used]
    rest = y - cx.Network(hidden, output).forward(X)
    constants = [0.0, rest.sum() / (20 + 0.4), rest.mean()]
    constant = constants[[cx.NoBias, cx.DecayedBias, cx.FreeBias].index(type(bias))]
    found = problem.objective(cx.Network(hidden, output, constant))
    assert found == pytest.approx(best.upper, rel=1e-6)


def test_no_phase_begins_when_time_is_up() -> None:
    """Conic programs and Newton steps look at the clock, wherever they are asked for."""
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((30, 4)), np.sign(rng.standard_normal(30))
    past = time.perf_counter() - 1.0
    for loss in (cx.Squared(), cx.Hinge()):
        problem = cx.TrainingProblem(X, y, 0.3, loss=loss)
        search = Search(problem, gap=1e-6, executor=None, starts=4, deadline=past)
        ground = search.ground
        net = ground.place(rng.standard_normal((8, 4)), np.ones(8), y, near=0.0)
        _, steps = search.polisher.polish(net, 0.0)
        assert steps == 0
        patterns, sides, starts = adjacent_cells(net, 64)
        model = None if ground.fit.pulled else search.polisher.quadratic(search.point)
        asked = {"patterns": patterns, "signs": sides, "directions": starts}
        assert solve_cells(ground, model, **asked, deadline=past) is None
        assert solve_cells(ground, model, **asked) is not None


def test_more_columns_than_can_be_searched_still_end_with_a_bound() -> None:
    """A positive bound within a time limit, without a list of 2^30 patterns."""
    problem = random_problem(5, 30, 21)
    best = cx.global_optimum(problem, solver=cx.WorkingSet(time_limit=2.0))
    assert best.level is cx.Level.RIGOROUS
    assert 0 < best.exact_lower <= best.exact_upper
    assert best.exact_upper == convex_oracle.objective(problem, best.network)
    assert best.exact_upper < convex_oracle.objective(problem, problem.empty_network())
    verdict = cx.certify(cx.Network.empty(21), problem, solver=cx.WorkingSet(time_limit=2.0))
    assert 0 < verdict.exact_lower <= best.exact_upper
    assert not cx.Auto().listing(problem)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(cx.ArgumentError, match="gap"):
        cx.WorkingSet(0.0)
    with pytest.raises(cx.ArgumentError, match="time_limit"):
        cx.WorkingSet(time_limit=-1.0)
    with pytest.raises(cx.ArgumentError, match="starts"):
        cx.WorkingSet(starts=0)


def test_ctrl_c_as_a_kernel_returns_is_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter then words it as a SystemError whose cause it is."""

    def pressed(*_: object) -> None:
        raise SystemError("returned a result with an exception set") from KeyboardInterrupt()

    monkeypatch.setattr(Search, "round", pressed)
    found = cx.WorkingSet().propose(random_problem(3, 20, 3))
    assert found.status is cx.Status.INTERRUPTED
    monkeypatch.setattr(Search, "round", lambda *_: (_ for _ in ()).throw(SystemError("other")))
    with pytest.raises(SystemError, match="other"):
        cx.WorkingSet().propose(random_problem(3, 20, 3))
