"""Bounds that come up as the iteration goes on, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from convex_program.errors import ArgumentError
from convex_program.pricing.reduction import Floats
from convex_program.pricing.relaxation.certificate import Multipliers
from convex_program.pricing.relaxation.levels import Certified, least_bound
from convex_program.pricing.relaxation.lifted import LiftedRows
from convex_program.pricing.relaxation.splitting import Splitting

_PORTION = 10
"""Steps between two looks at the clock: 5 ms each for 500 rows."""
_FIRST = 40
_MORE = 1.3
"""Steps before the first certificate, and the growth from one to the next."""
_MOST = 4_000
"""Steps between two certificates at most."""
_NEAR, _APART, _AVERAGED = 0.9, 1.0 - 1e-4, 64
"""Maximizers that start the iteration: of what part of the best value, how far apart, how many."""


def shown_bounds(
    lifted: LiftedRows, near: Floats, over: Callable[[], bool]
) -> Iterator[Certified[Multipliers]]:
    """Yield bounds with their multipliers until it is over, or numbers are none any more.

    Parameters
    ----------
    lifted : LiftedRows
    near : (k, r) float64
        Unit vectors at which f is large.
    over : callable
        Asked every few steps; what was iterated until then is shown.
    """
    iteration = Splitting(lifted, near)
    wanted, span = _FIRST, float(_FIRST)
    while True:
        try:
            while iteration.steps < wanted and not over():
                with np.errstate(all="ignore"):
                    iteration.run(min(_PORTION, wanted - iteration.steps))
            shown = least_bound(lifted, iteration.multipliers())
        except (
            np.linalg.LinAlgError,
            ArgumentError,
        ):  # not a number any more: what was shown stands
            return
        yield shown
        if over():
            return
        span = min(_MOST, span * _MORE)
        wanted = iteration.steps + int(span)


def leading_points(points: Floats, values: Floats) -> Floats:
    """Return the best points met, one of each, as unit vectors.

    Parameters
    ----------
    points : (k, r) float64
    values : (k,) float64
    """
    best = float(values.max(initial=0.0))
    kept: list[Floats] = []
    for i in np.argsort(-values, kind="stable"):
        if len(kept) == _AVERAGED or (kept and values[i] < _NEAR * best):
            break
        length = float(np.linalg.norm(points[i]))
        if length > 0.0:
            u = points[i] / length
            if all(u @ w < _APART for w in kept):
                kept.append(u)
    return np.array(kept) if kept else np.eye(1, points.shape[1])
