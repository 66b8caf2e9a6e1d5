"""A number that pricing returned: rigorous, not proved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from convex_program.claim import Level
from convex_program.errors import ArgumentError, ClaimError
from convex_program.evidence.base import Recorded, Unlisted
from convex_program.exact_problem import ExactProblem


@final
@dataclass(frozen=True, slots=True)
class Priced(Unlisted):
    """A peak H with ``|v.phi(Xu)| <= H |u|`` for every u, in floating point with rounding bounds.

    Parameters
    ----------
    peak : float
        Infinite when nothing was priced.  This is the one number that is believed.
    most : int
        A bound of the number of patterns (Cover's): none of them is listed.

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> evidence = cx.certify_rigorously(problem, np.array([1.0, 1.0])).evidence
    >>> isinstance(evidence, cx.Priced), evidence.level.value, evidence.peak >= 1
    (True, 'rigorous', True)
    """

    peak: float
    most: int

    def __post_init__(self) -> None:
        """Refuse what is no bound."""
        if not self.peak >= 0:
            raise ArgumentError(f"peak = {self.peak}: not a bound")

    def square(self, problem: ExactProblem, vector: Sequence[float]) -> Fraction | None:
        """Return the peak squared."""
        del problem, vector
        return Fraction(self.peak) ** 2 if math.isfinite(self.peak) else None

    @property
    def level(self) -> Level:
        """Rigorous: floating point with rounding bounds added."""
        return Level.RIGOROUS

    def record(self) -> Recorded:
        """Refuse: there is no proof to write down."""
        raise ClaimError(
            "a claim needs a proved certificate, and this bound is rigorous: give level=Level.PROVED, or "
            "patterns=arrangements.enumerate_patterns(X), which proves it over a list"
        )
