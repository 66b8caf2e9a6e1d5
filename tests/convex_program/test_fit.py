"""Weighted sums of losses: weights, ends, scales, constants."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from convex_losses import FINITE, LOSSES, NUMBERS, duals, targets, targets_for
from hypothesis import given
from hypothesis import strategies as st

from convex_program.fit import Fit
from convex_program.losses import (
    Absolute,
    Hinge,
    Interpolation,
    Logistic,
    Loss,
    Quantile,
    Squared,
)

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
finite_losses = pytest.mark.parametrize("loss", FINITE, ids=repr)


def exact(values: np.ndarray) -> list[Fraction]:
    return [Fraction(value) for value in values.tolist()]


def fit_for(loss: Loss, rows: int, *, weighted: bool = False, seed: int = 0) -> Fit:
    """Return a fit with Gaussian targets or labels, and weights 0, 1/3, 1, 2, 5, 1e-3."""
    weights = [Fraction(1, 3), Fraction(2), Fraction(0), Fraction(1), Fraction(5), Fraction("1e-3")]
    chosen = tuple(weights[i % 6] for i in range(rows)) if weighted else None
    return Fit(loss, loss.read(targets_for(loss, rows, seed)), chosen)


@every_loss
@given(st.data())
def test_whole_weights_are_repeated_rows(loss: Loss, data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=4).filter(any))
    ys = [data.draw(targets(loss)) for _ in counts]
    zs = [data.draw(st.one_of(st.fractions(-4, 4), st.just(y))) for y in ys]
    vs = [data.draw(duals(loss, y)) for y in ys]
    weighted = Fit(loss, tuple(ys), tuple(map(Fraction, counts)))
    rows = [i for i, count in enumerate(counts) for _ in range(count)]
    repeated = Fit(loss, tuple(ys[i] for i in rows))
    assert weighted.exact_value(zs) == repeated.exact_value([zs[i] for i in rows])
    # v of a row of weight k is the sum of the v of its k copies
    total = [count * v for count, v in zip(counts, vs, strict=True)]
    assert weighted.exact_dual(total) == repeated.exact_dual([vs[i] for i in rows])
    for curvature in (0.0, 1.5):
        b, c = (fit.best_constant(curvature) for fit in (weighted, repeated))
        height = [
            fit.value(np.full(len(fit.targets), b)) + curvature / 2 * b * b
            for fit, b in ((repeated, b), (repeated, c))
        ]
        if math.isfinite(height[1]):
            assert height[0] == pytest.approx(height[1], rel=1e-9, abs=1e-9)


@every_loss
def test_rows_of_weight_zero_do_not_count(loss: Loss) -> None:
    fit = fit_for(loss, 9, weighted=True)
    kept = [i for i in range(9) if i % 6 != 2]
    less = Fit(
        loss,
        tuple(fit.exact_targets[i] for i in kept),
        tuple(fit.exact_weights[i] for i in kept) if fit.exact_weights else None,
    )
    z = np.random.default_rng(1).standard_normal(9)
    pull = 0.5
    assert fit.exact_value(exact(z)) == less.exact_value(exact(z[kept]))
    for mine, its in zip(fit.answer(z, pull=pull), less.answer(z[kept], pull=pull), strict=True):
        assert (mine[kept] == its).all()
        assert mine[2] == mine[8] == 0.0
    v = fit.clip(fit.residual(z))
    assert v[2] == v[8] == 0.0
    assert fit.exact_dual(exact(v)) == less.exact_dual(exact(v[kept]))
    assert fit.dual_value(v) == less.dual_value(v[kept])
    assert fit.best_scale(v, 0.3, 1.0) == less.best_scale(v[kept], 0.3, 1.0)
    assert fit.best_constant(0.3) == less.best_constant(0.3)
    v[2] = 1e-300
    assert fit.exact_dual(exact(v)) is None


@every_loss
@pytest.mark.parametrize("weighted", [False, True])
def test_floats_follow_the_exact_numbers(loss: Loss, *, weighted: bool) -> None:
    fit = fit_for(loss, 12, weighted=weighted)
    z = np.random.default_rng(2).standard_normal(12)
    v = 0.7 * fit.clip(fit.residual(z))
    true = fit.exact_dual(exact(v))
    assert true is not None
    assert fit.dual_value(v) == pytest.approx(float(true), rel=1e-12)
    assert fit.dual_value(v, 0.5) == pytest.approx(fit.dual_value(0.5 * v), rel=1e-14)
    value = fit.exact_value(exact(z))
    assert fit.value(z) == pytest.approx(math.inf if value is None else float(value), rel=1e-12)


@finite_losses
@pytest.mark.parametrize("weighted", [False, True])
def test_residual_is_an_element_of_the_subdifferential(loss: Loss, *, weighted: bool) -> None:
    """``f(z) + v.z = D(v)`` up to the smoothing of kinks."""
    fit = fit_for(loss, 12, weighted=weighted)
    z = np.random.default_rng(3).standard_normal(12)
    z[:3] = fit.targets[:3]
    v = fit.clip(fit.residual(z))
    value, dual = fit.exact_value(exact(z)), fit.exact_dual(exact(v))
    assert value is not None
    assert dual is not None
    rest = value - dual + sum(a * b for a, b in zip(exact(v), exact(z), strict=True))
    assert 0 <= rest < Fraction(1, 10**7)


@every_loss
@given(st.data())
def test_ends_are_next_to_the_ends_of_the_domain(loss: Loss, data: st.DataObject) -> None:
    y = data.draw(targets(loss))
    s = data.draw(st.sampled_from(["1", "1/3", "1e-300", "7e299", "0.1", "1e-330"]).map(Fraction))
    fit = Fit(loss, (y,), (s,))
    for ends, sign in zip(fit.ends, (-1, 1), strict=True):
        end = float(ends[0])
        if math.isinf(end):
            assert fit.exact_dual([sign * Fraction(10) ** 400]) is not None
            continue
        assert fit.exact_dual([Fraction(end)]) is not None
        outside = math.nextafter(end, sign * math.inf)
        unbounded = loss.domain(y)[sign > 0] is None  # a weight that is no float: 0 is enough
        assert unbounded or fit.exact_dual([Fraction(outside)]) is None


WILD = st.floats(allow_nan=False, allow_infinity=False)


@every_loss
@given(st.lists(WILD, min_size=6, max_size=6).map(np.array))
def test_clipped_and_scaled_vectors_stay_in_the_domain(loss: Loss, v: np.ndarray) -> None:
    for weighted in (False, True):
        fit = fit_for(loss, 6, weighted=weighted)
        inside = fit.clip(v)
        assert fit.exact_dual(exact(inside)) is not None
        reach = fit.reach(inside)
        assert reach >= 1.0
        if math.isfinite(reach):
            scaled = [Fraction(reach) * entry for entry in exact(inside)]
            assert fit.exact_dual(scaled) is not None
            if reach > 1.001:
                beyond = [Fraction(1 + 2.0**-40) * entry for entry in scaled]
                assert fit.exact_dual(beyond) is None


@every_loss
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("curvature", [0.0, 0.7, 30.0])
@pytest.mark.parametrize("most", [0.3, 1.0, math.inf])
def test_best_scale_beats_a_grid(
    loss: Loss, *, weighted: bool, curvature: float, most: float
) -> None:
    fit = fit_for(loss, 8, weighted=weighted)
    rng = np.random.default_rng(5)
    for _ in range(6):
        v = fit.clip(fit.residual(rng.standard_normal(8)))
        if isinstance(loss, Interpolation):
            v = rng.standard_normal(8) * (fit.weights > 0)
        v[0] = 0.0
        t = fit.best_scale(v, curvature, most)
        assert 0.0 <= t <= most
        assert np.isfinite(t * v).all()
        if isinstance(loss, Interpolation) and not (curvature and most):
            continue

        def height(t: float, v: np.ndarray = v) -> float:
            value = fit.exact_dual([Fraction(t) * entry for entry in exact(v)])
            assert value is not None
            return float(value) - t * t * curvature / 2

        top = min(most, fit.reach(v), 4.0)
        others = [height(s) for s in np.linspace(0.0, top, 41)]
        assert height(t) >= max(others) - 1e-9 * (1 + abs(max(others)))


@pytest.mark.parametrize("tiny", [0.0, 5e-324, 1e-300])
def test_logistic_is_scaled_from_the_ends_of_its_domain(tiny: float) -> None:
    """There its slopes are infinite, or lost by underflow."""
    fit = Fit(Logistic(), tuple(map(Fraction, (1, -1, 1, 1))))
    # all at an end: sum of entropies of t is largest at t = 1/2
    v = np.array([1.0, -1.0, 1.0, tiny])
    assert fit.best_scale(v, 0.0, 1.0) == pytest.approx(0.5, rel=1e-12)
    # H'(t) = log((1 - t) / t) = 3 t c / 3 has a root below 1/2
    t = fit.best_scale(v, 3.0, 1.0)
    assert 3 * math.log((1 - t) / t) == pytest.approx(3.0 * t, rel=1e-9)
    assert fit.best_scale(v, 3.0, 0.1) == 0.1
    assert fit.best_scale(np.zeros(4), 1.0, 1.0) == 0.0
    assert fit.best_scale(v, 1.0, 0.0) == 0.0


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1.0, 1e160, 1e300])
def test_best_scale_knows_no_unit(size: float) -> None:
    y = (Fraction(size), Fraction(-size) / 2)
    fit = Fit(Squared(), y)
    v = np.array([0.5 * size, -0.25 * size])
    assert fit.best_scale(v, 0.0, math.inf) == pytest.approx(2.0, rel=1e-12)
    assert fit.best_scale(-v, 0.0, math.inf) == 0.0


def test_an_unbounded_dual_is_scaled_to_a_finite_vector() -> None:
    fit = Fit(Interpolation(), (Fraction(1), Fraction(2)))
    v = np.array([1e-5, 3.0])
    t = fit.best_scale(v, 0.0, math.inf)
    assert t > 1e30
    assert np.isfinite(t * v).all()


@finite_losses
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("curvature", [0.0, 0.4, 20.0])
def test_best_constant_beats_a_grid(loss: Loss, *, weighted: bool, curvature: float) -> None:
    for seed in range(4):
        fit = fit_for(loss, 9, weighted=weighted, seed=seed)

        def height(b: float, fit: Fit = fit) -> Fraction:
            value = fit.exact_value([Fraction(b)] * 9)
            assert value is not None
            return value + Fraction(curvature) * Fraction(b) ** 2 / 2

        best = height(fit.best_constant(curvature))
        grid = np.unique(np.concatenate([np.linspace(-4, 4, 81), fit.targets]))
        assert all(best <= height(b) + Fraction(1, 10**12) for b in grid.tolist())


def test_best_constants_in_closed_form() -> None:
    rng = np.random.default_rng(0)
    y = rng.standard_normal(21)
    numbers = Squared().read(y)
    assert Fit(Squared(), numbers).best_constant(0.0) == pytest.approx(y.mean(), rel=1e-12)
    assert Fit(Squared(), numbers).best_constant(2.0) == pytest.approx(y.sum() / 23, rel=1e-12)
    assert Fit(Absolute(), numbers).best_constant(0.0) == np.median(y)
    assert Fit(Quantile("0.85"), numbers).best_constant(0.0) == np.quantile(y, 0.85)
    labels = Logistic().read([1, 1, 1, 0])
    assert Fit(Logistic(), labels).best_constant(0.0) == pytest.approx(math.log(3), rel=1e-12)
    heavy = (Fraction(10) ** 30, Fraction(0), Fraction(0), Fraction(1))
    steep = Fit(Logistic(), labels, heavy).best_constant(0.0)
    assert steep == pytest.approx(30 * math.log(10), rel=1e-12)


@every_loss
@pytest.mark.parametrize("curvature", [0.0, 1e-3])
def test_equal_targets_are_met_by_a_constant(loss: Loss, curvature: float) -> None:
    for y in (5, 1, -1, 0) if loss.scales else (1, -1):
        fit = Fit(loss, (Fraction(y),) * 3)
        b = fit.best_constant(curvature)
        if isinstance(loss, Interpolation) or (loss.scales and curvature == 0.0):
            assert b == y
        value = fit.exact_value([Fraction(b)] * 3)
        assert value is not None
        if curvature == 0.0:
            assert value < Fraction(1, 10**30)


def test_single_hinge_class_is_met_at_its_margin() -> None:
    assert Fit(Hinge(), (Fraction(1),) * 3).best_constant(0.0) == 1.0


@pytest.mark.parametrize("loss", NUMBERS, ids=repr)
@pytest.mark.parametrize("size", [1e-320, 1e-160, 3.0, 1e160, 1.7e308])
@pytest.mark.parametrize("weight", ["1", "3", "1e-300", "1e300"])
def test_rescaled_is_the_same_function_of_size_one(loss: Loss, size: float, weight: str) -> None:
    targets = tuple(Fraction(size) * part for part in (Fraction(1), Fraction(-1, 3), Fraction(0)))
    fit = Fit(loss, targets, (Fraction(weight), Fraction(weight) / 2, Fraction(0)))
    other, unit, factor = fit.rescaled()
    assert 0.5 <= np.abs(other.targets).max() <= 1.0 + 1e-15 or size == 1.7e308
    assert 0.5 <= other.weights.max() <= 1.0
    assert math.frexp(unit)[0] == 0.5
    for z in ([Fraction(1, 7), Fraction(-2), Fraction(3)], list(other.exact_targets)):
        mine, its = fit.exact_value([Fraction(unit) * one for one in z]), other.exact_value(z)
        assert (mine is None) == (its is None)
        assert mine is None or its is None or mine == factor * its


@pytest.mark.parametrize("size", [1e-300, 1e160, 1.7e308])
@every_loss
def test_nothing_overflows_aloud(loss: Loss, size: float) -> None:
    """Warnings are errors here: the largest floats give infinities at worst, never nan."""
    numbers = [Fraction(size), Fraction(-size), Fraction(size) / 2]
    y = tuple(numbers) if loss.scales else tuple(map(Fraction, (1, -1, 1)))
    fit = Fit(loss, y, (Fraction(1), Fraction("1e-300"), Fraction(0)))
    z = np.array([size / 4, 0.0, size])
    assert fit.value(z) >= 0.0
    v = fit.clip(fit.residual(z))
    assert np.isfinite(v).all()
    assert not math.isnan(fit.dual_value(v))
    assert math.isfinite(fit.best_scale(v, 1.0, 1.0))
    for curvature in (0.0, 1e-300, 1e300):
        assert math.isfinite(fit.best_constant(curvature))
