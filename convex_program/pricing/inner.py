"""A question in the units of the kernels: how its bounds become bounds for the caller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convex_program.pricing.reduction import ROUND_UP, Floats, shifted_up


@dataclass(frozen=True, eq=False, kw_only=True)
class InnerProblem:
    """What a search needs to know of a question beside its rows.

    Parameters
    ----------
    unit, tiny : float
        Rounding constants of the kernels.
    ceiling : float
        A bound on the unit ball.
    stretch, excess, shift
        ``h <= 2^shift (stretch * inner + excess)``.
    """

    unit: float
    tiny: float
    ceiling: float
    stretch: float
    excess: float
    shift: int

    def to_inner(self, value: float) -> float:
        """Return a value of f or h in the kernels' units."""
        return float(np.ldexp(value, -self.shift))

    def to_outer(self, value: float) -> float:
        """Return a value of f in the caller's units."""
        return float(np.ldexp(value, self.shift))

    def outer_bound(self, inner: float) -> float:
        """Return a bound on h from one on the inner problem, rounded up."""
        if self.stretch == 1.0 and self.excess == 0.0:
            return shifted_up(inner, self.shift)
        return shifted_up((self.stretch * inner + self.excess) * ROUND_UP, self.shift)


def chunked(terms: Floats, size: int) -> Floats:
    """Return column sums, taken in chunks so that chains of roundings stay short."""
    parts = [terms[i : i + size].sum(axis=0) for i in range(0, len(terms), size)]
    return np.asarray(np.sum(parts, axis=0)) if parts else np.zeros(terms.shape[1:])
