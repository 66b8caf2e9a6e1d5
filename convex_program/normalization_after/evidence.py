"""All cells, listed and proved complete, with multipliers that bound what neurons of length one put out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np
import numpy.typing as npt

from convex_program.claim import Level
from convex_program.errors import ClaimError
from convex_program.evidence import Evidence
from convex_program.evidence.base import Recorded
from convex_program.exact_problem import ExactProblem
from convex_program.normalization_after.output_cone import CellOutputs

Floats = npt.NDArray[np.float64]
Multipliers = dict[tuple[int, int], Floats]
"""By number of the cell and sign of the vector: see `OutputCone.square`."""


@final
@dataclass(frozen=True, eq=False)
class OutputCells(Evidence):
    """Why ``|v.phi(Xu)| <= H |phi(Xu)|`` for every u: outputs of normalized neurons have length one.

    Parameters
    ----------
    outputs : CellOutputs
        What all cells put out.
    multipliers : mapping of (cell, sign) to (n,) float64
        For those that signs alone do not bound well; any numbers are valid.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.NormalizationAfterProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> evidence = cx.normalization_after_optimum(problem).certificate.evidence
    >>> evidence.level.value, evidence.pattern_count
    ('proved', 2)
    """

    outputs: CellOutputs
    multipliers: Multipliers

    def square(self, problem: ExactProblem, vector: Sequence[float]) -> Fraction | None:
        """Return the largest ``(v.phi(Xu))^2`` over outputs of length one, in rational arithmetic."""
        outputs = self.outputs
        if outputs.patterns.arrangement.data.fractions != problem.features:
            raise ClaimError("the patterns are those of other data than the problem's")
        if outputs.activation != problem.activation:
            raise ClaimError(
                f"the outputs are those of {outputs.activation!r}, the problem has {problem.activation!r}"
            )
        signed = {sign: [sign * Fraction(v) for v in vector] for sign in (1, -1)}
        largest = Fraction(0)
        for index, cone in enumerate(outputs.cones):
            for sign, v in signed.items():
                found = cone.square(v, None)
                multiplier = self.multipliers.get((index, sign))
                if multiplier is not None and found > largest:
                    found = min(found, cone.square(v, multiplier))
                largest = max(largest, found)
        return largest

    @property
    def level(self) -> Level:
        """Proved: rational numbers over a proved list."""
        return Level.PROVED

    @property
    def pattern_count(self) -> int:
        """Number of patterns of the list: all there are."""
        return len(self.outputs.patterns)

    @property
    def extent(self) -> str:
        """What `pattern_count` is."""
        return "all there are"

    def describe(self) -> str:
        """Return level and patterns reasoned over as part of a sentence."""
        return f"{self.level.value} over all {self.pattern_count:,} activation patterns"

    def record(self) -> Recorded:
        """Refuse: claim files have no place for it."""
        raise ClaimError(
            "a claim is about networks without normalization, or with one before the activation; "
            "normalization after it has no claim file"
        )
