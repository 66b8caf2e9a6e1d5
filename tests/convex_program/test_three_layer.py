"""Parallel sub-networks of three layers: prices, optima, networks and back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.batch_norm import full_rank_optimum
from oracles.pricing import h_cells
from oracles.three_layer import (
    all_tuples,
    conic_optimum,
    forward,
    masked_norm,
    masked_value,
    planar_patterns,
)
from scipy.optimize import minimize

import convex_program as cx
from convex_program.pricing import PricingStatus, ReducedRows

RAYS = np.array([[1.5, 0.8], [0.1, 0.9], [-1.3, -1.3], [0.3, -0.5], [0.8, -0.6]])
TARGETS = np.array([0.4, 0.4, 0.7, -1.2, -0.7])


def price(X: Any, v: Any, **options: Any) -> cx.MaskedPricing:
    method = cx.MaskedBranchAndBound(**options)
    return method.price(ReducedRows.of(np.asarray(X, dtype=float)), np.asarray(v, dtype=float))


def sine(d: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    X = generator.standard_normal((n, d))
    return X, np.sin(2 * X[:, 0]) + 0.3 * generator.standard_normal(n)


def met_by_ascent(X: np.ndarray, v: np.ndarray, generator: np.random.Generator) -> float:
    """The largest value that Nelder and Mead's method meets: a lower bound that knows no cones."""
    d = X.shape[1]

    def value(p: np.ndarray) -> float:
        cost = np.linalg.norm(p[:d]) + np.linalg.norm(p[d:])
        a, b = np.maximum(X @ p[:d], 0.0), np.maximum(X @ p[d:], 0.0)
        return -abs(float(v @ np.maximum(a - b, 0.0))) / cost

    return max(
        -float(minimize(value, generator.standard_normal(2 * d), method="Nelder-Mead").fun)
        for _ in range(6)
    )


def test_prices_of_the_known_set() -> None:
    found = price(RAYS, TARGETS)
    assert found.status is PricingStatus.CLOSED
    assert found.bound == pytest.approx(1.24851, abs=1e-5)
    negative = price(RAYS, -TARGETS)
    assert negative.bound == pytest.approx(found.bound, rel=1e-8)  # both signs are priced


