"""Pricing as a mixed-integer program; imports nothing of the packages.

max v.(Xu)_+ over the unit ball, with s_i = (x_i.u)_+: for v_i < 0 the two inequalities
s_i >= x_i.u and s_i >= 0 are enough, for v_i > 0 a binary delta_i says which of s_i <= x_i.u and
s_i <= 0 holds (big M).  The ball is a polyhedron that is cut where a solution leaves it:
every round gives an upper bound, and the value at the normalized solution is a lower one.
"""

from __future__ import annotations

import numpy as np
from oracles.pricing import Matrix, Vector
from scipy.optimize import Bounds, LinearConstraint, milp

_ROUNDS = 200


def h_mixed_integer(X: Matrix, v: Vector, gap: float = 1e-6) -> tuple[float, float]:
    """Return (lower, upper) with ``lower <= max |v.(Xu)_+| <= upper``, to HiGHS's tolerance."""
    sides = [_one_sign(X, sign * v, gap) for sign in (1.0, -1.0)]
    return max(low for low, _ in sides), max(high for _, high in sides)


def _one_sign(X: Matrix, v: Vector, gap: float) -> tuple[float, float]:
    n, d = X.shape
    convex = np.flatnonzero(v > 0)
    p = len(convex)
    # Variables u (d), s (n), delta (p).  |x.u| <= |x|_1 because |u_k| <= 1.
    most = np.abs(X).sum(axis=1)
    zero = np.zeros((n, p))
    concave = np.flatnonzero(v <= 0)
    unit, binary = np.eye(n), np.eye(p)
    blocks = [
        LinearConstraint(np.c_[-X, unit, zero][concave], lb=0.0),
        LinearConstraint(
            np.c_[-X[convex], unit[convex], most[convex, None] * binary], ub=most[convex]
        ),
        LinearConstraint(
            np.c_[np.zeros((p, d)), unit[convex], -most[convex, None] * binary], ub=0.0
        ),
    ]
    bounds = Bounds(
        np.r_[-np.ones(d), np.zeros(n + p)], np.r_[np.ones(d), np.full(n, np.inf), np.ones(p)]
    )
    objective = np.r_[np.zeros(d), -v, np.zeros(p)]
    kinds = np.r_[np.zeros(d + n), np.ones(p)]
    cuts: list[Vector] = []
    low, high = 0.0, np.inf
    for _ in range(_ROUNDS):
        ball = [LinearConstraint(np.c_[np.array(cuts), np.zeros((len(cuts), n + p))], ub=1.0)]
        found = milp(
            objective,
            integrality=kinds,
            bounds=bounds,
            constraints=[c for c in blocks if c.A.size] + (ball if cuts else []),
            options={"mip_rel_gap": 1e-9},
        )
        assert found.success, found.message
        high = min(high, max(0.0, -float(found.fun)))
        u = found.x[:d]
        length = float(np.linalg.norm(u))
        if length > 0:
            cuts.append(u / length)
            low = max(low, float(v @ np.maximum(X @ cuts[-1], 0.0)))
        if high - low <= gap * max(1.0, high) or length == 0:
            return low, high
    raise AssertionError("the cuts did not converge")
