"""What is added to the network's output: nothing, a free constant, or a decayed one.

Derivation.  With a constant b added to every output the Lagrangian gains
``pen(b) - b sum_i v_i``.  Without a penalty the minimum over b is minus infinity unless
``sum v = 0``; with ``beta/2 b^2`` it is ``-(sum v)^2 / (2 beta)``, which the dual loses.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np

from convex_program.errors import ArgumentError
from convex_program.losses import Loss
from convex_program.losses.base import FloatVector
from convex_program.norms import power_of_two

_SMALLEST_UNIT, _LARGEST_UNIT = 2.0**-900, 2.0**1000


class OutputBias(ABC):
    """A kind of output bias: its penalty, and its place in the dual."""

    name: ClassVar[str]
    """The word for this kind in claims."""

    @abstractmethod
    def admit(self, bias: float) -> None:
        """Raise `ArgumentError` when a network with this bias is not of this kind."""

    @abstractmethod
    def kept(self, value: float) -> float:
        """Return what is left of a bias, or of a derivative by it: itself, or 0."""

    @abstractmethod
    def gradient(self, bias: float, beta: float) -> float:
        """Return the derivative of the penalty."""

    @abstractmethod
    def exact_penalty(self, bias: Fraction, beta: Fraction) -> Fraction:
        """Return the penalty of a bias."""

    @abstractmethod
    def exact_dual_penalty(self, dual: Sequence[Fraction], beta: Fraction) -> Fraction | None:
        """Return what the dual value loses, or None when v is not feasible."""

    @abstractmethod
    def curvature(self, dual: FloatVector, beta: float) -> float:
        """Return c with ``dual penalty of t v = t**2 c / 2``."""

    @abstractmethod
    def feasible(self, dual: FloatVector, beta: float) -> FloatVector:
        """Return a dual vector near the given one that `exact_dual_penalty` accepts."""

    @abstractmethod
    def left_over(self, rows: int, beta: float) -> float:
        """Return which part of ``sum (y - z)`` the best bias leaves, for the squared loss.

        The best bias is then ``(1 - part) sum (y - z) / rows``.
        """

    @abstractmethod
    def fit_zero(self, loss: Loss, targets: FloatVector, beta: float) -> float:
        """Return the best bias of the network without neurons."""

    @abstractmethod
    def expression(self, modelling: Any, beta: float) -> tuple[Any, Any]:
        """Return the bias and its penalty in the modelling layer (cvxpy) passed in."""

    def __repr__(self) -> str:
        """Say what it is."""
        return f"{type(self).__name__}()"


@final
class NoBias(OutputBias):
    """Nothing is added to the output."""

    name: ClassVar[str] = "none"

    def admit(self, bias: float) -> None:
        """Refuse any bias but 0."""
        if bias != 0:
            raise ArgumentError(
                f"the network's output_bias is {bias}, but the problem has output_bias=NoBias(); "
                "use FreeBias() or DecayedBias()"
            )

    def kept(self, value: float) -> float:
        """Return 0."""
        del value
        return 0.0

    def gradient(self, bias: float, beta: float) -> float:
        """Return 0."""
        del bias, beta
        return 0.0

    def exact_penalty(self, bias: Fraction, beta: Fraction) -> Fraction:
        """Return 0."""
        del bias, beta
        return Fraction(0)

    def exact_dual_penalty(self, dual: Sequence[Fraction], beta: Fraction) -> Fraction | None:
        """Return 0."""
        del dual, beta
        return Fraction(0)

    def curvature(self, dual: FloatVector, beta: float) -> float:
        """Return 0."""
        del dual, beta
        return 0.0

    def feasible(self, dual: FloatVector, beta: float) -> FloatVector:
        """Return v itself."""
        del beta
        return dual

    def left_over(self, rows: int, beta: float) -> float:
        """Return 1: there is no bias to take anything."""
        del rows, beta
        return 1.0

    def fit_zero(self, loss: Loss, targets: FloatVector, beta: float) -> float:
        """Return 0."""
        del loss, targets, beta
        return 0.0

    def expression(self, modelling: Any, beta: float) -> tuple[Any, Any]:
        """Return zeros."""
        del modelling, beta
        return 0.0, 0.0


@final
class FreeBias(OutputBias):
    """A constant added to the output, without penalty; the dual gains ``sum v = 0``."""

    name: ClassVar[str] = "free"

    def admit(self, bias: float) -> None:
        """Accept any bias."""

    def kept(self, value: float) -> float:
        """Return the value itself."""
        return value

    def gradient(self, bias: float, beta: float) -> float:
        """Return the derivative of the penalty."""
        del bias, beta
        return 0.0

    def exact_penalty(self, bias: Fraction, beta: Fraction) -> Fraction:
        """Return 0."""
        del bias, beta
        return Fraction(0)

    def exact_dual_penalty(self, dual: Sequence[Fraction], beta: Fraction) -> Fraction | None:
        """Return 0 when the entries of v add up to zero, exactly."""
        del beta
        return Fraction(0) if sum(dual) == 0 else None

    def curvature(self, dual: FloatVector, beta: float) -> float:
        """Return 0."""
        del dual, beta
        return 0.0

    def feasible(self, dual: FloatVector, beta: float) -> FloatVector:
        """Return v minus its mean, rounded to a grid on which it adds up to zero exactly.

        Notes
        -----
        Entries are scaled to size at most 2 and rounded to multiples of a grid of
        2**(reserve - 51), so an entry is at most 2**(52 - reserve) steps.  What is left
        over, at most n / 2 steps, is taken off the largest entry, which stays below 2**53
        steps and is a float64.
        """
        del beta
        unit = power_of_two(dual)
        if not _SMALLEST_UNIT <= unit <= _LARGEST_UNIT:
            # Near the ends of float64 the grid would leave it; zero is feasible.
            return np.zeros_like(dual)
        scaled = dual / unit
        centred = scaled - scaled.mean()
        reserve = 2 + int(np.ceil(np.log2(len(dual) + 1)))
        grid = 2.0 ** (reserve - 51)
        steps = np.rint(centred / grid).astype(np.int64)
        steps[int(np.argmax(np.abs(steps)))] -= int(steps.sum())
        return np.asarray(steps * (grid * unit))

    def left_over(self, rows: int, beta: float) -> float:
        """Return 0: residuals add up to zero."""
        del rows, beta
        return 0.0

    def fit_zero(self, loss: Loss, targets: FloatVector, beta: float) -> float:
        """Return the mean of the targets, which is best for the squared loss."""
        del loss, beta
        return float(targets.mean())

    def expression(self, modelling: Any, beta: float) -> tuple[Any, Any]:
        """Return a variable and no penalty."""
        del beta
        return modelling.Variable(), 0.0


@final
class DecayedBias(OutputBias):
    """A constant added to the output with penalty ``beta/2 b^2``: PyTorch's default."""

    name: ClassVar[str] = "decayed"

    def admit(self, bias: float) -> None:
        """Accept any bias."""

    def kept(self, value: float) -> float:
        """Return the value itself."""
        return value

    def gradient(self, bias: float, beta: float) -> float:
        """Return the derivative of the penalty."""
        return beta * bias

    def exact_penalty(self, bias: Fraction, beta: Fraction) -> Fraction:
        """Return ``beta/2 b^2``."""
        return beta * bias * bias / 2

    def exact_dual_penalty(self, dual: Sequence[Fraction], beta: Fraction) -> Fraction | None:
        """Return ``(sum v)^2 / (2 beta)``."""
        total = sum(dual, Fraction(0))
        return total * total / (2 * beta)

    def curvature(self, dual: FloatVector, beta: float) -> float:
        """Return ``(sum v)^2 / beta``."""
        total = math.fsum(dual)
        # The square alone might underflow.
        return total / beta * total

    def feasible(self, dual: FloatVector, beta: float) -> FloatVector:
        """Return v itself, or what `FreeBias` makes of it where beta is lost beside n.

        There the entries' own rounding would cost the dual more than everything else; the best
        bias is that of `FreeBias` up to rounding, and so is the best v.
        """
        return FreeBias().feasible(dual, beta) if len(dual) + beta == len(dual) else dual

    def left_over(self, rows: int, beta: float) -> float:
        """Return ``beta / (rows + beta)``."""
        return beta / (rows + beta)

    def fit_zero(self, loss: Loss, targets: FloatVector, beta: float) -> float:
        """Return ``sum y / (n + beta)``, which is best for the squared loss."""
        del loss
        return float(targets.sum() / (len(targets) + beta))

    def expression(self, modelling: Any, beta: float) -> tuple[Any, Any]:
        """Return a variable and its penalty."""
        # In units in which its penalty is at most 1/2 b^2: solvers stall on larger factors.
        unit = 1.0 / math.sqrt(max(1.0, beta))
        bias = modelling.Variable()
        return unit * bias, beta * unit * unit / 2 * modelling.square(bias)
