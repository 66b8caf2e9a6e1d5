"""The certificate with a bit for each row: products of what a neuron's pattern tells, too.

Statement.  Beside p = s and m = s - Ru let ``e_i = L_i`` where row i is active and 0 elsewhere, ``L_i >= |R_i|``.  Then

    q = e - p,    w = L - e - m

are nonnegative like p and m, since ``p_i <= L_i`` where row i is active and ``m_i <= L_i`` elsewhere.  All pairs of the 4n numbers
(p, q, m, w) have nonnegative products, and of one row p_i and q_i have none with m_i and w_i.  With multipliers of these
products ``z.Az >= 0``, z = (1, p, q, m, w, u), in x = (1, u, s, e), and the rest is as in
`convex_program.pricing.relaxation.certificate`: e_j^2 is at most L_j^2.

Why it helps.  Products of p and m alone do not know that a row is active or not as a whole: where v is that of an optimum, many
neurons put out the most, and an average of them lies far from all.  Bits tie all products of a row together.

Entries.  Each of the four is ``s_a s + e_a e + r_a Ru + l_a L`` with numbers s_a, e_a, r_a, l_a of 0, 1 or -1: K is a signed sum of the blocks
of A, times R or L from either side.

Rounding.  At most 16 blocks are added up (one rounding each), then come sums of n terms, one for each R or L: entries with one are off by at
most gamma_(n+24), with two by gamma_(2n+48), the others by gamma_24 times the same sums of sizes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError
from convex_program.pricing.reduction import EPS, Floats
from convex_program.pricing.relaxation.certificate import Blocks, Slack, gamma, lengths_up
from convex_program.pricing.relaxation.lifted import LiftedRows

Indices = npt.NDArray[np.intp]

_OF_S = np.array([1.0, -1.0, 1.0, -1.0])
_OF_E = np.array([0.0, 1.0, 0.0, -1.0])
_OF_R = np.array([0.0, 0.0, -1.0, 1.0])
_OF_L = np.array([0.0, 0.0, 0.0, 1.0])
"""How p, q, m and w are made up of s, e, Ru and L."""
_TINY = 2.0**-900


def zero_pairs(n: int) -> tuple[Indices, Indices]:
    """Return rows and columns of the products that are 0, each pair once."""
    i = np.arange(n)
    rows = np.concatenate([i, i, n + i, n + i])
    columns = np.concatenate([2 * n + i, 3 * n + i, 2 * n + i, 3 * n + i])
    return rows, columns


@dataclass(frozen=True, eq=False)
class IndicatorMultipliers:
    """Weights of products of (p, q, m, w) with each other, with 1 and with u.

    Parameters
    ----------
    pairs : (4n, 4n) float64
        Symmetric; nonnegative but where products are 0, and free there.
    once : (4n,) float64
        Nonnegative.
    turned : (4n, r) float64
        Vectors, none longer than its number in `once`.

    Raises
    ------
    ArgumentError
        When an entry has the wrong sign, a vector is too long, or something is not a finite number.
    """

    pairs: Floats
    once: Floats
    turned: Floats

    def __post_init__(self) -> None:
        """Refuse what is no multiplier."""
        for name, value in vars(self).items():
            if not np.isfinite(value).all():
                raise ArgumentError(f"{name}: multipliers must be finite numbers")
        asked = self.pairs.copy()
        rows, columns = zero_pairs(len(asked) // 4)
        asked[rows, columns] = asked[columns, rows] = 0.0
        for name, value in (("pairs", asked), ("once", self.once)):
            if value.min(initial=0.0) < 0.0:
                raise ArgumentError(
                    f"{name}: {value.min()} is negative, and would count against a product that is not"
                )
        if not (self.pairs == self.pairs.T).all():
            raise ArgumentError("pairs: multipliers of pairs must be symmetric")
        if not (lengths_up(self.turned) <= self.once).all():
            raise ArgumentError(
                "turned: a vector is longer than its number in once (lengths rounded up)"
            )

    def slack(self, lifted: LiftedRows) -> Slack:
        """Return K for l0 = l1 = 0 in floating point, with row sums of what it may be off by."""
        n, r = lifted.rows.shape
        lengths = lengths_up(lifted.rows)
        K = _matrix(self, lifted, lengths, -1.0)
        sizes = _matrix(_absolute(self), _sizes(lifted), lengths, 1.0)
        D = gamma(24) * sizes
        D[: r + 1, r + 1 :] = gamma(n + 24) * sizes[: r + 1, r + 1 :]
        D[r + 1 :, : r + 1] = D[: r + 1, r + 1 :].T
        D[: r + 1, : r + 1] = gamma(2 * n + 48) * sizes[: r + 1, : r + 1]
        size = len(K)
        most = np.concatenate([lengths, lengths])
        # the bounds themselves are rounded, and what underflows is made up for
        rounding = D.sum(axis=1) * (1.0 + 8.0 * (2 * n + r + 48) * EPS) + size * _TINY
        return Slack(K, rounding, most)

    def blocks(self, lifted: LiftedRows) -> Blocks:
        """Return K for l0 = l1 = 0 in blocks, and what a shift of the free multipliers does."""
        n, r = lifted.rows.shape
        lengths = lengths_up(lifted.rows)
        K = _matrix(self, lifted, lengths, -1.0)
        return Blocks(
            inner=K[r + 1 :, r + 1 :],
            side=K[r + 1 :, 1 : r + 1],
            ball=K[1 : r + 1, 1 : r + 1],
            linear=K[0, 1 : r + 1],
            single=K[0, r + 1 :],
            corner=float(K[0, 0]),
            turned=np.concatenate([lifted.rows, np.zeros((n, r))]),
            pulled=np.concatenate([np.zeros(n), lengths]),
        )

    def shifted(self, delta: float) -> IndicatorMultipliers:
        """Return multipliers that add ``2 delta (s.(s - Ru) + e.(e - L))``, which is 0, to x.Kx."""
        pairs = self.pairs.copy()
        n = len(pairs) // 4
        # of p_i m_i the two parts cancel
        rows, columns = (part[n:] for part in zero_pairs(n))
        pairs[rows, columns] += delta
        pairs[columns, rows] += delta
        return replace(self, pairs=pairs)


def _matrix(by: IndicatorMultipliers, lifted: LiftedRows, lengths: Floats, sign: float) -> Floats:
    """Return K for the sign -1; with sizes instead of numbers, and 1, the sums of sizes."""
    R, (n, r) = lifted.rows, lifted.rows.shape
    of_s, of_e, of_r, of_l = (_OF_S, _OF_E, _OF_R, _OF_L)
    if sign > 0.0:
        of_s, of_e, of_r, of_l = map(np.abs, (of_s, of_e, of_r, of_l))
    A = by.pairs.reshape(4, n, 4, n)
    b, W = by.once.reshape(4, n), by.turned.reshape(4, n, r)

    def pairs(left: Floats, right: Floats) -> Floats:
        total = np.zeros((n, n))
        for a in np.flatnonzero(left):
            for c in np.flatnonzero(right):
                total += (left[a] * right[c]) * A[a, :, c]
        return total

    size = 1 + r + 2 * n
    K = np.zeros((size, size))
    u, s, e = slice(1, r + 1), slice(r + 1, r + n + 1), slice(r + n + 1, size)
    K[s, s], K[s, e], K[e, e] = (
        sign * pairs(left, right) for left, right in ((of_s, of_s), (of_s, of_e), (of_e, of_e))
    )
    for place, of in ((s, of_s), (e, of_e)):
        K[0, place] = sign * (pairs(of, of_l) @ lengths + of @ b)
        K[place, u] = sign * (pairs(of, of_r) @ R) + np.tensordot(of, W, 1)
    K[0, s] += sign * 0.5 * lifted.weights
    vectors = np.tensordot(of_r, W, 1)
    square = R.T @ (sign * (pairs(of_r, of_r) @ R) + 2.0 * vectors)
    K[u, u] = 0.5 * (square + square.T) + sign * lifted.quadratic
    K[0, u] = R.T @ (sign * (pairs(of_r, of_l) @ lengths + of_r @ b))
    K[0, u] += np.tensordot(of_l, W, 1).T @ lengths + sign * 0.5 * lifted.linear
    K[0, 0] = sign * (lengths @ (pairs(of_l, of_l) @ lengths) + 2.0 * (lengths @ (of_l @ b)))
    K[e, s], K[u, s], K[u, e] = K[s, e].T, K[s, u].T, K[e, u].T
    K[1:, 0] = K[0, 1:]
    return K


def _absolute(by: IndicatorMultipliers) -> IndicatorMultipliers:
    return IndicatorMultipliers(np.abs(by.pairs), by.once, np.abs(by.turned))


def _sizes(lifted: LiftedRows) -> LiftedRows:
    return replace(
        lifted,
        rows=np.abs(lifted.rows),
        weights=np.abs(lifted.weights),
        linear=np.abs(lifted.linear),
        quadratic=np.abs(lifted.quadratic),
    )
