"""What evidence has to say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from convex_program.claim import CellClaim, ConeClaim, Level, PairClaim, PatternClaim
from convex_program.exact_problem import ExactProblem


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a claim keeps of evidence: a list with multipliers, trees of cones, or products of pairs."""

    patterns: PatternClaim | None = None
    cells: tuple[CellClaim, ...] = ()
    cones: ConeClaim | None = None
    pairs: PairClaim | None = None


class Evidence(ABC):
    """Why ``|v.phi(Xu)| <= H |u|`` for a vector v and every u.

    It knows no network, and evaluates its bound from what it stores.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> evidence = cx.global_optimum(problem).certificate.evidence
    >>> evidence.level.value, evidence.pattern_count
    ('proved', 2)
    """

    @abstractmethod
    def square(self, problem: ExactProblem, vector: Sequence[float]) -> Fraction | None:
        """Return an upper bound of ``max |v.phi(Xu)|^2`` over the unit ball, None for no bound.

        Raises
        ------
        ClaimError
            When what is stored does not belong to the problem.
        """

    @property
    @abstractmethod
    def level(self) -> Level:
        """How much is known about the bound."""

    @property
    @abstractmethod
    def pattern_count(self) -> int:
        """Number of activation patterns reasoned over, or a bound of it: see `extent`."""

    @property
    @abstractmethod
    def extent(self) -> str:
        """What `pattern_count` is: "all there are", or a bound of them."""

    @abstractmethod
    def describe(self) -> str:
        """Return level and patterns reasoned over as part of a sentence."""

    @abstractmethod
    def record(self) -> Recorded:
        """Return what a claim needs to prove the bound.

        Raises
        ------
        ClaimError
            When the bound is not proved.
        """


class Unlisted(Evidence):
    """Evidence over all patterns of which none is listed; subclasses hold `most`."""

    most: int
    """A bound of the number of patterns (Cover's)."""

    @property
    def pattern_count(self) -> int:
        """A bound of the number of patterns."""
        return self.most

    @property
    def extent(self) -> str:
        """What `pattern_count` is."""
        return "at most; all there are, none listed"

    def describe(self) -> str:
        """Return level and patterns reasoned over as part of a sentence."""
        return f"{self.level.value} over all (at most {self.most:,}) activation patterns"
