"""Local ascent before an exact search, and the merging of what both have found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from convex_program.pricing.inner import InnerProblem
from convex_program.pricing.reduction import Floats, ReducedRows
from convex_program.pricing.signed import SignedRows

SPREAD = 1.0 - 1e-7
"""Cosine above which two directions count as the same."""
ITERATIONS = 60
"""Major steps of one nearest-point problem."""
SLOTS = 24
"""Near-maximizers kept by one piece of a search."""

_MOST_KEPT = 256
"""Directions handed out: comparing all that thousands of orthants have met takes hours."""
_SAMPLE = 24
"""Starts of the local ascent beside those given."""
_STEPS = 60
"""Steps of one local ascent."""


@dataclass(frozen=True, eq=False)
class FoundPoints:
    """Unit vectors with values of f, in inner coordinates and units; unused slots have value 0.

    ``sign`` is that of v.
    """

    rows: InnerProblem
    points: Floats
    values: Floats
    sign: int = 1

    @property
    def value(self) -> float:
        """The largest value, in the caller's units."""
        return self.rows.to_outer(float(self.values.max(initial=0.0)))


def ascent_starts(reduced: ReducedRows, given: Floats | None) -> Floats:
    """Return the caller's directions and a fixed sample, in inner coordinates."""
    sample = np.random.default_rng(0).standard_normal((_SAMPLE, reduced.rank))
    return sample if given is None else np.concatenate([reduced.lower(given), sample])


def climb(rows: SignedRows, starts: Floats) -> FoundPoints:
    """Ascend locally from every start."""
    from convex_program.kernels import ascend

    points = np.ascontiguousarray(starts / np.linalg.norm(starts, axis=1)[:, np.newaxis])
    values = np.zeros(len(points))
    ascend(rows.rows, rows.convex, rows.linear, points, _STEPS, ITERATIONS, values)
    return FoundPoints(rows, points, values, rows.sign)


def merge_found(
    found: Iterable[FoundPoints], reduced: ReducedRows, floor: float
) -> tuple[Floats, npt.NDArray[np.int8], Floats]:
    """Return the best directions above the floor, one of each, with signs and values."""
    points: list[tuple[float, int, Floats]] = []
    for part in found:
        for inner, w in zip(part.values.tolist(), part.points, strict=True):
            if inner > 0.0 and part.rows.to_outer(inner) > floor:
                points.append((part.rows.to_outer(inner), part.sign, reduced.lift(w)))
    points.sort(key=lambda point: -point[0])
    kept: list[tuple[float, int, Floats]] = []
    for value, sign, u in points:
        if len(kept) == _MOST_KEPT:
            break
        if all(sign != other or u @ w < SPREAD for _, other, w in kept):
            kept.append((value, sign, u))
    return (
        np.array([u for _, _, u in kept]).reshape(-1, reduced.columns),
        np.array([sign for _, sign, _ in kept], dtype=np.int8),
        np.array([value for value, _, _ in kept]),
    )
