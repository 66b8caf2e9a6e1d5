"""What sampling gates promises beforehand, and what it does not.

The dual of the program over sampled patterns is a convex program with n variables and a constraint for each
gate: a *scenario program*.  Let N gates be drawn independently, and let V be the probability that one more gate,
drawn alike, lowers the optimum of the program.  V depends on the draw, and

    P(V > eps) <= sum_{i <= n} binom(N, i) eps^i (1 - eps)^(N - i),

n + 1 being the variables of the dual, the height of its epigraph included.

That is all it says.  It is *not* a bound of the distance from the optimum over all patterns: those that matter may
be rare.  Pricing, which looks at all of them, bounds that.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from convex_program.errors import ArgumentError
from convex_program.reading import read_between
from convex_program.rounding import round_up


def scenario_risk(rows: int, gates: int, chance: Any) -> float:
    """Bound the probability that so many sampled gates leave more than a chance of a better one.

    Parameters
    ----------
    rows : int
        Rows n of the data.
    gates : int
        Gates N drawn independently; equal patterns count.
    chance : number between 0 and 1
        eps: how likely another gate may be to lower the optimum.

    Returns
    -------
    float
        The bound of ``P(V > eps)``, rounded up; at most 1.

    Raises
    ------
    ArgumentError

    Notes
    -----
    *Exactness.* The sum of binomials in rational arithmetic.

    *Holds* for losses whose dual optimum is one point, such as the squared loss: with many, a rule is needed that
    chooses among them.

    *Reference.* Calafiore and Campi, Mathematical Programming 102, 2005; Campi and Garatti, SIAM Journal on
    Optimization 19, 2008.

    Examples
    --------
    >>> scenario_risk(1, 3, "0.5")
    0.5
    """
    eps = read_between("chance", chance, 0, 1)
    if rows < 1 or gates < 0:
        raise ArgumentError(f"rows = {rows}, gates = {gates}: rows from 1 on, gates from 0 on")
    return min(1.0, round_up(_tail(rows, gates, eps)))


def scenario_gates(rows: int, chance: Any, risk: Any) -> int:
    """Return how many gates to draw so that another one is unlikely to lower the optimum.

    Parameters
    ----------
    rows : int
    chance : number between 0 and 1
        eps: how likely another gate may be to lower the optimum.
    risk : number between 0 and 1
        How likely the draw may be one for which that fails.

    Returns
    -------
    int
        The least N with ``scenario_risk(rows, N, chance) <= risk``.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> scenario_gates(10, "0.05", "0.001")
    476
    """
    eps, most = read_between("chance", chance, 0, 1), read_between("risk", risk, 0, 1)
    if rows < 1:
        raise ArgumentError(f"rows = {rows} must be positive")
    low, high = 0, rows + 1
    while _tail(rows, high, eps) > most:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _tail(rows, middle, eps) <= most else (middle, high)
    return high


def _tail(rows: int, gates: int, eps: Fraction) -> Fraction:
    """Return the probability of at most n successes among N trials, exactly."""
    p, whole = eps.numerator, eps.denominator
    total = sum(
        math.comb(gates, i) * p**i * (whole - p) ** (gates - i) for i in range(min(rows, gates) + 1)
    )
    return Fraction(total, whole**gates)
