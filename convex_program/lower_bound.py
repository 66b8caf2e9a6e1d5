"""What every certificate is: a lower bound on every network, with what it rests on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction

from convex_program.claim import DualClaim, Level, PatternClaim
from convex_program.problem import TrainingProblem


class LowerBound(ABC):
    """A lower bound on the objective of every network, of any width.

    It knows nothing of any network, and evaluates its bound from what it stores.

    Attributes
    ----------
    problem : TrainingProblem
        The problem the bound is about.
    """

    problem: TrainingProblem

    @property
    @abstractmethod
    def lower(self) -> Fraction:
        """The bound, evaluated in rational arithmetic from what is stored."""

    @property
    @abstractmethod
    def level(self) -> Level:
        """How much is known about it."""

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
    def evidence(self) -> tuple[PatternClaim, DualClaim]:
        """Return what a claim needs to prove the bound.

        Raises
        ------
        ClaimError
            When the bound is not proved: a claim needs a proved certificate.
        """
