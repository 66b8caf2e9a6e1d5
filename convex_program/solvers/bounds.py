"""Both bounds of a solve in progress, in floating point, rounded outwards.

They steer the search and are told after every round; results evaluate them again in fractions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from convex_program.network import Network
from convex_program.problem import TrainingProblem

Floats = npt.NDArray[np.float64]

_ROUNDING = 2.0**-48
"""More than what the sums of a few thousand terms lose, relative to their size."""


@dataclass(frozen=True, eq=False)
class DualBound:
    """A dual vector, a bound of its price, and the lower bound that follows.

    One record, so that Ctrl-C between two assignments cannot pair one vector with the price
    of another.

    Parameters
    ----------
    lower : float
    vector : (n,) float64
        One that `TrainingProblem.feasible` returns.
    peak : float
        ``|vector.phi(Xu)| <= peak |u|``; infinite when nothing was priced.
    """

    lower: float
    vector: Floats
    peak: float

    @classmethod
    def of(cls, problem: TrainingProblem, vector: Floats, peak: float) -> DualBound:
        """Return the bound of a priced vector."""
        return cls(dual_value(problem, vector, peak), vector, peak)


def dual_value(problem: TrainingProblem, v: Floats, peak: float) -> float:
    """Return ``-f*(-t v) - t^2 c / 2`` at the best feasible t, less its rounding.

    c is `OutputBias.bent`.  Any t with t peak <= beta that keeps t v in the domain is feasible.
    """
    most = problem.decay / peak if peak > 0.0 else math.inf
    curvature = problem.constant.bent(v, problem.decay, problem.outputs)
    t = problem.fit.best_scale(v, curvature, most)
    value = problem.fit.dual_value(v, t) - 0.5 * t * t * curvature
    return max(0.0, value - _ROUNDING * abs(value))


def objective_value(problem: TrainingProblem, network: Network) -> float:
    """Return the objective of a network, with its rounding added."""
    value = problem.objective(network)
    return value + _ROUNDING * abs(value)


def zero_floor(problem: TrainingProblem) -> float:
    """Return what cannot be told from an optimum of 0: gaps up to it are closed.

    The loss where outputs miss targets by a few of their roundings, ``2^-48 |y|``.  Of labels, which have
    no unit, ``2^-48`` times the loss of the outputs 0.  Where a neuron of next to no cost puts the best
    constant out, with a free hidden bias, that cost is added.
    """
    fit = problem.fit
    y = fit.targets
    constant = 0.5 * problem.decay * float(np.sum(problem.empty_network().output ** 2))
    if problem.loss.scales:
        return 2.0 * constant + fit.value(y * (1.0 + _ROUNDING))
    return 2.0 * constant + _ROUNDING * fit.value(np.zeros_like(y))


def price_tolerance(problem: TrainingProblem, v: Floats, upper: float, gap: float) -> float:
    """Return the relative error of h(v) that costs about half of a relative gap.

    The scale of v falls by that error, and the dual value by its derivative times as much: by
    ``v.z``, about the penalty, for the squared loss; by all of it where the dual is linear.
    """
    slope = problem.fit.dual_slope(v, 1.0)
    part = slope / upper if upper > 0.0 and np.isfinite(slope) else 1.0
    return 0.5 * gap / max(0.1, part)
