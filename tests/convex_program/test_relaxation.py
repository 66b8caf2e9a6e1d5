"""The relaxation of pricing: its certificate in rationals, its bounds against brute force."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.pricing import KINDS, Matrix, Vector, data, exceeds, h_cells

import convex_program as cx
from convex_program.pricing import DecayedRows, ReducedRows, priced_rows, signed_rows
from convex_program.pricing.relaxation.certificate import (
    Multipliers,
    certified_bound,
    computed_slack,
    hidden_by_factorization,
    lengths_up,
)
from convex_program.pricing.relaxation.circular import nearest
from convex_program.pricing.relaxation.levels import least_bound
from convex_program.pricing.relaxation.lifted import LiftedRows, lifted_rows
from convex_program.pricing.relaxation.splitting import Splitting
from convex_program.solvers.bounds import DualBound
from convex_program.solvers.relaxed import relaxable_rows, relaxed_bounds

QUICK = cx.SemidefiniteRelaxation(time_limit=0.2)


def lifted_of(X: Matrix, v: Vector, most: int = 600) -> tuple[LiftedRows, Matrix]:
    rows = signed_rows(ReducedRows.of(X), v, 1)
    near = np.eye(X.shape[1])[:1]
    return lifted_rows(rows, most, near), near


def solved(X: Matrix, v: Vector, steps: int = 300) -> tuple[LiftedRows, Multipliers]:
    lifted, near = lifted_of(X, v)
    iteration = Splitting(lifted, near)
    iteration.run(steps)
    return lifted, iteration.multipliers()


def drawn(n: int, r: int, rng: np.random.Generator) -> Multipliers:
    """Return multipliers of very different sizes."""

    def sizes(*shape: int) -> Matrix:
        return np.asarray(rng.random(shape) * 10.0 ** rng.integers(-9, 9, shape))

    P, M = np.tril(sizes(n, n)), np.tril(sizes(n, n))
    mixed = sizes(n, n) - np.diag(sizes(n))
    turned = [sizes(n, r) * rng.choice([-1.0, 1.0], (n, r)) for _ in range(2)]
    once = [lengths_up(vectors) * (1.0 + rng.random(n)) for vectors in turned]
    return Multipliers(P + np.tril(P, -1).T, M + np.tril(M, -1).T, mixed, *once, *turned)


def exact(values: Matrix) -> list[list[Fraction]]:
    return [[Fraction(float(x)) for x in row] for row in np.atleast_2d(values)]


def exact_form(lifted: LiftedRows, by: Multipliers, x: list[Fraction]) -> Fraction:
    """-f(u) - z.Az at x = (1, u, s), from the definition, where s need not be (Ru)_+."""
    n, r = lifted.rows.shape
    one, u, p = x[0], x[1 : r + 1], x[r + 1 :]
    R = exact(lifted.rows)
    m = [p[j] - sum((R[j][k] * u[k] for k in range(r)), Fraction(0)) for j in range(n)]
    P, M, E = exact(by.positive), exact(by.negative), exact(by.mixed)
    weights, linear = exact(lifted.weights)[0], exact(lifted.linear)[0]
    b, c = exact(by.once_positive)[0], exact(by.once_negative)[0]
    V, W = exact(by.turned_positive), exact(by.turned_negative)
    Q = exact(lifted.quadratic)
    total = Fraction(0)
    for i in range(n):
        total -= one * (weights[i] * p[i] + 2 * b[i] * p[i] + 2 * c[i] * m[i])
        total += 2 * sum((u[k] * (p[i] * V[i][k] + m[i] * W[i][k]) for k in range(r)), Fraction(0))
        for j in range(n):
            total -= P[i][j] * p[i] * p[j] + M[i][j] * m[i] * m[j] + 2 * E[i][j] * p[i] * m[j]
    for k in range(r):
        total -= one * linear[k] * u[k]
        for i in range(r):
            total -= u[k] * Q[k][i] * u[i]
    return total


def entry(lifted: LiftedRows, by: Multipliers, i: int, j: int, size: int) -> Fraction:
    """K_ij by polarization."""

    def at(*places: int) -> Fraction:
        return exact_form(lifted, by, [Fraction(places.count(k)) for k in range(size)])

    return at(i) if i == j else (at(i, j) - at(i) - at(j)) / 2


def semidefinite(rows: list[list[Fraction]]) -> bool:
    """Whether a symmetric rational matrix is positive semidefinite, by symmetric elimination."""
    rows = [row[:] for row in rows]
    left = list(range(len(rows)))
    while left:
        pivot = max(left, key=lambda k: rows[k][k])
        if rows[pivot][pivot] <= 0:
            return all(rows[i][j] == 0 for i in left for j in left)
        left.remove(pivot)
        for i in left:
            factor = rows[i][pivot] / rows[pivot][pivot]
            for j in left:
                rows[i][j] -= factor * rows[pivot][j]
    return True


@pytest.mark.parametrize(("n", "r", "most"), [(1, 1, 9), (3, 2, 9), (4, 3, 9), (5, 2, 3)])
def test_the_matrix_is_within_its_rounding(n: int, r: int, most: int) -> None:
    for seed in range(5):
        rng = np.random.default_rng([seed, n])
        X = rng.standard_normal((n, r)) * 10.0 ** rng.integers(-5, 5, (n, 1))
        lifted, _ = lifted_of(X, rng.standard_normal(n), most)
        by = drawn(*lifted.rows.shape, rng)
        slack = computed_slack(lifted, by)
        size = len(slack.matrix)
        for i in range(size):
            off = sum(
                (
                    abs(entry(lifted, by, i, j, size) - Fraction(float(slack.matrix[i, j])))
                    for j in range(size)
                ),
                Fraction(0),
            )
            assert off <= Fraction(float(slack.rounding[i]))


def test_a_factorization_hides_no_more_than_is_charged() -> None:
    """Singular matrices, moved down until a factorization fails: the last that does not counts."""
    rng = np.random.default_rng(0)
    decided = 0
    for _ in range(40):
        n = int(rng.integers(2, 7))
        factor = rng.standard_normal((n, n - 1)) * 10.0 ** rng.integers(-3, 4, (n, 1))
        matrix = factor @ factor.T
        matrix = 0.5 * (matrix + matrix.T)
        for step in 2.0 ** -np.arange(40.0, 60.0):
            C = matrix - step * np.diag(np.diag(matrix))
            try:
                np.linalg.cholesky(C)
            except np.linalg.LinAlgError:
                continue
            c = hidden_by_factorization(np.diag(C))
            rows = [
                [
                    Fraction(float(x)) + (Fraction(float(c[i])) if i == j else 0)
                    for j, x in enumerate(row)
                ]
                for i, row in enumerate(C)
            ]
            assert semidefinite(rows)
            decided += not semidefinite(exact(C))
    assert decided, "no factorization ran to its end on an indefinite matrix: nothing was tested"


def test_what_is_certified_holds_in_rationals() -> None:
    """K with the levels, and with what the bound adds to them, is semidefinite, exactly."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        lifted, by = solved(rng.standard_normal((4, 2)), rng.standard_normal(4))
        size, (n, r) = 7, lifted.rows.shape
        bound = least_bound(lifted, by).bound
        assert bound < np.inf
        # x.Kx + (bound - l0 - l1) >= 0 on the ball follows if it does for directions of all kinds
        for u in rng.standard_normal((200, r)):
            place = [Fraction(float(x)) for x in u / np.linalg.norm(u) * (1 - 1e-15)]
            R = exact(lifted.rows)
            s = [
                max(Fraction(0), sum((a * b for a, b in zip(row, place, strict=True)), Fraction(0)))
                for row in R
            ]
            assert len(s) + len(place) + 1 == size
            weights, linear = exact(lifted.weights)[0], exact(lifted.linear)[0]
            f = sum((a * b for a, b in zip(weights, s, strict=True)), Fraction(0))
            f += sum((a * b for a, b in zip(linear, place, strict=True)), Fraction(0))
            assert f <= Fraction(bound)
        assert n == 4


