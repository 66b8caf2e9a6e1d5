"""Local maximizers of ``|V^T phi(Xu)|`` at unit cost: where new neurons come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convex_program.solvers.vector.ground import Floats, VectorGround

_FIRST, _STEPS = 2, 40
_TURNS = 60
_FOLLOWED = 64
_GRID = 50.0
"""Starts that agree on this grid after the first turns are expected to end together."""
_DISTINCT = 1.0 - 1e-9
_KEPT = 100


@dataclass(frozen=True, eq=False)
class VectorCandidates:
    """Directions (k, r) with responses ``b = F / |F|`` (k, c) and values |F| (k,), best first."""

    directions: Floats
    outputs: Floats
    values: Floats

    @property
    def best(self) -> float:
        """The largest value, 0 when there is none."""
        return float(self.values.max(initial=0.0))

    @classmethod
    def none(cls, r: int, c: int) -> VectorCandidates:
        """Return no candidate."""
        return cls(np.empty((0, r)), np.empty((0, c)), np.empty(0))


def maximizers(ground: VectorGround, v: Floats, starts: Floats) -> VectorCandidates:
    """Ascend from some directions.

    Parameters
    ----------
    ground : VectorGround
    v : (n, c) float64
    starts : (k, r) float64

    Notes
    -----
    Two turns for all starts; where many end up together they are followed only once, the best first.
    """
    from convex_program.kernels import alternate

    lines = np.ascontiguousarray(ground.lines)
    r, c = lines.shape[1], v.shape[1]
    lengths = np.linalg.norm(starts, axis=1)
    starts = starts[lengths > 0.0]
    if not len(lines) or not len(starts):
        return VectorCandidates.none(r, c)
    kink = ground.summed((ground.gains[1] - ground.gains[0])[:, None] * v)
    tilt = ground.summed(ground.gains[0][:, None] * v)
    points = np.ascontiguousarray(starts / np.linalg.norm(starts, axis=1)[:, None])
    outputs = np.zeros((len(points), c))
    values = np.zeros(len(points))
    alternate(lines, kink, tilt, points, _FIRST, _STEPS, values, outputs)
    order = np.argsort(-values, kind="stable")
    _, first = np.unique(np.rint(_GRID * points[order]), axis=0, return_index=True)
    chosen = order[np.sort(first)][:_FOLLOWED]
    points = np.ascontiguousarray(points[chosen])
    outputs, values = outputs[chosen], values[chosen]
    alternate(lines, kink, tilt, points, _TURNS, _STEPS, values, outputs)
    return distinct(points, outputs, values)


def distinct(points: Floats, outputs: Floats, values: Floats) -> VectorCandidates:
    """Return the best points, one of each."""
    best = np.argsort(-values, kind="stable")
    best = best[values[best] > 0.0][:_KEPT]
    points, outputs, values = points[best], outputs[best], values[best]
    close = points @ points.T >= _DISTINCT
    kept = ~np.tril(close, k=-1).any(axis=1)
    return VectorCandidates(points[kept], outputs[kept], values[kept])
