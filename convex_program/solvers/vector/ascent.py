"""Local maximizers of ``|V^T phi(Xu)|`` at unit cost: where new neurons come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from convex_program.activations import Activation
from convex_program.solvers.vector.ground import Floats, VectorGround

_FIRST, _STEPS = 2, 40
_TURNS = 60
_FOLLOWED = 64
_GRID = 50.0
"""Starts that agree on this grid after the first turns are expected to end together."""
_DISTINCT = 1.0 - 1e-9
_KEPT = 100
_PLACED = 2
"""Times that a free bias and a direction are sought in turn."""


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


def anchored_maximizers(
    points: Floats, activation: Activation, v: Floats, starts: Floats
) -> VectorCandidates:
    """Ascend where the hidden bias is free: its best place, then the direction, in turns.

    Parameters
    ----------
    points : (n, r) float64
        The data without the column of ones.
    activation : Activation
    v : (n, c) float64
        Every column adds up to zero.
    starts : (k, r) float64

    Returns
    -------
    VectorCandidates
        Directions (k, r + 1), the bias last; the first r entries have length 1.

    Notes
    -----
    For a fixed direction F is piecewise linear in the bias and constant outside its kinks, so |F| is largest
    at one of them; for a fixed kink the ascent is that of a decayed bias on the differences from that point.
    """
    from convex_program.kernels import alternate

    lengths = np.linalg.norm(starts, axis=1)
    directions = starts[lengths > 0.0] / lengths[lengths > 0.0, None]
    r, c = points.shape[1], v.shape[1]
    if not len(directions) or not r:
        return VectorCandidates.none(r + 1, c)
    on, off = (float(slope) for slope in (activation.on, activation.off))
    anchors = np.empty(0, dtype=np.intp)
    for turn in range(_PLACED):
        anchors = best_anchors(points, activation, v, directions)
        values, outputs = np.zeros(len(directions)), np.zeros((len(directions), c))
        for k in np.unique(anchors):
            mine = np.flatnonzero(anchors == k)
            rows = np.ascontiguousarray(points - points[k])
            here = np.ascontiguousarray(directions[mine])
            got, along = np.zeros(len(here)), np.zeros((len(here), c))
            alternate(rows, (on + off) * v, -off * v, here, _TURNS, _STEPS, got, along)
            directions[mine], values[mine], outputs[mine] = here, got, along
        if turn < _PLACED - 1:
            order = np.argsort(-values, kind="stable")[:_FOLLOWED]
            directions = directions[order]
    biases = -np.einsum("ij,ij->i", directions, points[anchors])
    return distinct(np.c_[directions, biases], outputs, values)


def best_anchors(
    points: Floats, activation: Activation, v: Floats, directions: Floats
) -> npt.NDArray[np.intp]:
    """Return for each direction w the k that maximizes ``|v^T phi((X - 1 x_k^T) w)|``."""
    kink, off = float(activation.kink), float(activation.off)
    places = directions @ points.T
    order = np.argsort(places, axis=1)
    t = np.take_along_axis(places, order, axis=1)[:, :, None]
    weight = v[order]
    # sums over all rows beyond the one at hand
    beyond = weight.sum(axis=1, keepdims=True) - np.cumsum(weight, axis=1)
    moments = (weight * t).sum(axis=1, keepdims=True) - np.cumsum(weight * t, axis=1)
    responses = kink * (moments - t * beyond) - off * (places @ v)[:, None, :]
    best = np.argmax(np.linalg.norm(responses, axis=2), axis=1)
    return np.asarray(np.take_along_axis(order, best[:, None], axis=1)[:, 0])


def distinct(points: Floats, outputs: Floats, values: Floats) -> VectorCandidates:
    """Return the best points, one of each."""
    best = np.argsort(-values, kind="stable")
    best = best[values[best] > 0.0][:_KEPT]
    points, outputs, values = points[best], outputs[best], values[best]
    units = points / np.linalg.norm(points, axis=1)[:, None]
    close = units @ units.T >= _DISTINCT
    kept = ~np.tril(close, k=-1).any(axis=1)
    return VectorCandidates(points[kept], outputs[kept], values[kept])
