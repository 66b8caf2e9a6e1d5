"""The search below one orthant: a stack of cones that can be left and taken up again.

A visit may happen in another process: what goes there is the search, what comes back is what
the visit has changed.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, final

import numpy as np
import numpy.typing as npt

from convex_program.compiling import CONE_SEARCH
from convex_program.errors import ArgumentError
from convex_program.frontier import Frontier
from convex_program.pricing.climb import ITERATIONS, SLOTS, SPREAD, FoundPoints, climb
from convex_program.pricing.inner import InnerProblem
from convex_program.pricing.parcel import Parcel
from convex_program.pricing.reduction import Floats
from convex_program.pricing.signed import SignedRows

if TYPE_CHECKING:
    from convex_program.kernels import Level

Ints = npt.NDArray[np.int64]

MOST_RANK = 20
"""A search starts from ``2**rank`` orthants."""
_SLICE = 20_000
"""Nodes between two looks at the clock."""


@dataclass(frozen=True, eq=False, slots=True)
class Visit(Parcel):
    """Where a search stands after some nodes; see `ConeSearch` for the arrays."""

    best: Floats
    state: Ints
    found: Floats
    found_value: Floats
    frontier: Frontier | None


@dataclass(frozen=True, eq=False, slots=True)
class Errand(Parcel):
    """A search to be continued: what an executor is given.

    Parameters
    ----------
    search : OrthantSearch
    end : int
        Nodes that it has visited afterwards, at most; done twice it is as done once.
    incumbent : float
        The largest value met anywhere, in the caller's units.
    seconds : float
        Time left; clocks of two machines have nothing in common.
    """

    search: OrthantSearch
    end: int
    incumbent: float
    seconds: float


def visit(errand: Errand) -> Visit:
    """Do an errand, here or wherever."""
    search = errand.search
    search.run(errand.end, errand.incumbent, time.perf_counter() + errand.seconds)
    return Visit(search.best, search.state, search.found, search.found_value, search.frontier)


@dataclass(eq=False)
class OrthantSearch(ABC):
    """Depth-first search of the cones below one orthant.

    Parameters
    ----------
    rows : InnerProblem
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
    ``proved`` is a bound from an easier question, in the kernels' units; ``found`` holds well
    separated points above the floor, and ``frontier`` what is open, once it is planted.
    """

    rows: InnerProblem
    orthant: Floats
    floor: float
    tolerance: float
    best: Floats = field(default_factory=lambda: np.zeros(3))
    state: Ints = field(default_factory=lambda: np.zeros(3, dtype=np.int64))
    proved: float = math.inf
    planted: bool = False
    done: bool = False
    found: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    found_value: Floats = field(default_factory=lambda: np.zeros(0))
    frontier: Frontier | None = None

    @abstractmethod
    def _plant(self) -> Frontier:
        """Return the orthant itself, its rows in a table."""

    @abstractmethod
    def _explore(self, frontier: Frontier, nodes: int) -> int:
        """Visit so many cones; return the kernel's status."""

    @abstractmethod
    def climb(self, points: Floats) -> FoundPoints:
        """Ascend locally from points met."""

    def run(self, end: int, incumbent: float, deadline: float) -> None:
        """Go on until so many nodes are visited in all; look at the clock between slices."""
        from convex_program import kernels

        if self.done:
            return
        frontier = self._begin() if self.frontier is None else self.frontier
        self.frontier = frontier
        rows = self.rows
        self.best[0] = max(self.best[0], rows.to_inner(incumbent))
        while self.nodes < end and time.perf_counter() < deadline:
            status = self._explore(frontier, min(_SLICE, end - self.nodes))
            frontier.open = int(self.state[0])
            if status == kernels.DONE:
                self.drop()
                return
            if status == kernels.ROWS_FULL:
                frontier.more_rows()
            elif status == kernels.STACK_FULL:
                frontier.more_places()

    def _begin(self) -> Frontier:
        frontier = self._plant()
        self._forget_points()
        frontier.stack[3][0] = min(self.rows.ceiling, self.proved)
        self.state[0] = 1
        self.planted = True
        return frontier

    def _forget_points(self) -> None:
        self.found = np.zeros((SLOTS, len(self.orthant)))
        self.found_value = np.zeros(SLOTS)

    def split(self) -> Self | None:
        """Give away half of the open cones, to be searched beside this; None if there is one."""
        if self.frontier is None or self.frontier.open < 2:  # noqa: PLR2004 - there are no halves
            return None
        part = self.rung(self.tolerance)
        part.frontier = self.frontier.split()
        part.best[0] = self.best[0]
        part._forget_points()  # noqa: SLF001 - a search of the same kind
        part.planted = True
        for search, frontier in ((part, part.frontier), (self, self.frontier)):
            search.state[0] = frontier.open
        return part

    def join(self, part: OrthantSearch) -> None:
        """Take back what `split` gave away; its points met are left to whoever asked for it."""
        np.maximum(self.best, part.best, out=self.best)
        self.state += part.state
        if self.frontier is None:
            self.frontier = part.frontier
        elif part.frontier is not None:
            self.frontier.join(part.frontier)
        self.done = self.frontier is None

    def _level(self) -> Level:
        from convex_program import kernels

        noise = 8.0 * self.rows.unit * self.rows.ceiling
        return kernels.Level(
            # floats: kernels are compiled again for a whole number
            float(self.floor),
            float(self.tolerance),
            noise,
            allowance=8.0 * noise + 0.125 * self.tolerance * self.floor,
        )

    @property
    def met(self) -> FoundPoints:
        """The points met."""
        return FoundPoints(self.rows, self.found, self.found_value)

    def take(self, seen: Visit) -> None:
        """Go on from where a visit has left the search."""
        self.best, self.state = seen.best, seen.state
        self.found, self.found_value = seen.found, seen.found_value
        self.frontier = seen.frontier
        self.planted = True
        self.done = seen.frontier is None

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

    def rung(self, tolerance: float) -> Self:
        """Return the same search with a larger tolerance, not begun."""
        return type(self)(self.rows, self.orthant, self.floor, tolerance, proved=self.proved)

    def learn(self, easier: OrthantSearch, incumbent: float) -> None:
        """Take over what an easier question has shown; nothing is left if that is enough."""
        self.proved = min(self.proved, easier._inner_bound)
        level = max(self.floor, self.rows.to_inner(incumbent)) * (1.0 + self.tolerance)
        if self.proved <= level:
            self.drop()

    def drop(self) -> None:
        """End the search: what is proved suffices."""
        self.done = True
        self.frontier = None

    @property
    def _inner_bound(self) -> float:
        return min(self.proved, max(float(self.best[1]), self._open_bound))

    @property
    def _open_bound(self) -> float:
        if self.done:
            return float(self.best[2])
        if self.frontier is None:
            return self.rows.ceiling
        inherited = self.frontier.stack[3][: self.frontier.open]
        return float(max(self.best[2], inherited.max(initial=0.0)))


