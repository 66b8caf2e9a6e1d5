"""Normalization after the activation: value, proved bound, there and back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.batch_norm import full_rank_optimum
from oracles.brute_force import all_patterns
from oracles.normalization_after import objective, peak_in_the_plane, svd_program
from scipy.optimize import minimize
from zoo import Matrix, matrices

import arrangements as ar
import convex_program as cx


def solved(X: Any, y: Any, beta: Any, **options: Any) -> cx.NormalizationAfterOptimum:
    return cx.normalization_after_optimum(cx.NormalizationAfterProblem(X, y, beta, **options))


def drawn(seed: int, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    X, y = generator.standard_normal((n, d)), generator.standard_normal(n)
    if seed % 3 == 2:  # parallel, opposite and vanishing rows
        X = generator.integers(-1, 2, (n, d)).astype(float)
        X[0], X[1] = -X[2], 2 * X[3]
    return X, y


@pytest.mark.parametrize("seed", range(6))
def test_the_program_with_a_decomposition_for_each_pattern(seed: int) -> None:
    X, y = drawn(seed, 5, 2)
    if seed == 5:
        X[:, 1] = 3 * X[:, 0]  # rank 1
    patterns = [np.array(p) for p in all_patterns(X.tolist())]
    known = svd_program(X, y, 0.2, patterns)
    best = solved(X, y, "0.2")
    assert best.upper == pytest.approx(known, rel=1e-6)
    assert best.lower == pytest.approx(known, rel=1e-6)
    assert best.level is cx.Level.PROVED
    assert best.relative_gap < 1e-7


@pytest.mark.parametrize("seed", range(3))
def test_the_closed_form_where_every_nonnegative_vector_is_an_output(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X, y = generator.standard_normal((4, 4)), generator.standard_normal(4)
    best = solved(X, y, 0.3)
    assert best.upper == pytest.approx(full_rank_optimum(y, 0.3), rel=1e-9)
    assert best.lower == pytest.approx(full_rank_optimum(y, 0.3), rel=1e-8)
    assert best.network.width <= 4  # no more than rows


def test_one_column_is_a_lasso_of_two_orthogonal_atoms() -> None:
    x, y, beta = np.array([1.0, -2.0, 2.0, -1.0]), np.array([3.0, 1.0, 1.0, -4.0]), 0.5
    left, right = np.array([0.0, 2.0, 0.0, 1.0]), np.array([1.0, 0.0, 2.0, 0.0])
    known = 0.5 * y @ y
    for atom in (left / np.sqrt(5.0), right / np.sqrt(5.0)):
        known -= 0.5 * max(0.0, abs(atom @ y) - beta) ** 2
    best = solved(x[:, None], y, beta)
    assert best.upper == pytest.approx(known, rel=1e-9)
    assert best.lower == pytest.approx(known, rel=1e-8)


def test_invertible_maps_of_the_columns_change_nothing() -> None:
    X, y = drawn(1, 7, 2)
    one, two = solved(X, y, 0.2), solved(X @ [[1e3, 1.0], [-2.0, 1.0]], y, 0.2)
    assert two.upper == pytest.approx(one.upper, rel=1e-7)
    assert two.lower == pytest.approx(one.lower, rel=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_is_what_its_network_costs_by_definition(seed: int) -> None:
    X, y = drawn(seed, 8, 2)
    best = solved(X, y, 0.2)
    net = best.network
    assert net.width > 0
    assert objective(X, y, 0.2, net.hidden, gamma=net.scale, alpha=net.output) == pytest.approx(
        best.upper, rel=1e-12
    )
    assert best.problem.objective(net) == pytest.approx(best.upper, rel=1e-12)
    assert best.lower <= best.upper


@pytest.mark.parametrize("seed", range(6))
def test_peaks_against_directions_all_around(seed: int) -> None:
    X, v = drawn(seed, 6, 2)
    problem = cx.NormalizationAfterProblem(X, v, 1e-3)
    evidence = cx.normalization_after_optimum(problem).certificate.evidence
    known = peak_in_the_plane(X, v, 200_000)
    # without multipliers a bound by signs; with those of a projection the peak
    assert isinstance(evidence, cx.OutputCells)
    values = tuple(v.tolist())
    by_signs = cx.OutputCells(evidence.outputs, {})
    multipliers = {
        (i, s): cone.largest(s * v)[1]
        for i, cone in enumerate(evidence.outputs.cones)
        for s in (1, -1)
        if cone.outputs
    }
    sharp = cx.OutputCells(evidence.outputs, multipliers)
    weak, peak = (e.square(problem.plain.exact, values) for e in (by_signs, sharp))
    assert weak is not None
    assert peak is not None
    assert weak >= peak >= Fraction(known) ** 2 * Fraction(1 - 1e-12)
    assert float(peak) ** 0.5 == pytest.approx(known, rel=1e-5)  # the grid misses kinks


@settings(max_examples=40)
@given(matrices(max_rows=5, max_columns=2), st.integers(0, 1000))
def test_no_multiplier_makes_a_bound_wrong(X: Matrix, seed: int) -> None:
    """Whatever the numbers are: the bound is above what random neurons put out, in fractions."""
    data = ar.as_data_matrix(ar.DataMatrix.from_array(X))
    generator = np.random.default_rng(seed)
    v = [Fraction(int(k)) for k in generator.integers(-4, 5, data.shape[0])]
    patterns = ar.enumerate_patterns(data)
    for pattern in patterns.activations():
        cone = cx.OutputCone.of_cell(data, ar.region(data, pattern), cx.ReLU())
        wild = generator.standard_normal(data.shape[0]) * 10.0 ** generator.integers(-2, 2)
        bound = cone.square(v, wild)
        near = cone.square(v, cone.largest(np.array(v, dtype=float))[1]) if cone.outputs else 0
        for _ in range(10):
            z = [Fraction(0)] * data.shape[0]
            for outputs in cone.outputs:
                share = int(generator.integers(0, 4))
                z = [a + share * b for a, b in zip(z, outputs, strict=True)]
            along = sum((a * b for a, b in zip(v, z, strict=True)), Fraction(0))
            if along > 0:
                length = sum(a * a for a in z)
                assert along**2 <= bound * length
                assert along**2 <= near * length


def trained(
    X: np.ndarray, y: np.ndarray, beta: float, generator: np.random.Generator, width: int = 3
) -> tuple[float, cx.NormalizationAfterNetwork]:
    d = X.shape[1]

    def split(p: np.ndarray) -> tuple[np.ndarray, ...]:
        return p[: width * d].reshape(width, d), *p[width * d :].reshape(2, width)

    def value(p: np.ndarray) -> float:
        w, gamma, alpha = split(p)
        if (np.maximum(X @ w.T, 0.0).max(axis=0) < 1e-9).any():
            return 1e6  # a neuron that puts out nothing has no normalized form
        return objective(X, y, beta, w, gamma=gamma, alpha=alpha)

    start = generator.standard_normal(width * (d + 2))
    found = minimize(value, start, method="Nelder-Mead", options={"maxiter": 4000})
    return float(found.fun), cx.NormalizationAfterNetwork(*split(found.x))


@pytest.mark.parametrize("seed", range(3))
def test_no_descent_ends_below_the_bound_and_verdicts_hold(seed: int) -> None:
    generator = np.random.default_rng(300 + seed)
    X, y = generator.standard_normal((7, 2)), generator.standard_normal(7)
    problem = cx.NormalizationAfterProblem(X, y, 0.15)
    runs = [trained(X, y, 0.15, generator) for _ in range(5)]
    value, net = min(runs, key=lambda run: run[0])
    verdict = cx.certify_normalization_after(net, problem)
    assert verdict.upper == pytest.approx(value, rel=1e-12)
    assert min(v for v, _ in runs) >= verdict.lower - 1e-12
    assert value < 1.2 * verdict.best.upper  # the two are about the same problem
    assert verdict.lower <= verdict.best.upper
    assert verdict.best.relative_gap < 1e-7
    assert "Certified lower bound" in verdict.summary()
    assert verdict.to_json()["best"]["level"] == "proved"


@pytest.mark.parametrize("activation", [cx.LeakyReLU("0.1"), cx.AbsoluteValue()])
def test_other_activations(activation: cx.Activation) -> None:
    X, y = drawn(0, 6, 2)
    best = solved(X, y, 0.2, activation=activation)
    assert best.relative_gap < 1e-7
    assert best.problem.objective(best.network) == pytest.approx(best.upper, rel=1e-10)
    if (
        activation == cx.AbsoluteValue()
    ):  # (t, -t) have one absolute value: mirrored rows change nothing
        mirrored = solved(
            X * [[1.0], [-1.0], [1.0], [1.0], [-1.0], [1.0]], y, 0.2, activation=activation
        )
        assert mirrored.upper == pytest.approx(best.upper, rel=1e-7)


def test_sample_weights_are_repeated_rows_of_the_loss() -> None:
    X, y = drawn(3, 5, 2)
    best = solved(X, y, 0.2, sample_weight=[1, 2, 0.5, 1, 0])
    outputs = best.network.forward(X)
    weighed = 0.5 * np.sum([1, 2, 0.5, 1, 0] * (outputs - y) ** 2)
    squares = np.sum(best.network.scale**2) + np.sum(best.network.output**2)
    assert best.upper == pytest.approx(weighed + 0.1 * squares, rel=1e-12)
    assert best.relative_gap < 1e-6


def test_folding_there_and_back() -> None:
    generator = np.random.default_rng(2)
    X = np.c_[generator.standard_normal((8, 2)), np.ones(8)]
    net = cx.NormalizationAfterNetwork(
        generator.standard_normal((4, 3)), [1.0, -2.0, 0.0, 0.5], generator.standard_normal(4)
    )
    again = cx.NormalizationAfterNetwork.of_folded(net.folded(X), X)
    assert np.allclose(again.forward(X), net.forward(X), rtol=1e-12)
    assert np.allclose(again.scale, np.abs(net.scale), rtol=1e-12)
    hidden = np.maximum(X @ net.hidden.T, 0.0)
    unit = hidden / np.linalg.norm(hidden, axis=0)
    assert np.allclose(net.forward(X), unit @ (net.scale * net.output), rtol=1e-12)


def test_a_large_beta_leaves_nothing() -> None:
    X, y = drawn(0, 5, 2)
    best = solved(X, y, 2 * float(np.linalg.norm(y)))
    assert best.network.width == 0
    assert best.upper == pytest.approx(0.5 * float(y @ y), rel=1e-12)
    assert best.relative_gap < 1e-12


@pytest.mark.parametrize("X", [[[0.0], [0.0]], [[2.0, 4.0], [-1.0, -2.0]], [[1e-200], [1e200]]])
def test_degenerate_batches(X: Any) -> None:
    best = solved(X, [1.0, -2.0], 0.1)
    assert best.relative_gap < 1e-7


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"beta": 0}, "beta = 0"),
        ({"loss": cx.Huber(1)}, r"knows Squared\(\) only"),
        ({"y": np.ones((3, 2))}, "y has 2 columns"),
    ],
)
def test_refused_problems(change: dict[str, Any], words: str) -> None:
    with pytest.raises(cx.ArgumentError, match=words):
        cx.NormalizationAfterProblem(**{"X": np.eye(3), "y": np.ones(3), "beta": 1, **change})


def test_refused_calls() -> None:
    problem = cx.NormalizationAfterProblem(np.eye(3), np.ones(3), 1)
    idle = cx.NormalizationAfterNetwork([[-1.0, -1.0, -1.0]], [1.0], [1.0])
    with pytest.raises(cx.ArgumentError, match=r"hidden\[0\]: the neuron puts out nothing"):
        cx.certify_normalization_after(idle, problem)
    rounding = cx.NormalizationAfterNetwork([[0.1, 0.2, -0.3]], [1.0], [1.0])
    with pytest.raises(cx.ArgumentError, match="puts out nothing"):
        rounding.folded([[1.0, 1.0, 1.0], [-1.0, 0.0, 0.0]])
    with pytest.raises(cx.ArgumentError, match="not a NormalizationAfterNetwork"):
        cx.certify_normalization_after(cx.Network(np.eye(3), np.ones(3)), problem)  # type: ignore[arg-type]
    with pytest.raises(cx.ArgumentError, match="gap = 0"):
        cx.normalization_after_optimum(problem, gap=0)
    with pytest.raises(cx.ArgumentError, match="other data"):
        cx.normalization_after_optimum(problem, patterns=ar.enumerate_patterns(np.eye(2)))
    many = cx.NormalizationAfterProblem(
        np.random.default_rng(0).standard_normal((60, 4)), np.ones(60), 1
    )
    with pytest.raises(cx.ArgumentError, match="give patterns="):
        cx.normalization_after_optimum(many)
    best = cx.normalization_after_optimum(problem)
    with pytest.raises(cx.ClaimError, match="no claim file"):
        best.certificate.evidence.record()
    with pytest.raises(cx.ClaimError, match="other data"):
        best.certificate.evidence.square(cx.TrainingProblem(np.eye(2), [1, 1], 1).exact, (1.0, 1.0))
    leaky = cx.TrainingProblem(np.eye(3), np.ones(3), 1, activation=cx.LeakyReLU("0.5"))
    with pytest.raises(cx.ClaimError, match="outputs are those of ReLU"):
        best.certificate.evidence.square(leaky.exact, (1.0, 1.0, 1.0))
    with pytest.raises(cx.ArgumentError, match="needs CompletePatterns"):
        cx.CellOutputs(ar.sample_patterns(np.eye(3), 5, seed=0), cx.ReLU())  # type: ignore[arg-type]