@pytest.mark.parametrize("seed", range(8))
def test_bounds_hold_and_are_met(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X, v = generator.standard_normal((6, 2)), generator.standard_normal(6)
    if seed >= 4:  # kinks on generators, equal, opposite and vanishing rows
        X = generator.integers(-1, 2, (6, 2)).astype(float)
        X[0], X[1] = -X[2], 2 * X[3]
    if seed == 7:
        X[:, 1] = 2 * X[:, 0]  # rank 1
    found = price(X, v)
    assert found.status is PricingStatus.CLOSED
    assert found.value <= found.bound <= found.value * (1 + 1e-8) + 1e-12
    assert met_by_ascent(X, v, generator) <= found.bound * (1 + 1e-12)
    two_layers, _ = h_cells(X, v)
    assert found.bound >= two_layers * (1 - 1e-9)
    for (one, two), sign, value in zip(found.points, found.signs, found.values, strict=True):
        exact = sign * masked_value(X, v, one, two)
        assert float(exact) == pytest.approx(value, rel=1e-9)
        assert exact <= Fraction(found.bound) * Fraction(1 + 1e-12)
        assert np.linalg.norm(one) + np.linalg.norm(two) == pytest.approx(1)


def test_three_dimensions() -> None:
    generator = np.random.default_rng(1)
    X, v = generator.standard_normal((5, 3)), generator.standard_normal(5)
    found = price(X, v, tolerance=1e-3)
    assert found.status is PricingStatus.CLOSED
    assert met_by_ascent(X, v, generator) <= found.bound
    assert found.bound <= 1.0011 * found.value


def test_weights_of_one_sign_gain_nothing_from_masks() -> None:
    generator = np.random.default_rng(2)
    X, v = generator.standard_normal((6, 2)), np.abs(generator.standard_normal(6))
    two_layers, _ = h_cells(X, v)
    assert price(X, v).bound == pytest.approx(two_layers, rel=1e-7)


@pytest.mark.parametrize("limit", [1, 7, 60])
def test_a_limit_makes_the_bound_weaker_and_never_wrong(limit: int) -> None:
    X, y = sine(2, 30)
    v = np.where(np.arange(30) % 2, y, -y)
    short, whole = price(X, v, node_limit=limit), price(X, v, tolerance=1e-6)
    assert short.status is PricingStatus.NODE_LIMIT
    assert short.bound >= whole.value


@pytest.mark.parametrize("power", [-400, -60, 0, 60, 400])
def test_units_do_not_matter(power: int) -> None:
    found = price(np.ldexp(RAYS, power), TARGETS)
    assert found.bound == pytest.approx(np.ldexp(price(RAYS, TARGETS).bound, power), rel=1e-12)
    assert price(RAYS, np.ldexp(TARGETS, power)).bound == pytest.approx(
        np.ldexp(price(RAYS, TARGETS).bound, power), rel=1e-12
    )


def test_nothing_to_price() -> None:
    assert 0 <= price(np.zeros((3, 2)), [1.0, 2.0, 3.0]).bound < 1e-200
    assert 0 <= price(RAYS, np.zeros(5)).bound < 1e-200
    cancelled = price(np.concatenate([RAYS, 2 * RAYS]), np.append(2 * TARGETS, -TARGETS))
    assert 0 <= cancelled.bound < 1e-11
    with pytest.raises(cx.ArgumentError, match="7 dimensions"):
        price(np.eye(7), np.ones(7))


@pytest.mark.parametrize("seed", range(6))
def test_every_node_bounds_what_lies_in_it(seed: int) -> None:
    """Random pairs of cones, shares and points in them: the compiled bound against the function."""
    from convex_program.kernels.masked_bound import bound_masked, new_masked_work

    generator = np.random.default_rng(seed)
    d, n, seen = 2 + seed % 2, 7, 0
    for _ in range(120):
        X = generator.integers(-2, 3, (n, d)).astype(float)
        if generator.random() < 0.5:
            X = generator.standard_normal((n, d))
        v = generator.standard_normal(n)
        orthants = generator.choice([-1.0, 1.0], (2, 1, d))
        sharp = generator.choice([0.2, 1.0])
        gens = generator.random((2, d, d)) * sharp + generator.random((2, 1, d))
        if generator.random() < 0.5:
            gens = np.rint(8 * gens) / 8 + np.eye(d) / 16
        gens = gens * orthants
        gens /= np.abs(gens).sum(axis=2, keepdims=True)
        ends = np.sort(generator.random(2) * generator.choice([0.05, 1.0]))
        tau = np.where(generator.random(2) < 0.3, [0.0, 1.0], ends)
        point = np.empty(2 * d)
        decided = generator.choice([0, 1, 2], n, p=generator.dirichlet([2.0, 1.0, 1.0])).astype(
            np.int8
        )
        bound, *_ = bound_masked(
            X,
            v,
            1.0,
            gens[0],
            gens[1],
            tau[0],
            tau[1],
            decided,
            0.0,
            1e-12,
            new_masked_work(n, d),
            point,
        )
        shares = tau[0] + (tau[1] - tau[0]) * np.append(generator.random(2000), [0.0, 1.0])
        mixes = generator.dirichlet(np.full(d, 0.5), (2, len(shares)))
        one = (1 - shares)[:, np.newaxis] * (mixes[0] @ gens[0])
        two = shares[:, np.newaxis] * (mixes[1] @ gens[1])
        a, b = one @ X.T, two @ X.T
        # a node is about the points where what is decided is the larger one of its two kinds
        on, masked = a >= np.maximum(b, 0.0), b >= 0.0
        first_kind = np.where(v > 0, on, masked)
        kept = ((decided == 0) | (first_kind == (decided == 1))).all(axis=1)
        seen += int(kept.any() and decided.any())
        costs = np.linalg.norm(one, axis=1) + np.linalg.norm(two, axis=1)
        values = (np.maximum(np.maximum(a, 0.0) - np.maximum(b, 0.0), 0.0) @ v) / costs
        assert values[kept].max(initial=-np.inf) <= bound * (1 + 1e-9) + 1e-9
    assert seen > 10  # decided nodes with points in them


@pytest.mark.parametrize("seed", range(4))
def test_prices_against_all_choices_of_rows(seed: int) -> None:
    """The oracle knows no cones: 64 conic programs, one for each choice of what rows do, and the larger sign."""
    generator = np.random.default_rng(seed)
    d, n = 2 + seed % 2, 5
    X, v = generator.standard_normal((n, d)), generator.standard_normal(n)
    if seed == 3:
        X, v = generator.integers(-2, 3, (n, d)).astype(float), np.rint(2 * v)
    found = price(X, v)
    assert found.status is PricingStatus.CLOSED
    assert found.bound == pytest.approx(masked_norm(X, v), rel=1e-7, abs=1e-9)


def test_the_counts_of_tuples() -> None:
    assert len([p for p in planar_patterns(RAYS) if p.any()]) == 10
    active = [t for t in all_tuples(RAYS) if t[1].any()]
    assert len({(one.tobytes(), two.tobytes()) for one, two, _ in active}) == 100
    assert len(active) == 214


@pytest.mark.parametrize(("x", "pairs"), [([-1.0, 0.0, 1.0], 25), ([-1.0, -0.3, 0.4, 1.0], 49)])
def test_the_counts_of_pairs_on_a_line(x: list[float], pairs: int) -> None:
    """With a bias n points have 2n - 1 patterns that are not empty, and every two make a pair."""
    X = np.c_[x, np.ones(len(x))]
    active = [t for t in all_tuples(X) if t[1].any()]
    assert len({(one.tobytes(), two.tobytes()) for one, two, _ in active}) == pairs


@pytest.mark.parametrize("seed", range(3))
def test_second_patterns_are_those_of_the_difference_on_rows_that_both_have(seed: int) -> None:
    """m rows in the plane have at most 2m patterns, so a pair with m common rows has at most 2m tuples."""
    X = np.random.default_rng(seed).standard_normal((6, 2))
    tuples = all_tuples(X)
    pairs = {(one.tobytes(), two.tobytes()) for one, two, _ in tuples}
    for first, second in pairs:
        masks = [m for one, two, m in tuples if (one.tobytes(), two.tobytes()) == (first, second)]
        common = np.frombuffer(first, dtype=bool) & np.frombuffer(second, dtype=bool)
        assert len(masks) <= max(1, 2 * int(common.sum()))


@pytest.mark.parametrize("depth", [3, 4, 7])
def test_branches_of_one_neuron_a_layer_are_neurons_of_two_layers(depth: int) -> None:
    generator = np.random.default_rng(depth)
    X = generator.standard_normal((9, 3))
    for _ in range(50):
        first, inner = generator.standard_normal(3), generator.standard_normal(depth - 2)
        z = np.maximum(X @ first, 0.0)
        for weight in inner:
            z = np.maximum(z * weight, 0.0)
        path = first * np.prod(inner) if (inner > 0).all() else np.zeros(3)
        assert np.allclose(z, np.maximum(X @ path, 0.0), rtol=1e-12)
        cost = np.linalg.norm(first) * np.prod(np.abs(inner))
        assert np.linalg.norm(path) <= cost * (1 + 1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_closed_form_below_every_depth(seed: int) -> None:
    """Below the certified optima of two and three layers, and below deeper branches that descend."""
    generator = np.random.default_rng(seed)
    X, y, beta = generator.standard_normal((5, 2)), generator.standard_normal(5), 0.1
    floor = full_rank_optimum(y, beta / np.linalg.norm(X, 2))
    best = cx.three_layer_optimum(cx.ThreeLayerProblem(X, y, beta))
    assert floor <= best.lower
    shapes = [(4, 2, 2), (4, 2, 2), (4, 2), (4,)]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])

    def four_layers(p: np.ndarray) -> float:
        W, M, w, a = (q.reshape(s) for q, s in zip(np.split(p, ends[:-1]), shapes, strict=True))
        h = np.maximum(np.einsum("nd,kdm->knm", X, W), 0.0)
        h = np.maximum(np.einsum("knm,kmj->knj", h, M), 0.0)
        z = a @ np.maximum(np.einsum("knm,km->kn", h, w), 0.0)
        sizes = [np.sqrt((q**2).reshape(4, -1).sum(axis=1)) for q in (W, M, w)]
        cost = np.sum(sizes[0] * sizes[1] * sizes[2] * np.abs(a))
        return float(0.5 * np.sum((z - y) ** 2) + beta * cost)

    found = minimize(four_layers, generator.standard_normal(ends[-1]), method="BFGS")
    assert floor <= found.fun < 0.5 * float(y @ y)


