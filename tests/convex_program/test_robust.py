"""Robustness: exact worst cases against brute force, training against its own worst case."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import arrangements as ar
import convex_program as cx
from convex_program.robust.response import Neurons, Response
from convex_program.solution import Status

LOSSES = [
    cx.Hinge(),
    cx.Squared(),
    cx.Logistic(),
    cx.Quantile("0.8"),
    cx.Huber(1),
    cx.SquaredHinge(),
]
TRAINED = [cx.Hinge(), cx.Squared(), cx.Logistic()]
ACTIVATIONS = [cx.ReLU(), cx.LeakyReLU("0.1"), cx.AbsoluteValue(), cx.TwoSlope(1, -2)]
BALLS = [cx.MaxNormBall, cx.EuclideanBall]


def setting(seed: int, loss: Any = None, *, bias: bool = False) -> tuple[Any, Any]:
    """Return a network and a problem, of small integers now and then."""
    rng = np.random.default_rng(seed)
    n, d, m = int(rng.integers(1, 6)), int(rng.integers(1, 4)), int(rng.integers(0, 9))
    X = rng.standard_normal((n, d))
    if seed % 3 == 0:
        X = np.round(X)
    if bias:
        X = np.c_[X, np.ones(n)]
    loss = LOSSES[seed % 6] if loss is None else loss
    numbers = rng.standard_normal(n)
    y = numbers if loss.scales else np.where(numbers > 0, 1, -1)
    activation = ACTIVATIONS[seed % 4]
    hidden = rng.standard_normal((m, X.shape[1]))
    if seed % 5 == 0:
        hidden = np.round(hidden)  # kinks through rows, equal and zero neurons
    network = cx.Network(hidden, rng.standard_normal(m), 0.0, activation)
    problem = cx.TrainingProblem(X, y, "0.1", loss=loss, activation=activation)
    return network, problem


def worst_by_vertices(network: Any, problem: Any, eps: float) -> float:
    """Return the worst case in one dimension or two by all kinks, edges and corners of the box.

    The output is linear on the pieces into which the kinks cut the box, so its ends are where two of the
    lines meet, edges included.
    """
    total = 0.0
    X, m = problem.features, problem.features.shape[1]
    lines = [(w, 0.0) for w in network.hidden if w.any()]
    for x, y in zip(X, problem.targets, strict=True):
        edges = [(row, row @ x + side * eps) for row in np.eye(m) for side in (-1, 1)]
        points = [np.array(x)]
        for chosen in itertools.combinations([*lines, *edges], m):
            A = np.array([row for row, _ in chosen])
            if abs(np.linalg.det(A)) > 1e-12:
                points.append(np.linalg.solve(A, [right for _, right in chosen]))
        inside = np.array([p for p in points if (np.abs(p - x) <= eps * (1 + 1e-12)).all()])
        z = network.forward(inside)
        total += float(problem.loss.value(z, np.full(len(z), y)).max())
    return total


@pytest.mark.parametrize("seed", range(24))
def test_the_worst_case_of_a_box_is_at_a_vertex_of_the_pieces(seed: int) -> None:
    network, problem = setting(seed)
    if problem.features.shape[1] > 2:
        problem = replace(problem, X=problem.features[:, :2])
        network = network.with_weights(network.hidden[:, :2], network.output)
    for eps in (0.25, 2.0):
        found = cx.worst_case(network, problem, cx.MaxNormBall(eps, fixed=()), gap=1e-9)
        by_hand = worst_by_vertices(network, problem, eps) + float(found.decay)
        assert found.status is Status.SOLVED
        assert found.lower == pytest.approx(by_hand, rel=1e-7, abs=1e-9)
        assert found.upper == pytest.approx(by_hand, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("ball", BALLS)
@pytest.mark.parametrize("seed", range(8))
def test_no_attack_beats_the_upper_bound_and_the_attack_is_allowed(seed: int, ball: Any) -> None:
    network, problem = setting(seed, bias=seed % 2 == 1)
    rng = np.random.default_rng(seed)
    found = cx.worst_case(network, problem, ball("0.4"), gap=1e-8)
    assert found.relative_gap <= 1e-8
    moving = list(found.moving)
    assert len(moving) == problem.features.shape[1] - seed % 2
    steps = rng.uniform(-1, 1, (5000, len(moving)))
    steps[:2500] = np.sign(steps[:2500])
    if ball is cx.EuclideanBall:
        steps /= np.maximum(1.0, np.linalg.norm(steps, axis=1, keepdims=True))
    total = float(found.decay)
    for x, y in zip(problem.features, problem.targets, strict=True):
        points = np.repeat(x[np.newaxis], len(steps), axis=0)
        points[:, moving] += 0.4 * steps
        total += float(problem.loss.value(network.forward(points), np.full(len(steps), y)).max())
    assert total <= found.upper * (1 + 1e-12) + 1e-12
    for delta in found.perturbations:
        if ball is cx.MaxNormBall:
            assert all(abs(t) <= Fraction(2, 5) for t in delta)
        else:
            assert sum(t * t for t in delta) <= Fraction(4, 25)
    # the attack, evaluated by the problem's own objective on moved rows
    moved = cx.TrainingProblem(
        found.attack, problem.y, problem.beta, loss=problem.loss, activation=problem.activation
    )
    assert moved.objective(network) == pytest.approx(found.lower, rel=1e-12, abs=1e-12)


def test_every_bound_of_a_part_holds_at_its_points_for_any_multipliers() -> None:
    rng = np.random.default_rng(0)
    seen = 0
    for seed in range(40):
        network, problem = setting(seed)
        ball = cx.MaxNormBall(1, fixed=())
        moving = ball.moving(problem.data)
        neurons = Neurons.of(network, ball, moving)
        for sign, row in itertools.product((1, -1), problem.data.fractions):
            g = Response.of(neurons, row, ball, moving, sign)
            for _ in range(4):
                delta = tuple(Fraction(t) for t in rng.uniform(-1, 1, len(moving)).tolist())
                point = [x + t for x, t in zip(row, delta, strict=True)]
                on = [
                    sum(a * b for a, b in zip(s.vector, point, strict=True)) > 0 for s in g.convex
                ]
                states = [int(rng.choice([0, 1 if t else -1])) for t in on]
                multipliers = [Fraction(t) for t in rng.uniform(-0.5, 2, len(on)).tolist()]
                others = [Fraction(t) for t in rng.uniform(-0.5, 2, len(g.concave)).tolist()]
                value = g.value(delta)
                assert value <= g.bound(states, multipliers, others)
                assert value <= g.first_bound()
                assert not g.excludes(states, multipliers)
                seen += len(on)
    assert seen > 100


def test_radius_zero_is_the_objective_itself() -> None:
    for seed in range(6):
        network, problem = setting(seed)
        for ball in BALLS:
            found = cx.worst_case(network, problem, ball(0))
            assert found.nominal == found.upper
            assert found.relative_gap < 1e-50


def test_worst_cases_grow_with_the_ball_and_l2_is_inside_the_box() -> None:
    for seed in range(6):
        network, problem = setting(seed)
        before = {ball: Fraction(0) for ball in BALLS}
        for radius in ("0.1", "0.2", "0.8"):
            found = {
                ball: cx.worst_case(network, problem, ball(radius), gap=1e-9) for ball in BALLS
            }
            for ball in BALLS:
                assert found[ball].exact_upper >= before[ball]
                before[ball] = found[ball].exact_lower
            small, large = found[cx.EuclideanBall], found[cx.MaxNormBall]
            assert small.exact_lower <= large.exact_upper


def test_bounds_hold_whenever_it_stops() -> None:
    rng = np.random.default_rng(1)
    problem = cx.TrainingProblem(rng.standard_normal((4, 3)), rng.standard_normal(4), 0.1)
    network = cx.Network(rng.standard_normal((20, 3)), rng.standard_normal(20))
    ball = cx.MaxNormBall(2)
    whole = cx.worst_case(network, problem, ball, gap=1e-7)
    at_once = cx.worst_case(network, problem, ball, time_limit=0)
    assert at_once.status is Status.TIME_LIMIT
    assert at_once.steps == 0
    assert at_once.exact_lower <= whole.exact_lower <= whole.exact_upper <= at_once.exact_upper


@pytest.mark.parametrize("after", [1, 2, 3, 5, 9, 17, 40])
def test_ctrl_c_keeps_the_bounds(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from convex_program.robust import search

    rng = np.random.default_rng(2)
    problem = cx.TrainingProblem(rng.standard_normal((3, 3)), rng.standard_normal(3), 0.1)
    network = cx.Network(rng.standard_normal((12, 3)), rng.standard_normal(12))
    whole = cx.worst_case(network, problem, cx.MaxNormBall(2), gap=1e-8)
    relax, calls = search.relax, itertools.count(1)

    def pressed(*given: Any) -> Any:
        if next(calls) == after:
            raise KeyboardInterrupt
        return relax(*given)

    monkeypatch.setattr(search, "relax", pressed)
    found = cx.worst_case(network, problem, cx.MaxNormBall(2), gap=1e-8)
    assert found.status is Status.INTERRUPTED
    assert found.exact_lower <= whole.exact_lower
    assert found.exact_upper >= whole.exact_upper - Fraction(1, 10**6)


@pytest.mark.parametrize("loss", TRAINED, ids=repr)
@pytest.mark.parametrize("ball", BALLS)
def test_the_program_is_the_attacked_value_of_its_network(loss: Any, ball: Any) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X = np.c_[rng.standard_normal((6, 2)), np.ones(6)]
        numbers = rng.standard_normal(6)
        y = numbers if loss.scales else np.where(numbers > 0, 1, -1)
        problem = cx.TrainingProblem(X, y, "0.02", loss=loss)
        nominal = cx.global_optimum(problem)
        before = 0.0
        for radius in (0, "0.05", "0.15"):
            best = cx.robust_optimum(problem, ball(radius))
            assert best.program_value == pytest.approx(best.worst.lower, abs=1e-5)
            assert best.program_value == pytest.approx(best.upper, abs=1e-5)
            assert best.program_value >= before - 1e-6
            assert best.lower <= best.upper
            assert best.exact_lower >= nominal.exact_lower
            before = best.program_value
            if radius == 0:
                assert best.upper == pytest.approx(nominal.upper, abs=1e-5)
            attacked = cx.worst_case(nominal.network, problem, ball(radius))
            assert attacked.upper >= best.lower


def test_a_smaller_list_gives_a_larger_bound() -> None:
    rng = np.random.default_rng(3)
    X = np.c_[rng.standard_normal((7, 2)), np.ones(7)]
    problem = cx.TrainingProblem(X, rng.standard_normal(7), "0.05")
    whole = cx.robust_optimum(problem, cx.MaxNormBall("0.05"))
    part = cx.robust_optimum(
        problem, cx.MaxNormBall("0.05"), patterns=ar.sample_patterns(X, 4, seed=0)
    )
    assert whole.complete
    assert not part.complete
    assert part.program_value >= whole.program_value - 1e-7
    assert "a sample of" in part.summary()
    assert "not among its own" in whole.summary()


def test_what_a_robust_network_costs_is_what_others_lose() -> None:
    """The sentence of the article's reference: the nominal optimum is far worse under attack."""
    rng = np.random.default_rng(1)
    X = np.c_[rng.standard_normal((6, 2)), np.ones(6)]
    y = np.where(rng.standard_normal(6) > 0, 1, -1)
    problem = cx.TrainingProblem(X, y, "0.01", loss=cx.Hinge())
    ball = cx.MaxNormBall("0.05")
    best, nominal = cx.robust_optimum(problem, ball), cx.global_optimum(problem)
    assert cx.worst_case(nominal.network, problem, ball).lower > best.upper


