"""All cells, listed and proved complete, with multipliers that bound each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import arrangements as ar
from convex_program.claim import CellClaim, Level, PatternClaim
from convex_program.errors import ArgumentError, ClaimError
from convex_program.evidence.base import Evidence, Recorded
from convex_program.evidence.cells import largest_square
from convex_program.exact_problem import ExactProblem


@final
@dataclass(frozen=True, eq=False)
class ListedCells(Evidence):
    """Multipliers over a complete list of patterns: proved.

    Parameters
    ----------
    patterns : CompletePatterns
        The cells: all of them, which is what makes the bound hold for all networks.
    cells : tuple of CellClaim
        Nonnegative multipliers as floats, which are exact rationals.

    Raises
    ------
    ArgumentError
        When the patterns are not complete in the whole space.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> evidence = cx.global_optimum(problem).certificate.evidence
    >>> isinstance(evidence, cx.ListedCells), len(evidence.patterns)
    (True, 2)
    """

    patterns: ar.CompletePatterns
    cells: tuple[CellClaim, ...]

    def __post_init__(self) -> None:
        """Refuse pattern lists that prove nothing."""
        require_complete(self.patterns)

    def square(self, problem: ExactProblem, vector: Sequence[float]) -> Fraction | None:
        """Return the largest squared norm over all cells and both signs, in rational arithmetic."""
        data = self.patterns.arrangement.data
        # Rows that differ by positive factors have the same cells, and the same digest.
        if (
            data.fractions != problem.features
            and data.digest != ar.DataMatrix.from_array(problem.features).digest
        ):
            raise ClaimError("the patterns are those of other data than the problem's")
        return largest_square(problem, self.patterns.activations(), vector, self.cells)

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

    def record(self) -> Recorded:
        """Return the pattern list with its proof, and the multipliers."""
        patterns = self.patterns
        listed = PatternClaim(
            packed=tuple(row.tobytes() for row in patterns.packed),
            witnesses=tuple(patterns.witness(i) for i in range(len(patterns))),
            completion=ar.completion_record(patterns.completion),
        )
        return Recorded(patterns=listed, cells=self.cells)


def require_complete(patterns: ar.PatternList, arrangement: ar.Arrangement | None = None) -> None:
    """Raise `ArgumentError` unless the patterns are all those of an arrangement.

    Parameters
    ----------
    patterns : PatternList
    arrangement : Arrangement, optional
        Whose they should be; any by default.
    """
    if not isinstance(patterns, ar.CompletePatterns):
        raise ArgumentError(
            f"patterns = {patterns!r}: a claim about global optima needs CompletePatterns "
            "(arrangements.enumerate_patterns)"
        )
    if arrangement is not None and patterns.arrangement.data.digest != arrangement.data.digest:
        raise ArgumentError("patterns: they are those of other data than the problem's")
    if not patterns.arrangement.domain.is_whole_space:
        raise ArgumentError(
            "patterns: they are complete only inside a cone; a claim about global optima "
            "needs the whole space"
        )
