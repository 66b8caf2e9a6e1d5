"""Exact pricing by zonotopes: the cells of the rows of one sign, listed and dismissed.

For few rows in many dimensions, where dividing the sphere does not end, and as an oracle.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import final

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.pricing.base import Pricing, PricingMethod, PricingStatus, require_settings
from convex_program.pricing.climb import (
    ITERATIONS,
    SLOTS,
    SPREAD,
    FoundPoints,
    ascent_starts,
    climb,
    merge_found,
)
from convex_program.pricing.reduction import Floats, ReducedRows
from convex_program.pricing.signed import SignedRows, signed_rows

Packed = npt.NDArray[np.uint8]

_BATCH = 1 << 14
"""Cells given to a thread at once."""
_GROUP = 8
"""Batches between two looks at the clock; fixed, so that results do not depend on the executor."""


@final
@dataclass(frozen=True, slots=True)
class Zonotope(PricingMethod):
    """Bounds ``max |v.(Xu)_+|`` over the unit ball over the cells of the rows with ``v_j > 0``.

    Parameters
    ----------
    tolerance : float
        Relative; cells are dismissed at ``max(floor, largest value) (1 + tolerance)``.
    time_limit : float, optional
        Seconds.  A list cut short proves little: the bound is then that of the triangle
        inequality.
    executor : concurrent.futures.Executor, optional
        *Threads* that share the work; the kernels release the interpreter lock.  The
        answer does not depend on it, a time limit apart.

    Notes
    -----
    *Algorithm.* ``v.(Xu)_+`` is the difference of the support functions of two zonotopes,
    of the rows with v_j > 0 and of those with v_j < 0, so its maximum is the largest
    distance of a vertex of the first from the second.  The vertices are the cells of the
    arrangement of the first rows alone, about ``2^(r-1)`` times fewer than all cells.  A
    cell is dismissed as soon as any point of the second zonotope is close enough; a finite
    active-set method decides the rest.  Then the same for -v.

    *Exactness.* Rigorous: the cells are streamed, each checked against its integer
    witness, and their number is proved to be that of all; the distances are float64 with a
    priori rounding bounds added in the safe direction (derived in
    `convex_program.kernels.zonotope`).  That the stream repeats no cell rests on the sweep
    deciding every sign in integers: nothing is kept to compare with.

    *Cost.* Listing ``2 sum_{k<r} C(p - 1, k)`` cells for p rows of one sign, and about a
    microsecond for each.  Little depends on the tolerance.

    *Reference.* Bach, "Breaking the curse of dimensionality with convex neural networks",
    JMLR 18(19), 2017, has the zonotopes.
    """

    tolerance: float = 1e-9
    time_limit: float | None = None
    executor: Executor | None = None

    def __post_init__(self) -> None:
        """Refuse settings that cannot end."""
        require_settings(self.tolerance, time_limit=self.time_limit)

    def price_rows(
        self,
        reduced: ReducedRows,
        vector: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> Pricing:
        """Do the same for rows already reduced; `enough` is looked at after some batches."""
        began = time.perf_counter()
        deadline = math.inf if self.time_limit is None else began + self.time_limit
        both = [signed_rows(reduced, vector, sign) for sign in reduced.sides]
        bounds = [rows.outer_bound(rows.idle_bound) for rows in both if not rows.rising]
        sides = [rows for rows in both if rows.rising]
        found = [climb(rows, ascent_starts(reduced, starts)) for rows in sides]
        value = max((end.value for end in found), default=0.0)
        nodes = 0
        status = PricingStatus.CLOSED
        for rows in sides:
            side = _Side(rows, reduced.lines[rows.lines[: rows.convex]], floor, self.tolerance)
            batches = side.batches()
            while value <= enough and time.perf_counter() < deadline:
                group = list(islice(batches, _GROUP))
                if not group:
                    side.done = True
                    break
                value = max(value, side.price(group, value, self.executor))
                nodes += sum(len(batch) for batch in group)
            if not side.done:
                status = PricingStatus.FOUND if value > enough else PricingStatus.TIME_LIMIT
            elif status is PricingStatus.CLOSED and side.unresolved(max(floor, value)):
                status = PricingStatus.UNRESOLVED
            bounds.append(rows.outer_bound(side.bound))
            found += side.found()
        directions, signs, values = merge_found(found, reduced, floor)
        value = max(value, float(values.max(initial=0.0)))
        return Pricing(
            status=status,
            bound=max(bounds),
            value=value,
            directions=directions,
            signs=signs,
            values=values,
            nodes=nodes,
            seconds=time.perf_counter() - began,
        )


@dataclass(eq=False)
class _Slot:
    """What one batch of a group writes; its theta starts the batch of the next group."""

    theta: Floats
    points: Floats
    values: Floats
    best: Floats = field(default_factory=lambda: np.zeros(2))


class _Side:
    """The pass over the cells for one sign of v; mutable, never handed out.

    Parameters
    ----------
    rows : SignedRows
    lines : (convex, r) float64
        The exact directions of the convex rows: the arrangement whose cells are listed.
    floor : float
        In the caller's units.
    tolerance : float
    """

    def __init__(self, rows: SignedRows, lines: Floats, floor: float, tolerance: float) -> None:
        self.rows, self.lines, self.tolerance = rows, lines, tolerance
        self.level = rows.to_inner(floor) * (1.0 + tolerance)
        self.squares = np.sum(rows.rows**2, axis=1)
        from convex_program.kernels import LANES

        m, r = rows.rows.shape
        self.slots = [
            _Slot(np.zeros(m - rows.convex + LANES), np.zeros((SLOTS, r)), np.zeros(SLOTS))
            for _ in range(_GROUP)
        ]
        self.done = False

    def batches(self) -> Iterator[Packed]:
        """Yield all cells of the convex rows, packed; their number is proved before the end."""
        if not self.rows.convex:
            yield np.zeros((1, 1), dtype=np.uint8)
            return
        for batch in ar.stream_patterns(self.lines):
            for first in range(0, len(batch), _BATCH):
                yield batch.packed[first : first + _BATCH]

    def price(self, group: list[Packed], value: float, executor: Executor | None) -> float:
        """Bound the cells of some batches; return the largest value met so far."""
        run = partial(self._price, value=self.rows.to_inner(value))
        spread: Callable[..., Iterable[None]] = map if executor is None else executor.map
        list(spread(run, self.slots, group))
        return self.rows.to_outer(max(float(slot.best[0]) for slot in self.slots))

    def _price(self, slot: _Slot, packed: Packed, value: float) -> None:
        from convex_program.kernels import price_vertices

        rows = self.rows
        slot.best[0] = max(slot.best[0], value)
        price_vertices(
            packed,
            rows.rows,
            rows.convex,
            rows.linear,
            self.squares,
            self.level,
            self.tolerance,
            slot.best,
            slot.theta,
            slot.points,
            slot.values,
            SPREAD,
            ITERATIONS,
        )

    @property
    def bound(self) -> float:
        """An upper bound on f in the kernels' units, rounding included."""
        if not self.done:
            return self.rows.ceiling
        return (self._largest + self.rows.unit * self.rows.ceiling + self.rows.tiny) * (
            1.0 + 2.0**-45
        )

    def unresolved(self, value: float) -> bool:
        """Whether a distance is above `value` by more than tolerance and rounding."""
        noise = 4.0 * self.rows.unit * self.rows.ceiling
        return self._largest > self.rows.to_inner(value) * (1.0 + self.tolerance) + noise

    @property
    def _largest(self) -> float:
        return max(float(slot.best[1]) for slot in self.slots)

    def found(self) -> Iterable[FoundPoints]:
        """Return the points met above the level."""
        return [FoundPoints(self.rows, slot.points, slot.values) for slot in self.slots]
