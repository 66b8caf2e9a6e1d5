"""What is known of all optima of one problem."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from arrangements.html import block, paragraph, table
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.optimal_set.weights import WeightPolytope
from convex_program.optimum import GlobalOptimum
from convex_program.pictures import draw_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]


class Answer(Enum):
    """What is known of a yes-or-no question.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> cx.optimal_set(problem).unique
    <Answer.YES: 'yes, proved'>
    """

    YES = "yes, proved"
    NO = "no, proved"
    UNDECIDED = "undecided"


@dataclass(frozen=True, eq=False, repr=False)
class OptimalSet:
    """All optimal networks of a problem: directions, and the polytope of their weights.

    Every optimal network, of any width, has its neurons along these directions, with weights c from the
    polytope; a weight may be shared out among several neurons of one direction, and zero neurons added.

    Parameters
    ----------
    optimum : GlobalOptimum
        One optimum, with its bound.
    directions : (k, q) float64
        Unit vectors: no neuron of an optimum lies anywhere else.
    signs : (k,) int8
        Of the output weights along them.
    polytope : WeightPolytope
        Weights ``c_k = |w| |alpha|`` in all.
    unique : Answer
        Whether there is only one optimum up to sharing out.
    exact : bool
        Whether the dual optimum is known as rational numbers: then all here is exact but for
        the rounding of directions.
    certain : bool
        Whether the widths are proved, not only found to working accuracy.
    cells : int
        Number of activation patterns; twice as many places were looked at.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> optima = cx.optimal_set(problem)
    >>> optima.directions.tolist(), optima.signs.tolist(), optima.smallest_width
    ([[-1.0], [1.0]], [1, 1], 2)
    """

    optimum: GlobalOptimum
    directions: FloatMatrix
    signs: npt.NDArray[np.int8]
    polytope: WeightPolytope
    unique: Answer
    exact: bool
    certain: bool
    cells: int

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        self.directions.setflags(write=False)
        self.signs.setflags(write=False)

    @property
    def smallest_width(self) -> int | None:
        """Fewest neurons of an optimum, m*; None when not found."""
        return self.polytope.smallest

    @property
    def largest_width(self) -> int | None:
        """Most neurons of an optimum none of which can be left out, M*; None when not found."""
        return self.polytope.largest

    @property
    def connected_from(self) -> int | None:
        """Number of neurons from which on all optima hang together; None when not known."""
        fewest, most = self.smallest_width, self.largest_width
        if fewest is None or most is None:
            return None
        return min(fewest + most, len(self.optimum.problem.targets) + 1)

    def network(self, weights: FloatVector | None = None) -> Network:
        """Return the optimal network of some weights, one neuron for each that is not zero.

        Parameters
        ----------
        weights : (k,) float64, optional
            From the polytope; by default ones with the fewest neurons found.

        Raises
        ------
        ArgumentError
            When there are not k weights, or one is negative.
        """
        given = np.asarray(self.polytope.weights if weights is None else weights, dtype=np.float64)
        if given.shape != self.signs.shape or not (given >= 0.0).all():
            raise ArgumentError(
                f"weights = {given!r}: {len(self.signs)} numbers from 0 on are needed, one a direction"
            )
        kept = np.flatnonzero(given)
        roots = np.sqrt(given[kept])
        empty = self.optimum.problem.gauge.empty(0.0)
        return empty.with_weights(
            self.directions[kept] * roots[:, np.newaxis],
            (self.signs[kept].astype(np.float64) * roots)[:, np.newaxis],
        )

    def minimal_networks(self) -> tuple[Network, ...]:
        """Return every optimum none of whose neurons can be left out, the fewest neurons first.

        Raises
        ------
        ArgumentError
            When they were too many to list.
        """
        if self.polytope.vertices is None:
            raise ArgumentError(
                f"the weights of {len(self.signs)} directions have too many vertices to list them; "
                "network() is one of the narrowest found"
            )
        order = np.argsort((self.polytope.vertices > 0.0).sum(axis=1), kind="stable")
        return tuple(self.network(self.polytope.vertices[i]) for i in order)

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw the range of every direction's optimal weights, and the vertices.

        Parameters
        ----------
        axes : matplotlib.axes.Axes, optional
            New ones by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        polytope = self.polytope
        return draw_weights(polytope.low, polytope.high, polytope.vertices, axes)

    def summary(self) -> str:
        """Say in a few lines what the optima are."""
        polytope, count, best = self.polytope, len(self.signs), self.optimum
        lines = [
            f"Objective: {best.problem.objective_text}.",
            f"Optimal value          {best.upper:.12g}  (relative gap {best.relative_gap:.2g})",
            f"Directions             {count} of {2 * self.cells:,} cells with a sign can have a neuron",
            f"Only one optimum       {self.unique.value}{self._spread()}",
        ]
        known = "proved" if self.certain else "to working accuracy"
        if polytope.smallest is not None:
            lines.append(f"Fewest neurons m*      {polytope.smallest}  ({known})")
        if polytope.largest is not None:
            lines.append(f"Most, none idle, M*    {polytope.largest}  ({known})")
        if self.connected_from:
            lines.append(
                f"Optima of m neurons    finitely many for m = {polytope.smallest}, with a continuum "
                f"from {(polytope.smallest or 0) + 1} on, some isolated up to {polytope.largest}, "
                f"connected from {self.connected_from} on"
            )
        return "\n".join(lines)

    def _spread(self) -> str:
        size, vertices = self.polytope.dimension, self.polytope.vertices
        if size == 0:
            return "" if self.unique is Answer.YES else "; to working accuracy there is one"
        listed = "" if vertices is None else f" with {len(vertices)} vertices"
        where = "" if self.exact else "; to working accuracy"
        return f"{where}: the weights form a polytope of dimension {size}{listed}"

    def _repr_html_(self) -> str:
        """Return what notebooks show: the summary, and a table of the directions that sorts."""
        low, high = self.polytope.low, self.polytope.high
        heads = ("direction", *(f"u{k}" for k in range(self.directions.shape[1])))
        rows = (
            (
                k,
                *(f"{x:.6g}" for x in self.directions[k]),
                f"{self.signs[k]:+d}",
                f"{low[k]:.6g}",
                f"{high[k]:.6g}",
            )
            for k in range(len(self.signs))
        )
        listed = table(
            (*heads, "sign", "least weight", "largest weight"),
            rows,
            count=len(self.signs),
            noun="directions",
        )
        return block(*(paragraph(line) for line in self.summary().splitlines()), listed)

    def __repr__(self) -> str:
        """One line: directions, uniqueness, widths."""
        return (
            f"OptimalSet({len(self.signs)} directions, only one: {self.unique.value}, "
            f"m*={self.smallest_width}, M*={self.largest_width})"
        )
