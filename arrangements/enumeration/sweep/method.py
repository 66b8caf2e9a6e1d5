"""The sweep as an enumeration method."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement, Frame
from arrangements.enumeration.base import Batch, Method, Restart
from arrangements.enumeration.sweep.points import integer_points
from arrangements.enumeration.sweep.source import (
    column_scales,
    make_pool,
    make_source,
)
from arrangements.errors import ArgumentError
from arrangements.exact import IntegerMatrix, negated
from arrangements.kernel_cache import KERNELS, is_compiled
from arrangements.packing import Activations, pack, unpack
from arrangements.proof import TreeProof
from arrangements.units import Cone
from arrangements.witnesses import Witnesses

IntegerRow = tuple[int, ...]
Words: TypeAlias = npt.NDArray[np.uint64]
FloatMatrix: TypeAlias = npt.NDArray[np.float64]

_CAPACITY = 1 << 14
"""Regions to a batch, one of each antipodal pair."""
_MOST_RESTARTS = 20


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
    by construction; witnesses are integers, checked again by whoever believes the list.

    *Cost.* About 1e7 regions a second and core in general position, 1e5 to 1e6 on very
    degenerate data; the first use on a machine compiles for about a minute.
    """

    def __init__(self, seed: int = 0) -> None:
        if seed < 0:
            raise ArgumentError(f"seed = {seed} must not be negative")
        self.seed = seed

    def run(self, arrangement: Arrangement, unit: Cone) -> Generator[Batch, None, TreeProof | None]:
        """Yield every pattern of the unit once."""
        swept = _Swept.of(arrangement.frame(unit))
        if swept is None:
            return None
        if not swept.rows:
            yield _batch(arrangement, swept, np.zeros((1, 0), np.bool_), np.zeros((1, 0), np.int64))
            return None
        for words, floats in self._regions(swept.rows):
            sides = unpack(words.view(np.uint8), len(swept.rows))
            points = integer_points(floats, swept.rows, sides)
            for half in (
                _batch(arrangement, swept, sides, points),
                _batch(arrangement, swept, ~sides, -points),
            ):
                if len(half.packed):
                    yield half
        return None

    def estimate_seconds(self, arrangement: Arrangement, regions: int) -> float:
        """Return about how long listing this many regions takes on one core."""
        m = arrangement.hyperplane_count
        # Listing is dominated by checking and sorting: 20 ns a bit and 1 us a region.
        return 2.0 + regions * (1e-6 + 2e-8 * m)

    def _regions(self, rows: Sequence[IntegerRow]) -> Iterator[tuple[Words, FloatMatrix]]:
        """Yield packed sides and float interior points, one region of each antipodal pair."""
        from arrangements.kernels import (
            FLAG_NOT_GENERIC,
            FRESH,
            FULL,
            interior_floats,
            sweep_unit,
        )

        rank = len(rows[0])
        source = make_source(rows, self.seed)
        pool = make_pool(source)
        scale = column_scales(source, rows)
        for level in range(0, rank, 2):
            state = np.full(rank + 1, FRESH, np.int64)
            capacity, status = _CAPACITY, FULL
            while status == FULL:
                words = np.empty((capacity, -(-len(rows) // 64)), np.uint64)
                vertices, directions = np.empty((capacity, rank)), np.empty((capacity, rank))
                status, count, wanted = sweep_unit(
                    source, pool, level, 0, state, words, vertices, directions
                )
                if status == FLAG_NOT_GENERIC:
                    raise Restart(self._again())
                if count:
                    points = np.empty((count, rank))
                    interior_floats(
                        source.x, len(rows), vertices[:count], directions[:count], points
                    )
                    yield words[:count], points * scale
                capacity = max(capacity, wanted)

    def _again(self) -> Sweep:
        if self.seed >= _MOST_RESTARTS:
            raise ArgumentError(
                "the sweep found no generic direction in many attempts; use method=Incremental()"
            )
        return Sweep(self.seed + 1)

    def __repr__(self) -> str:
        """Say what it is."""
        return f"Sweep(seed={self.seed})"


def _batch(
    arrangement: Arrangement, swept: _Swept, sides: Activations, points: IntegerMatrix
) -> Batch:
    """Keep what lies in the cone and turn sides of hyperplanes into patterns of rows."""
    inside = np.ones(len(sides), dtype=np.bool_)
    for index, inner in swept.normals:
        inside &= sides[:, index] == inner
    chosen = sides[inside, : arrangement.hyperplane_count]
    frame = swept.frame
    return Batch(
        packed=pack(arrangement.activations_of_sides(chosen)),
        witnesses=Witnesses(points[inside], frame.columns, frame.dimension),
    )


def sweep_is_compiled() -> bool:
    """Return whether the sweep's machine code lies in the cache, without loading numba."""
    return is_compiled(KERNELS, "sweep_unit")


@dataclass(frozen=True, eq=False)
class _Swept:
    """What is swept: the hyperplanes first, then the cone's normals not parallel to one.

    Parameters
    ----------
    rows : list of primitive rows
        Distinct hyperplanes.
    normals : list of (index, bool)
        For each normal of the cone, its hyperplane among the rows and its inner side.
    frame : Frame
    """

    rows: list[IntegerRow]
    normals: list[tuple[int, bool]]
    frame: Frame

    @classmethod
    def of(cls, frame: Frame) -> _Swept | None:
        """Return what to sweep, or None when a normal is zero and the cone empty."""
        rows = [tuple(map(int, row)) for row in frame.hyperplanes]
        place = {row: index for index, row in enumerate(rows)}
        normals = []
        for normal in (tuple(map(int, row)) for row in frame.normals):
            if not any(normal):
                return None
            opposite = negated(normal)
            if normal not in place and opposite not in place:
                place[normal] = len(rows)
                rows.append(normal)
            inner = normal in place
            normals.append((place[normal if inner else opposite], inner))
        return cls(rows, normals, frame)
