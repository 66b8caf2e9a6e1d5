"""Exact pricing by zonotopes: the cells of the rows of one sign, listed and dismissed.

For few rows in many dimensions, where dividing the sphere does not end, and as an oracle.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
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
from convex_program.pricing.parcel import Parcel
from convex_program.pricing.reduction import Floats, ReducedRows
from convex_program.pricing.signed import SignedRows, rising_sides

Packed = npt.NDArray[np.uint8]

_BATCH = 1 << 14
"""Cells given to a thread at once."""
_WORTH_SHARING = 1_000_000
"""Cells from which other cores help to list them."""
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
        Threads, processes or machines that share the work.  The answer does not depend on
        it, a time limit apart.

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

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> from convex_program.pricing import ReducedRows
    >>> found = cx.Zonotope().price_rows(ReducedRows.of(np.eye(2)), np.array([3.0, 4.0]))
    >>> round(found.value, 6), found.bound >= 5  # |(3, 4)|
    (5.0, True)
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
        sides, bounds = rising_sides(reduced, vector)
        found = [climb(rows, ascent_starts(reduced, starts)) for rows in sides]
        value = max((end.value for end in found), default=0.0)
        nodes = 0
        status = PricingStatus.CLOSED
        for rows in sides:
            lines = reduced.lines[rows.lines[: rows.convex]]
            side = _Side(rows, lines, floor, self.tolerance, self.executor)
            batches = side.batches()
            while value <= enough and time.perf_counter() < deadline:
                group = list(islice(batches, _GROUP))
                if not group:
                    side.done = True
                    break
                value = max(value, side.price(group, value))
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


@dataclass(frozen=True, eq=False, slots=True)
class _Slot:
    """What one batch of a group writes; its theta starts the batch of the next group."""

    theta: Floats
    points: Floats
    values: Floats
    best: Floats

    def copy(self) -> _Slot:
        """Return another one with the same content: work that is lost may begin again."""
        return _Slot(self.theta.copy(), self.points.copy(), self.values.copy(), self.best.copy())


@dataclass(frozen=True, eq=False, slots=True)
class _Batch(Parcel):
    """Cells to be priced, the largest value met so far, and the slot to write to."""

    slot: _Slot
    packed: Packed
    value: float


@dataclass(frozen=True, eq=False, slots=True)
class _Pricer(Parcel):
    """Prices batches for one sign of v: what an executor is given."""

    rows: SignedRows
    squares: Floats
    level: float
    tolerance: float

    def __call__(self, batch: _Batch) -> _Slot:
        from convex_program.kernels import price_vertices

        rows, slot = self.rows, batch.slot.copy()
        slot.best[0] = max(slot.best[0], batch.value)
        price_vertices(
            batch.packed,
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
        return slot


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
    executor : Executor or None
    """

    def __init__(
        self,
        rows: SignedRows,
        lines: Floats,
        floor: float,
        tolerance: float,
        executor: Executor | None,
    ) -> None:
        from convex_program.kernels import LANES

        self.rows, self.lines, self.tolerance, self.executor = rows, lines, tolerance, executor
        level = rows.to_inner(floor) * (1.0 + tolerance)
        pricer = _Pricer(rows, np.sum(rows.rows**2, axis=1), level, tolerance)
        self._work: ar.Dispatcher[_Batch, _Slot] = ar.Dispatcher(pricer, executor)

        m, r = rows.rows.shape
        self.slots = [
            _Slot(
                theta=np.zeros(m - rows.convex + LANES),
                points=np.zeros((SLOTS, r)),
                values=np.zeros(SLOTS),
                best=np.zeros(2),
            )
            for _ in range(_GROUP)
        ]
        self.done = False

    def batches(self) -> Iterator[Packed]:
        """Yield all cells of the convex rows, packed; their number is proved before the end."""
        if not self.rows.convex:
            yield np.zeros((1, 1), dtype=np.uint8)
            return
        many = ar.region_bound(*self.lines.shape) >= _WORTH_SHARING
        executor = self.executor if many else None
        for batch in ar.stream_patterns(self.lines, executor=executor, progress=ar.silent):
            for first in range(0, len(batch), _BATCH):
                yield batch.packed[first : first + _BATCH]

    def price(self, group: list[Packed], value: float) -> float:
        """Bound the cells of some batches; return the largest value met so far."""
        inner = self.rows.to_inner(value)
        batches = [
            _Batch(slot, packed, inner) for slot, packed in zip(self.slots, group, strict=False)
        ]
        for place, slot in self._work.run(batches):
            self.slots[place] = slot
        return self.rows.to_outer(max(float(slot.best[0]) for slot in self.slots))

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
        return [
            FoundPoints(self.rows, slot.points, slot.values, self.rows.sign) for slot in self.slots
        ]
