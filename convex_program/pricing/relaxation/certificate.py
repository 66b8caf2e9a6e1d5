"""The certificate of the relaxation: one Cholesky factorization, independent of who found it.

Statement.  Let R be the lifted rows, ``p = s = (Ru)_+``, ``m = s - Ru = (-Ru)_+``, |u| <= 1.  Take any
multipliers A: nonnegative on pairs of p with p, m with m, 1 with p, 1 with m, and p_i with m_j for i
and j different, and any number on p_i m_i, which is 0.  Of 1 with p and m something is left for u: since |u| <= 1,
``p_i (b_i - w_i.u) >= 0`` wherever ``|w_i| <= b_i``.  Then ``z.Az >= 0`` for z = (1, p, m, u).  Write everything in x = (1, u, s), of which p and m are linear functions, and let

    x.Kx = l0 + l1 |u|^2 - f(u) - z.Az,       f(u) = linear.u + weights.s + u.quadratic u.

If ``K + diag(g)`` is positive semidefinite, ``g >= 0``, then

    f(u) <= l0 + l1 |u|^2 + sum g_i x_i^2 <= l0 + l1 + g_0 + max over u of g + sum_j g_j |R_j|^2.

A need not be the best one, nor belong to anything: whoever proposes it can stop early.

Entries.  With A in blocks P (p, p), M (m, m), E (p, m), b (1, p), c (1, m), V and W the rows w_i of p and of m:

    K_00 = l0                    K_0u = R^T c - linear/2        K_ss = -(P + E + E^T + M)
    K_0s = -b - c - weights/2    K_su = (E + M) R + V + W
    K_uu = l1 I - quadratic - R^T M R - R^T W - W^T R.

Rounding.  P and M are symmetric as floats, so that sums of two equal floats are the only ones to be
made symmetric.  An entry computed by a sum of k terms is off by at most gamma_k times the sum of
their sizes (in any order, with fused operations or without), gamma_k = k eps/(1 - k eps):
k = 4 for K_ss and K_0s, n + 5 for K_su and K_0u, 2n + 10 for K_uu (two products).  Let D be the matrix of these bounds; the
exact K is at least the computed one less ``diag(row sums of D)``, by Gershgorin's discs.

If a floating Cholesky factorization of a matrix C of N rows runs to its end, then ``C + diag(c)`` is
positive semidefinite with ``c_i = gamma N C_ii / (1 - gamma)``, gamma = gamma_(N+2): the computed factor
has ``|F^T F - C| <= gamma |F|^T |F|`` (Demmel 1989; Rump 2006), whose (i, j) entry is at most
``sqrt(C_ii C_jj) gamma/(1 - gamma)``, and ``(sum_i sqrt(C_ii) |x_i|)^2 <= N sum_i C_ii x_i^2``.  Underflow adds
at most 2^-1000 an entry, where entries are of size 2^-400 or more on the diagonal; smaller ones
are refused.

So g is what is added to the diagonal before the factorization, plus the row sums of D, plus c, plus one
rounding of the diagonal itself; all terms are nonnegative, and their sum is rounded up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol, Self, TypeVar

import numpy as np

from convex_program.errors import ArgumentError
from convex_program.pricing.reduction import EPS, ROUND_UP, Floats
from convex_program.pricing.relaxation.lifted import LiftedRows

_LEAST = 2.0**-400
"""Least diagonal entry of a matrix that is factorized: underflow is far away."""
_TINY = 2.0**-900


@dataclass(frozen=True, eq=False)
class Multipliers:
    """Weights of products that are nonnegative, and of those that vanish.

    Parameters
    ----------
    positive : (n, n) float64
        Of p with p; symmetric, nonnegative.
    negative : (n, n) float64
        Of m with m; symmetric, nonnegative.
    mixed : (n, n) float64
        Of p (rows) with m (columns); nonnegative outside the diagonal, which is free.
    once_positive, once_negative : (n,) float64
        Of 1 with p, and with m; nonnegative.
    turned_positive, turned_negative : (n, r) float64
        Vectors w_i, subtracted as w_i.u from the former: none longer than the number it belongs to.

    Raises
    ------
    ArgumentError
        When an entry has the wrong sign, a vector is too long, or something is not a finite number.
    """

    positive: Floats
    negative: Floats
    mixed: Floats
    once_positive: Floats
    once_negative: Floats
    turned_positive: Floats
    turned_negative: Floats

    def __post_init__(self) -> None:
        """Refuse what is no multiplier."""
        for name, value in vars(self).items():
            if not np.isfinite(value).all():
                raise ArgumentError(f"{name}: multipliers must be finite numbers")
        for name in ("positive", "negative", "mixed", "once_positive", "once_negative"):
            value = getattr(self, name)
            least = value - np.diag(np.diag(value)) if name == "mixed" else value
            if least.min(initial=0.0) < 0.0:
                raise ArgumentError(
                    f"{name}: {least.min()} is negative, and would count against a product that is not"
                )
        for name in ("positive", "negative"):
            value = getattr(self, name)
            if not (value == value.T).all():
                raise ArgumentError(f"{name}: multipliers of pairs must be symmetric")
        for name in ("positive", "negative"):
            most = getattr(self, f"once_{name}")
            if not (lengths_up(getattr(self, f"turned_{name}")) <= most).all():
                raise ArgumentError(
                    f"turned_{name}: a vector is longer than its number in once_{name} (lengths rounded up)"
                )

    def slack(self, lifted: LiftedRows) -> Slack:
        """Return K for l0 = l1 = 0, with its rounding."""
        return computed_slack(lifted, self)

    def blocks(self, lifted: LiftedRows) -> Blocks:
        """Return K for l0 = l1 = 0 in blocks, and what a shift of the weights of p_i m_i does."""
        R, mixed = lifted.rows, self.mixed
        square = R.T @ (self.negative @ R + 2.0 * self.turned_negative)
        return Blocks(
            inner=-(self.positive + self.negative + mixed + mixed.T),
            side=(mixed + self.negative) @ R + self.turned_positive + self.turned_negative,
            ball=-0.5 * (square + square.T) - lifted.quadratic,
            linear=R.T @ self.once_negative - 0.5 * lifted.linear,
            single=-(self.once_positive + self.once_negative) - 0.5 * lifted.weights,
            corner=0.0,
            turned=R,
            pulled=np.zeros(len(R)),
        )

    def shifted(self, delta: float) -> Multipliers:
        """Return multipliers that add ``2 delta s.(s - Ru)``, which is 0, to x.Kx."""
        return replace(self, mixed=self.mixed - delta * np.eye(len(self.mixed)))


def lengths_up(vectors: Floats) -> Floats:
    """Return upper bounds of the lengths of the rows, shape (n,), 0 for rows of zeros.

    hypot errs by a unit or two in the last place each time and does not underflow but at the end.
    """
    r = vectors.shape[1]
    lengths = np.hypot.reduce(vectors, axis=1) * (1.0 + 4.0 * (r + 4) * EPS)
    return np.asarray(np.where(vectors.any(axis=1), lengths + _TINY, 0.0))


@dataclass(frozen=True, eq=False)
class Slack:
    """The computed K for l0 = l1 = 0, and row sums of the bounds of its rounding.

    Parameters
    ----------
    matrix : (N, N) float64
        Its lower triangle counts.
    rounding : (N,) float64
    most : (N - 1 - r,) float64
        What the entries of x beyond (1, u) are at most in size.
    """

    matrix: Floats
    rounding: Floats
    most: Floats


@dataclass(frozen=True, eq=False)
class Blocks:
    """K for l0 = l1 = 0 in blocks: x beyond (1, u) is "inner".

    Parameters
    ----------
    inner : (k, k) float64
    side : (k, r) float64
        Inner with u.
    ball : (r, r) float64
    linear : (r,) float64
        Of u with 1.
    single : (k,) float64
        Inner with 1.
    corner : float
    turned, pulled : (k, r) and (k,) float64
        A shift by delta adds 2 delta to the diagonal of `inner`, and takes delta times these from `side` and `single`.
    """

    inner: Floats
    side: Floats
    ball: Floats
    linear: Floats
    single: Floats
    corner: float
    turned: Floats
    pulled: Floats

    def shifted(self, delta: float) -> Blocks:
        """Return the blocks after a shift."""
        return replace(
            self,
            inner=self.inner + 2.0 * delta * np.eye(len(self.inner)),
            side=self.side - delta * self.turned,
            single=self.single - delta * self.pulled,
        )


class Weights(Protocol):
    """Multipliers of one kind of products or another."""

    def slack(self, lifted: LiftedRows) -> Slack:
        """Return K for l0 = l1 = 0, with its rounding."""

    def blocks(self, lifted: LiftedRows) -> Blocks:
        """Return K for l0 = l1 = 0 in blocks, not rigorously."""

    def shifted(self, delta: float) -> Self:
        """Return multipliers whose blocks are shifted by delta, for products that are 0."""


Weighed = TypeVar("Weighed", bound=Weights)


def gamma(k: int) -> float:
    """Return a bound of the relative error of k roundings."""
    return k * EPS / (1.0 - k * EPS) * ROUND_UP


def computed_slack(lifted: LiftedRows, by: Multipliers) -> Slack:
    """Return K for l0 = l1 = 0 in floating point, with row sums of what it may be off by."""
    R, n, r = lifted.rows, *lifted.rows.shape
    absolute = np.abs(R)
    mixed = by.mixed
    size = n + r + 1
    K, D = np.zeros((size, size)), np.zeros((size, size))
    u, s = slice(1, r + 1), slice(r + 1, size)
    K[s, s] = -((by.positive + by.negative) + (mixed + mixed.T))
    D[s, s] = gamma(4) * ((by.positive + by.negative) + (np.abs(mixed) + np.abs(mixed.T)))
    turned = np.abs(by.turned_positive) + np.abs(by.turned_negative)
    K[s, u] = (mixed + by.negative) @ R + (by.turned_positive + by.turned_negative)
    D[s, u] = gamma(n + 5) * ((np.abs(mixed) + by.negative) @ absolute + turned)
    square = R.T @ (by.negative @ R + 2.0 * by.turned_negative)
    K[u, u] = -(0.5 * (square + square.T) + lifted.quadratic)
    size_of = absolute.T @ (by.negative @ absolute + 2.0 * np.abs(by.turned_negative))
    D[u, u] = gamma(2 * n + 10) * (0.5 * (size_of + size_of.T) + np.abs(lifted.quadratic))
    K[0, s] = -(by.once_positive + by.once_negative) - 0.5 * lifted.weights
    D[0, s] = gamma(4) * (by.once_positive + by.once_negative + 0.5 * np.abs(lifted.weights))
    K[0, u] = R.T @ by.once_negative - 0.5 * lifted.linear
    D[0, u] = gamma(n + 5) * (absolute.T @ by.once_negative + 0.5 * np.abs(lifted.linear))
    K[u, s], K[s, 0], K[u, 0] = K[s, u].T, K[0, s], K[0, u]
    D[u, s], D[s, 0], D[u, 0] = D[s, u].T, D[0, s], D[0, u]
    # The bounds themselves are rounded, and what underflows is made up for.
    rounding = D.sum(axis=1) * (1.0 + 4.0 * (2 * n + r + 8) * EPS) + size * _TINY
    return Slack(K, rounding, lengths_up(R))


def hidden_by_factorization(diagonal: Floats) -> Floats:
    """Return c such that ``C + diag(c)`` is positive semidefinite if C has a floating Cholesky factor.

    Parameters
    ----------
    diagonal : (N,) float64
        That of C, positive.
    """
    part = gamma(len(diagonal) + 2)
    return part / (1.0 - part) * len(diagonal) * diagonal * ROUND_UP


def certified_bound(
    lifted: LiftedRows, by: Weights, constant: float, ball: float, added: float = 0.0
) -> float:
    """Return a bound of ``f(u) 2^-shift`` over the unit ball that the multipliers prove, or infinity.

    Parameters
    ----------
    lifted : LiftedRows
    by : Weights
    constant, ball : float
        l0 and l1.
    added : float
        What is added to the diagonal before it is factorized, relative to its size.
    """
    if not (constant >= 0.0 and ball >= 0.0 and math.isfinite(constant + ball) and added >= 0.0):
        return math.inf
    slack = by.slack(lifted)
    K, size, r = slack.matrix, len(slack.matrix), lifted.rows.shape[1]
    diagonal = np.einsum("ii->i", K)
    diagonal[0] += constant
    diagonal[1 : r + 1] += ball
    # l0, l1 and what is added: two more roundings of the sizes that are summed
    rounded = 4.0 * EPS * (np.abs(diagonal) + 2.0 * (constant + ball))
    plus = added * np.abs(diagonal)
    diagonal += plus
    if not diagonal.min() >= _LEAST:
        return math.inf
    try:
        np.linalg.cholesky(K)
    except np.linalg.LinAlgError:
        return math.inf
    hidden = hidden_by_factorization(diagonal)
    g = (plus + slack.rounding + rounded + hidden) * (1.0 + 16.0 * EPS)
    squares = slack.most**2 * ROUND_UP + _TINY
    lost = float(g[0] + g[1 : r + 1].max(initial=0.0) + g[r + 1 :] @ squares)
    lost *= 1.0 + 4.0 * (size + 8) * EPS
    total = math.fsum(
        (constant, ball, lost, lifted.constant, lifted.missed_linear, lifted.missed_quadratic)
    )
    return total * ROUND_UP if math.isfinite(total) else math.inf
