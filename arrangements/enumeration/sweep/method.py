"""The sweep as an enumeration method."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import final

from arrangements.arguments import whole_number
from arrangements.arrangement import Arrangement
from arrangements.enumeration.base import Batch, BatchRun, Method
from arrangements.enumeration.sweep.cells import Cells, Cursor, Workspace, workspace
from arrangements.enumeration.sweep.flag import random_flag
from arrangements.enumeration.sweep.pieces import plan_flats
from arrangements.enumeration.walls import Walls, batch_without_walls
from arrangements.errors import ArgumentError
from arrangements.kernel_cache import KERNELS, is_compiled
from arrangements.units import Cone, Flats, Unit


@final
class Sweep(Method):
    """A sweep over the flats of the arrangement: no linear programs, constant memory.

    Parameters
    ----------
    seed : int
        Of the random flag; the order of the patterns depends on it, their set does not.

    Notes
    -----
    *Algorithm.* Every region is found at its lowest vertex with respect to a generic flag,
    or, if it has none, in a flat of the flag two dimensions lower.  Vertices are walked line
    by line; the regions at a simple vertex are read off, those at a degenerate one come from
    its local arrangement.  Inside a cone the arrangement of rows and normals is swept and
    what lies outside is dropped.

    *Exactness.* Every sign and every tie is decided by integers, so patterns are distinct
    by construction.  Nearly dependent columns get coordinates in which floats see them apart
    (`exact.reduced_rows`).  Where the flag is in special position, a float flag infinitely close to
    it decides.  Witnesses are proposals, proved by whoever runs the method.

    *Cost.* About 1e7 regions a second and core in general position, 1e5 to 1e6 on very
    degenerate data.  The first use on a machine compiles for some twenty seconds, and as long
    again for data in special position.

    Examples
    --------
    >>> import arrangements as ar
    >>> octants = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    >>> len(ar.enumerate_patterns(octants, method=ar.Sweep()))
    8
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = whole_number("seed", seed)

    def identity(self) -> str:
        """Return the settings and the flag's random numbers: another flag, other pieces."""
        flag = hashlib.sha256(repr(random_flag(8, 1 << 20, self.seed)).encode()).hexdigest()
        return f"{super().identity()}, flag {flag[:16]}"

    def is_ready(self) -> bool:
        """Return whether the sweep's machine code lies in the cache, without loading numba."""
        return is_compiled(KERNELS, "sweep_unit")

    def pieces(self, arrangement: Arrangement, cone: Cone) -> Iterable[Unit]:
        """Yield the pieces of the sweep: flats by the first rows of their bases."""
        walls = Walls.of(arrangement.frame(cone))
        if walls is None:
            return ()
        if not walls.rows:
            return (Flats(cone, 0, ()),)
        return plan_flats(cone, len(walls.rows), walls.frame.rho)

    def run(self, arrangement: Arrangement, piece: Unit) -> BatchRun:
        """Yield every pattern of the piece once."""
        flats = _own(piece)
        if not flats.prefixes:
            yield batch_without_walls(arrangement, flats.cone)
            return None
        space = workspace(arrangement, flats.cone, self.seed)
        for cells in space.cells(Cursor(flats)):
            yield from _batches(arrangement, space, cells)
        return None

    def cells(self, arrangement: Arrangement, cursor: Cursor) -> Iterator[Cells]:
        """Yield raw cells from a cursor on: words of rows, vertices, and where to go on.

        Parameters
        ----------
        arrangement : Arrangement
        cursor : Cursor
            ``Cursor(piece)`` at the start of one of `pieces`, or what an earlier run gave.

        Notes
        -----
        One of each antipodal pair; rows are the hyperplanes, then the cone's normals.
        Nothing is proved of a cell but what the sweep decides exactly: its sides.
        """
        yield from workspace(arrangement, cursor.piece.cone, self.seed).cells(cursor)

    def estimate_seconds(self, arrangement: Arrangement, regions: int) -> float:
        """Return about how long listing this many regions takes on one core."""
        m = arrangement.hyperplane_count
        # Half of them are swept and proved, 3 ns a product; sorting takes 0.3 us each.
        return regions * (1.5e-9 * m * max(arrangement.rank, 1) + 3e-7)

    def __repr__(self) -> str:
        """Say what it is."""
        return f"Sweep(seed={self.seed})"


def _own(piece: Unit) -> Flats:
    if not isinstance(piece, Flats):
        raise ArgumentError(f"{piece.describe()} is no piece of a sweep; run its `pieces`")
    return piece


def _batches(arrangement: Arrangement, space: Workspace, cells: Cells) -> Iterator[Batch]:
    """Turn cells into proposals: both halves of what lies in the cone."""
    walls = space.walls
    points = space.points(cells)
    if not walls.normals:
        sharper = partial(space.exact_points, cells.words, cells.through)
        yield walls.batch(arrangement, cells.words, points, mirrored=True, sharper=sharper)
        return
    for words, signed in ((cells.words, points), (~cells.words, -points)):
        inside = walls.inside(words)
        if inside.any():
            sharper = partial(space.exact_points, words[inside], cells.through[inside])
            yield walls.batch(
                arrangement, words[inside], signed[inside], mirrored=False, sharper=sharper
            )
