"""What a search with several outputs sees of a gauge: coordinates, lines, where to look."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import final

import numpy as np

from convex_program.gauge import Gauge
from convex_program.pricing import ReducedRows
from convex_program.solvers.vector.ascent import VectorCandidates, anchored_maximizers, maximizers
from convex_program.solvers.vector.ground import Floats, VectorGround
from convex_program.solvers.views import AnchoredView, DecayedView, View


class VectorView(ABC):
    """Coordinates of one gauge, with the lines on which rows lie.

    Attributes
    ----------
    plain : View
        The same for one output: coordinates there and back, and what is priced.
    lines : ReducedRows
        In the coordinates of `plain`; its basis is the identity.
    """

    plain: View
    lines: ReducedRows

    @property
    def shift(self) -> int:
        """The power of two taken out of the data."""
        return self.plain.shift + self.lines.shift

    @abstractmethod
    def maximizers(
        self, ground: VectorGround, v: Floats, starts: Floats, sample: Floats
    ) -> VectorCandidates:
        """Ascend from neurons and places met, shape (k, r), and from a sample, shape (s, decayed)."""


@final
class DecayedVectorView(VectorView):
    """Every coordinate is decayed."""

    def __init__(self, gauge: Gauge) -> None:
        plain = DecayedView(gauge)
        self.plain, self.lines = plain, plain.lines

    def maximizers(
        self, ground: VectorGround, v: Floats, starts: Floats, sample: Floats
    ) -> VectorCandidates:
        """Ascend on the sphere."""
        return maximizers(ground, v, np.concatenate([starts, sample]))


@final
class AnchoredVectorView(VectorView):
    """The last coordinate, on a column of ones, costs nothing."""

    def __init__(self, gauge: Gauge) -> None:
        self.plain = AnchoredView(gauge)
        # not in the row space: that would mix what costs with what does not
        self.lines = ReducedRows.unturned(self.plain.rows, activation=gauge.activation)

    def maximizers(
        self, ground: VectorGround, v: Floats, starts: Floats, sample: Floats
    ) -> VectorCandidates:
        """Choose the best bias for a direction, ascend with the kink there, and again."""
        points = self.plain.rows[:, :-1]
        starts = np.concatenate([starts[:, :-1], sample])
        return anchored_maximizers(points, ground.activation, v, starts)


def vector_view_of(gauge: Gauge) -> VectorView:
    """Return what a search with several outputs sees of a gauge."""
    return AnchoredVectorView(gauge) if gauge.constants else DecayedVectorView(gauge)
