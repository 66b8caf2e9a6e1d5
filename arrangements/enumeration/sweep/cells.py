"""Running the sweep's kernel over a piece: cells in buffers, with a cursor to go on from."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement
from arrangements.enumeration.base import Places
from arrangements.enumeration.sweep.simple import simple_vertices
from arrangements.enumeration.sweep.source import (
    column_scales,
    make_perturbed_source,
    make_pool,
    make_source,
    rows_and_flag,
)
from arrangements.enumeration.walls import Walls
from arrangements.errors import ArgumentError
from arrangements.exact import Corners, IntegerMatrix, integer_matrix, reduced_rows
from arrangements.kernel_cache import KERNELS, announce, is_compiled
from arrangements.units import Cone, Flats

Words: TypeAlias = npt.NDArray[np.uint64]
FloatMatrix: TypeAlias = npt.NDArray[np.float64]
Part: TypeAlias = tuple[Words, FloatMatrix, FloatMatrix, Words]
"""Some cells: words, vertices, directions, and rows through vertices."""

_BITS = 50
"""Points are rounded to integers below 2**50, which floats hold exactly."""
_FEWER_BITS = 42
"""Of points in a reduced basis, which they leave as longer integers."""
CAPACITY = 1 << 14
"""Cells to a buffer; those of special vertices may exceed it."""
_WORTH_COMPILING = 1 << 20
"""Vertices that numpy finds in the time it takes to compile the sweep."""
_FIRST_LIMIT = 32
"""Special vertices to expand at once, until their regions have been seen."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a sweep stands: picklable, and all it takes to go on.

    Parameters
    ----------
    piece : Flats
    index : int
        The prefix of the piece that is being swept.
    state : tuple of int
        The kernel's cursor inside it: next row of the open line, rows of the line; empty at
        the start of a prefix.

    Examples
    --------
    >>> import arrangements as ar
    >>> A = ar.Arrangement([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> piece = next(iter(ar.Sweep().pieces(A, A.domain)))
    >>> ar.Cursor(piece).index  # at the beginning
    0
    """

    piece: Flats
    index: int = 0
    state: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Cells:
    """Walls cells: the sides of their rows, and the vertices they come from.

    Parameters
    ----------
    words : (k, words of m) uint64
        Bit l: the positive side of swept row l.
    vertices, directions : (k, rho) float64
        Approximately, in the coordinates of the source: the cell contains vertex +
        eps * direction for all small eps > 0.
    through : (k, words of m) uint64
        The rows through a simple vertex; none for other vertices.
    after : Cursor or None
        Where the next cells begin; None after the last.

    Examples
    --------
    >>> import arrangements as ar
    >>> A = ar.Arrangement([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> sweep = ar.Sweep()
    >>> cells = [
    ...     cells
    ...     for piece in sweep.pieces(A, A.domain)
    ...     for cells in sweep.cells(A, ar.Cursor(piece))
    ... ]
    >>> 2 * sum(len(some.words) for some in cells)  # one of each pair of opposite octants
    8
    """

    words: Words
    vertices: FloatMatrix
    directions: FloatMatrix
    through: Words
    after: Cursor | None


@dataclass(eq=False)
class _Buffer:
    """Arrays that kernels fill, what has been taken out of them, and where the next cells begin.

    ``total`` counts the cells, those that were added from elsewhere among them.
    """

    words: Words
    vertices: FloatMatrix
    directions: FloatMatrix
    through: Words
    count: int = 0
    total: int = 0
    after: Cursor | None = None
    _taken: int = 0
    _parts: list[Part] = field(default_factory=list)

    @classmethod
    def empty(cls, walls: Walls) -> _Buffer:
        rank = len(walls.rows[0])
        return cls(
            np.empty((CAPACITY, walls.width), np.uint64),
            np.empty((CAPACITY, rank)),
            np.empty((CAPACITY, rank)),
            np.empty((CAPACITY, walls.width), np.uint64),
        )

    def free(self, count: int | None = None) -> Part:
        """Return the arrays' part that is free, or so many rows of it."""
        return self._part(slice(self.count, None if count is None else self.count + count))

    def keep(self, count: int) -> None:
        """Make the first free rows cells."""
        self.count += count
        self.total += count

    def add(self, part: Part) -> None:
        """Add cells that lie elsewhere, after those so far."""
        self._close()
        self._parts.append(part)
        self.total += len(part[0])

    def _close(self) -> None:
        if self.count > self._taken:
            self._parts.append(self._part(slice(self._taken, self.count)))
            self._taken = self.count

    def _part(self, part: slice) -> Part:
        return self.words[part], self.vertices[part], self.directions[part], self.through[part]

    def cells(self) -> Cells:
        self._close()
        if len(self._parts) == 1:
            return Cells(*self._parts[0], self.after)
        words, vertices, directions, through = zip(*self._parts, strict=True)
        return Cells(
            np.concatenate(words),
            np.concatenate(vertices),
            np.concatenate(directions),
            np.concatenate(through),
            self.after,
        )


class Workspace:
    """The kernels' arrays for one sweep in one thread, with the memo of local arrangements."""

    def __init__(self, walls: Walls, seed: int) -> None:
        self.walls = walls
        self.seed = seed
        self._reduced = reduced_rows(walls.rows)
        self.rows = walls.rows if self._reduced is None else self._reduced.rows
        self.source = make_source(self.rows, seed)
        self._scale = column_scales(self.source, self.rows)
        self._pool = make_pool(self.source)
        self._perturbed: tuple[Any, Any] | None = None
        self._limit = _FIRST_LIMIT
        self._without_kernel = worth_no_kernel(len(self.rows), len(self.rows[0]))

    def cells(self, cursor: Cursor) -> Iterator[Cells]:
        """Yield the cells of a piece from a cursor on, in full buffers."""
        buffer = _Buffer.empty(self.walls)
        place: Cursor | None = cursor
        while place is not None:
            self._fill(place, buffer)
            place = buffer.after
            if buffer.total and (buffer.total >= CAPACITY or place is None):
                yield buffer.cells()
                buffer = _Buffer.empty(self.walls)

    def points(self, cells: Cells) -> IntegerMatrix:
        """Return an integer point for each cell, to realize it in the coordinates of the walls."""
        from arrangements.kernels import interior_points

        points = np.empty(cells.vertices.shape, np.int64)
        interior_points(
            self.source.x,
            len(self.rows),
            self._scale,
            _BITS if self._reduced is None else _FEWER_BITS,
            cells.vertices,
            cells.directions,
            points,
        )
        return points if self._reduced is None else self._reduced.back(points)

    @cached_property
    def _corners(self) -> Corners:
        return Corners(self.walls.rows)

    def exact_points(
        self, words: Words, through: Words, chosen: Places
    ) -> tuple[Places, IntegerMatrix]:
        """Return the chosen regions that have a simple vertex, and points of those.

        Parameters
        ----------
        words, through : (k, words of m) uint64
            Of cells, or of their antipodes.
        chosen : (j,) intp

        Notes
        -----
        Data of few digits, read as floats, have rows everywhere that miss a vertex by less than
        floats see: 5.1 - 4.9 is not 0.2.  The step to an interior point may cross them.
        """
        rank = len(self.rows[0])
        bases = self._bits(through[chosen])
        # On the part of space of another level the flag's functionals vanish as well.
        simple = np.flatnonzero((bases.sum(axis=1) == rank - 1) & (rank > 1))
        sides = self._bits(words[chosen[simple]])
        found = [
            self._corners.point(side, np.flatnonzero(basis).tolist())
            for side, basis in zip(sides, bases[simple], strict=True)
        ]
        right = [i for i, point in enumerate(found) if point is not None]
        points = [point for point in found if point is not None]
        return chosen[simple[right]], integer_matrix(points, rank)

    def _bits(self, words: Words) -> npt.NDArray[np.bool_]:
        """Return words of rows as booleans, one a row."""
        data = np.ascontiguousarray(words, "<u8").view(np.uint8)
        bits = np.unpackbits(data, axis=1, count=len(self.rows), bitorder="little")
        return bits.astype(np.bool_)

    def _fill(self, place: Cursor, buffer: _Buffer) -> None:
        """Add cells of one prefix, until the buffer is full or special vertices are enough."""
        piece, prefix = place.piece, place.piece.prefixes[place.index]
        last = place.index + 1 == len(piece.prefixes)
        following = None if last else Cursor(piece, place.index + 1)
        if not place.state and self._fill_without_kernel(piece.level, prefix, buffer):
            buffer.after = following
            return
        announce(KERNELS, "sweep_unit", "the sweep", 20)
        from arrangements.kernels import FLAG_NOT_GENERIC, FRESH, FULL, sweep_unit

        state = np.full(len(self.walls.rows[0]) + 1, FRESH, np.int64)
        start = place.state or (FRESH, *prefix)
        source, pool = self.source, self._pool
        while True:
            state[: len(start)] = start
            free = buffer.free()
            status, count, special = sweep_unit(
                source, pool, piece.level, len(prefix), state, self._limit, *free
            )
            if status != FLAG_NOT_GENERIC and (
                not special or self._expand(source, pool, piece.level, buffer, count)
            ):
                break
            source, pool = self._generic(again=source is not self.source)
        if not special:
            buffer.keep(count)
        if status == FULL:
            buffer.after = Cursor(piece, place.index, tuple(map(int, state)))
            return
        buffer.after = following

    def _fill_without_kernel(self, level: int, prefix: tuple[int, ...], buffer: _Buffer) -> bool:
        """Add the cells of a prefix if all its vertices are simple and the kernel would wait."""
        if not self._without_kernel:
            return False
        rows, flag = rows_and_flag(self.source, self.rows)
        found = simple_vertices(rows, flag, level, prefix, self.walls.width)
        if found is None:
            self._without_kernel = False
            return False
        buffer.add(found)
        return True

    def _expand(self, source: Any, pool: Any, level: int, buffer: _Buffer, count: int) -> bool:
        """Add the cells of vertices that were found; False where the flag does not decide some."""
        from arrangements.kernels import DONE, FULL, expand_vertices

        announce(KERNELS, "expand_vertices", "special vertices", 15)
        lowest = buffer.free(count)
        first, wanted, parts = 0, np.zeros(1, np.int64), []
        status, regions = FULL, 0
        while status == FULL:
            room = max(CAPACITY, int(wanted[0]))
            words, simple = np.empty((2, room, lowest[0].shape[1]), np.uint64)
            vertices, directions = np.empty((2, room, lowest[1].shape[1]))
            status, first, made = expand_vertices(
                source, pool, level, first, lowest, wanted, words, vertices, directions, simple
            )
            parts.append((words[:made], vertices[:made], directions[:made], simple[:made]))
            regions += made
        if status != DONE:
            return False
        for part in parts:
            buffer.add(part)
        # As many vertices next time as would have filled a buffer.
        self._limit = min(max(self._limit * CAPACITY // max(regions, 1), 1), CAPACITY)
        return True

    def _generic(self, *, again: bool) -> tuple[Any, Any]:
        """Return a source and pool that decide what the flag leaves open."""
        if again:
            raise ArgumentError(
                f"seed = {self.seed} gives the sweep no generic direction; try another one"
            )
        if self._perturbed is None:
            source = make_perturbed_source(self.rows, self.seed)
            self._perturbed = source, make_pool(source)
        return self._perturbed


def worth_no_kernel(rows: int, rank: int) -> bool:
    """Return whether numpy has swept so many rows in general position before a kernel compiles.

    Notes
    -----
    One of each pair of regions: the sum of C(rows, rank - 1 - level) over the levels.
    """
    vertices = sum(math.comb(rows, rank - 1 - level) for level in range(0, rank, 2))
    return vertices <= _WORTH_COMPILING and not is_compiled(KERNELS, "sweep_unit")


_LOCAL = threading.local()


def workspace(arrangement: Arrangement, cone: Cone, seed: int) -> Workspace:
    """Return this thread's workspace for a sweep: the last one again when it fits."""
    key = arrangement.data.digest, cone, seed
    if getattr(_LOCAL, "key", None) != key:
        walls = Walls.of(arrangement.frame(cone))
        if walls is None or not walls.rows:
            raise ArgumentError(f"{cone.describe()} holds nothing to sweep")
        _LOCAL.workspace = Workspace(walls, seed)
        _LOCAL.key = key
    found: Workspace = _LOCAL.workspace
    return found
