"""Multipliers of pairs: what a semidefinite matrix is, what they prove, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.pricing import data

import arrangements as ar
import convex_program as cx
from convex_program.claim import PairClaim
from convex_program.clock import Clock
from convex_program.dual import certify_on_pairs, exact_peak
from convex_program.evidence import PairProducts
from convex_program.evidence.definite import is_semidefinite
from convex_program.optimum.cones import proved_bracket

KINDS = ["normal", "bias", "integers", "low rank", "duplicates", "zeros", "columns"]
ACTIVATIONS = (cx.ReLU(), cx.LeakyReLU(0.1), cx.AbsoluteValue())


def eliminated(rows: list[list[int]]) -> bool:
    """Whether a symmetric matrix is positive semidefinite, by fractions."""
    left = [[Fraction(x) for x in row] for row in rows]
    while left:
        pivot, first = left[0][0], left[0][1:]
        if pivot < 0 or (pivot == 0 and any(first)):
            return False
        left = [
            [x - (row[0] * y / pivot if pivot else 0) for x, y in zip(row[1:], first, strict=True)]
            for row in left[1:]
        ]
    return True


@st.composite
def symmetric(draw: st.DrawFn) -> list[list[int]]:
    """Return sums of squares and differences of them, of entries of very different sizes."""
    size, terms = draw(st.integers(1, 5)), draw(st.integers(0, 6))
    entry = st.integers(-9, 9)
    matrix = [[0] * size for _ in range(size)]
    for _ in range(terms):
        sign = draw(st.sampled_from([1, 1, 1, 1, -1]))
        row = [draw(entry) << draw(st.sampled_from([0, 0, 7, 200])) for _ in range(size)]
        for i in range(size):
            for j in range(size):
                matrix[i][j] += sign * row[i] * row[j]
    return matrix


@given(symmetric())
def test_no_indefinite_matrix_passes(matrix: list[list[int]]) -> None:
    if is_semidefinite(np.array(matrix, dtype=object)):
        assert eliminated(matrix)


@given(symmetric(), st.integers(0, 300))
def test_matrices_with_room_pass(matrix: list[list[int]], shift: int) -> None:
    """A millionth of its diagonal is more than enough, in any units."""
    raised = [
        [10**6 * x + (x + 1 if i == j else 0) for j, x in enumerate(row)]
        for i, row in enumerate(matrix)
    ]
    if eliminated(matrix):
        scaled = [[x << (i + j) * shift for j, x in enumerate(row)] for i, row in enumerate(raised)]
        assert is_semidefinite(np.array(scaled, dtype=object))


def test_too_many_rows_are_not_decided() -> None:
    eye = np.zeros((2049, 2049), dtype=object)
    np.fill_diagonal(eye, 1)
    assert not is_semidefinite(eye)


def proved(problem: cx.TrainingProblem, v: np.ndarray) -> cx.Certificate:
    found = certify_on_pairs(problem, v, seconds=3.0)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
def test_bounds_are_not_below_the_maximum(kind: str, activation: cx.Activation) -> None:
    """The largest value over all cells, in fractions, is at most H."""
    for seed, (n, d) in enumerate([(1, 2), (6, 2), (8, 3)]):
        rng = np.random.default_rng([seed, len(kind), 15])
        X, y = data(kind, n, d, rng), rng.standard_normal(n)
        problem = cx.TrainingProblem(X, y, 0.1, activation=activation)
        v = problem.feasible(y)
        certificate = proved(problem, v)
        square = certificate.evidence.square(problem.exact, certificate.vector)
        patterns = ar.enumerate_patterns(problem.arrangement)
        assert square is not None
        peak = exact_peak(problem, patterns, v)
        assert square >= peak * Fraction(1 - 1e-9)
        assert square <= 2 * peak + Fraction(1, 10**12)
        assert certificate.level is cx.Level.PROVED


@pytest.mark.parametrize("scale", [2.0**-300, 1.0, 2.0**200])
def test_units_do_not_matter(scale: float) -> None:
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((20, 12)) * 10.0 ** rng.integers(-3, 4, (20, 1)), rng.normal(size=20)
    problem = cx.TrainingProblem(X * scale, y, 0.1)
    v = problem.feasible(y)
    certificate = proved(problem, v)
    square = certificate.evidence.square(problem.exact, certificate.vector)
    assert square is not None
    on = [Fraction(a) for a in v.tolist()]
    for _ in range(50):
        u = [Fraction(a) for a in rng.standard_normal(12).tolist()]
        value = sum(
            a * max(Fraction(0), sum((x * b for x, b in zip(row, u, strict=True)), Fraction(0)))
            for a, row in zip(on, problem.gauge.exact_rows, strict=True)
        )
        assert value * value <= square * sum(b * b for b in u)


def test_a_problem_in_many_dimensions_is_proved() -> None:
    """Thirty columns: no search ends there, and the bound is positive."""
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((25, 30)), rng.standard_normal(25)
    problem = cx.TrainingProblem(X, y, 3.0)
    best = cx.global_optimum(
        problem, level=cx.Level.PROVED, solver=cx.WorkingSet(1e-3, time_limit=12.0)
    )
    assert best.level is cx.Level.PROVED
    assert isinstance(best.certificate.evidence, PairProducts)
    assert 0.0 < best.lower <= best.upper
    assert cx.verify(best.claim()).lower == best.certificate.lower


def test_a_refusal_says_what_was_tried() -> None:
    """Without time neither trees nor products of pairs are written."""
    X, y = np.random.default_rng(2).standard_normal((30, 12)), np.ones(30)
    best = cx.global_optimum(
        cx.TrainingProblem(X, y, 3.0), level=cx.Level.RIGOROUS, solver=cx.WorkingSet(time_limit=0.5)
    )
    with pytest.raises(cx.ClaimError, match=r"products of pairs.*600 lines.*fewer columns"):
        proved_bracket(best, clock=Clock(0.0))


def test_other_problems_have_none() -> None:
    X, y = np.random.default_rng(0).standard_normal((6, 3)), np.ones(6)
    free = cx.TrainingProblem(
        np.c_[X, np.ones(6)], y, 0.1, hidden_bias=cx.FreeHiddenBias(), output_bias=cx.FreeBias()
    )
    several = cx.TrainingProblem(X, np.c_[y, -y], 0.1)
    assert certify_on_pairs(free, np.zeros(6)) is None
    assert certify_on_pairs(several, np.zeros(12)) is None
    assert certify_on_pairs(cx.TrainingProblem(X, y, 0.1), y, seconds=0.0) is None


PROBLEM = cx.TrainingProblem(
    np.random.default_rng(7).standard_normal((9, 3)), np.random.default_rng(8).normal(size=9), 0.1
)
V = tuple(PROBLEM.targets.tolist())


@pytest.fixture(scope="module")
def claim() -> PairClaim:
    evidence = proved(PROBLEM, PROBLEM.targets).evidence
    assert isinstance(evidence, PairProducts)
    return evidence.multipliers


class TestChanged:
    """Multipliers that were changed are refused, by the check that they break."""

    def refused(self, claim: PairClaim, match: str) -> None:
        with pytest.raises(cx.ClaimError, match=match):
            PairProducts(claim, 1).square(PROBLEM.exact, V)

    def test_a_wrong_sign(self, claim: PairClaim) -> None:
        m, size = claim.lines, max(claim.pairs)
        half = m * (m + 1) // 2
        # of P, of M, and of E away from its diagonal
        for place in (1, half + 1, 2 * half + 1):
            pairs = [*claim.pairs]
            pairs[place] = -size
            self.refused(replace(claim, pairs=tuple(pairs)), "negative")
        for place in (1, 2, 2 + m):
            singles = [*claim.singles]
            singles[place] = -abs(max(singles))
            self.refused(replace(claim, singles=tuple(singles)), "negative|longer")

    def test_a_vector_that_is_too_long(self, claim: PairClaim) -> None:
        singles = [*claim.singles]
        singles[2 + 2 * claim.lines] = 2.0 * max(singles)
        self.refused(replace(claim, singles=tuple(singles)), "longer")

    def test_a_matrix_beyond_its_margin(self, claim: PairClaim) -> None:
        """More weight on any square of p or m than the certificate has room for."""
        m = claim.lines
        starts = [i * m - i * (i - 1) // 2 for i in range(m)]
        for place in (*starts, *(m * (m + 1) // 2 + start for start in starts)):
            pairs = [*claim.pairs]
            pairs[place] += max(map(abs, pairs))
            self.refused(replace(claim, pairs=tuple(pairs)), "not seen")

    def test_lower_levels(self, claim: PairClaim) -> None:
        half = len(claim.singles) // 2
        for place in (0, 1, half, half + 1):
            singles = [*claim.singles]
            singles[place] *= 0.9
            try:
                PairProducts(replace(claim, singles=tuple(singles)), 1).square(PROBLEM.exact, V)
            except cx.ClaimError:
                continue
            # of the sign with the lower maximum nothing may be tight
            assert place >= half or place < 2

    def test_other_rows(self, claim: PairClaim) -> None:
        other = cx.TrainingProblem(PROBLEM.features * 1.5, V, 0.1)
        with pytest.raises(cx.ClaimError, match="not seen"):
            PairProducts(claim, 1).square(other.exact, V)

    def test_other_numbers_of_them(self, claim: PairClaim) -> None:
        self.refused(replace(claim, lines=claim.lines + 1), "lines")
        self.refused(replace(claim, pairs=claim.pairs[:-1]), "as many")
        self.refused(replace(claim, singles=(*claim.singles, 0.0)), "as many")
