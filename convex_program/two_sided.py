"""A value known from both sides in rational numbers, and the floats that are safe to say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction

from convex_program.rounding import relative_gap, round_down, round_up


class TwoSided(ABC):
    """What networks can reach lies between two rational numbers.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.global_optimum(problem)
    >>> isinstance(best, cx.TwoSided), best.lower <= best.upper, best.gap >= 0
    (True, True, True)
    """

    @property
    @abstractmethod
    def exact_upper(self) -> Fraction:
        """The objective of a network."""

    @property
    @abstractmethod
    def exact_lower(self) -> Fraction:
        """A lower bound on every network."""

    @property
    def upper(self) -> float:
        """The network's objective, rounded up."""
        return round_up(self.exact_upper)

    @property
    def lower(self) -> float:
        """The lower bound on every network of any width, rounded down."""
        return round_down(self.exact_lower)

    @property
    def gap(self) -> float:
        """Upper minus lower bound, rounded up."""
        return round_up(self.exact_upper - self.exact_lower)

    @property
    def relative_gap(self) -> float:
        """Gap over upper bound, rounded up; infinite for a gap over an upper bound of 0."""
        return relative_gap(self.exact_upper, self.exact_lower)
