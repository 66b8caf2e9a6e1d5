"""Rigorous certificates: a dual vector and a bound on what it does to any neuron."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.certificate import exact_problem
from convex_program.claim import DualClaim, Level, PatternClaim
from convex_program.errors import ArgumentError, ClaimError
from convex_program.lower_bound import LowerBound
from convex_program.pricing import AutoPricing, PricingMethod
from convex_program.problem import TrainingProblem
from convex_program.rounding import round_down

FloatVector = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RigorousCertificate(LowerBound):
    """A rigorous lower bound on the objective of every network, of any width.

    Parameters
    ----------
    problem : TrainingProblem
    vector : tuple of n floats
        v, as exact rationals.
    peak : float
        H with ``|v.(Xu)_+| <= H |u|`` for every u: what pricing returned.  This is the one
        number believed here; it carries rounding bounds, not a proof.
    scale : float
        t, with ``|t| H <= beta`` exactly: t v is feasible if H is what it says.

    Raises
    ------
    ArgumentError
        When the numbers do not belong together.
    """

    problem: TrainingProblem
    vector: tuple[float, ...]
    peak: float
    scale: float

    def __post_init__(self) -> None:
        """Refuse numbers that bound nothing."""
        n = len(self.problem.exact_targets)
        if len(self.vector) != n or not all(math.isfinite(v) for v in self.vector):
            raise ArgumentError(f"vector: a dual vector is {n} finite numbers, one for each row")
        if not (math.isfinite(self.scale) and self.peak >= 0):
            raise ArgumentError(f"scale = {self.scale}, peak = {self.peak}: not a bound")

    @cached_property
    def lower(self) -> Fraction:
        """The dual value of ``scale * vector``, in rational arithmetic, given the peak.

        Raises
        ------
        ClaimError
            When scale and peak do not show the dual vector feasible.
        """
        problem = exact_problem(self.problem)
        scale = Fraction(self.scale)
        if scale and not (
            math.isfinite(self.peak) and abs(scale) * Fraction(self.peak) <= problem.beta
        ):
            raise ClaimError(
                f"the dual vector is not feasible: |{self.scale}| * {self.peak} > beta = "
                f"{round_down(problem.beta):.17g}"
            )
        scaled = [scale * Fraction(v) for v in self.vector]
        penalty = problem.output_bias.exact_dual_penalty(scaled, problem.beta)
        if penalty is None:
            raise ClaimError(f"the dual vector is not feasible for {problem.output_bias!r}")
        return problem.loss.exact_dual_value(scaled, problem.targets) - penalty

    @property
    def level(self) -> Level:
        """Rigorous: the peak is floating point with rounding bounds added."""
        return Level.RIGOROUS

    @cached_property
    def pattern_count(self) -> int:
        """Cover's bound of the number of patterns: none of them is listed."""
        return ar.cover_number(self.problem.arrangement)

    @property
    def extent(self) -> str:
        """What `pattern_count` is."""
        return "at most; all there are, none listed"

    def describe(self) -> str:
        """Return level and patterns reasoned over as part of a sentence."""
        return f"{self.level.value} over all (at most {self.pattern_count:,}) activation patterns"

    def evidence(self) -> tuple[PatternClaim, DualClaim]:
        """Refuse: there is no proof to write down."""
        raise ClaimError(
            "a claim needs a proved certificate, and this bound is rigorous: give "
            "patterns=arrangements.enumerate_patterns(X), which proves it over a list"
        )

    def __repr__(self) -> str:
        """One line: the bound and over how many cells at most."""
        return (
            f"RigorousCertificate(lower={float(self.lower):.12g}, "
            f"at most {self.pattern_count:,} cells)"
        )


def certify_rigorously(
    problem: TrainingProblem, vector: FloatVector, *, pricing: PricingMethod | None = None
) -> RigorousCertificate:
    """Turn any vector into a rigorous certificate, without a list of patterns.

    Parameters
    ----------
    problem : TrainingProblem
    vector : (n,) float64
        Usually the residual ``y - z`` of a network.
    pricing : PricingMethod, optional
        A limit makes the bound weaker, never wrong.

    Returns
    -------
    RigorousCertificate

    Raises
    ------
    ArgumentError
        When the vector is not n finite numbers, or the data have too many dimensions.

    Notes
    -----
    *Exactness.* H is float64 with rounding bounds added; the rest is rational arithmetic.
    """
    method = AutoPricing() if pricing is None else pricing
    vector = problem.output_bias.feasible(np.asarray(vector, dtype=np.float64), problem.decay)
    return certified_by(problem, vector, method.price(problem, vector).bound)


def certified_by(problem: TrainingProblem, vector: FloatVector, peak: float) -> RigorousCertificate:
    """Return the best certificate of a vector with ``|v.(Xu)_+| <= peak |u|``.

    The vector must be one that `OutputBias.feasible` returns.
    """
    curvature = problem.output_bias.curvature(vector, problem.decay)
    best = problem.loss.best_scale(vector, problem.targets, curvature)
    scale = _feasible_scale(best, peak, problem.exact_beta)
    return RigorousCertificate(problem, tuple(vector.tolist()), peak, scale)


def _feasible_scale(best: float, peak: float, beta: Fraction) -> float:
    """Return the float nearest `best` whose size t has ``t peak <= beta``."""
    if not (math.isfinite(best) and math.isfinite(peak)):
        return 0.0
    if abs(Fraction(best)) * Fraction(peak) <= beta:
        return best
    return math.copysign(max(0.0, round_down(beta / Fraction(peak))), best)
