"""Pricing for several outputs: a bound on ``|V^T phi(Xu)|`` at unit cost."""

from __future__ import annotations

import math

from convex_program.errors import ArgumentError
from convex_program.pricing.reduction import Floats
from convex_program.pricing.rows import DecayedRows, PricedRows
from convex_program.pricing.vector import VectorBranchAndBound, VectorPricing


def priced_matrix(
    rows: PricedRows,
    matrix: Floats,
    method: VectorBranchAndBound,
    *,
    floor: float = 0.0,
    starts: Floats | None = None,
    enough: float = math.inf,
) -> VectorPricing:
    """Bound what any neuron of cost 1 puts out along a matrix V of shape (n, c).

    Raises
    ------
    ArgumentError
        For hidden biases without decay, which are not known yet.
    """
    if not isinstance(rows, DecayedRows):
        raise ArgumentError(
            "hidden_bias = FreeHiddenBias() with several outputs is not known yet; use "
            "DecayedHiddenBias()"
        )
    return method.price(rows.reduced, matrix, floor=floor, starts=starts, enough=enough)
