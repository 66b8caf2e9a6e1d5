"""The search below one orthant: a stack of cones that can be left and taken up again."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.pricing.climb import ITERATIONS, SLOTS, SPREAD
from convex_program.pricing.reduction import Floats
from convex_program.pricing.signed import SignedRows

Ints = npt.NDArray[np.int64]
Stack = tuple[npt.NDArray[Any], ...]

_SLICE = 20_000
"""Nodes between two looks at the clock."""


@dataclass(eq=False)
class ConeSearch:
    """Depth-first search of the cones below one orthant, for one sign of v.

    Parameters
    ----------
    rows : SignedRows
    orthant : (r,) float64
        Entries +1 or -1.
    floor : float
        In the kernels' units: cones bounded by it are closed.
    tolerance : float
        Relative; a cone is closed at ``max(floor, incumbent) (1 + tolerance)``.

    Notes
    -----
    Mutable on purpose: it is the state of a search, never handed out.  ``best`` holds the
    incumbent, the largest certified bound of a closed cone and the largest bound of a cone
    that could not be divided; ``state`` holds the open, visited and unresolved cones;
    ``proved`` is a bound from an easier question, in the kernels' units.
    """

    rows: SignedRows
    orthant: Floats
    floor: float
    tolerance: float
    best: Floats = field(default_factory=lambda: np.zeros(3))
    state: Ints = field(default_factory=lambda: np.zeros(3, dtype=np.int64))
    proved: float = math.inf
    planted: bool = False
    done: bool = False

    def _plant(self) -> None:
        from convex_program.kernels import plant

        m, r = self.rows.rows.shape
        self._values = np.zeros((r + 2, 8 * m + 64))
        self._stack = _empty_stack(64, r)
        self.found = np.zeros((SLOTS, r))
        self.found_value = np.zeros(SLOTS)
        gens, duals, lins, inherited, depths, spans = self._stack
        plant(
            self.rows.rows,
            self.rows.convex,
            self.rows.linear,
            self.rows.scale,
            self.orthant,
            self._values,
            gens,
            duals,
            lins,
            depths,
            spans,
        )
        inherited[0] = min(self.rows.ceiling, self.proved)
        self.state[0] = 1
        self.planted = True

    def run(self, quota: int, incumbent: float, deadline: float) -> None:
        """Visit at most `quota` nodes; look at the clock between slices."""
        from convex_program import kernels

        if not self.planted:
            self._plant()
        rows = self.rows
        self.best[0] = max(self.best[0], rows.to_inner(incumbent))
        noise = 8.0 * rows.unit * rows.ceiling
        level = kernels.Level(
            # floats: kernels are compiled again for a whole number
            float(self.floor),
            float(self.tolerance),
            noise,
            allowance=8.0 * noise + 0.125 * self.tolerance * self.floor,
        )
        rounding = kernels.Rounding(rows.scale, rows.unit, rows.tiny)
        end = self.nodes + quota
        while self.nodes < end and time.perf_counter() < deadline:
            status = kernels.explore(
                self.state,
                self.best,
                self.found,
                self.found_value,
                SPREAD,
                kernels.Stack(*self._stack),
                self._values,
                rows.rows,
                rows.norms,
                rows.convex,
                rows.linear,
                level,
                rounding,
                min(_SLICE, end - self.nodes),
                ITERATIONS,
            )
            if status == kernels.DONE:
                self.done = True
                del self._values, self._stack
                return
            if status == kernels.ROWS_FULL:
                self._values = np.concatenate([self._values, np.zeros_like(self._values)], axis=1)
            elif status == kernels.STACK_FULL:
                self._stack = tuple(_doubled(part) for part in self._stack)

    @property
    def nodes(self) -> int:
        """Cones visited so far."""
        return int(self.state[1])

    @property
    def incumbent(self) -> float:
        """The largest value met, in the caller's units."""
        return self.rows.to_outer(float(self.best[0]))

    @property
    def bound(self) -> float:
        """A bound on h(v), in the caller's units, over this orthant: valid at any time."""
        return self.rows.outer_bound(self._inner_bound)

    def unresolved(self, level: float) -> bool:
        """Whether an indivisible cone is left above `level` by more than rounding."""
        noise = 16.0 * self.rows.unit * self.rows.ceiling
        left = min(self.proved, float(self.best[2]))
        return left > self.rows.to_inner(level) + noise

    def rung(self, tolerance: float) -> ConeSearch:
        """Return the same search with a larger tolerance, not begun."""
        return ConeSearch(self.rows, self.orthant, self.floor, tolerance, proved=self.proved)

    def learn(self, easier: ConeSearch, incumbent: float) -> None:
        """Take over what an easier question has shown; nothing is left if that is enough."""
        self.proved = min(self.proved, easier._inner_bound)
        level = max(self.floor, self.rows.to_inner(incumbent)) * (1.0 + self.tolerance)
        if self.proved <= level:
            self.drop()

    def drop(self) -> None:
        """End the search: what is proved suffices."""
        self.done = True
        if self.planted:
            del self._values, self._stack

    @property
    def _inner_bound(self) -> float:
        return min(self.proved, max(float(self.best[1]), self._open_bound))

    @property
    def _open_bound(self) -> float:
        if self.done:
            return float(self.best[2])
        if not self.planted:
            return self.rows.ceiling
        return float(max(self.best[2], self._stack[3][: self.state[0]].max(initial=0.0)))


def orthants(rank: int) -> Floats:
    """Return all sign vectors, shape (2**rank, rank)."""
    bits = (np.arange(2**rank)[:, np.newaxis] >> np.arange(rank)) & 1
    return np.where(bits == 1, -1.0, 1.0)


def _doubled(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.concatenate([array, np.empty_like(array)])


def _empty_stack(size: int, rank: int) -> Stack:
    return (
        np.empty((size, rank, rank)),
        np.empty((size, rank, rank)),
        np.empty((size, rank)),
        np.empty(size),
        np.empty(size, dtype=np.int64),
        np.empty((size, 4), dtype=np.int64),
    )
