"""Batch normalization before the activation: value, bound, there and back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.batch_norm import full_rank_optimum, objective, orthonormal_features
from oracles.pricing import h_cells
from scipy.optimize import minimize

import convex_program as cx
from convex_program.pricing import AutoPricing, priced_rows


def peak(problem: cx.BatchNormProblem, v: np.ndarray) -> float:
    return priced_rows(problem.reduced.gauge).price(AutoPricing(), v).bound


@pytest.mark.parametrize(("n", "d", "known"), [(30, 2, 2.345579318), (60, 3, 3.087349930)])
def test_prices_known_from_the_singular_value_decomposition(n: int, d: int, known: float) -> None:
    generator = np.random.default_rng(0)
    X, v = generator.standard_normal((n, d)), generator.standard_normal(n)
    assert peak(cx.BatchNormProblem(X, v, 1), v) == pytest.approx(known, rel=2e-8)


@pytest.mark.parametrize("seed", range(4))
def test_prices_are_those_of_all_cells_of_orthonormal_features(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X, v = generator.standard_normal((6, 2)), generator.standard_normal(6)
    X = np.rint(1024 * X) / 1024  # so that sums below are exact
    X[:, 1] *= 2.0**20  # what a column is measured in does not matter
    if seed == 3:
        X = np.c_[X, X @ [1.0, 2.0], np.ones(6)]  # nor do columns that add nothing
    known, _ = h_cells(orthonormal_features(X), v)
    assert peak(cx.BatchNormProblem(X, v, 1), v) == pytest.approx(known, rel=1e-7)


def test_the_closed_form_where_centred_data_have_all_ranks() -> None:
    generator = np.random.default_rng(0)
    X, y = generator.standard_normal((5, 4)), generator.standard_normal(5)
    problem = cx.BatchNormProblem(X, y, "0.3")
    best = cx.batch_norm_optimum(problem)
    assert full_rank_optimum(y, 0.3) == pytest.approx(0.615876459, abs=1e-9)
    assert best.upper == pytest.approx(full_rank_optimum(y, 0.3), rel=1e-9)
    assert best.lower == pytest.approx(full_rank_optimum(y, 0.3), rel=1e-9)
    assert best.level is cx.Level.PROVED
    assert best.network.width == 2
    assert peak(problem, y) == pytest.approx(1.675422369, rel=1e-8)


@pytest.mark.parametrize("kind", [cx.UnitLength(), cx.UnitVariance()])
@pytest.mark.parametrize("seed", range(5))
def test_the_optimum_is_what_its_network_costs_by_definition(
    seed: int, kind: cx.Normalization
) -> None:
    generator = np.random.default_rng(seed)
    X, y = generator.standard_normal((9, 2)), generator.standard_normal(9)
    variance = kind == cx.UnitVariance()
    beta = 0.4 if variance else 0.2
    best = cx.batch_norm_optimum(cx.BatchNormProblem(X, y, beta, normalization=kind))
    net = best.network
    alpha = net.output[:, 0]
    by_definition = objective(
        X, y, beta, net.hidden, gamma=net.scale, shift=net.shift, alpha=alpha, variance=variance
    )
    assert net.width > 0
    assert by_definition == pytest.approx(best.upper, rel=1e-12)
    assert best.relative_gap < 1e-9
    assert best.lower <= best.upper


def trained(
    X: np.ndarray, y: np.ndarray, beta: float, generator: np.random.Generator, width: int = 3
) -> tuple[float, cx.BatchNormNetwork]:
    d = X.shape[1]

    def split(p: np.ndarray) -> tuple[np.ndarray, ...]:
        return p[: width * d].reshape(width, d), *p[width * d :].reshape(3, width)

    def value(p: np.ndarray) -> float:
        w, gamma, shift, alpha = split(p)
        return objective(X, y, beta, w, gamma=gamma, shift=shift, alpha=alpha, variance=False)

    found = minimize(value, generator.standard_normal(width * (d + 3)), method="BFGS")
    return float(found.fun), cx.BatchNormNetwork(*split(found.x))


@pytest.mark.parametrize("seed", range(4))
def test_no_descent_ends_below_the_bound_and_verdicts_hold(seed: int) -> None:
    generator = np.random.default_rng(100 + seed)
    X, y = generator.standard_normal((7, 2)), generator.standard_normal(7)
    beta = 0.15
    problem = cx.BatchNormProblem(X, y, beta)
    best = cx.batch_norm_optimum(problem)
    runs = [trained(X, y, beta, generator) for _ in range(4)]
    assert min(value for value, _ in runs) >= best.lower - 1e-12
    value, net = min(runs, key=lambda run: run[0])
    assert min(v for v, _ in runs) < 1.2 * best.upper  # the two are about the same problem
    verdict = cx.certify_batch_norm(net, problem)
    assert verdict.upper == pytest.approx(value, rel=1e-12)
    assert verdict.lower <= best.upper
    assert verdict.lower == pytest.approx(best.lower, rel=1e-8)
    assert "Certified lower bound" in verdict.summary()


def test_orthonormal_centred_data_are_the_plain_problem() -> None:
    X = np.array([[0.5, 0.5], [0.5, -0.5], [-0.5, 0.5], [-0.5, -0.5]])
    y = [1.0, 2.0, -1.0, 0.5]
    normalized = cx.batch_norm_optimum(cx.BatchNormProblem(X, y, 0.25))
    plain = cx.global_optimum(cx.TrainingProblem(np.c_[X, np.full(4, 0.5)], y, 0.25))
    assert normalized.upper == pytest.approx(plain.upper, rel=1e-12)
    assert normalized.lower == pytest.approx(plain.lower, rel=1e-12)


@pytest.mark.parametrize(
    "X",
    [
        [[1.0], [2.0], [2.0]],
        [[0.0, 5.0], [1e9, 5.0], [3e9, 5.0]],
        [[1e-9, 1.0, 2.0], [0.0, 1.0, 2.0], [3e-9, 2.0, 4.0]],
        [[7.0], [7.0], [7.0]],
        [[3.0, 1.0]],
        [[1.0, 1.0 + 2.0**-30], [2.0, 2.0], [4.0, 4.0]],
    ],
)
def test_degenerate_batches(X: Any) -> None:
    y = np.arange(1.0, len(X) + 1)
    problem = cx.BatchNormProblem(X, y, 0.1)
    assert problem.coordinates.defect < 1e-12
    best = cx.batch_norm_optimum(problem)
    assert best.relative_gap < 1e-8
    features = orthonormal_features(np.array(X))
    oracle = cx.global_optimum(cx.TrainingProblem(features, y, 0.1))
    if len(X[0]) != 2 or X[0][1] == 5.0 or len(X) == 1:
        assert best.upper == pytest.approx(oracle.upper, rel=1e-7)


def test_the_defect_is_that_of_the_metric() -> None:
    generator = np.random.default_rng(5)
    X = generator.standard_normal((8, 3)) @ np.diag([1e-6, 1.0, 1e7])
    problem = cx.BatchNormProblem(X, X[:, 0], 1, normalization=cx.UnitVariance())
    s = generator.standard_normal((20, 4))
    weights = problem.coordinates.lift(s)
    folded = np.array([problem.coordinates.cost(row[np.newaxis])[0] for row in weights])
    assert np.allclose(folded.astype(float), np.sum(s**2, axis=1), rtol=1e-11)
    assert 0 < problem.coordinates.defect < 1e-13
    assert Fraction(problem.coordinates.shrink) ** 2 <= 1 - Fraction(problem.coordinates.defect)
    back = problem.coordinates.lower(weights)
    assert np.allclose(back, s, rtol=1e-9, atol=1e-9)


def test_folding_there_and_back() -> None:
    generator = np.random.default_rng(6)
    X = generator.standard_normal((8, 3)) + 100.0
    for kind in (cx.UnitLength(), cx.UnitVariance()):
        net = cx.BatchNormNetwork(
            generator.standard_normal((4, 3)),
            [1.0, -2.0, 0.0, 0.5],
            generator.standard_normal(4),
            generator.standard_normal((4, 2)),
            [0.1, 0.2],
            normalization=kind,
        )
        again = cx.BatchNormNetwork.of_folded(net.folded(X), X, kind)
        assert np.allclose(again.forward(X), net.forward(X), rtol=1e-10)
        assert np.allclose(again.scale, np.abs(net.scale), rtol=1e-10)
        assert np.allclose(again.shift, net.shift, rtol=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {"loss": cx.Logistic(), "output_bias": cx.FreeBias()},
        {"loss": cx.Huber(1), "activation": cx.LeakyReLU("0.1"), "output_bias": cx.DecayedBias()},
    ],
)
def test_other_losses_activations_and_biases(options: dict[str, Any]) -> None:
    generator = np.random.default_rng(7)
    X = generator.standard_normal((10, 2))
    y = np.where(np.arange(10) % 3 == 0, 1.0, -1.0)
    best = cx.batch_norm_optimum(cx.BatchNormProblem(X, y, 0.2, **options))
    assert best.relative_gap < 1e-7
    assert best.problem.objective(best.network) == pytest.approx(best.upper, rel=1e-10)


def test_several_outputs() -> None:
    generator = np.random.default_rng(8)
    X, Y = generator.standard_normal((8, 2)), generator.standard_normal((8, 2))
    best = cx.batch_norm_optimum(cx.BatchNormProblem(X, Y, 0.2))
    features = orthonormal_features(X)
    plain = cx.global_optimum(cx.TrainingProblem(features, Y, 0.2))
    assert best.relative_gap < 1e-6
    assert best.upper == pytest.approx(plain.upper, rel=1e-6)


def test_claims_of_the_plain_problem_bound_this_one() -> None:
    best = cx.batch_norm_optimum(cx.BatchNormProblem([[0.0], [1.0], [3.0]], [0.0, 1.0, 1.0], 0.5))
    assert cx.verify(best.plain.claim()).lower == best.exact_lower


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"beta": 0}, "beta = 0 must be positive"),
        ({"normalization": "variance"}, "Normalization instance"),
        ({"loss": cx.Interpolation()}, "allows no error"),
        ({"y": [1.0]}, "y has 1 entries"),
        ({"X": [[1, 1], [1, 1 + Fraction(1, 10**40)], [3, 3]]}, "dependent but"),
    ],
)
def test_refusals(change: dict[str, Any], words: str) -> None:
    arguments = {"X": [[0.0], [1.0], [3.0]], "y": [0.0, 1.0, 1.0], "beta": 1, **change}
    with pytest.raises(cx.ArgumentError, match=words):
        cx.BatchNormProblem(**arguments)


def test_refused_networks() -> None:
    problem = cx.BatchNormProblem([[0.0], [1.0], [3.0]], [0.0, 1.0, 1.0], 1)
    flat = cx.BatchNormNetwork([[0.0]], [1.0], [1.0], [1.0])
    with pytest.raises(cx.ArgumentError, match=r"hidden\[0\]: X w is constant"):
        cx.certify_batch_norm(flat, problem)
    other = cx.BatchNormNetwork([[1.0]], [1.0], [1.0], [1.0], normalization=cx.UnitVariance())
    with pytest.raises(cx.ArgumentError, match="normalization=UnitVariance"):
        cx.certify_batch_norm(other, problem)
    with pytest.raises(cx.ArgumentError, match="BatchNormProblem"):
        cx.batch_norm_optimum(problem.reduced)  # type: ignore[arg-type]
    with pytest.raises(cx.ArgumentError, match="is not a BatchNormNetwork"):
        cx.certify_batch_norm(cx.Network([[1.0]], [1.0]), problem)  # type: ignore[arg-type]
    with pytest.raises(cx.ArgumentError, match="scale has shape"):
        cx.BatchNormNetwork([[1.0]], [1.0, 2.0], [1.0], [1.0])
