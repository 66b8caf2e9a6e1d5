"""Certificates: a dual vector with its multipliers over a complete pattern list."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.claim import CellClaim, DualClaim, Level, PatternClaim
from convex_program.errors import ArgumentError
from convex_program.lower_bound import LowerBound
from convex_program.pricing import price_cells
from convex_program.problem import TrainingProblem
from convex_program.rounding import root_down
from convex_program.verify import ExactProblem, dual_bound, largest_square

FloatVector = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Certificate(LowerBound):
    """A proved lower bound on the objective of every network, of any width.

    It knows nothing of any network.  The bound is not stored but evaluated from the rest.

    Parameters
    ----------
    problem : TrainingProblem
    patterns : CompletePatterns
        The cells: all of them, which is what makes the bound hold for all networks.
    dual : DualClaim
        The vector, its scale and the multipliers, as floats, which are exact rationals.

    Raises
    ------
    ArgumentError
        When the patterns are not complete, or of other data.
    """

    problem: TrainingProblem
    patterns: ar.CompletePatterns
    dual: DualClaim

    def __post_init__(self) -> None:
        """Refuse pattern lists that prove nothing about this problem."""
        require_complete(self.problem, self.patterns)

    @cached_property
    def lower(self) -> Fraction:
        """The bound, in rational arithmetic.

        Raises
        ------
        ClaimError
            When the multipliers do not show the dual vector feasible.
        """
        activations = self.patterns.activations()
        return dual_bound(exact_problem(self.problem), activations, self.dual)

    @property
    def level(self) -> Level:
        """Proved: rational numbers over a proved list."""
        return Level.PROVED

    @property
    def pattern_count(self) -> int:
        """Number of patterns of the list: all there are."""
        return len(self.patterns)

    @property
    def extent(self) -> str:
        """What `pattern_count` is."""
        return "all there are"

    def describe(self) -> str:
        """Return level and patterns reasoned over as part of a sentence."""
        return f"{self.level.value} over all {self.pattern_count:,} activation patterns"

    def evidence(self) -> tuple[PatternClaim, DualClaim]:
        """Return the pattern list with its proof, and the dual vector with its multipliers."""
        patterns = self.patterns
        listed = PatternClaim(
            packed=tuple(row.tobytes() for row in patterns.packed),
            witnesses=tuple(patterns.witness(i) for i in range(len(patterns))),
            completion=ar.completion_record(patterns.completion),
        )
        return listed, self.dual

    def __repr__(self) -> str:
        """One line: the bound and over how many cells."""
        return f"Certificate(lower={float(self.lower):.12g}, {len(self.patterns)} cells)"


def certify_dual(
    problem: TrainingProblem,
    patterns: ar.CompletePatterns,
    vector: FloatVector,
    *,
    progress: ar.Listener = ar.silent,
) -> Certificate:
    """Turn any vector into a certificate; the nearer to the dual optimum, the better.

    Parameters
    ----------
    problem : TrainingProblem
    patterns : CompletePatterns
    vector : (n,) float64
        Usually the residual ``y - z`` of a network or of a convex solution.
    progress : Listener

    Returns
    -------
    Certificate
        Level *proved*: its bound is evaluated in rational arithmetic.

    Notes
    -----
    *Algorithm.* Price all cells in floating point, evaluate the largest bound H exactly,
    then use v at the scale ``t = min(best, beta / H)``, rounded towards zero until
    ``t H <= beta`` holds exactly.
    """
    require_complete(problem, patterns)
    return Certificate(problem, patterns, feasible_dual(problem, patterns, vector, progress))


def feasible_dual(
    problem: TrainingProblem,
    patterns: ar.PatternList,
    vector: FloatVector,
    progress: ar.Listener,
) -> DualClaim:
    """Scale a vector until it is feasible on the cells listed; return it with its multipliers.

    Over a complete list that bounds every network, over any other only the program
    restricted to it.
    """
    loss, bias = problem.loss, problem.output_bias
    vector = np.asarray(vector, dtype=np.float64)
    if vector.shape != problem.targets.shape or not np.isfinite(vector).all():
        raise ArgumentError(
            f"vector has shape {vector.shape}; a dual vector is {len(problem.targets)} finite "
            "numbers, one for each row"
        )
    vector = bias.feasible(vector, problem.decay)
    best = loss.best_scale(vector, problem.targets, bias.curvature(vector, problem.decay))
    # Where t |X' D v| <= beta already holds with room to spare no multipliers are needed.
    room = 0.999 * problem.decay / abs(best) if best else math.inf
    cells = _priced(problem, patterns, vector, room, progress)
    square = _peak(problem, patterns, vector, cells)
    scale = _feasible_scale(best, square, problem.exact_beta)
    return DualClaim(tuple(vector.tolist()), scale, cells)


def require_complete(problem: TrainingProblem, patterns: ar.PatternList) -> None:
    """Raise `ArgumentError` unless the patterns are all those of the problem's data."""
    if not isinstance(patterns, ar.CompletePatterns):
        raise ArgumentError(
            f"patterns = {patterns!r}: a claim about global optima needs CompletePatterns "
            "(arrangements.enumerate_patterns)"
        )
    if patterns.arrangement.data.digest != problem.arrangement.data.digest:
        raise ArgumentError("patterns: they are those of other data than the problem's")
    if not patterns.arrangement.domain.is_whole_space:
        raise ArgumentError(
            "patterns: they are complete only inside a cone; a claim about global optima "
            "needs the whole space"
        )


def exact_problem(problem: TrainingProblem) -> ExactProblem:
    """Return a training problem in rational numbers."""
    return ExactProblem(
        problem.architecture.exact_rows(problem.data),
        problem.exact_targets,
        problem.exact_beta,
        problem.loss,
        problem.output_bias,
    )


def exact_peak(
    problem: TrainingProblem,
    patterns: ar.CompletePatterns,
    vector: FloatVector,
    *,
    progress: ar.Listener = ar.silent,
) -> Fraction:
    """Return an exact upper bound of ``max |v.(Xu)_+|^2`` over the unit ball."""
    cells = _priced(problem, patterns, vector, 0.0, progress)
    return _peak(problem, patterns, vector, cells)


def _peak(
    problem: TrainingProblem,
    patterns: ar.PatternList,
    vector: FloatVector,
    cells: tuple[CellClaim, ...],
) -> Fraction:
    rows = problem.architecture.exact_rows(problem.data)
    return largest_square(rows, patterns.activations(), tuple(vector.tolist()), cells)


def _priced(
    problem: TrainingProblem,
    patterns: ar.PatternList,
    vector: FloatVector,
    threshold: float,
    progress: ar.Listener,
) -> tuple[CellClaim, ...]:
    found = price_cells(problem, patterns, vector, threshold=threshold, progress=progress)
    return tuple(
        CellClaim(
            int(found.cells[i]),
            int(found.signs[i]),
            tuple(found.rows[found.starts[i] : found.starts[i + 1]].tolist()),
            tuple(found.values[found.starts[i] : found.starts[i + 1]].tolist()),
        )
        for i in range(len(found.cells))
    )


def _feasible_scale(best: float, square: Fraction, beta: Fraction) -> float:
    """Return the float nearest `best` whose size t has ``t**2 square <= beta**2``."""
    if Fraction(best) ** 2 * square <= beta * beta:
        return best
    # best != 0 and square > 0 here.
    return math.copysign(root_down(beta * beta / square), best)
