"""Local maximizers of ``|v.phi(Xu)|`` at unit cost: where new neurons come from."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.activations import Activation
from convex_program.pricing import Parcel, ReducedRows, SignedRows, signed_rows
from convex_program.solvers.ground import Floats, Neurons

_DRIFT = 12
"""Gradient steps before the exact ascent."""
_RAW = 4
"""One start of so many does not drift: gradients leave maximizers that lie on kinks."""
_STEPS = 60
"""Steps of the ascent; what is not yet a maximizer then, Newton's method finishes."""
_GRID = 100.0
"""Starts that agree on this grid are expected to end at the same maximizer."""
_DISTINCT = 1.0 - 1e-9
"""Cosine up to which two maximizers count as two."""
_TURNS = 2
"""Times that bias and direction are sought in turn."""
_FOLLOWED = 48
"""Ends of the first turn that are followed."""
_WORTH_SHARING = 1_000_000
"""Entries of the rows times starts from which another core is asked for help."""
_CANDIDATES = 200
"""Best ends of ascent looked at in one round."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Directions (k, r) with signs (k,) and values ``sign v.phi(Xu)`` (k,), best first."""

    directions: Floats
    signs: Floats
    values: Floats

    @property
    def best(self) -> float:
        """The largest value, 0 when there is none."""
        return float(self.values.max(initial=0.0))


def local_maximizers(
    lines: ReducedRows,
    v: Floats,
    net: Neurons,
    sample: Floats,
    *,
    known: Floats | None = None,
    executor: Executor | None = None,
) -> Candidates:
    """Ascend for both signs from the neurons and from a sample of directions.

    Parameters
    ----------
    lines : ReducedRows
        The rows; parallel ones merged.
    v : (n,) float64
    net : Neurons
        Each is a start for its own sign.
    sample : (k, r) float64
        Further starts.
    known : (k, r) float64, optional
        Unit vectors: maximizers of a similar v, which do not drift.
    executor : concurrent.futures.Executor, optional
        The two signs occupy two workers where that is worth it.

    Notes
    -----
    A few plain gradient steps for all starts at once cost little; where the maximizers are
    few, many starts end up together and are followed only once.
    """
    sample = sample / np.linalg.norm(sample, axis=1)[:, None]
    raw = len(sample) // _RAW
    still = sample[:raw] if known is None else np.concatenate([sample[:raw], known])

    starts = []
    for sign in (1, -1):
        own = net.w[net.signs == sign]
        own = own / np.linalg.norm(own, axis=1)[:, None]
        starts.append(_Starts(signed_rows(lines, v, sign), own, sample[raw:], still))
    if lines.lines.size * (len(sample) + len(still)) < _WORTH_SHARING:
        executor = None
    work: ar.Dispatcher[_Starts, tuple[Floats, Floats, Floats]] = ar.Dispatcher(_climbed, executor)
    parts = [part for _, part in work.run(starts)]
    points, signs, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    return distinct(points, signs, values)


@dataclass(frozen=True, eq=False, slots=True)
class _Starts(Parcel):
    """Where to ascend from for one sign: neurons, a sample that drifts first, and others."""

    side: SignedRows
    own: Floats
    drifting: Floats
    still: Floats


def _climbed(starts: _Starts) -> tuple[Floats, Floats, Floats]:
    """Return ends of the ascent, with sign and value each."""
    from convex_program.kernels import ascend_arcs

    side = starts.side
    drifted = _drifted(side, starts.drifting)
    points = np.ascontiguousarray(np.concatenate([starts.own, drifted, starts.still]))
    values = np.zeros(len(points))
    ascend_arcs(side.rows, side.convex, side.linear, points, _STEPS, values)
    return points, np.full(len(points), float(side.sign)), np.ldexp(values, side.shift)


