"""A bound in one step, in any dimension: for data beyond the reach of a search.

Derivation.  With ``(t)_+ = (t + |t|) / 2`` a function ``f(u) = l.u + sum_P (a_j.u)_+ -
sum_N (a_j.u)_+`` is ``m.u + 1/2 sum_P |a_j.u| - 1/2 sum_N |a_j.u|`` with
``m = l + 1/2 sum_P a_j - 1/2 sum_N a_j``.  By Cauchy and Schwarz, for any weights t_j > 0,

    (sum_P |a_j.u|)^2 <= sum_P t_j  u.(sum_P a_j a_j^T / t_j) u,

so that ``f(u) <= |m| + 1/2 sqrt(sum t_j  lambda)`` on the unit ball, lambda the largest eigenvalue
of that matrix.  Here t_j = |a_j|.

Rounding.  The data are within ``unit scale`` of those meant, coordinate by coordinate (see
`convex_program.pricing.signed`).  That lambda is large enough is shown by a Cholesky factorization
of ``lambda I - M`` less a shift that exceeds what rounding can hide (Rump 2006).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import final

import numpy as np

from convex_program.pricing.base import Pricing, PricingMethod, PricingStatus
from convex_program.pricing.climb import ascent_starts, climb, merge_found
from convex_program.pricing.reduction import EPS, ROUND_UP, Floats, ReducedRows
from convex_program.pricing.signed import SignedRows, signed_rows


@final
@dataclass(frozen=True, slots=True)
class SpectralBound(PricingMethod):
    """Bounds ``max |v.phi(Xu)|`` over the unit ball by one largest eigenvalue for each sign.

    Notes
    -----
    *Exactness.* Rigorous; far from tight: often twice the maximum and more.

    *Cost.* A product of the rows with themselves and one Cholesky factorization in as many
    dimensions as the data have.

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> from convex_program.pricing import ReducedRows
    >>> found = cx.SpectralBound().price_rows(ReducedRows.of(np.eye(2)), np.array([3.0, 4.0]))
    >>> found.bound >= 5
    True
    """

    def price_rows(
        self,
        reduced: ReducedRows,
        vector: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> Pricing:
        """Bound both signs; ascend for directions."""
        del enough
        began = time.perf_counter()
        sides = [signed_rows(reduced, vector, sign) for sign in reduced.sides]
        bounds = [rows.outer_bound(_bound(rows)) for rows in sides]
        found = [climb(rows, ascent_starts(reduced, starts)) for rows in sides if rows.rising]
        directions, signs, values = merge_found(found, reduced, floor)
        return Pricing(
            status=PricingStatus.COARSE,
            bound=max(bounds),
            value=max((end.value for end in found), default=0.0),
            directions=directions,
            signs=signs,
            values=values,
            nodes=0,
            seconds=time.perf_counter() - began,
        )


def spectral_bound(reduced: ReducedRows, vector: Floats) -> float:
    """Return the bound alone, without any ascent."""
    sides = (signed_rows(reduced, vector, sign) for sign in reduced.sides)
    return max(rows.outer_bound(_bound(rows)) for rows in sides)


def _bound(rows: SignedRows) -> float:
    """Return a bound on f in the kernels' units, rounding included."""
    if not rows.rising:
        return rows.idle_bound
    a, convex = rows.rows, rows.convex
    m = rows.linear + 0.5 * (a[:convex].sum(axis=0) - a[convex:].sum(axis=0))
    n = len(a)
    bound = float(np.hypot.reduce(np.abs(m) + (n + 4) * EPS * rows.scale)) * ROUND_UP
    lengths = rows.norms[:convex]
    total = float(lengths.sum()) * (1.0 + (n + 4) * EPS)
    if convex and total > 0.0:
        scaled = a[:convex] / np.sqrt(lengths)[:, np.newaxis]
        bound += 0.5 * math.sqrt(total * _largest_eigenvalue(scaled)) * ROUND_UP
    # the data themselves, at most twice in each coordinate, once in each term
    return float(min(rows.ceiling, (bound + 2.0 * rows.unit * rows.ceiling + rows.tiny) * ROUND_UP))


def _largest_eigenvalue(rows: Floats) -> float:
    """Return an upper bound of the largest eigenvalue of ``rows^T rows``."""
    n, r = rows.shape
    product = rows.T @ rows
    trace = float(np.einsum("ii->", product)) * (1.0 + (n + r + 4) * EPS)
    # entries of the product are within gamma_n sqrt(M_ii M_jj), a matrix of norm at most the trace;
    # a factorization of size r hides at most gamma_(r+1) of the trace of what is factorized
    top = float(np.linalg.eigvalsh(product)[-1])
    for slack in (1e-12, 1e-9, 1e-6, 1e-3):
        level = min(trace, top + slack * trace)
        hidden = 4.0 * (n + r + 8) * EPS * (trace + r * level)
        try:
            np.linalg.cholesky((level - hidden) * np.eye(r) - product)
        except np.linalg.LinAlgError:
            continue
        return float(level)
    return float(trace)