@pytest.mark.parametrize("seed", range(4))
def test_the_conic_program_over_all_tuples_of_tiny_data(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n = 3 + seed % 2
    X, y = generator.standard_normal((n, 2)), generator.standard_normal(n)
    best = cx.three_layer_optimum(cx.ThreeLayerProblem(X, y, 0.05))
    assert best.relative_gap < 1e-6
    known = conic_optimum(X, y, 0.05)
    assert best.upper == pytest.approx(known, rel=1e-6)
    assert best.lower == pytest.approx(known, rel=2e-6)


def test_the_optimum_over_all_tuples() -> None:
    best = cx.three_layer_optimum(cx.ThreeLayerProblem(RAYS, TARGETS, "0.05"))
    assert best.upper == pytest.approx(0.2543114, abs=1e-7)
    assert best.lower == pytest.approx(0.2543114, abs=1e-6)
    assert conic_optimum(RAYS, TARGETS, 0.05) == pytest.approx(best.upper, rel=1e-6)
    assert best.two_layers.upper == pytest.approx(0.2767978, abs=1e-7)
    assert best.relative_gap < 1e-6
    assert best.depth_gain > 0.02
    assert best.network.subnetworks <= 5
    assert best.level is cx.Level.RIGOROUS


@pytest.mark.parametrize(
    ("x", "y", "known"),
    [
        ([-1.0, 0.0, 1.0], [1.0, -1.0, 2.0], 0.28625),
        ([-1.0, -0.3, 0.4, 1.0], [0.0, 1.0, 1.0, 0.0], 0.1960009),
    ],
)
def test_sets_where_a_third_layer_brings_nothing(
    x: list[float], y: list[float], known: float
) -> None:
    """In the second one the maximizers have no masking neuron: all its directions must be closed."""
    best = cx.three_layer_optimum(cx.ThreeLayerProblem(np.c_[x, np.ones(len(x))], y, "0.05"))
    assert best.upper == pytest.approx(known, abs=1e-7)
    assert best.relative_gap < 1e-6
    assert best.two_layers.upper == pytest.approx(known, abs=1e-7)


def test_ten_points_in_the_plane() -> None:
    X, y = sine(2, 10)
    best = cx.three_layer_optimum(cx.ThreeLayerProblem(X, y, 0.25418061))
    assert 2.57118987 <= best.lower <= best.upper <= 2.57216530
    assert best.relative_gap < 1e-6
    assert best.upper <= best.two_layers.upper


@pytest.mark.parametrize(
    ("d", "n", "beta", "low", "high"),
    [
        (2, 20, 0.51589650, 5.77936535, 5.78084202 + 1e-7),
        (2, 30, 0.34543697, 6.47624097, 6.48646767),
        (3, 10, 0.28005536, 0.94360520, 0.95308105),
        (3, 20, 0.61511364, 4.22279113, 4.26575822),
    ],
)
def test_brackets_of_a_prototype_are_met(
    d: int, n: int, beta: float, low: float, high: float
) -> None:
    X, y = sine(d, n)
    best = cx.three_layer_optimum(cx.ThreeLayerProblem(X, y, beta))
    assert low <= best.lower <= best.upper <= high
    assert best.relative_gap < 1e-6


def test_width_one_is_two_layers() -> None:
    best = cx.three_layer_optimum(cx.ThreeLayerProblem(RAYS, TARGETS, "0.05", width=1))
    plain = cx.global_optimum(cx.TrainingProblem(RAYS, TARGETS, "0.05"))
    assert best.upper == pytest.approx(plain.upper, rel=1e-9)
    assert best.lower == pytest.approx(plain.lower, rel=1e-9)
    assert best.network.width == 1


def costs(kind: cx.Regularizer, net: cx.ParallelNetwork) -> float:
    W = np.sqrt((net.first**2).sum(axis=(1, 2)))
    w, a = np.sqrt((net.second**2).sum(axis=1)), np.abs(net.output)
    if isinstance(kind, cx.UnitFirstLayer):
        assert (W <= 1).all()
        return float((w**2 + a**2).sum() / 2)
    if isinstance(kind, cx.Cubes):
        return float((W**3 + w**3 + a**3).sum() / 3)
    return float((W * w * a).sum())


KINDS = [cx.Products(), cx.UnitFirstLayer(), cx.Cubes()]


@pytest.mark.parametrize("kind", KINDS)
def test_scaling_keeps_outputs_and_reaches_the_common_least(kind: cx.Regularizer) -> None:
    generator = np.random.default_rng(3)
    net = cx.ParallelNetwork(
        generator.standard_normal((4, 2, 3)),
        generator.standard_normal((4, 2)),
        [1.0, -2.0, 0.0, 0.5],
    )
    X = generator.standard_normal((9, 3))
    scaled = kind.scaled(net)
    assert np.allclose(scaled.forward(X), net.forward(X), rtol=1e-12)
    assert np.allclose(net.forward(X), forward(X, net.first, net.second, net.output), rtol=1e-13)
    paths = np.abs(net.output)[:, None] * np.abs(net.second) * np.linalg.norm(net.first, axis=2)
    assert costs(kind, scaled) == pytest.approx(paths.sum(), rel=1e-12)
    assert float(kind.exact_upper(scaled)) == pytest.approx(paths.sum(), rel=1e-12)
    if not isinstance(kind, cx.UnitFirstLayer):
        assert float(kind.exact_upper(net)) == pytest.approx(costs(kind, net), rel=1e-14)
        assert float(kind.exact_upper(net)) >= paths.sum() * (1 - 1e-14)
    else:
        with pytest.raises(cx.ArgumentError, match=r"first\[0\]"):
            kind.exact_upper(net)


@pytest.mark.parametrize("kind", KINDS)
def test_optima_in_every_regularizer(kind: cx.Regularizer) -> None:
    problem = cx.ThreeLayerProblem(RAYS, TARGETS, 0.05, regularizer=kind)
    best = cx.three_layer_optimum(problem)
    net = best.network
    outputs = forward(RAYS, net.first, net.second, net.output)
    value = 0.5 * np.sum((outputs - TARGETS) ** 2) + 0.05 * costs(kind, net)
    assert value == pytest.approx(best.upper, rel=1e-12)
    assert best.upper == pytest.approx(0.2543114, abs=1e-7)


def trained(generator: np.random.Generator, subnetworks: int) -> tuple[float, cx.ParallelNetwork]:
    shapes = ((subnetworks, 2, 2), (subnetworks, 2), (subnetworks,))
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])

    def split(p: np.ndarray) -> list[np.ndarray]:
        return [part.reshape(s) for part, s in zip(np.split(p, ends[:-1]), shapes, strict=True)]

    def value(p: np.ndarray) -> float:
        W, w, a = split(p)
        loss = 0.5 * np.sum((forward(RAYS, W, w, a) - TARGETS) ** 2)
        cubes = np.sum((W**2).sum(axis=(1, 2)) ** 1.5) + np.sum((w**2).sum(axis=1) ** 1.5)
        return float(loss + 0.05 / 3 * (cubes + np.sum(np.abs(a) ** 3)))

    found = minimize(value, generator.standard_normal(ends[-1]), method="BFGS")
    return float(found.fun), cx.ParallelNetwork(*split(found.x))