def test_multipliers_beyond_their_margin_are_refused() -> None:
    rng = np.random.default_rng(3)
    X, v = rng.standard_normal((12, 5)), rng.standard_normal(12)
    lifted, by = solved(X, v, 2_000)
    shown = least_bound(lifted, by)
    by, constant, ball = shown.multipliers, shown.constant, shown.ball
    assert certified_bound(lifted, by, constant, ball, shown.added) == shown.bound < np.inf
    assert certified_bound(lifted, by, constant * (1 - 1e-3), ball * (1 - 1e-3)) == np.inf
    size = float(np.abs(by.mixed).max())
    wrong = replace(by, positive=by.positive + 0.1 * size * np.eye(12))
    assert certified_bound(lifted, wrong, constant, ball) == np.inf
    assert certified_bound(lifted, by, np.nan, ball) == np.inf
    for name in ("positive", "negative", "mixed"):
        entries = getattr(by, name).copy()
        entries[0, 1] = entries[1, 0] = -1e-9
        with pytest.raises(cx.ArgumentError, match=name):
            replace(by, **{name: entries})
    lopsided = by.positive.copy()
    lopsided[0, 1] += 1.0
    with pytest.raises(cx.ArgumentError, match="symmetric"):
        replace(by, positive=lopsided)
    with pytest.raises(cx.ArgumentError, match="finite"):
        replace(by, once_positive=np.full(12, np.nan))
    with pytest.raises(cx.ArgumentError, match="once_negative"):
        replace(by, once_negative=np.full(12, -1.0))
    for name in ("positive", "negative"):
        longer = getattr(by, f"turned_{name}").copy()
        longer[0] = getattr(by, f"once_{name}")[0] * np.array([0.6, 0.8, 0.0, 0.0, 1e-6])
        with pytest.raises(cx.ArgumentError, match=f"turned_{name}"):
            replace(by, **{f"turned_{name}": longer})


