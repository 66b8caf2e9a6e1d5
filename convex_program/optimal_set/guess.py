"""A dual optimum that is a short rational number, recognized and proved: then everything is exact.

From floats a dual optimum is known within a radius.  In examples made by hand its entries are often
short fractions.  So the nearest short fractions are tried: the vector is the dual optimum when no cell
exceeds beta and nonnegative weights of the directions that reach beta put out ``z = y - v``,
exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import arrangements as ar
from convex_program.optimal_set.directions import (
    Direction,
    NearDual,
    dot,
    possible_directions,
)
from convex_program.problem import TrainingProblem

_SHORT = 10_000
"""Largest denominator tried."""
_NEAR = Fraction(1, 10**9)
"""A fraction further away, relative to the largest entry, is another number."""
_EXACT = 1 << 53


def rational_dual(near: NearDual) -> NearDual | None:
    """Return the short fractions next to a dual vector; None when there are none."""
    vector = near.exact
    size = max((abs(x) for x in vector), default=Fraction(0))
    short = [x.limit_denominator(_SHORT) for x in vector]
    if any(abs(x - y) > max(near.radius, _NEAR * size) for x, y in zip(vector, short, strict=True)):
        return None
    unit = math.lcm(*(x.denominator for x in short))
    whole = [int(x * unit) for x in short]
    if any(abs(x) > _EXACT for x in whole):
        return None
    return NearDual(tuple(map(float, whole)), Fraction(1, unit), Fraction(0))


def exact_outputs(problem: TrainingProblem, dual: NearDual) -> list[Fraction] | None:
    """Return the outputs that a dual vector answers, where the loss knows them as rationals."""
    fit = problem.fit
    weights = fit.entry_weights or (Fraction(1),) * len(fit.exact_targets)
    found = []
    for v, s, y in zip(dual.exact, weights, fit.exact_targets, strict=True):
        z = fit.loss.exact_slope(v / s, y)
        if z is None:
            return None
        found.append(z)
    return found


def exact_fits(problem: TrainingProblem, directions: Sequence[Direction]) -> list[list[Fraction]]:
    """Return what points of length beta put out, with their signs."""
    on, off = problem.activation.on, problem.activation.off
    fits = []
    for one in directions:
        products = [dot(row, one.point) for row in problem.gauge.exact_rows]
        fits.append([one.sign * (on * t if t > 0 else -off * t) for t in products])
    return fits


def tight_directions(
    problem: TrainingProblem, patterns: ar.CompletePatterns, dual: NearDual
) -> list[Direction] | None:
    """Return the directions that reach beta along an exact dual vector; None when one exceeds it."""
    found = possible_directions(problem, patterns, dual)
    if found is None:
        return None
    square = problem.exact_beta**2
    if any(one.square > square for one in found):
        return None
    return [one for one in found if one.square == square]
