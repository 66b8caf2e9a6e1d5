"""The search below one orthant for c outputs, and its local ascents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from convex_program.frontier import Frontier
from convex_program.pricing.climb import ITERATIONS, SPREAD, FoundPoints
from convex_program.pricing.cone_search import OrthantSearch
from convex_program.pricing.reduction import Floats
from convex_program.pricing.weighted import WeightedRows

if TYPE_CHECKING:
    from convex_program.kernels import VectorRows

_STEPS = 300
"""Steps of one local ascent: they converge linearly."""


@final
@dataclass(eq=False)
class VectorSearch(OrthantSearch):
    """The search for one matrix; see `convex_program.kernels.vector_cones`."""

    rows: WeightedRows

    def _plant(self) -> Frontier:
        from convex_program.kernels import plant_vector

        rows = self.rows
        m, r = rows.rows.shape
        frontier = Frontier.room(r, m, outputs=(rows.weights.shape[1],), parts=2)
        gens, duals, lins, _, depths, spans = frontier.stack
        plant_vector(
            rows.rows,
            rows.weights,
            rows.linear,
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

        rows = self.rows
        return int(
            kernels.explore_vector(
                self.state,
                self.best,
                self.found,
                self.found_value,
                SPREAD,
                kernels.Stack(*frontier.stack),
                frontier.values,
                _compiled(rows),
                self._level(),
                kernels.VectorRounding(rows.scale, rows.unit, rows.tiny),
                nodes,
                ITERATIONS,
            )
        )

    def climb(self, points: Floats) -> FoundPoints:
        """Ascend locally from points met."""
        return climb_vector(self.rows, points)


def climb_vector(rows: WeightedRows, starts: Floats) -> FoundPoints:
    """Ascend locally from every start."""
    from convex_program.kernels import ascend_vector

    points = np.ascontiguousarray(starts / np.linalg.norm(starts, axis=1)[:, np.newaxis])
    values = np.zeros(len(points))
    ascend_vector(_compiled(rows), points, _STEPS, ITERATIONS, values)
    return FoundPoints(rows, points, values)


def outputs_at(rows: WeightedRows, points: Floats) -> Floats:
    """Return the unit vectors F/|F| at (k, r) points, shape (k, c); zero where F is."""
    from convex_program.kernels import image_of

    out = np.zeros((len(points), rows.weights.shape[1]))
    sizes = [
        image_of(_compiled(rows), point, image) for point, image in zip(points, out, strict=True)
    ]
    return np.asarray(out / np.array([size or 1.0 for size in sizes]).reshape(-1, 1))


def _compiled(rows: WeightedRows) -> VectorRows:
    from convex_program.kernels import VectorRows

    return VectorRows(rows.rows, rows.weights, rows.lengths, rows.sizes, rows.linear)
