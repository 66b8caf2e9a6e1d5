"""What bounds the regions inside a cone: hyperplanes first, then the cone's own normals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement, Frame
from arrangements.enumeration.base import Batch, Sharper
from arrangements.exact import IntegerMatrix, negated
from arrangements.packing import pack
from arrangements.realization import Words, patterns_of_words
from arrangements.units import Cone
from arrangements.witnesses import Witnesses

IntegerRow = tuple[int, ...]

_WORD_BITS = 64


@dataclass(frozen=True, eq=False)
class Walls:
    """The rows whose signs tell regions apart inside a cone.

    Parameters
    ----------
    rows : tuple of primitive rows
        The distinct hyperplanes, then the cone's normals not parallel to one.
    normals : tuple of (index, bool)
        For each normal of the cone, its row and the inner side.
    frame : Frame
        The coordinates of the rows; they have full column rank.
    """

    rows: tuple[IntegerRow, ...]
    normals: tuple[tuple[int, bool], ...]
    frame: Frame

    @classmethod
    def of(cls, frame: Frame) -> Walls | None:
        """Return the walls, or None when a normal is zero and the cone empty."""
        rows = list(map(tuple, frame.hyperplanes.tolist()))
        place = {row: index for index, row in enumerate(rows)}
        normals = []
        for normal in map(tuple, frame.normals.tolist()):
            if not any(normal):
                return None
            opposite = negated(normal)
            if normal not in place and opposite not in place:
                place[normal] = len(rows)
                rows.append(normal)
            inner = normal in place
            normals.append((place[normal if inner else opposite], inner))
        return cls(tuple(rows), tuple(normals), frame)

    @property
    def width(self) -> int:
        """Number of 64-bit words that hold a bit for each row."""
        return -(-len(self.rows) // _WORD_BITS)

    def inside(self, words: Words) -> npt.NDArray[np.bool_]:
        """Return which regions, given by the positive sides of the rows, lie in the cone."""
        result = np.ones(len(words), np.bool_)
        for index, inner in self.normals:
            word = words[:, index // _WORD_BITS] >> np.uint64(index % _WORD_BITS)
            result &= (word & np.uint64(1) == 1) == inner
        return result

    def batch(
        self,
        arrangement: Arrangement,
        words: Words,
        points: IntegerMatrix,
        *,
        mirrored: bool,
        sharper: Sharper | None = None,
    ) -> Batch:
        """Return regions as proposals.

        Parameters
        ----------
        arrangement : Arrangement
        words : (k, width) uint64
            Positive sides of the rows.
        points : (k, rho) int64
            To realize them, in the coordinates of the frame.
        mirrored : bool
            Whether their antipodes are proposed too.
        sharper : callable, optional
            See `Batch`.
        """
        count = arrangement.hyperplane_count
        # Bits of normals that are no hyperplanes, and past the last row of an antipode.
        words = np.array(words[:, : -(-count // _WORD_BITS)])
        if count % _WORD_BITS:
            words[:, -1] &= np.uint64((1 << count % _WORD_BITS) - 1)
        witnesses = Witnesses(points, self.frame.columns, self.frame.dimension)
        return Batch(patterns_of_words(arrangement, words), witnesses, mirrored, sharper)


def batch_without_walls(arrangement: Arrangement, cone: Cone) -> Batch:
    """Return the one region of no hyperplanes and no normals."""
    frame = arrangement.frame(cone)
    return Batch(
        packed=pack(arrangement.activations_of_sides(np.zeros((1, 0), np.bool_))),
        witnesses=Witnesses.from_points([(0,) * frame.rho], frame.columns, frame.dimension),
    )