def test_no_descent_ends_below_the_bound_and_verdicts_hold() -> None:
    generator = np.random.default_rng(4)
    problem = cx.ThreeLayerProblem(RAYS, TARGETS, 0.05, regularizer=cx.Cubes())
    runs = [trained(generator, 4) for _ in range(6)]
    value, net = min(runs, key=lambda run: run[0])
    verdict = cx.certify_three_layer(net, problem)
    assert verdict.upper == pytest.approx(value, rel=1e-9)
    assert min(v for v, _ in runs) >= verdict.lower - 1e-12
    assert value < 0.2767978  # descent does find what two layers cannot
    assert verdict.best.upper == pytest.approx(0.2543114, abs=1e-7)
    assert verdict.rescaled_upper <= verdict.upper
    assert "Certified lower bound" in verdict.summary()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"beta": 0}, "beta = 0"),
        ({"width": 3}, "width = 3"),
        ({"loss": cx.Huber(1)}, r"know Squared\(\) only"),
        ({"regularizer": "decay"}, "weight decay on all three"),
        ({"y": np.ones((5, 2))}, "y has 2 columns"),
    ],
)
def test_refused_problems(change: dict[str, Any], words: str) -> None:
    with pytest.raises(cx.ArgumentError, match=words):
        cx.ThreeLayerProblem(**{"X": RAYS, "y": TARGETS, "beta": 1, **change})


