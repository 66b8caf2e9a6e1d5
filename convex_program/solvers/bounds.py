"""Both bounds of a solve in progress, in floating point, rounded outwards.

They steer the search and are told after every round; results evaluate them again in fractions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from convex_program.network import Network
from convex_program.pricing.reduction import exponent
from convex_program.problem import TrainingProblem
from convex_program.rounding import round_up

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DualBound:
    """A dual vector, a bound of its price, and the lower bound that follows.

    One record, so that Ctrl-C between two assignments cannot pair one vector with the price
    of another.

    Parameters
    ----------
    lower : float
    vector : (n,) float64
        One that `OutputBias.feasible` returns.
    peak : float
        ``|vector.(Xu)_+| <= peak |u|``; infinite when nothing was priced.
    """

    lower: float
    vector: Floats
    peak: float

    @classmethod
    def of(cls, problem: TrainingProblem, vector: Floats, peak: float) -> DualBound:
        """Return the bound of a priced vector."""
        return cls(dual_value(problem, vector, peak), vector, peak)


def dual_value(problem: TrainingProblem, v: Floats, peak: float) -> float:
    """Return ``t v.y - t^2 (|v|^2 + c) / 2`` with the best feasible t, rounded down.

    Notes
    -----
    c is `OutputBias.curvature`.  Any t with |t| peak <= beta is feasible, so t may be rounded
    freely towards zero.  fsum rounds the sum of the rounded products once: the products'
    errors are at most 2^-53 of their absolute sum, those of the few operations after it are
    covered by 2^-50.  All is done at size one, so that nothing underflows but the result.
    """
    unit_y, unit_v = exponent(problem.targets), exponent(v)
    y, v = np.ldexp(problem.targets, -unit_y), np.ldexp(v, -unit_v)
    inner = math.fsum(v * y)
    square = math.fsum(v * v) + problem.output_bias.curvature(v, problem.decay)
    if square == 0.0:
        return 0.0
    most = math.inf
    if peak > 0.0:
        most = math.ldexp(problem.decay / peak * (1.0 - 2.0**-51), unit_v - unit_y)
    t = max(-most, min(most, inner / square))
    size = abs(t) * math.fsum(np.abs(v * y)) + t * t * square
    value = max(0.0, t * inner - 0.5 * t * t * square - 2.0**-50 * size)
    return max(0.0, math.ldexp(value, 2 * unit_y) - 2.0**-1050)


def objective_value(problem: TrainingProblem, network: Network) -> float:
    """Return the objective of a network, rounded up.

    Notes
    -----
    A residual has error at most gamma_{d+m+4} times the sum of the absolute terms of z_i and
    y_i; the bound is added to its absolute value before squaring.
    """
    X, y, beta = problem.features, problem.targets, problem.decay
    hidden, output, bias = network.hidden, network.output[:, 0], network.output_bias
    m, d = hidden.shape
    residual = np.abs(np.maximum(X @ hidden.T, 0.0) @ output + bias - y)
    size = (np.abs(X) @ np.abs(hidden).T) @ np.abs(output) + np.abs(y) + abs(bias)
    residual += (d + m + 8) * 2.0**-52 * size
    penalty = 0.5 * beta * (math.fsum(hidden.ravel() ** 2) + math.fsum(output**2))
    penalty += round_up(problem.output_bias.exact_penalty(Fraction(bias), problem.exact_beta))
    return (0.5 * math.fsum(residual**2) + penalty) * (1.0 + 2.0**-48)
