"""A matrix of c columns on reduced rows: the function into R^c whose length is maximized."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convex_program.pricing.inner import InnerProblem, chunked
from convex_program.pricing.reduction import (
    EPS,
    ROUND_UP,
    Floats,
    ReducedRows,
    exponent,
    shifted_up,
    sum_up,
)

_TINY = 2.0**-1000
_SQUARE = 2.0**-480
"""A vector whose square underflows is shorter."""
_FAR = 900
"""Powers of two by which weights are enlarged at most."""


@dataclass(frozen=True, eq=False)
class WeightedRows(InnerProblem):
    """``F(w) = linear w + sum_j weights_j (a_j.w)_+`` in R^c for one matrix V.

    Parameters
    ----------
    rows : (m, r) float64
        Representatives of the lines whose weight is not zero, times powers of two: of length about 1.
    weights : (m, c) float64
        The largest, or that of ``linear``, is about 1.
    linear : (c, r) float64
    lengths, sizes : (m,) float64
        Upper bounds of the lengths of rows and weights.
    scale : (r,) float64
        ``S_k >= sum_j |weights_j||a_jk| + |linear_k|``.

    Notes
    -----
    What the floats miss of the weights and of the linear part that are meant is part of ``excess``.
    """

    rows: Floats
    weights: Floats
    linear: Floats
    lengths: Floats
    sizes: Floats
    scale: Floats

    @property
    def idle(self) -> bool:
        """Whether F, as the floats have it, is zero."""
        return len(self.rows) == 0 and not self.linear.any()


def weighted_rows(reduced: ReducedRows, matrix: Floats) -> WeightedRows:
    """Collect the weight in R^c of every line and the linear part; bound what rounding took.

    Notes
    -----
    *Derivation.* As for one column (`convex_program.pricing.signed`): a row r e of weight v in R^c puts
    ``v |r| (c (t)_+ - off t)`` into the sum where r > 0 and ``v |r| (c (t)_+ - on t)`` where r < 0, c = on + off.

    *Exactness.* An entry of ``weights`` is c times a sum of at most ``most`` products of two floats, one of
    ``linear`` a sum of at most n products of four, taken in chunks and by the class first.  So for |w| <= 1 column p
    of F is off by at most ``count`` u sum_k |w_k| T_kp, T_kp = (|on| + |off|) sum_j |v_jp r_j e_jk|, and F by at most
    ``count`` u |T|_2 in the norm over k of the norms over p: ``excess`` holds it.
    """
    from convex_program.kernels import CHUNK

    m, r = reduced.lines.shape
    n, outputs = matrix.shape
    on, off = float(reduced.activation.on), float(reduced.activation.off)
    lift = exponent(matrix)
    small = np.ldexp(matrix, -lift)
    weight = small * np.abs(reduced.ratio)[:, np.newaxis]

    def by_line(part: Floats) -> Floats:
        sums = [np.bincount(reduced.line_of, column, minlength=m)[:m] for column in part.T]
        return np.array(sums, dtype=np.float64).T

    rising = (reduced.ratio > 0.0)[:, np.newaxis]
    falling = (reduced.ratio < 0.0)[:, np.newaxis]
    kappa = (on + off) * by_line(weight)
    tilt = off * by_line(np.where(rising, weight, 0.0))
    tilt += on * by_line(np.where(falling, weight, 0.0))
    tilted = np.flatnonzero(tilt.any(axis=1))
    terms = tilt[tilted, :, np.newaxis] * reduced.lines[tilted, np.newaxis, :]
    linear = np.ascontiguousarray(-chunked(terms, CHUNK))
    kept = np.flatnonzero(kappa.any(axis=1))
    rows = reduced.lines[kept]
    # Exact, but for what becomes subnormal; so nothing else underflows or overflows in the kernels.
    power = np.frexp(np.abs(rows).max(axis=1, initial=0.0))[1][:, np.newaxis]
    rows = np.ascontiguousarray(np.ldexp(rows, -power))
    weights = np.ldexp(kappa[kept], power)
    largest = max((exponent(part) for part in (weights, linear) if part.any()), default=0)
    largest = max(largest, -_FAR)
    weights, linear = np.ldexp(weights, -largest), np.ldexp(linear, -largest)
    # Unlike a sum of squares, hypot does not underflow.
    sizes = np.hypot.reduce(weights, axis=1) * (1.0 + (outputs + 4) * 2.0 * EPS) + _TINY
    steep = np.hypot.reduce(linear, axis=0) * (1.0 + (outputs + 4) * 2.0 * EPS)
    scale = (sum_up(sizes[:, np.newaxis] * np.abs(rows)) + steep) * ROUND_UP + _TINY
    most = int(np.bincount(reduced.line_of, minlength=1).max(initial=1))
    lengths = np.hypot.reduce(small, axis=1) * (1.0 + (outputs + 4) * 2.0 * EPS)
    total = by_line((lengths * np.abs(reduced.ratio))[:, np.newaxis])
    meant = sum_up(total * np.abs(reduced.lines)) * (abs(on) + abs(off)) * (1.0 + (most + 8) * EPS)
    count = 2 * (CHUNK + -(-n // CHUNK)) + 2 * most + 44
    excess = count * EPS * float(np.hypot.reduce(meant, initial=0.0)) * reduced.stretch
    missed = float(sum_up((lengths * reduced.defect)[:, np.newaxis])[0])
    excess = (excess + missed * reduced.activation.steepness) * ROUND_UP
    # Products may underflow to nothing where what they stand for is not nothing.
    counted = (matrix != 0.0).any(axis=1)
    if (counted & ((reduced.ratio != 0.0) | (reduced.defect > 0.0))).any():
        excess += _TINY
    excess = shifted_up(excess, -largest)
    # The roundings of `convex_program.kernels.vector_leaf`, twice, at depth 0 and without rows.
    steps = 2 * (CHUNK + -(-n // CHUNK) + 4 * outputs + 2 * r + 24)
    return WeightedRows(
        rows=rows,
        weights=weights,
        linear=linear,
        lengths=np.hypot.reduce(rows, axis=1) * ROUND_UP + _TINY,
        sizes=sizes,
        scale=scale,
        unit=steps * EPS / (1.0 - steps * EPS) * ROUND_UP,
        tiny=_SQUARE,
        ceiling=float(np.hypot.reduce(scale, initial=0.0) * ROUND_UP),
        stretch=reduced.stretch,
        excess=excess,
        shift=reduced.shift + lift + largest,
    )