def test_weights_biases_and_zero_rows() -> None:
    X = np.array([[0.0, 0.0], [1.0, 2.0], [1.0, 2.0], [-1.0, -2.0]])
    for bias in (cx.NoBias(), cx.FreeBias(), cx.DecayedBias()):
        problem = cx.TrainingProblem(
            X, [1.0, 2.0, 0.0, -1.0], 0.1, output_bias=bias, sample_weight=[1, 2, 0, 0.5]
        )
        best = cx.robust_optimum(problem, cx.EuclideanBall("0.1"))
        # no neuron is stable over a ball around a row of zeros
        assert len(best.network.active()) == 0
        assert best.program_value == pytest.approx(best.upper, abs=1e-6)
    free = cx.TrainingProblem(
        np.c_[X, np.ones(4)], [1.0, 2.0, 0.0, -1.0], 0.1, hidden_bias=cx.FreeHiddenBias()
    )
    best = cx.robust_optimum(free, cx.MaxNormBall("0.1"))
    assert best.program_value == pytest.approx(best.upper, abs=1e-5)


NETWORK = cx.Network([[1.0, 0.0]], [1.0])
PROBLEM = cx.TrainingProblem([[1.0, 2.0]], [1.0], 0.1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cx.MaxNormBall(-1), "radius = -1"),
        (lambda: cx.MaxNormBall(float("nan")), "radius"),
        (lambda: cx.worst_case(NETWORK, PROBLEM, 0.1), "is not a Ball"),
        (
            lambda: cx.worst_case(NETWORK, PROBLEM, cx.MaxNormBall(1, fixed=[2])),
            "fixed names column 2",
        ),
        (lambda: cx.worst_case(NETWORK, PROBLEM, cx.MaxNormBall(1), gap=-1), "gap = -1"),
        (lambda: cx.worst_case(NETWORK, PROBLEM, cx.MaxNormBall(1), time_limit=-1), "time_limit"),
        (lambda: cx.worst_case(NETWORK, [[1]], cx.MaxNormBall(1)), "is not a TrainingProblem"),
        (
            lambda: cx.worst_case(cx.Network([[1.0]], [1.0]), PROBLEM, cx.MaxNormBall(1)),
            "the network has 1 inputs",
        ),
        (
            lambda: cx.worst_case(
                NETWORK, replace(PROBLEM, loss=cx.Interpolation()), cx.MaxNormBall(1)
            ),
            "allows no error",
        ),
        (
            lambda: cx.robust_optimum(replace(PROBLEM, beta=0), cx.MaxNormBall(1)),
            "needs a weight decay",
        ),
        (
            lambda: cx.worst_case(
                cx.Network([[1.0, 0.0]], [[1.0, 1.0]]),
                cx.TrainingProblem([[1.0, 2.0]], [[1.0, 2.0]], 0.1),
                cx.MaxNormBall(1),
            ),
            "attacks are about one output",
        ),
        (
            lambda: cx.worst_case(
                NETWORK,
                cx.TrainingProblem([[1.0, 1.0]], [1.0], 0.1, hidden_bias=cx.FreeHiddenBias()),
                cx.MaxNormBall(1, fixed=()),
            ),
            "hidden bias without decay",
        ),
    ],
)
def test_refusals_name_what_is_wrong(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(cx.ArgumentError, match=words):
        call()


@pytest.mark.parametrize(
    ("size", "radius"),
    [(1.0, 1e300), (1e150, 1e150), (1e-300, 1e-300), (1.0, 5e-324), (1e300, 1e300)],
)
@pytest.mark.parametrize("ball", BALLS)
def test_sizes_at_the_ends_of_float64(size: float, radius: float, ball: Any) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((3, 2)), rng.standard_normal(3)
    network = cx.Network(rng.standard_normal((6, 2)), rng.standard_normal(6))
    problem = cx.TrainingProblem(X * size, y, 0.1)
    found = cx.worst_case(network, problem, ball(radius))
    assert found.status is Status.SOLVED
    assert found.exact_lower <= found.exact_upper
    assert found.relative_gap <= 1e-6


def test_units_of_data_and_weights_do_not_matter() -> None:
    network, problem = setting(4)
    plain = cx.worst_case(network, problem, cx.MaxNormBall(1, fixed=()), gap=1e-9)
    for unit in (2.0**200, 2.0**-200):
        other = cx.worst_case(
            network.with_weights(network.hidden / unit, network.output),
            replace(problem, X=problem.features * unit, beta=0),
            cx.MaxNormBall(unit, fixed=()),
            gap=1e-9,
        )
        assert other.lower == pytest.approx(plain.lower - float(plain.decay), rel=1e-8)
