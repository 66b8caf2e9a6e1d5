"""Local maximizers of ``|v.(Xu)_+|`` on the unit ball: where new neurons come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from convex_program.pricing import ReducedRows, SignedRows, signed_rows
from convex_program.solvers.newton import Floats, Neurons

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
_CANDIDATES = 200
"""Best ends of ascent looked at in one round."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Directions (k, r) with signs (k,) and values ``sign v.(Xu)_+`` (k,), best first."""

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
        *Threads*, of which the two signs share two.

    Notes
    -----
    A few plain gradient steps for all starts at once cost little; where the maximizers are
    few, many starts end up together and are followed only once.
    """
    sample = sample / np.linalg.norm(sample, axis=1)[:, None]
    raw = len(sample) // _RAW
    still = sample[:raw] if known is None else np.concatenate([sample[:raw], known])

    def climbed(sign: float) -> tuple[Floats, Floats, Floats]:
        from convex_program.kernels import ascend_arcs

        side = signed_rows(lines, v, int(sign))
        own = net.w[net.signs == sign]
        own = own / np.linalg.norm(own, axis=1)[:, None]
        points = np.ascontiguousarray(np.concatenate([own, _drifted(side, sample[raw:]), still]))
        values = np.zeros(len(points))
        ascend_arcs(side.rows, side.convex, side.linear, points, _STEPS, values)
        return points, np.full(len(points), sign), np.ldexp(values, side.shift)

    spread: Callable[..., Iterable[tuple[Floats, Floats, Floats]]] = map
    if executor is not None:
        spread = executor.map
    parts = list(spread(climbed, (1.0, -1.0)))
    points, signs, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    best = np.argsort(-values, kind="stable")[:_CANDIDATES]
    points, signs, values = points[best], signs[best], values[best]
    close = (points @ points.T >= _DISTINCT) & (signs[:, None] == signs)
    kept = ~np.tril(close, k=-1).any(axis=1)
    return Candidates(points[kept], signs[kept], values[kept])


def _drifted(side: SignedRows, points: Floats) -> Floats:
    """Follow the gradient of f for a few steps; return one unit vector for each place reached."""
    from convex_program.kernels import drift

    points = points.copy()
    drift(np.ascontiguousarray(side.rows.T), side.convex, side.linear, points, _DRIFT)
    _, first = np.unique(np.rint(_GRID * points), axis=0, return_index=True)
    return points[first]
