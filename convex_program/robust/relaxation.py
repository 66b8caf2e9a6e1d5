"""The conic program behind a bound: its multipliers make the bound, its point an attack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.robust.ball import Ball
from convex_program.robust.response import FloatResponse

Floats = npt.NDArray[np.float64]

_INFEASIBLE = ("PrimalInfeasible", "AlmostPrimalInfeasible")
_POLISHING = 20


@dataclass(frozen=True, eq=False)
class Relaxed:
    """What the conic solver left, in floating point.

    Parameters
    ----------
    point : (m,) float64
        In the unit ball.
    convex, concave : tuples of Fraction
        Multipliers, one a neuron, as `Response.bound` takes them.
    empty : bool
        Whether it says that no point has neurons in these states.
    """

    point: Floats
    convex: tuple[Fraction, ...]
    concave: tuple[Fraction, ...]
    empty: bool


def relax(ball: Ball, g: FloatResponse, states: Sequence[int]) -> Relaxed:
    """Maximize g over the part of the ball with given states, chords in place of what may switch.

    Parameters
    ----------
    ball : Ball
    g : FloatResponse
    states : sequence of int
        1 on, -1 off, 0 either, for each convex neuron.

    Notes
    -----
    *Algorithm.* Variables are the point d of the unit ball and a number ``tau >= (t)_+`` for each concave neuron.
    Everything is of size one: see `Response.floats`.
    """
    with extra:
        import clarabel
        from scipy import sparse

    m, k = len(g.slope), g.convex
    state = np.asarray(states, dtype=np.int8)
    vectors, middles, chords = g.vectors, g.middles, g.chords
    parts = np.where(state == 0, chords[:k], state > 0)
    costs = np.abs(g.gains[k:])
    concave = len(costs)
    cost = np.r_[-(g.slope + (g.gains[:k] * parts) @ vectors[:k]), costs]

    fixed = np.flatnonzero(state)
    signs = state[fixed].astype(float)[:, np.newaxis]
    above = np.c_[vectors[k:], -np.eye(concave)]
    positive = np.c_[np.zeros((concave, m)), -np.eye(concave)]
    sides = np.c_[-signs * vectors[fixed], np.zeros((len(fixed), concave))]
    around, edge, curved = ball.unit_rows(m)
    rows = np.concatenate([above, positive, sides, np.c_[around, np.zeros((len(around), concave))]])
    right = np.r_[-middles[k:], np.zeros(concave), signs[:, 0] * middles[fixed], edge]
    straight = len(rows) - len(edge) if curved else len(rows)
    kinds: list[Any] = [clarabel.NonnegativeConeT(straight)] if straight else []
    kinds += [clarabel.SecondOrderConeT(len(edge))] if curved else []

    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    size = m + concave
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix((size, size)), cost, sparse.csc_matrix(rows), right, kinds, settings
    )
    found = solver.solve()
    point = np.nan_to_num(np.array(found.x)[:m], nan=0.0, posinf=0.0, neginf=0.0)
    z = np.nan_to_num(np.array(found.z), nan=0.0, posinf=0.0, neginf=0.0)
    empty = str(found.status) in _INFEASIBLE
    # of states in units of g, of the others slopes between 0 and 1
    multipliers = [Fraction(t) for t in chords[:k].tolist()]
    for place, index in enumerate(fixed.tolist()):
        multipliers[index] = Fraction(float(z[2 * concave + place])) * g.units[index]
    slopes = np.divide(z[:concave], costs, out=chords[k:].copy(), where=costs > 0.0)
    kept = chords[k:] if empty else np.nan_to_num(slopes, posinf=1.0)
    return Relaxed(point, tuple(multipliers), tuple(Fraction(t) for t in kept.tolist()), empty)


def splitting(g: FloatResponse, states: Sequence[int], d: Floats) -> int | None:
    """Return the convex neuron whose chord is farthest above it at d; None when none switches."""
    k = g.convex
    open_ = np.asarray(states, dtype=np.int8) == 0
    if not open_.any():
        return None
    t = (g.middles + g.vectors @ d)[:k]
    chords = g.chords[:k]
    slack = g.gains[:k] * (chords * (t + 1.0 - chords) - np.maximum(t, 0.0))
    return int(np.where(open_, slack, -np.inf).argmax())


def polished(ball: Ball, g: FloatResponse, d: Floats) -> Floats:
    """Climb from a point of the unit ball to the farthest one along the gradient, while g rises."""
    best, value = d, g.value(d)
    for _ in range(_POLISHING):
        other = ball.farthest(g.gradient(best))
        reached = g.value(other)
        if not reached > value:
            break
        best, value = other, reached
    return best