@final
@dataclass(eq=False)
class ConeSearch(OrthantSearch):
    """The search for one vector and one sign; see `convex_program.kernels.cones`."""

    rows: SignedRows

    def _plant(self) -> Frontier:
        from convex_program.kernels import plant

        m, r = self.rows.rows.shape
        frontier = Frontier.room(r, m)
        gens, duals, lins, _, depths, spans = frontier.stack
        plant(
            self.rows.rows,
            self.rows.convex,
            self.rows.linear,
            self.rows.scale,
            self.orthant,
            frontier.values,
            gens,
            duals,
            lins,
            depths,
            spans,
        )
        return frontier

    def _explore(self, frontier: Frontier, nodes: int) -> int:
        """Visit so many cones; return the kernel's status."""
        from convex_program import kernels

        CONE_SEARCH.wait()
        rows = self.rows
        return int(
            kernels.explore(
                self.state,
                self.best,
                self.found,
                self.found_value,
                SPREAD,
                kernels.Stack(*frontier.stack),
                frontier.values,
                rows.rows,
                rows.norms,
                rows.convex,
                rows.linear,
                self._level(),
                kernels.Rounding(rows.scale, rows.unit, rows.tiny),
                nodes,
                ITERATIONS,
            )
        )

    def climb(self, points: Floats) -> FoundPoints:
        """Ascend locally from points met."""
        return climb(self.rows, points)

    @property
    def met(self) -> FoundPoints:
        """The points met."""
        return FoundPoints(self.rows, self.found, self.found_value, self.rows.sign)


def orthants(rank: int) -> Floats:
    """Return all sign vectors, shape (2**rank, rank).

    Raises
    ------
    ArgumentError
        When they are too many.
    """
    if rank > MOST_RANK:
        raise ArgumentError(
            f"the data have rank {rank}; branch and bound starts from 2**rank "
            f"orthants and takes at most {MOST_RANK} dimensions: use fewer columns"
        )
    bits = (np.arange(2**rank)[:, np.newaxis] >> np.arange(rank)) & 1
    return np.where(bits == 1, -1.0, 1.0)
