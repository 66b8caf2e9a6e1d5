"""Games: closed forms against saddle points, advantages against brute force, claims."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cvxpy as cp
import numpy as np
import pytest

import convex_program as cx

CHECKER = Path(__file__).parents[2] / "tools" / "check_claim.py"
DATA = [[3, 1], [1, 1], [-2, 1]]
MADE = [[1.5, 1], [1.5, 1], [-1, 1]]
KINDS = [
    cx.LinearDiscriminator(),
    cx.QuadraticDiscriminator(),
    cx.ReLUDiscriminator(),
    cx.ReLUDiscriminator(cx.AbsoluteValue()),
    cx.ReLUDiscriminator(cx.LeakyReLU("0.1")),
]


def response(kind: Any, products: Any) -> Any:
    """Return what a unit of a kind answers, from the definitions."""
    if isinstance(kind, cx.LinearDiscriminator):
        return products
    if isinstance(kind, cx.QuadraticDiscriminator):
        return products**2
    on, off = float(kind.activation.on), float(kind.activation.off)
    return on * np.maximum(products, 0) + off * np.maximum(-products, 0)


def brute_force(kind: Any, X: Any, G: Any, directions: Any) -> Any:
    """Return the largest score of many unit discriminators."""
    scores = response(kind, X @ directions).sum(0) - len(X) / len(G) * response(
        kind, G @ directions
    ).sum(0)
    return np.abs(scores).max()


def degenerate(rng: np.random.Generator, rows: int, columns: int) -> Any:
    """Return small integers with repeated, opposite and zero rows now and then."""
    made = rng.integers(-2, 3, (rows, columns)).astype(float)
    if rows > 2:
        made[1] = rng.choice([-1.0, 0.0, 1.0, 2.0]) * made[0]
    return made


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_no_unit_beats_the_bound_and_the_best_met_reaches_it(kind: Any) -> None:
    rng = np.random.default_rng(7)
    for trial in range(12):
        columns = int(rng.integers(1, 4))
        n, k = (int(t) for t in rng.integers(1, 7, 2))
        X, G = degenerate(rng, n, columns), degenerate(rng, k, columns)
        if trial % 3 == 0:
            X, G = X + rng.standard_normal(X.shape), G + rng.standard_normal(G.shape)
        best = cx.certify_generator(G, X, 0, discriminator=kind, level=cx.Level.PROVED).advantage
        directions = rng.standard_normal((columns, 4000))
        directions /= np.linalg.norm(directions, axis=0)
        assert brute_force(kind, X, G, directions) <= best.upper * (1 + 1e-9) + 1e-9
        assert best.upper - best.lower <= 1e-8 * max(1.0, best.upper)
        if best.lower > 0:
            own = best.direction[:, np.newaxis] / np.linalg.norm(best.direction)
            assert brute_force(kind, X, G, own) == pytest.approx(best.lower, rel=1e-9)


def test_the_value_of_three_rows() -> None:
    verdict = cx.certify_generator(MADE, DATA, 1, level=cx.Level.PROVED)
    assert verdict.advantage.lower == pytest.approx(1.0, abs=1e-9)
    assert verdict.advantage.upper == pytest.approx(1.0, abs=1e-9)
    assert verdict.advantage.level is cx.Level.PROVED


@pytest.mark.parametrize(
    ("beta", "wins", "words"),
    [(Fraction(1, 2), True, "wins"), (2, False, "no discriminator of any width wins")],
)
def test_who_wins(beta: Any, wins: Any, words: str) -> None:
    for level in cx.Level.RIGOROUS, cx.Level.PROVED:
        assert cx.certify_generator(MADE, DATA, beta, level=level).wins is wins
    verdict = cx.certify_generator(MADE, DATA, beta)
    assert words in verdict.summary()
    low, high = verdict.excess
    assert low <= max(0.0, 1.0 - float(beta)) <= high + 1e-12


def test_the_same_rows_score_nothing_even_at_beta_zero() -> None:
    for kind in KINDS:
        verdict = cx.certify_generator(DATA[::-1], DATA, 0, discriminator=kind)
        assert (verdict.advantage.upper, verdict.wins) == (0.0, False)
        assert verdict.advantage.level is cx.Level.PROVED


@pytest.mark.parametrize("beta", [Fraction(1, 2), 2])
def test_a_claim_is_checked_by_the_standard_library_alone(tmp_path: Path, beta: Any) -> None:
    verdict = cx.certify_generator(MADE, DATA, beta)
    path = tmp_path / "generator.claim"
    cx.save_claim(verdict.claim(), path)
    checked = cx.verify(cx.load_claim(path))
    assert checked.lower <= checked.upper
    run = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-I", "-S", str(CHECKER), str(path), "--max-gap", "1e-15"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_claim_that_nobody_wins_where_somebody_does_is_refused(tmp_path: Path) -> None:
    verdict = cx.certify_generator(MADE, DATA, 2)
    claim = verdict.claim()
    for forged in (
        replace(claim, beta=Fraction(1, 2)),  # somebody scores 1
        replace(claim, targets=tuple(3 * t for t in claim.targets)),
        replace(claim, dual=replace(claim.dual, vector=tuple(2 * t for t in claim.dual.vector))),
    ):
        path = tmp_path / "forged.claim"
        cx.save_claim(forged, path)
        with pytest.raises(cx.ClaimError):
            cx.verify(cx.load_claim(path))
        run = subprocess.run(  # noqa: S603 - this very interpreter
            [sys.executable, "-I", "-S", str(CHECKER), str(path), "--max-gap", "1e-15"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode != 0, run.stdout


def test_claims_are_about_two_slopes() -> None:
    verdict = cx.certify_generator(MADE, DATA, 1, discriminator=cx.LinearDiscriminator())
    with pytest.raises(cx.ClaimError, match="two slopes"):
        verdict.claim()


def least_rows(X: Any, count: int, constraint: Callable[[Any], list[Any]]) -> Any:
    """Return the least squares of generated rows under a convex constraint of theirs."""
    G = cp.Variable((count, X.shape[1]))
    program = cp.Problem(cp.Minimize(cp.sum_squares(G)), constraint(G))
    program.solve(solver=cp.CLARABEL)
    return program.value


def test_mean_matching_is_the_saddle_point() -> None:
    rng = np.random.default_rng(0)
    for beta in (0.5, 3.0, 100.0):
        X = rng.standard_normal((7, 3)) + 1
        made = cx.mean_matching(X, beta)
        gap = max(0.0, np.linalg.norm(X.sum(0)) - beta)
        assert (made**2).sum() == pytest.approx(gap**2 / 7, abs=1e-12)
        by_cones = least_rows(
            X, 7, lambda G, X=X, beta=beta: [cp.norm(X.sum(0) - cp.sum(G, axis=0)) <= beta]
        )
        assert (made**2).sum() == pytest.approx(by_cones, abs=1e-7)
        kind = cx.LinearDiscriminator()
        score = cx.certify_generator(made, X, beta, discriminator=kind).advantage.upper
        assert score <= beta * (1 + 1e-12)


def test_covariance_matching_is_the_saddle_point() -> None:
    rng = np.random.default_rng(1)
    for beta in (0.5, 5.0, 1000.0):
        X = rng.standard_normal((8, 3))
        made = cx.covariance_matching(X, beta)
        values = np.linalg.eigvalsh(X.T @ X)
        assert (made**2).sum() == pytest.approx(np.maximum(values - beta, 0).sum(), abs=1e-12)
        M = cp.Variable((3, 3), PSD=True)
        program = cp.Problem(cp.Minimize(cp.trace(M)), [cp.sigma_max(X.T @ X - M) <= beta])
        program.solve(solver=cp.CLARABEL)
        assert (made**2).sum() == pytest.approx(program.value, abs=1e-6)
        kind = cx.QuadraticDiscriminator()
        score = cx.certify_generator(made, X, beta, discriminator=kind).advantage.upper
        assert score <= max(beta, values.max() * (values.max() < beta)) * (1 + 1e-12)


def test_a_linear_generator_is_best_among_many() -> None:
    rng = np.random.default_rng(2)
    X, Z, beta = rng.standard_normal((9, 3)), rng.standard_normal((9, 4)), 4.0
    W = cx.linear_generator(X, Z, beta)
    kind = cx.QuadraticDiscriminator()
    score = cx.certify_generator(Z @ W, X, beta, discriminator=kind).advantage.upper
    assert score <= beta * (1 + 1e-10)
    sizes, spread = (np.linalg.svd(t, compute_uv=False) for t in (X, Z))
    expected = (np.maximum(sizes**2 - beta, 0) / spread[:3] ** 2).sum()
    assert (W**2).sum() == pytest.approx(expected, rel=1e-10)
    # other square roots of the same moment, through the pseudo-inverse: never smaller
    for _ in range(50):
        turn = np.linalg.qr(rng.standard_normal((4, 4)))[0]
        axes = np.linalg.svd(Z, full_matrices=False)[2].T
        root = np.diag(np.sqrt(np.maximum(sizes**2 - beta, 0))) @ np.linalg.svd(X)[2]
        other = axes / spread @ turn[:, :3] @ root
        assert (other**2).sum() >= (W**2).sum() * (1 - 1e-9)


def test_piecewise_mean_matching_of_three_numbers() -> None:
    made = cx.piecewise_mean_matching([3, 1, -2], 1)
    assert made.tolist() == [1.5, 1.5, -1.0]
    assert 0.5 * (made**2).sum() == 2.75
    one = np.array([3.0, -0.5, -0.5])
    assert 0.5 * (one**2).sum() == 4.75
    data = np.array([[3.0], [1.0], [-2.0]])
    for generated in (made, one):
        verdict = cx.certify_generator(generated[:, np.newaxis], data, 1)
        assert verdict.advantage.upper == pytest.approx(1.0, abs=1e-9)


def test_piecewise_mean_matching_is_never_beaten() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        data, beta = rng.integers(-4, 5, 5).astype(float), float(rng.uniform(0, 4))
        made = cx.piecewise_mean_matching(data, beta)
        verdict = cx.certify_generator(made[:, np.newaxis], data[:, np.newaxis], beta)
        assert verdict.advantage.lower <= beta + 1e-9
        for other in rng.standard_normal((200, 5)) * rng.uniform(0, 4):
            up = abs(np.maximum(data, 0).sum() - np.maximum(other, 0).sum())
            down = abs(np.maximum(-data, 0).sum() - np.maximum(-other, 0).sum())
            if max(up, down) <= beta:
                assert (other**2).sum() >= (made**2).sum() - 1e-9


def test_the_gated_game_has_a_saddle_point() -> None:
    rng = np.random.default_rng(4)
    for beta in (0.1, 1.0, 50.0):
        X, Z = rng.standard_normal((6, 2)), rng.standard_normal((6, 3))
        D, E = rng.integers(0, 2, (6, 2)), rng.integers(0, 2, (6, 2))
        game = cx.gated_game(X, Z, D, E, beta)
        assert abs(game.gap) <= 1e-7 * max(1.0, game.upper)
        assert game.excess <= 1e-8
        # nobody gains by moving alone
        for _ in range(100):
            r = game.discriminator + 0.1 * rng.standard_normal(game.discriminator.shape)
            miss = D.T @ X - E.T @ Z @ game.generator
            gain = (r * miss).sum() - beta * np.linalg.norm(r, axis=1).sum()
            assert gain <= 1e-6


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cx.certify_generator([[1.0]], DATA, 1), "generated has 1 columns and data 2"),
        (lambda: cx.certify_generator(MADE, DATA, -1), "beta = -1"),
        (lambda: cx.mean_matching([1.0], 1), "data has shape"),
        (lambda: cx.mean_matching(DATA, 1, 0), "count = 0"),
        (lambda: cx.covariance_matching(DATA, 0.1, 1), "eigenvalues of data are above"),
        (lambda: cx.linear_generator(DATA, [[1.0]], 1), "noise has 1 rows"),
        (lambda: cx.linear_generator(DATA, [[1.0]] * 3, 0.1), "noise has rank 1"),
        (lambda: cx.piecewise_mean_matching([1, -1], 0, 1), "two numbers are needed"),
        (lambda: cx.gated_game(DATA, DATA, [[1]], [[1]] * 3, 1), "data_gates"),
        (lambda: cx.gated_game(DATA, DATA, [[1]] * 3, [[1]] * 3, float("nan")), "beta = nan"),
    ],
)
def test_refusals_name_what_is_wrong(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(cx.ArgumentError, match=words.replace("(", r"\(")):
        call()


def test_gates_that_nothing_answers_are_refused() -> None:
    with pytest.raises(cx.SolverError, match="larger beta"):
        cx.gated_game([[2.0]], [[1.0]], [[1]], [[0]], 0.5)
