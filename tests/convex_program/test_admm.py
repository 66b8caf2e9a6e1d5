"""ADMM against the interior point, blocks counted exactly, and what sampling promises."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import arrangements as ar
import convex_program as cx
from convex_program.solution import Solution, Status


def problem(seed: int, loss: Any = None, **parts: Any) -> cx.TrainingProblem:
    rng = np.random.default_rng(seed)
    loss = cx.Squared() if loss is None else loss
    X = np.c_[rng.standard_normal((6, 1)), np.ones(6)]
    numbers = rng.standard_normal(6)
    y = numbers if loss.scales else np.where(numbers > 0, 1, -1)
    return cx.TrainingProblem(X, y, "0.1", loss=loss, **parts)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"loss": cx.Hinge()},
        {"loss": cx.Logistic()},
        {"loss": cx.Absolute()},
        {"output_bias": cx.DecayedBias()},
        {"activation": cx.LeakyReLU("0.1")},
        {"sample_weight": [1, 2, 0, 0.5, 1, 1]},
    ],
    ids=repr,
)
def test_it_equals_the_interior_point(parts: dict[str, Any]) -> None:
    given = problem(0, **parts)
    for patterns in (
        ar.enumerate_patterns(given.arrangement),
        ar.sample_patterns(given.arrangement, 5, seed=1),
    ):
        program = cx.ConvexProgram(given, patterns)
        ours, theirs = cx.ADMM().solve(program), cx.FullPattern().solve(program)
        assert ours.status is Status.SOLVED
        assert ours.objective == pytest.approx(theirs.objective, abs=1e-7)
        assert given.objective(cx.recover_network(program, ours)) == pytest.approx(
            theirs.objective, abs=1e-6
        )
        assert cx.examine_blocks(program, ours).violation < 1e-7


def test_it_is_certified_like_every_solver() -> None:
    given = problem(1)
    best = cx.global_optimum(given, solver=cx.ADMM())
    assert best.level is cx.Level.PROVED
    assert best.relative_gap < 1e-6
    sampled = cx.global_optimum(given, solver=cx.ADMM(gates=3, seed=0), level=cx.Level.RIGOROUS)
    assert sampled.exact_lower <= best.exact_upper
    assert sampled.exact_upper >= best.exact_lower


def test_a_time_limit_is_a_status() -> None:
    given = problem(2)
    program = cx.ConvexProgram(given, ar.enumerate_patterns(given.arrangement))
    assert cx.ADMM(time_limit=0).solve(program).status is Status.TIME_LIMIT
    assert cx.ADMM(most=3).solve(program).status is Status.STALLED
    assert cx.ADMM(time_limit=5).within(2).time_limit == 2


def test_blocks_outside_their_cones_are_counted_exactly() -> None:
    given = cx.TrainingProblem([[1.0, 0.0], [0.0, 1.0]], [1.0, 1.0], 0.1)
    patterns = ar.enumerate_patterns(given.arrangement)
    program = cx.ConvexProgram(given, patterns)
    both = int(np.flatnonzero(program.activations.all(axis=1))[0])
    blocks = np.zeros((len(patterns), 2))

    def examined(*vectors: tuple[float, float]) -> cx.Feasibility:
        sides = [blocks.copy(), blocks.copy()]
        for side, vector in zip(sides, vectors, strict=False):
            side[both] = vector
        solution = Solution(sides[0], sides[1], 0.0, np.zeros(2), 0.0, Status.SOLVED, 0, 0.0, "")
        return cx.examine_blocks(program, solution)

    assert examined() == cx.Feasibility(0, 0, 0.0)
    assert examined((1.0, 0.0)).kept
    # one unit in the last place of nothing is outside
    tiny = examined((1.0, -math.ulp(0.0)))
    assert (tiny.blocks, tiny.outside) == (1, 1)
    assert 0.0 < tiny.violation < 1e-300
    assert examined((4.0, -3.0)).violation == pytest.approx(0.6)
    assert examined((4.0, -3.0), (0.0, 5.0)).violation == pytest.approx(0.3)


def test_scenario_numbers_are_binomial_tails() -> None:
    assert cx.scenario_risk(1, 3, "0.5") == 0.5  # (1 + 3) / 8
    assert cx.scenario_risk(2, 3, "0.5") == 0.875
    assert cx.scenario_risk(5, 2, "0.1") == 1.0
    for rows, chance, risk in ((3, "0.1", "0.01"), (10, "0.05", "0.001"), (40, "0.02", "1e-6")):
        least = cx.scenario_gates(rows, chance, risk)
        assert cx.scenario_risk(rows, least, chance) <= float(risk)
        assert cx.scenario_risk(rows, least - 1, chance) > float(risk)
        # never more than the two older sufficient numbers
        eps, delta = float(chance), float(risk)
        assert least <= (rows + 1) / (eps * delta)
        assert least <= 2 / eps * (rows + 1 - math.log(delta)) + 1


def test_the_promise_holds_in_trials() -> None:
    """Three rows on a line: how often one more gate lowers the optimum, against the bound."""
    given = cx.TrainingProblem([[1.0, 1.0], [-1.0, 1.0], [0.1, 1.0]], [1.0, 1.0, -1.0], "0.05")
    values: dict[bytes, float] = {}

    def value(patterns: ar.PatternSubset) -> float:
        key = patterns.packed.tobytes()
        if key not in values:
            values[key] = cx.FullPattern().solve(cx.ConvexProgram(given, patterns)).objective
        return values[key]

    gates, eps, bad = 12, 0.4, 0
    for trial in range(40):
        rng = np.random.default_rng(trial)
        drawn = rng.standard_normal((gates + 30, 2)) @ given.features.T >= 0
        held = ar.PatternSubset.from_activations(
            given.arrangement, drawn[:gates], origin=ar.Origin.SAMPLED
        )
        better = 0
        for one in drawn[gates:]:
            more = ar.PatternSubset.from_activations(
                given.arrangement, np.vstack([drawn[:gates], one]), origin=ar.Origin.SAMPLED
            )
            better += value(more) < value(held) - 1e-7
        bad += better / 30 > eps
    assert bad / 40 <= cx.scenario_risk(3, gates, eps) + 0.15


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cx.ADMM(gates=0), "gates = 0"),
        (lambda: cx.ADMM(tolerance=0), "tolerance = 0"),
        (lambda: cx.scenario_gates(0, "0.1", "0.1"), "rows = 0"),
        (lambda: cx.scenario_gates(3, 0, "0.1"), "chance = 0"),
        (lambda: cx.scenario_gates(3, "0.1", 1), "risk = 1"),
        (lambda: cx.scenario_risk(3, -1, "0.1"), "gates = -1"),
        (
            lambda: cx.ADMM().propose(cx.TrainingProblem([[1.0]], [[1.0, 2.0]], 0.1)),
            "knows one output",
        ),
    ],
)
def test_refusals_name_what_is_wrong(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(cx.ArgumentError, match=words):
        call()


def test_exactness_of_the_tail() -> None:
    by_hand = sum(
        math.comb(9, i) * Fraction(1, 3) ** i * Fraction(2, 3) ** (9 - i) for i in range(5)
    )
    assert cx.scenario_risk(4, 9, Fraction(1, 3)) == pytest.approx(float(by_hand), rel=1e-15)
