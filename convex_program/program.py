"""The convex program over a list of patterns: two blocks a cell, one cone constraint each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.problem import TrainingProblem

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ConvexProgram:
    """``min f(sum_i G_i X (u_i - v_i) + b) + beta sum_i (|u_i| + |v_i|)`` over given cells.

    G_i are the gains of the rows in cell i, 1 and 0 for the ReLU.

    The blocks obey ``(2 D_i - I) X u_i >= 0`` and the same for v_i.

    Parameters
    ----------
    problem : TrainingProblem
    patterns : CompletePatterns or PatternSubset
        The cells.  Over a subset the value is an upper bound of the one over all.

    Notes
    -----
    Pattern lists of open cells suffice: their closures cover the space, and
    ``D_i X u = (X u)_+`` on the closure.

    Examples
    --------
    >>> import arrangements as ar
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> program = cx.ConvexProgram(problem, ar.enumerate_patterns(problem.arrangement))
    >>> program.activations.astype(int).tolist()  # which rows are active in each cell
    [[1, 0], [0, 1]]
    >>> round(cx.FullPattern().solve(program).objective, 6)
    1.25
    """

    problem: TrainingProblem
    patterns: ar.PatternList

    def __post_init__(self) -> None:
        """Refuse patterns of other data, and several outputs."""
        self.problem.require_one_output(
            "problem: the convex program over a list of patterns is about one output",
            "global_optimum solves it without a list",
        )
        if self.patterns.arrangement.data.digest != self.problem.arrangement.data.digest:
            raise ArgumentError("the patterns are those of other data than the problem's")
        if isinstance(self.patterns, ar.CompletePatterns) and not (
            self.patterns.arrangement.domain.is_whole_space
        ):
            raise ArgumentError(
                "the patterns are complete only inside a cone; the program needs the whole space"
            )

    @cached_property
    def activations(self) -> npt.NDArray[np.bool_]:
        """The patterns as booleans, shape (P, n)."""
        return self.patterns.activations()

    def outputs(self, blocks: FloatMatrix) -> FloatVector:
        """Return ``sum_i G_i X w_i`` for blocks w of shape (P, q): shape (n,)."""
        products = blocks @ self.problem.features.T
        return np.asarray((products * self.problem.gauge.gains(self.activations)).sum(axis=0))
