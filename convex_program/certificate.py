"""Certificates: a dual vector, a scale, and the evidence that no neuron violates it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from convex_program.claim import Level
from convex_program.errors import ArgumentError, ClaimError
from convex_program.evidence import Evidence
from convex_program.exact_problem import ExactProblem
from convex_program.problem import TrainingProblem
from convex_program.rounding import root_up, round_down, round_up


@dataclass(frozen=True, eq=False)
class Certificate:
    """A lower bound on the objective of every network, of any width.

    It knows nothing of any network.  The bound is not stored but evaluated from the rest.

    Parameters
    ----------
    problem : TrainingProblem
    vector : tuple of n floats
        v, as exact rationals; of c outputs n c floats, row by row.
    scale : float
        t: what is used is t v.
    evidence : Evidence
        Why no neuron puts out more than beta along t v.

    Raises
    ------
    ArgumentError
        When the numbers do not belong together.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> certificate = cx.global_optimum(problem).certificate
    >>> certificate.level.value, round(float(certificate.lower), 9)
    ('proved', 1.25)
    """

    problem: TrainingProblem
    vector: tuple[float, ...]
    scale: float
    evidence: Evidence

    def __post_init__(self) -> None:
        """Refuse numbers that bound nothing."""
        n = len(self.problem.exact_targets)
        if len(self.vector) != n or not all(math.isfinite(v) for v in self.vector):
            raise ArgumentError(f"vector: a dual vector is {n} finite numbers, one for each row")
        if not math.isfinite(self.scale):
            raise ArgumentError(f"scale = {self.scale} is not finite")

    @cached_property
    def lower(self) -> Fraction:
        """The dual value of ``scale * vector``, in rational arithmetic.

        Raises
        ------
        ClaimError
            When the evidence does not show the dual vector feasible.
        """
        return dual_bound(self.problem.exact, self.vector, self.scale, self.evidence)

    @property
    def level(self) -> Level:
        """How much is known about the bound."""
        return self.evidence.level

    @property
    def pattern_count(self) -> int:
        """Number of patterns reasoned over, or a bound of it."""
        return self.evidence.pattern_count

    def describe(self) -> str:
        """Return level and patterns reasoned over as part of a sentence."""
        return self.evidence.describe()

    def __repr__(self) -> str:
        """One line: the bound and over how many cells."""
        return f"Certificate(lower={float(self.lower):.12g}, {self.describe()})"


def dual_bound(
    problem: ExactProblem, vector: tuple[float, ...], scale: float, evidence: Evidence
) -> Fraction:
    """Return the dual value of ``scale * v`` after checking that it is feasible.

    Raises
    ------
    ClaimError
        When some neuron may exceed beta, or loss or biases forbid the vector.
    """
    return bound_at(problem, vector, scale, evidence.square(problem, vector))


def bound_at(
    problem: ExactProblem, vector: tuple[float, ...], scale: float, square: Fraction | None
) -> Fraction:
    """Return the dual value of ``scale * v``, given a bound of what any neuron does along v.

    Parameters
    ----------
    problem : ExactProblem
    vector : tuple of n floats
    scale : float
    square : Fraction or None
        As `Evidence.square` returns it, for all neurons or for those the bound is to hold for.

    Raises
    ------
    ClaimError
        When some neuron may exceed beta, or loss or biases forbid the vector.
    """
    if not math.isfinite(scale):
        raise ClaimError(f"the scale {scale} of the dual vector is not finite")
    factor = Fraction(scale)
    if factor and (square is None or factor * factor * square > problem.beta**2):
        reached = math.inf if square is None else round_up(abs(factor) * Fraction(root_up(square)))
        raise ClaimError(
            f"the dual vector is not feasible: some cell reaches {reached:.17g} > beta = "
            f"{round_down(problem.beta):.17g}"
        )
    return problem.dual_value([factor * Fraction(v) for v in vector])
