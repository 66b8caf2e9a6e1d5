"""What is relaxed: a signed sum of kinks in units in which an iteration converges fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from convex_program.pricing.reduction import EPS, ROUND_UP, Floats, exponent

_CRUMB = 2.0**-60
"""Rows smaller than this part of the largest one are bounded by their length."""
_KEPT_ACTIVE = 0.5
"""Slope of the line below which a concave row that is not lifted lies, where nothing is known."""


class Kinks(Protocol):
    """A sum ``linear.u + sum_P (a_j.u)_+ - sum_N (a_j.u)_+``: the first `convex` rows are P."""

    @property
    def rows(self) -> Floats:
        """All a_j, shape (m, r)."""

    @property
    def convex(self) -> int:
        """How many are in P."""

    @property
    def linear(self) -> Floats:
        """The linear term, shape (r,)."""


@dataclass(frozen=True, eq=False)
class LiftedRows:
    """``f(u) <= 2^shift (linear.u + weights.(rows u)_+ + u.quadratic u + constant)`` on the unit ball.

    Parameters
    ----------
    rows : (n, r) float64
        Each a power of two times a row of f: of length about its root, so that all are of a size.
    weights : (n,) float64
        The inverse powers of two, with the signs of the kinks.
    linear : (r,) float64
    quadratic : (r, r) float64
        Symmetric; zero where all rows are lifted.
    constant : float
    shift : int
    missed_linear, missed_quadratic : float
        Bounds of the norms of what rounding took from `linear` and `quadratic`.
    kept : (n,) int
        Which of the given rows these are.
    """

    rows: Floats
    weights: Floats
    linear: Floats
    quadratic: Floats
    constant: float
    shift: int
    missed_linear: float
    missed_quadratic: float
    kept: npt.NDArray[np.intp]

    @classmethod
    def plain(cls, rows: Floats) -> LiftedRows:
        """Return rows as they are, without a cost."""
        n, r = rows.shape
        return cls(
            rows=rows, weights=np.zeros(n), linear=np.zeros(r), quadratic=np.zeros((r, r)),
            constant=0.0, shift=0, missed_linear=0.0, missed_quadratic=0.0, kept=np.arange(n),
        )  # fmt: skip


def lifted_rows(
    rows: Kinks, most: int, near: Floats, *, wanted: Floats | None = None
) -> LiftedRows:
    """Scale the longest rows by powers of two; put the others below lines and parabolas.

    Parameters
    ----------
    rows : Kinks
    most : int
        How many rows to lift at most.
    near : (k, r) float64
        Unit vectors near which f is large: the others are bounded well there.
    wanted : (m,) float64, optional
        Lengths that the rows are to have, about; by default such that all are of a size.

    Notes
    -----
    *Derivation.* ``|t| <= (t^2/w + w)/2`` for any w > 0, so that a convex row that is not lifted has
    ``(t)_+ = (t + |t|)/2 <= t/2 + t^2/(4w) + w/4``, t = a.u.  A concave one has ``-(t)_+ <= -theta t``
    for theta in [0, 1].  Rows of no size: ``(t)_+ <= |a|`` and ``-(t)_+ <= 0``.

    *Exactness.* Scaling by powers of two is exact within the range that `_CRUMB` leaves.  Sums over
    the rows that are not lifted are rounded: n-term sums, and three roundings more for each term of
    the quadratic; `missed_linear` and `missed_quadratic` bound that in norm (Frobenius).
    """
    a, r = rows.rows, rows.rows.shape[1]
    signs = np.where(np.arange(len(a)) < rows.convex, 1.0, -1.0)
    unit = exponent(a) if len(a) else exponent(rows.linear)
    small = np.ldexp(a, -unit)
    lengths = np.hypot.reduce(small, axis=1) if len(a) else np.empty(0)
    order = np.argsort(-lengths, kind="stable")
    large = order[lengths[order] > _CRUMB * lengths.max(initial=0.0)]
    kept, rest = np.sort(large[:most]), large[most:]
    crumbs = order[len(large) :]
    crumb = float(lengths[crumbs[signs[crumbs] > 0.0]].sum()) * (1.0 + (len(a) + 8) * EPS)
    aims = np.sqrt(lengths[kept]) if wanted is None else wanted[kept]
    power = np.rint(np.log2(aims / lengths[kept])).astype(int)
    scaled = np.ldexp(small[kept], power[:, np.newaxis])
    # one more power of two, for a spectral norm of about 1
    size = float(np.linalg.norm(scaled, 2)) if len(kept) else 1.0
    common = int(np.rint(-np.log2(size))) if wanted is None else 0
    linear = np.ldexp(rows.linear, -unit)
    missed = missed_quadratic = 0.0
    quadratic, constant = np.zeros((r, r)), crumb * ROUND_UP + r * 2.0**-1000
    if len(rest):
        others, up = small[rest], signs[rest] > 0.0
        t = others @ near.T
        active = (t > 0.0).mean(axis=1) if len(near) else np.full(len(rest), _KEPT_ACTIVE)
        slope = np.where(up, 0.5, active)
        typical = np.sqrt((t * t).mean(axis=1)) if len(near) else np.zeros(len(rest))
        width = np.maximum(typical, lengths[rest] / (4.0 * np.sqrt(r)))[up]
        linear = linear + (signs[rest] * slope) @ others
        total = (slope[:, np.newaxis] * np.abs(others)).sum(axis=0) + np.abs(linear)
        missed = (len(rest) + 8) * 2.0 * EPS * float(np.hypot.reduce(total)) * ROUND_UP
        weighted = others[up] / (4.0 * width)[:, np.newaxis]
        quadratic = others[up].T @ weighted
        quadratic = 0.5 * (quadratic + quadratic.T)
        size_of = np.abs(others[up]).T @ np.abs(weighted)
        missed_quadratic = (len(rest) + 12) * 2.0 * EPS * float(np.linalg.norm(size_of)) * ROUND_UP
        constant += 0.25 * float(width.sum()) * (1.0 + (len(rest) + 8) * 2.0 * EPS)
    return LiftedRows(
        rows=np.ldexp(scaled, common),
        weights=np.ldexp(signs[kept], -power - common),
        linear=linear,
        quadratic=quadratic,
        constant=constant,
        shift=unit,
        missed_linear=missed,
        missed_quadratic=missed_quadratic,
        kept=kept,
    )