def test_a_coefficient_lost_beside_its_weight_is_none() -> None:
    """Equal, opposite and integer rows: once a negative coefficient of 1e-17 stayed, and became a division by zero."""
    X = [[2, 1, -2], [-1, 2, -2], [-2, -2, 1], [-2, -2, 1], [-2, 1, -1], [-1, 1, -1], [0, -2, 1]]
    y = [
        -0.5152880825430044,
        1.5532753262930077,
        -1.757777288764582,
        0.6570699726820801,
        0.3671389824911232,
        -0.978184488711316,
        -0.7975869478557762,
    ]
    best = cx.three_layer_optimum(cx.ThreeLayerProblem(X, y, 0.37023726983658317))
    assert best.relative_gap < 1e-6


def test_refused_calls() -> None:
    problem = cx.ThreeLayerProblem(RAYS, TARGETS, 1)
    wide = cx.ParallelNetwork(np.ones((1, 3, 2)), np.ones((1, 3)), [1.0])
    with pytest.raises(cx.ArgumentError, match="first layers of 3 neurons"):
        cx.certify_three_layer(wide, problem)
    with pytest.raises(cx.ArgumentError, match="gap = 0"):
        cx.three_layer_optimum(problem, gap=0)
    with pytest.raises(cx.ArgumentError, match="spans 7 dimensions"):
        cx.three_layer_optimum(cx.ThreeLayerProblem(np.eye(7), np.ones(7), 1))
    with pytest.raises(cx.ArgumentError, match="is not a ThreeLayerProblem"):
        cx.three_layer_optimum(problem.plain)  # type: ignore[arg-type]
    with pytest.raises(cx.ArgumentError, match="second has shape"):
        cx.ParallelNetwork(np.ones((1, 2, 2)), np.ones((1, 3)), [1.0])


def test_a_large_beta_leaves_nothing() -> None:
    best = cx.three_layer_optimum(cx.ThreeLayerProblem(RAYS, TARGETS, 1.3))
    assert best.upper == pytest.approx(0.5 * float(TARGETS @ TARGETS), rel=1e-12)
    assert best.relative_gap < 1e-9
    assert best.network.subnetworks == 0