def test_lengths_are_rounded_up() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((200, 7)) * 10.0 ** rng.integers(-150, 150, (200, 1))
    for vector, most in zip(exact(vectors), lengths_up(vectors), strict=True):
        assert sum(x * x for x in vector) <= Fraction(float(most)) ** 2
    assert not lengths_up(np.zeros((3, 2))).any()
    assert lengths_up(np.full((1, 4), 5e-324))[0] >= 1e-323


def test_the_nearest_point_of_the_cone() -> None:
    """Moreau: a point is its nearest point less one of the dual cone that is orthogonal to it."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal(300), rng.standard_normal((300, 4))
    y[:5] = 0.0
    for kappa in (0.3, 1.0, 3.0):
        at = nearest(x, y, kappa)
        dual_x, dual_y = at.x - x, at.y - y
        assert (np.linalg.norm(at.y, axis=1) <= kappa * at.x + 1e-12).all()
        assert (kappa * np.linalg.norm(dual_y, axis=1) <= dual_x + 1e-12).all()
        assert np.abs(at.x * dual_x + (at.y * dual_y).sum(axis=1)).max() < 1e-12
        ahead = (nearest(x + 1e-7, y, kappa).x - at.x) / 1e-7
        assert np.median(np.abs(ahead - at.rate)) < 1e-6
        assert set(np.round(at.rate, 12)) == {0.0, round(1.0 / (1.0 + kappa**2), 12), 1.0}


def test_products_with_u_tighten_it() -> None:
    """Taking them away from the multipliers that were found, or their vectors, shows less or nothing."""
    rng = np.random.default_rng(1)
    lifted, by = solved(rng.standard_normal((30, 6)), rng.standard_normal(30), 1_000)
    assert by.turned_positive.any()
    assert by.turned_negative.any()
    without = replace(
        by,
        turned_positive=np.zeros_like(by.turned_positive),
        turned_negative=np.zeros_like(by.turned_negative),
    )
    assert least_bound(lifted, by).bound < 0.99 * least_bound(lifted, without).bound


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d"), [(1, 1), (6, 1), (1, 3), (7, 2), (7, 4)])
def test_never_below_the_largest_of_all_cells(kind: str, n: int, d: int) -> None:
    for seed in range(2):
        rng = np.random.default_rng([seed, n, d])
        X, v = data(kind, n, d, rng), rng.standard_normal(n)
        unit = 2.0**900 if kind == "huge" else 1e-300 if kind == "tiny" else 1.0
        _, u = h_cells(X / unit, v)
        for method in (QUICK, replace(QUICK, most_rows=3)):
            found = method.price_rows(ReducedRows.of(X), v)
            assert found.value <= found.bound
            if u is not None:
                assert not exceeds(X / unit, v, u, found.bound / unit)


@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_orthogonal_rows_are_met(n: int) -> None:
    """Rows e_j with weight 1: the maximum is that of the sum of n coordinates, the root of n."""
    method = cx.SemidefiniteRelaxation(1e-4, time_limit=20.0)
    found = method.price_rows(ReducedRows.of(np.eye(n)), np.ones(n), starts=np.ones((1, n)))
    assert found.status is cx.PricingStatus.CLOSED
    assert np.sqrt(n) <= found.bound <= np.sqrt(n) * (1 + 2e-4)


def test_far_below_the_bound_that_takes_no_search() -> None:
    rng = np.random.default_rng(0)
    rows, v = ReducedRows.of(rng.standard_normal((60, 30))), rng.standard_normal(60)
    coarse = cx.SpectralBound().price_rows(rows, v).bound
    found = cx.SemidefiniteRelaxation(time_limit=20.0).price_rows(rows, v)
    assert found.value <= found.bound < 0.8 * coarse
    few = cx.SemidefiniteRelaxation(time_limit=20.0, most_rows=20).price_rows(rows, v)
    assert found.bound <= few.bound


@pytest.mark.parametrize("d", [2, 5, 20, 60])
def test_no_ascent_is_above(d: int) -> None:
    for seed in range(3):
        rng = np.random.default_rng([seed, d])
        X, v = rng.standard_normal((40, d)), rng.standard_normal(40)
        found = QUICK.price_rows(ReducedRows.of(X), v, starts=rng.standard_normal((500, d)))
        assert found.value <= found.bound
        best = found.directions[0]
        assert not exceeds(X, v, best / np.linalg.norm(best), found.bound)


def test_dimensions_beyond_any_search_are_relaxed() -> None:
    rng = np.random.default_rng(0)
    rows, v = ReducedRows.of(rng.standard_normal((50, 25))), rng.standard_normal(50)
    choice = cx.AutoPricing(time_limit=1.0).choose(rows, v)
    assert isinstance(choice.method, cx.SemidefiniteRelaxation)
    assert "relaxation" in choice.reason
    assert "lifted" not in choice.reason


def test_a_search_cut_short_is_relaxed() -> None:
    rng = np.random.default_rng(0)
    rows, v = ReducedRows.of(rng.standard_normal((150, 12))), rng.standard_normal(150)
    auto = cx.AutoPricing(time_limit=4.0).price_rows(rows, v)
    alone = cx.BranchAndBound(time_limit=4.0).price_rows(rows, v)
    assert auto.value <= auto.bound < alone.bound
    assert auto.status is cx.PricingStatus.TIME_LIMIT


@pytest.mark.parametrize("loss", [cx.Squared(), cx.Logistic(), cx.Hinge()], ids=repr)
def test_a_network_in_twenty_five_dimensions_has_a_bound(loss: cx.losses.Loss) -> None:
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((80, 3))
    features = latent @ rng.standard_normal((3, 24)) + 0.3 * rng.standard_normal((80, 24))
    X = np.c_[features, np.ones(80)]
    y = np.where(latent[:, 0] + 0.5 * rng.standard_normal(80) > 0, 1.0, -1.0)
    problem = cx.TrainingProblem(X, y, beta=1.0, loss=loss)
    v = problem.residual(problem.empty_network())
    largest = priced_rows(problem.gauge).price(cx.SpectralBound(), problem.feasible(v)).value
    problem = cx.TrainingProblem(X, y, beta=0.3 * largest, loss=loss)
    best = cx.global_optimum(problem, solver=cx.WorkingSet(1e-3, time_limit=8.0))
    assert best.lower <= best.upper
    assert best.relative_gap < 0.1


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(cx.ArgumentError, match="most_rows"):
        cx.SemidefiniteRelaxation(most_rows=0)
    with pytest.raises(cx.ArgumentError, match="tolerance"):
        cx.SemidefiniteRelaxation(0.0)
    with pytest.raises(cx.ArgumentError, match="time_limit"):
        cx.SemidefiniteRelaxation(time_limit=-1.0)


LABELLED = (cx.Logistic, cx.SquaredHinge, cx.Hinge)


def trained(
    n: int, d: int, loss: cx.losses.Loss, seed: int = 0, **others: Any
) -> tuple[cx.TrainingProblem, cx.Proposal]:
    """Return a problem and a good network for it."""
    rng = np.random.default_rng([seed, n, d])
    X = rng.standard_normal((n, d))
    y = np.sin(2 * X[:, 0]) + 0.3 * rng.standard_normal(n)
    y = np.where(y > 0, 1.0, -1.0) if isinstance(loss, LABELLED) else y
    problem = cx.TrainingProblem(X, y, beta=1.0, loss=loss, **others)
    v = problem.feasible(problem.residual(problem.empty_network()))
    largest = priced_rows(problem.gauge).price(cx.SpectralBound(), v).value
    problem = cx.TrainingProblem(X, y, beta=0.2 * largest, loss=loss, **others)
    return problem, cx.WorkingSet(1e-9).propose(problem)


def jointly(problem: cx.TrainingProblem, found: cx.Proposal, seconds: float) -> list[DualBound]:
    rows = priced_rows(problem.gauge)
    assert isinstance(rows, DecayedRows)
    return list(
        relaxed_bounds(
            problem,
            rows.reduced,
            (found.dual, found.network),
            gap=1e-9,
            upper=found.objective,
            deadline=time.perf_counter() + seconds,
        )
    )


SMOOTH = [cx.Squared(), cx.Huber(0.3), cx.Logistic(), cx.SquaredHinge()]


@pytest.mark.parametrize("loss", SMOOTH, ids=repr)
@pytest.mark.parametrize(("n", "d"), [(7, 2), (8, 3)])
def test_what_is_said_of_a_free_vector_holds(n: int, d: int, loss: cx.losses.Loss) -> None:
    """Prices against all cells; bounds against the optimum."""
    problem, found = trained(n, d, loss)
    bounds = jointly(problem, found, 6.0)
    assert bounds
    for bound in bounds:
        h, u = h_cells(problem.gauge.features, bound.vector)
        assert h > 0.0
        if u is not None:
            assert not exceeds(problem.gauge.features, bound.vector, u, bound.peak)
        assert bound.lower <= found.objective
    assert max(bound.lower for bound in bounds) > 0.8 * found.objective


@pytest.mark.parametrize(
    "kind",
    [
        {"activation": cx.LeakyReLU(0.1)},
        {"activation": cx.AbsoluteValue()},
        {"output_bias": cx.FreeBias()},
        {"output_bias": cx.DecayedBias()},
        {"loss": cx.Absolute()},
        {"loss": cx.Hinge()},
        {"loss": cx.Quantile(0.3)},
        {"loss": cx.Logistic(), "output_bias": cx.FreeBias()},
        {"loss": cx.Absolute(), "output_bias": cx.FreeBias(), "activation": cx.LeakyReLU(0.2)},
    ],
    ids=str,
)
def test_free_vectors_of_every_kind(kind: dict[str, Any]) -> None:
    """Two slopes, kinks and output biases: prices against all cells, bounds against the optimum."""
    problem, found = trained(8, 3, **{"loss": cx.Squared(), **kind})
    bounds = jointly(problem, found, 8.0)
    on, off = float(problem.activation.on), float(problem.activation.off)
    for bound in bounds:
        h, _ = h_cells(problem.gauge.features, bound.vector, on, off)
        assert h <= bound.peak * (1.0 + 1e-9)
        assert bound.lower <= found.objective
    assert max(bound.lower for bound in bounds) > 0.8 * found.objective


def test_a_free_vector_does_better_than_a_network_s_own() -> None:
    """The best of the relaxed problem is at least what any one vector gives, and more on this data."""
    problem, found = trained(60, 5, cx.Squared())
    rows = priced_rows(problem.gauge)
    own = cx.SemidefiniteRelaxation(time_limit=5.0)
    fixed = DualBound.of(problem, found.dual, rows.price(own, found.dual).bound)
    free = max(bound.lower for bound in jointly(problem, found, 5.0))
    assert fixed.lower < free <= found.objective


def test_what_the_relaxation_of_training_does_not_take() -> None:
    rng = np.random.default_rng(0)
    X, y = np.c_[rng.standard_normal((30, 9)), np.ones(30)], rng.standard_normal(30)
    plain = cx.TrainingProblem(X, y, 1.0)
    assert relaxable_rows(priced_rows(plain.gauge)) is not None
    other = cx.TrainingProblem(X, y, 1.0, hidden_bias=cx.FreeHiddenBias())
    assert relaxable_rows(priced_rows(other.gauge)) is None
    straight = cx.TrainingProblem(X, y, 1.0, activation=cx.LeakyReLU(1))
    assert relaxable_rows(priced_rows(straight.gauge)) is None
    twice = cx.TrainingProblem(np.r_[X, X[:1]], np.r_[y, 0.0], 1.0)
    assert relaxable_rows(priced_rows(twice.gauge)) is None


@pytest.mark.parametrize("unit", [1e-200, 1.0, 1e150])
def test_a_limit_in_ten_dimensions_leaves_a_bound_in_any_units(unit: float) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 10)), rng.standard_normal(60)
    h = priced_rows(cx.TrainingProblem(X, y, 1.0).gauge).price(cx.SpectralBound(), y).value
    problem = cx.TrainingProblem(X * unit, y, beta=0.2 * h * unit)
    best = cx.global_optimum(problem, solver=cx.WorkingSet(1e-6, time_limit=5.0))
    assert best.stopped
    assert 0.3 * best.upper < best.lower <= best.upper
