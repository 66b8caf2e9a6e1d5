"""A value known from both sides in rational numbers, and the floats that are safe to say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import Any

from convex_program.claim import Level
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


class LeveledSides(TwoSided):
    """Both sides, and how much is known of the lower one: what records of optima and verdicts say of it.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.global_optimum(problem)
    >>> best.level.value, repr(best).startswith("GlobalOptimum(upper=1.25, lower=1.2")
    ('proved', True)
    """

    @property
    @abstractmethod
    def level(self) -> Level:
        """How much is known of the lower bound."""

    def _numbers(self) -> dict[str, Any]:
        """Return bounds, gaps and level as plain JSON values."""
        return {
            "upper": self.upper,
            "lower": self.lower,
            "gap": self.gap,
            "relative_gap": self.relative_gap,
            "level": self.level.value,
        }

    def _lines(self, objective: str, *, network: str, bound: str, level: str = "") -> list[str]:
        """Return the first lines of a summary.

        Parameters
        ----------
        objective : str
            What is minimized.
        network, bound, level : str
            What stands behind the numbers: about whose objective, a bound on whom, and by which reasons.
        """
        return [
            f"Objective: {objective}.",
            f"Objective of the network   {self.upper:.12g}  ({network})",
            f"Certified lower bound      {self.lower:.12g}  ({bound})",
            f"Gap                        {self.gap:.3g}  (relative {self.relative_gap:.3g})",
            f"Level                      {self.level.value}{level}",
        ]

    def __repr__(self) -> str:
        """One line: both bounds and the level."""
        return (
            f"{type(self).__name__}(upper={self.upper:.12g}, lower={self.lower:.12g}, "
            f"relative_gap={self.relative_gap:.2g}, {self.level.value})"
        )
