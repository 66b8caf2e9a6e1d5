"""Dual vectors of rows in simplices, feasible exactly.

Rows of V may be at most t, and have to add up to zero: then ``t - V`` has the mass of t and no
negative entry.  Floats are rounded to a grid on which sums are exact, what is left over goes where
there is room.
"""

from __future__ import annotations

import numpy as np

from convex_program.balance import Floats, Steps, grid_of, spread

_SINKHORN = 2_000
_LEVEL = 1e-14
_MIXED = 1e-12
"""Part of the mass that is spread evenly before columns are levelled: rows of zeros cannot be."""


def on_simplices(v: Floats, t: Floats, *, level: bool) -> Floats:
    """Return a matrix near v at most t, with rows that add up to zero exactly.

    Parameters
    ----------
    v, t : (n, c) float64
    level : bool
        Whether columns have to add up to zero, too.

    Notes
    -----
    *Algorithm.* Project ``t - v`` on the simplices of the masses of t; bring its columns to the sums of
    those of t by Sinkhorn's scaling, if wanted; round v to a grid, each row to sum zero, and move steps
    within rows until the columns are level.  Zeros, which are feasible, stand for whatever finds no
    room.
    """
    mass = t.sum(axis=1)
    p = _projected(t - v, mass)
    if level:
        p = _levelled(p, t, mass)
    near = np.minimum(t - p, t)
    known = grid_of(near)
    if known is None:
        return np.zeros_like(v)
    step, most = known
    ends = np.floor(np.minimum(t / step, float(most))).astype(np.int64)
    steps = np.clip(np.rint(near / step), -most, ends).astype(np.int64)
    rests = steps.sum(axis=1)
    for i in np.flatnonzero(rests):
        rest = int(rests[i])
        if rest > 0:
            steps[i, np.argmax(steps[i])] -= rest
        else:
            steps[i] += spread(ends[i] - steps[i], -rest)
    steps[steps.sum(axis=1) != 0] = 0
    if level and not _level_steps(steps, ends):
        return np.zeros_like(v)
    return np.asarray(steps * step)


def _projected(p: Floats, mass: Floats) -> Floats:
    """Return the nearest points of the simplices of these masses."""
    n, c = p.shape
    order = -np.sort(-p, axis=1)
    excess = (np.cumsum(order, axis=1) - mass[:, None]) / np.arange(1, c + 1)
    count = (order > excess).sum(axis=1)
    shift = excess[np.arange(n), np.maximum(count, 1) - 1]
    return np.asarray(np.where(mass[:, None] > 0.0, np.maximum(p - shift[:, None], 0.0), 0.0))


def _levelled(p: Floats, t: Floats, mass: Floats) -> Floats:
    """Return positive multiples of rows and columns with the sums of rows and columns of t."""
    columns = t.sum(axis=0)
    total = float(columns.sum())
    if total <= 0.0:
        return p
    p = p + _MIXED * np.outer(mass, columns) / total
    for _ in range(_SINKHORN):
        sums = p.sum(axis=0)
        p = p * np.divide(columns, sums, out=np.zeros_like(sums), where=sums > 0.0)
        sums = p.sum(axis=1)
        p = p * np.divide(mass, sums, out=np.zeros_like(sums), where=sums > 0.0)[:, None]
        if np.abs(p.sum(axis=0) - columns).max() <= _LEVEL * total:
            break
    return np.asarray(p)


def _level_steps(steps: Steps, ends: Steps) -> bool:
    """Move steps within rows until all columns add up to zero, in place; whether that worked."""
    sums = steps.sum(axis=0)
    for rising in np.flatnonzero(sums < 0):
        for falling in np.argsort(-sums, kind="stable"):
            amount = int(min(-sums[rising], sums[falling]))
            if amount <= 0:
                continue
            moved = spread(ends[:, rising] - steps[:, rising], amount)
            steps[:, rising] += moved
            steps[:, falling] -= moved
            sums = steps.sum(axis=0)
    return not sums.any()
