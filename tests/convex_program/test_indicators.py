"""The relaxation with a bit for each row: its certificate in rationals, its bounds against all cells."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from oracles.pricing import KINDS, Matrix, Vector, data

import convex_program as cx
from convex_program.pricing import ReducedRows, signed_rows
from convex_program.pricing.relaxation.certificate import certified_bound, lengths_up
from convex_program.pricing.relaxation.indicated import IndicatedSplitting
from convex_program.pricing.relaxation.indicators import IndicatorMultipliers, zero_pairs
from convex_program.pricing.relaxation.levels import least_bound
from convex_program.pricing.relaxation.lifted import LiftedRows, lifted_rows
from convex_program.pricing.relaxation.splitting import Splitting

Number = Fraction | int


def lifted_of(X: Matrix, v: Vector, sign: int = 1) -> LiftedRows:
    rows = signed_rows(ReducedRows.of(X), v, sign)
    return lifted_rows(rows, 600, np.eye(rows.rows.shape[1])[:1])


def drawn(n: int, r: int, rng: np.random.Generator) -> IndicatorMultipliers:
    """Return multipliers of very different sizes."""
    half = np.tril(rng.random((4 * n, 4 * n)) * 10.0 ** rng.integers(-9, 9, (4 * n, 4 * n)))
    pairs = half + np.tril(half, -1).T
    rows, columns = zero_pairs(n)
    free = rng.standard_normal(4 * n) * 10.0 ** rng.integers(-9, 9, 4 * n)
    pairs[rows, columns] = pairs[columns, rows] = free
    turned = rng.standard_normal((4 * n, r)) * 10.0 ** rng.integers(-9, 9, (4 * n, r))
    return IndicatorMultipliers(pairs, lengths_up(turned) * (1.0 + rng.random(4 * n)), turned)


def exact(values: Matrix) -> list[list[Fraction]]:
    return [[Fraction(float(x)) for x in row] for row in np.atleast_2d(values)]


def exact_form(lifted: LiftedRows, by: IndicatorMultipliers, x: list[Number]) -> Fraction:
    """-f(u) - z.Az at any x = (1, u, s, e), homogeneous, from the definition."""
    n, r = lifted.rows.shape
    one, u, s, e = x[0], x[1 : r + 1], x[r + 1 : r + n + 1], x[r + n + 1 :]
    R, L = exact(lifted.rows), exact(lengths_up(lifted.rows))[0]
    t = [sum((a * b for a, b in zip(row, u, strict=True)), Fraction(0)) for row in R]
    m = [s[j] - t[j] for j in range(n)]
    q = [e[j] - s[j] for j in range(n)]
    w = [L[j] * one - e[j] - m[j] for j in range(n)]
    four = [*s, *q, *m, *w]
    A, b, W = exact(by.pairs), exact(by.once)[0], exact(by.turned)
    weights, linear = exact(lifted.weights)[0], exact(lifted.linear)[0]
    total = -one * sum((a * c for a, c in zip(weights, s, strict=True)), Fraction(0))
    total -= one * sum((a * c for a, c in zip(linear, u, strict=True)), Fraction(0))
    for i, a in enumerate(four):
        total -= 2 * a * b[i] * one
        total += 2 * a * sum((c * d for c, d in zip(W[i], u, strict=True)), Fraction(0))
        total -= a * sum((c * d for c, d in zip(A[i], four, strict=True)), Fraction(0))
    return Fraction(total)


@pytest.mark.parametrize(("n", "r"), [(1, 1), (2, 3), (4, 2)])
def test_the_matrix_is_within_its_rounding(n: int, r: int) -> None:
    for seed in range(4):
        rng = np.random.default_rng([seed, n])
        X = rng.standard_normal((n, r)) * 10.0 ** rng.integers(-5, 5, (n, 1))
        lifted = lifted_of(X, rng.standard_normal(n))
        by = drawn(*lifted.rows.shape, rng)
        slack = by.slack(lifted)
        size = len(slack.matrix)

        def at(*places: int) -> Fraction:
            return exact_form(lifted, by, [places.count(k) for k in range(size)])  # noqa: B023 - called at once

        for i in range(size):
            off = Fraction(0)
            for j in range(size):
                entry = at(i) if i == j else (at(i, j) - at(i) - at(j)) / 2
                # the lower triangle is what a factorization reads
                off += abs(entry - Fraction(float(slack.matrix[max(i, j), min(i, j)])))
            assert off <= Fraction(float(slack.rounding[i]))


def place_of(lifted: LiftedRows, u: Vector) -> list[Number]:
    """Return x of a neuron."""
    R, L = exact(lifted.rows), exact(lengths_up(lifted.rows))[0]
    inner = [Fraction(float(a)) for a in u]
    t = [sum((a * b for a, b in zip(row, inner, strict=True)), Fraction(0)) for row in R]
    active = [x > 0 for x in t]
    s = [x if on else Fraction(0) for x, on in zip(t, active, strict=True)]
    return [1, *inner, *s, *(x if on else Fraction(0) for x, on in zip(L, active, strict=True))]


def test_products_of_neurons_are_not_negative() -> None:
    """z.Az is at least 0 wherever a neuron is, and a shift of the free multipliers adds nothing there."""
    rng = np.random.default_rng(1)
    for n, r in ((3, 2), (5, 4)):
        lifted = lifted_of(rng.standard_normal((n, r)), rng.standard_normal(n))
        by = drawn(*lifted.rows.shape, rng)
        none = replace(lifted, weights=np.zeros(n), linear=np.zeros(r))
        for u in rng.standard_normal((20, r)):
            x = place_of(lifted, u / np.linalg.norm(u) * (1 - 1e-15))
            form = exact_form(none, by, x)
            assert form <= 0
            moved = replace(by, pairs=np.rint(by.pairs))
            assert exact_form(none, moved.shifted(8.0), x) == exact_form(none, moved, x)


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_are_not_below_the_maximum(kind: str) -> None:
    for seed in range(3):
        rng = np.random.default_rng([seed, len(kind)])
        n, d = int(rng.integers(2, 9)), int(rng.integers(2, 4))
        X, v = data(kind, n, d, rng), rng.standard_normal(n)
        for sign in (1, -1):
            rows = signed_rows(ReducedRows.of(X), v, sign)
            if len(rows.rows) == 0 or not rows.rising:
                continue
            lifted = lifted_rows(rows, 600, np.eye(rows.rows.shape[1])[:1])
            iteration = IndicatedSplitting(lifted, np.eye(lifted.rows.shape[1])[:1])
            iteration.run(120)
            shown = least_bound(lifted, iteration.multipliers()).bound
            for u in rng.standard_normal((40, lifted.rows.shape[1])):
                place = place_of(lifted, u / np.linalg.norm(u) * (1 - 1e-15))
                weights, linear = exact(lifted.weights)[0], exact(lifted.linear)[0]
                r = len(linear)
                value = sum(a * b for a, b in zip(linear, place[1 : r + 1], strict=True))
                value += sum(
                    a * b for a, b in zip(weights, place[r + 1 : r + 1 + len(weights)], strict=True)
                )
                assert value <= Fraction(shown)


def test_multipliers_beyond_their_margin_are_refused() -> None:
    rng = np.random.default_rng(3)
    lifted = lifted_of(rng.standard_normal((8, 4)), rng.standard_normal(8))
    iteration = IndicatedSplitting(lifted, np.eye(4)[:1])
    iteration.run(600)
    shown = least_bound(lifted, iteration.multipliers())
    by, levels = shown.multipliers, (shown.constant, shown.ball)
    assert certified_bound(lifted, by, *levels, shown.added) == shown.bound < np.inf
    assert certified_bound(lifted, by, *(0.99 * x for x in levels)) == np.inf
    size = float(np.abs(by.pairs).max())
    wrong = replace(by, pairs=by.pairs + 0.1 * size * np.eye(32))
    assert certified_bound(lifted, wrong, *levels) == np.inf
    negative = by.pairs.copy()
    negative[0, 1] = negative[1, 0] = -1e-9
    with pytest.raises(cx.ArgumentError, match="pairs"):
        replace(by, pairs=negative)
    lopsided = by.pairs.copy()
    lopsided[0, 16] += 1.0
    with pytest.raises(cx.ArgumentError, match="symmetric"):
        replace(by, pairs=lopsided)
    with pytest.raises(cx.ArgumentError, match="once"):
        replace(by, once=np.full(32, -1.0))
    with pytest.raises(cx.ArgumentError, match="finite"):
        replace(by, turned=np.full((32, 4), np.nan))
    longer = by.turned.copy()
    longer[0, 0] += 2.0 * by.once[0] + 1.0
    with pytest.raises(cx.ArgumentError, match="turned"):
        replace(by, turned=longer)


def test_bits_help_where_many_neurons_put_out_the_most() -> None:
    """At the dual vector of an optimum most of the relaxation's excess goes, for most data."""
    better = 0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X = np.c_[rng.standard_normal((14, 4)), np.ones(14)]
        y = np.sin(2 * X[:, 0]) + 0.3 * rng.standard_normal(14)
        largest = float(np.linalg.norm(X.T @ np.maximum(y, 0.0)))
        problem = cx.TrainingProblem(X, y, 0.05 * largest)
        solver = cx.WorkingSet(1e-6)
        best = cx.global_optimum(problem, level=cx.Level.RIGOROUS, solver=solver)
        v = np.array(best.certificate.vector)
        near = best.network.hidden / np.linalg.norm(best.network.hidden, axis=1)[:, np.newaxis]
        excess = []
        for kind in (Splitting, IndicatedSplitting):
            total = 0.0
            for sign in (1, -1):
                rows = signed_rows(ReducedRows.of(X), v, sign)
                lifted = lifted_rows(rows, 600, near)
                iteration = kind(lifted, near)
                iteration.run(800)
                bound = least_bound(lifted, iteration.multipliers()).bound
                peak = rows.relaxed_bound(float(np.ldexp(bound, lifted.shift)))
                total += peak / problem.decay - 1.0
            excess.append(total)
        better += excess[1] < 0.6 * excess[0]
    assert better >= 2
