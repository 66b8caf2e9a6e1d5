"""The iteration with a bit for each row: `convex_program.pricing.relaxation.indicators` has the statement.

As in `convex_program.pricing.relaxation.splitting`, with z = (1, p, q, m, w, kappa u).  In the coordinates of a row

    h = (p + q + m + w)/2 = L/2,    k = (p + m - q - w)/2,    d = (q - w)/sqrt 2,    t = (p - m)/sqrt 2 = Ru/sqrt 2

the columns are orthonormal again: one column for 1 and all h together, ``(1, L/2)/c`` with ``c^2 = 1 + |L|^2/4``, the k, the d, and the
orthonormal basis of all ``(Ru/sqrt 2, kappa u)``.
"""

from __future__ import annotations

import math
from typing import final

import numpy as np

from convex_program.pricing.reduction import Floats
from convex_program.pricing.relaxation.circular import Singles
from convex_program.pricing.relaxation.indicators import IndicatorMultipliers, zero_pairs
from convex_program.pricing.relaxation.splitting import (
    RELAXED,
    Alternation,
    Crossed,
    Indices,
    Turned,
    averaged,
    crossed,
    turned_multipliers,
)

_ROOT_HALF = np.float32(math.sqrt(0.5))
_HALF = np.float32(0.5)


@final
class IndicatedSplitting(Alternation[IndicatorMultipliers]):
    """The iteration for all products of p, q, m, w, 1 and u; parameters as those of `Alternation`."""

    rho = 50.0
    """Fitted to a hundred rows of diabetes: 200 takes twice as many steps, 12 half as many again."""

    def _begin(self, lengths: Floats, p: Floats, m: Floats, points: Floats, part: float) -> Floats:
        L = lengths
        on = p > 0.0
        q, w = L * on - p, L * ~on - m
        four = np.concatenate([p, q, m, w], axis=1)
        self.half = (0.5 * L).astype(np.float32)
        self.corner = math.sqrt(1.0 + 0.25 * float(L @ L))
        self.pairs = (part * (four.T @ four)).astype(np.float32)
        beside = np.concatenate([q, w], axis=1)
        self.qw1 = (part * beside.sum(axis=0)).astype(np.float32)
        self.qwu = np.zeros((2 * self.n, self.r), np.float32)
        self._turned = np.empty_like(self.pairs)
        return np.column_stack(
            [np.full(len(points), self.corner), 0.5 * (p + m - q - w), (q - w) * math.sqrt(0.5)]
        )

    def _split(self) -> tuple[Singles, Singles, Singles, Singles]:
        V, n = self.factor, self.n
        one = V[0] / np.float32(self.corner)
        h, k = np.outer(self.half, one), V[1 : n + 1]
        t, d = self.Qt @ V[2 * n + 1 :], V[n + 1 : 2 * n + 1]
        plus, minus = (h + k) * _HALF, (h - k) * _HALF
        self.q, self.w = minus + d * _ROOT_HALF, minus - d * _ROOT_HALF
        return one, plus + t * _ROOT_HALF, plus - t * _ROOT_HALF, self.Qu @ V[2 * n + 1 :]

    def _reflect(self, one: Singles, p: Singles, m: Singles, u: Singles) -> None:
        from convex_program.kernels import reflect_four

        four = np.concatenate([p, self.q, m, self.w])
        reflect_four(self.pairs, four @ four.T, RELAXED)
        beside = np.concatenate([self.q, self.w])
        self.qw1, self.qwu = averaged(self.qw1, self.qwu, beside @ one, beside @ u.T)

    def cross(self, asked: Crossed) -> None:
        """Second half of a step: project twice the products less the states onto the cone."""
        from convex_program.kernels import turn_four

        n, rho = self.n, np.float32(self.rho)
        uu, u1 = self._free
        turn_four(self.pairs, self._turned)
        Y, M, Qt, Qu = self._turned, self._matrix, self.Qt, self.Qu
        c = np.float32(1.0 / self.corner)
        inner, last = slice(1, 2 * n + 1), slice(2 * n + 1, None)
        x, y = crossed(self.qw1, self.qwu)
        (h1, s1, t1), (hu, su, tu) = (
            _coordinates(p, q, m, w)
            for p, q, m, w in (
                (asked.p1, x[:n], asked.m1, x[n:]),
                (asked.pu, y[:n], asked.mu, y[n:]),
            )
        )
        lead = self.half @ Y[:n]
        ball = uu + self._q_cost / rho
        ball.flat[:: self.r + 1] += np.float32(asked.ball)
        M[0, 0] = c * c * (lead[:n] @ self.half + 2 * (self.half @ h1) + np.float32(asked.corner))
        M[0, inner] = c * (lead[n : 3 * n] + s1)
        M[0, last] = c * ((lead[3 * n :] + t1) @ Qt + (u1 + self._l / rho + self.half @ hu) @ Qu)
        M[inner, inner] = Y[n : 3 * n, n : 3 * n]
        M[inner, last] = Y[n : 3 * n, 3 * n :] @ Qt + su @ Qu
        mixed = Qt.T @ tu @ Qu
        M[last, last] = Qt.T @ (Y[3 * n :, 3 * n :] @ Qt) + mixed + mixed.T + Qu.T @ ball @ Qu
        M[1:, 0] = M[0, 1:]
        M[last, inner] = M[inner, last].T
        self._project(M)
        self.steps += 1

    def carried(
        self, chosen: Indices, factor: Floats, size: float, singles: tuple[Turned, Turned]
    ) -> IndicatorMultipliers:
        """Return the multipliers for some rows in other units, see `Alternation.carried`."""
        n, k = self.n, len(chosen)
        four = np.concatenate([chosen, n + chosen, 2 * n + chosen, 3 * n + chosen])
        by = np.tile(factor, 4)
        both = size * np.outer(by, by)
        state = self.pairs[np.ix_(four, four)].astype(np.float64)
        weights = -both * np.minimum(state, 0.0)
        rows, columns = zero_pairs(k)
        for place in ((rows, columns), (columns, rows)):
            weights[place] = -both[place] * state[place]
        beside = np.concatenate([chosen, n + chosen])
        once, turned = turned_multipliers(
            size * np.tile(factor, 2), self.qw1[beside], self.qwu[beside]
        )
        (p1, pu), (m1, mu) = singles
        return IndicatorMultipliers(
            pairs=0.5 * (weights + weights.T),
            once=np.concatenate([p1, once[:k], m1, once[k:]]),
            turned=np.concatenate([pu, turned[:k], mu, turned[k:]]),
        )


def _coordinates(
    p: Singles, q: Singles, m: Singles, w: Singles
) -> tuple[Singles, Singles, Singles]:
    """Return h, then k and d in one array, then t, of numbers or of vectors."""
    plus, other = p + m, q + w
    return (
        (plus + other) * _HALF,
        np.concatenate([(plus - other) * _HALF, (q - w) * _ROOT_HALF]),
        (p - m) * _ROOT_HALF,
    )
