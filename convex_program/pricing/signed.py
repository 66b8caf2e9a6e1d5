"""One vector and one sign on reduced rows: the function that branch and bound maximizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from convex_program.pricing.inner import InnerProblem, chunked
from convex_program.pricing.reduction import (
    EPS,
    ROUND_UP,
    Floats,
    ReducedRows,
    exponent,
    sum_up,
)


@dataclass(frozen=True, eq=False)
class SignedRows(InnerProblem):
    """``f(w) = linear.w + sum_P (a_j.w)_+ - sum_N (a_j.w)_+`` for one v and sign.

    Parameters
    ----------
    rows : (m, r) float64
        ``|kappa_j| e_j``, convex ones (kappa_j > 0) first, vanishing ones left out.
    norms : (m,) float64
        Upper bounds of their lengths.
    lines : (m,) int
        Which line of the reduced rows each of them is.
    convex : int
        How many of them are convex.
    linear : (r,) float64
        The linear term.
    sign : int
        +1 or -1.
    scale : (r,) float64
        ``S_k >= sum_j |v_j xhat_jk|``; it also bounds what rows and `linear` sum up.
    weighty : bool
        Whether any row counts; if not, f is zero, exactly.
    """

    rows: Floats
    norms: Floats
    lines: npt.NDArray[np.intp]
    convex: int
    linear: Floats
    sign: int
    scale: Floats
    weighty: bool

    @property
    def rising(self) -> bool:
        """Whether the computed f is positive anywhere."""
        return self.convex > 0 or bool(self.linear.any())

    @property
    def idle_bound(self) -> float:
        """A bound on f where its computed rows and linear term nowhere make it positive.

        Sums that cancel to zero in floating point may still be as large as their rounding.
        """
        return 2.0 * self.unit * self.ceiling if self.weighty else 0.0

    def relaxed_bound(self, inner: float) -> float:
        """Return a bound on h(v) from one on f for the computed rows and linear term.

        The data themselves are off by ``unit scale`` in each coordinate, at most twice.
        """
        padded = (inner + 2.0 * self.unit * self.ceiling + self.tiny) * ROUND_UP
        return self.outer_bound(min(self.ceiling, padded))


def signed_rows(reduced: ReducedRows, v: Floats, sign: int) -> SignedRows:
    """Collect kappa and the linear term for ``sign * v`` and bound their rounding.

    Notes
    -----
    *Derivation.* With ``phi(t) = c (t)_+ - off t``, c = on + off, a row r e of weight v puts
    ``v |r| (c (t)_+ - off t)`` into the sum where r > 0 and ``v |r| (c (t)_+ - on t)`` where
    r < 0, t = e.w: a kink of the same kind and two kinds of linear terms.

    *Exactness.* kappa_c is c times a sum of at most ``most`` products of three floats and the
    linear term one of at most n of four, both rounded relative to terms that ``scale`` sums up in
    absolute value with the factor |on| + |off|: adding most + 10 and n-term summation error to
    the count of `convex_program.kernels.cone_bound` covers them and the rounding of on and off to
    floats (the linear term is summed in chunks as well, by the class first).
    """
    from convex_program.kernels import CHUNK

    m = len(reduced.lines)
    on, off = float(reduced.activation.on), float(reduced.activation.off)
    lift = exponent(v)
    small = sign * np.ldexp(v, -lift)
    weight = small * np.abs(reduced.ratio)
    forward, backward, total = (
        np.bincount(reduced.line_of, part, minlength=m)[:m].astype(np.float64)
        for part in (
            np.where(reduced.ratio > 0.0, weight, 0.0),
            np.where(reduced.ratio < 0.0, weight, 0.0),
            np.abs(weight),
        )
    )
    kappa = (on + off) * np.bincount(reduced.line_of, weight, minlength=m)[:m]
    most = int(np.bincount(reduced.line_of, minlength=1).max(initial=1))
    tilt = off * forward + on * backward
    tilted = np.flatnonzero(tilt)
    linear = -chunked(tilt[tilted, None] * reduced.lines[tilted], CHUNK)
    order = np.concatenate([np.flatnonzero(kappa > 0.0), np.flatnonzero(kappa < 0.0)])
    rows = np.ascontiguousarray(np.abs(kappa)[order, None] * reduced.lines[order])
    size = (abs(on) + abs(off)) * ROUND_UP if off else abs(on)
    total *= size
    scale = (
        sum_up(total[:, None] * np.abs(reduced.lines)) * (1 + 2 * (most + 10) * EPS) + 2.0**-1000
    )
    # A term of the linear part is in ``scale`` twice over: once for its own sum, once for kappa.
    count = 2 * (CHUNK + -(-len(v) // CHUNK)) + 2 * most + 44
    # Unlike a sum of squares, hypot does not underflow.
    ceiling = float(np.hypot.reduce(scale) * ROUND_UP)
    steepness = reduced.activation.steepness
    excess = float(sum_up((np.abs(small) * reduced.defect)[:, None])[0]) * ROUND_UP * steepness
    return SignedRows(
        rows=rows,
        norms=np.hypot.reduce(rows, axis=1) * ROUND_UP + 2.0**-1000,
        lines=order,
        convex=int(np.sum(kappa > 0.0)),
        linear=linear,
        sign=sign,
        scale=scale,
        unit=count * EPS / (1.0 - count * EPS) * ROUND_UP,
        tiny=2.0**-1000,
        ceiling=ceiling,
        weighty=bool((v[reduced.ratio != 0.0] != 0.0).any()),
        stretch=reduced.stretch,
        # Products may underflow to nothing where the defect is not nothing.
        excess=excess + 2.0**-1000 if reduced.defect[v != 0.0].any() else 0.0,
        shift=reduced.shift + lift,
    )


def rising_sides(reduced: ReducedRows, v: Floats) -> tuple[list[SignedRows], list[float]]:
    """Return the rows of the signs of v that are asked for and may be exceeded, and bounds of the others."""
    both = [signed_rows(reduced, v, sign) for sign in reduced.sides]
    idle = [rows.outer_bound(rows.idle_bound) for rows in both if not rows.rising]
    return [rows for rows in both if rows.rising], idle