def distinct(points: Floats, signs: Floats, values: Floats) -> Candidates:
    """Return the best points, one of each; zeros, where all data coincide, are none."""
    lengths = np.linalg.norm(points, axis=1)
    best = np.argsort(-values, kind="stable")
    best = best[lengths[best] > 0.0][:_CANDIDATES]
    points, signs, values = points[best], signs[best], values[best]
    units = points / lengths[best, None]
    close = (units @ units.T >= _DISTINCT) & (signs[:, None] == signs)
    kept = ~np.tril(close, k=-1).any(axis=1)
    return Candidates(points[kept], signs[kept], values[kept])


def anchored_maximizers(
    points: Floats, activation: Activation, v: Floats, starts: Floats
) -> Candidates:
    """Ascend for both signs where the bias is free: its best place, then the direction, in turns.

    Parameters
    ----------
    points : (n, r) float64
        The data without the column of ones.
    activation : Activation
    v : (n,) float64
        Adds up to zero.
    starts : (k, r) float64

    Notes
    -----
    For a fixed direction the best bias is a kink at which the function falls, found by sorting;
    for a fixed kink the ascent is that of a decayed bias on the differences from that point.
    """
    from convex_program.kernels import ascend_arcs

    starts = starts / np.linalg.norm(starts, axis=1)[:, None]
    found: list[tuple[Floats, Floats, Floats]] = []
    for sign in (1, -1):
        directions = starts
        for turn in range(_TURNS):
            anchors = best_anchors(points, activation, sign * v, directions)
            ends, values = np.empty_like(directions), np.zeros(len(directions))
            for k in np.unique(anchors):
                mine = np.flatnonzero(anchors == k)
                lines = ReducedRows.of(points - points[k], activation=activation, sides=(sign,))
                side = signed_rows(lines, v, sign)
                here = np.ascontiguousarray(lines.lower(directions[mine]))
                lengths = np.linalg.norm(here, axis=1)
                here[lengths == 0.0] = 1.0
                here = np.ascontiguousarray(here / np.linalg.norm(here, axis=1)[:, None])
                got = np.zeros(len(here))
                ascend_arcs(side.rows, side.convex, side.linear, here, _STEPS, got)
                ends[mine], values[mine] = lines.upper(here), np.ldexp(got, side.shift)
            directions = ends
            if turn < _TURNS - 1:
                order = np.argsort(-values, kind="stable")[:_FOLLOWED]
                directions = directions[order]
        biases = -np.einsum("ij,ij->i", directions, points[anchors])
        found.append((np.c_[directions, biases], np.full(len(values), float(sign)), values))
    joined, signs, values = (np.concatenate(part) for part in zip(*found, strict=True))
    return distinct(joined, signs, values)


def best_anchors(
    points: Floats, activation: Activation, v: Floats, directions: Floats
) -> npt.NDArray[np.intp]:
    """Return for each direction w the k that maximizes ``v.phi((X - 1 x_k^T) w)``."""
    kink, off = float(activation.kink), float(activation.off)
    places = directions @ points.T
    order = np.argsort(places, axis=1)
    t = np.take_along_axis(places, order, axis=1)
    weight = v[order]
    # sums over all rows beyond the one at hand
    beyond = weight.sum(axis=1, keepdims=True) - np.cumsum(weight, axis=1)
    moments = (weight * t).sum(axis=1, keepdims=True) - np.cumsum(weight * t, axis=1)
    values = kink * (moments - t * beyond) - off * (places @ v)[:, None]
    best = np.argmax(values, axis=1)
    return np.asarray(np.take_along_axis(order, best[:, None], axis=1)[:, 0])


def _drifted(side: SignedRows, points: Floats) -> Floats:
    """Follow the gradient of f for a few steps; return one unit vector for each place reached."""
    from convex_program.kernels import drift

    points = points.copy()
    drift(np.ascontiguousarray(side.rows.T), side.convex, side.linear, points, _DRIFT)
    _, first = np.unique(np.rint(_GRID * points), axis=0, return_index=True)
    return points[first]
