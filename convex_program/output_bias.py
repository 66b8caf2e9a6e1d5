"""What is added to the network's output: nothing, a free constant, or a decayed one.

Derivation.  With a constant b added to every output the Lagrangian gains
``pen(b) - b sum_i v_i``.  Without a penalty the minimum over b is minus infinity unless
``sum v = 0``; with ``beta/2 b^2`` it is ``-(sum v)^2 / (2 beta)``, which the dual loses.  Several
outputs have a constant each: the same holds for each column of v.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np

from convex_program.errors import ArgumentError
from convex_program.fit import Fit
from convex_program.fit import Floats as FloatVector


class OutputBias(ABC):
    """A kind of output bias: its penalty, and its place in the dual.

    Examples
    --------
    >>> import convex_program as cx
    >>> [bias.name for bias in (cx.NoBias(), cx.FreeBias(), cx.DecayedBias())]
    ['none', 'free', 'decayed']
    """

    name: ClassVar[str]
    """The word for this kind in claims."""

    @abstractmethod
    def admit(self, bias: Any) -> None:
        """Raise `ArgumentError` when a network with this bias is not of this kind."""

    @abstractmethod
    def kept(self, value: float) -> float:
        """Return what is left of a bias, or of a derivative by it: itself, or 0."""

    @abstractmethod
    def gradient(self, bias: float, beta: float) -> float:
        """Return the derivative of the penalty."""

    @abstractmethod
    def exact_penalty(self, bias: Fraction, beta: Fraction) -> Fraction:
        """Return the penalty of a bias, of one output."""

    @abstractmethod
    def exact_dual_penalty(self, dual: Sequence[Fraction], beta: Fraction) -> Fraction | None:
        """Return what the dual value loses, or None when v, of one output, is not feasible."""

    def exact_dual_loss(
        self, dual: Sequence[Fraction], beta: Fraction, outputs: int
    ) -> Fraction | None:
        """Return what the dual value loses for all outputs; v is flat, row by row."""
        total = Fraction(0)
        for j in range(outputs):
            penalty = self.exact_dual_penalty(dual[j::outputs], beta)
            if penalty is None:
                return None
            total += penalty
        return total

    @abstractmethod
    def curvature(self, dual: FloatVector, beta: float) -> float:
        """Return k with ``dual penalty of t v = t**2 k / 2``, for one output."""

    def bent(self, dual: FloatVector, beta: float, outputs: int) -> float:
        """Return k with ``dual penalty of t v = t**2 k / 2`` for all outputs; v is flat."""
        return math.fsum(self.curvature(dual[j::outputs], beta) for j in range(outputs))

    @abstractmethod
    def feasible(self, dual: FloatVector, fit: Fit, beta: float) -> FloatVector:
        """Return a dual vector near the given one, in the domain, that `exact_dual_penalty` accepts."""

    @abstractmethod
    def bend(self, beta: float) -> float | None:
        """Return the second derivative of the penalty; None where there is no bias."""

    def fit_zero(self, fit: Fit, beta: float) -> Any:
        """Return the best bias of the network without neurons: a number, or one an output."""
        bend = self.bend(beta)
        return 0.0 if bend is None else fit.best_constant(bend)

    @abstractmethod
    def expression(self, modelling: Any, beta: float) -> tuple[Any, Any]:
        """Return the bias and its penalty in the modelling layer (cvxpy) passed in."""

    def __repr__(self) -> str:
        """Say what it is."""
        return f"{type(self).__name__}()"


@final
class NoBias(OutputBias):
    """Nothing is added to the output.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> problem.output_bias, cx.global_optimum(problem).network.output_bias
    (NoBias(), 0.0)
    """

    name: ClassVar[str] = "none"

    def admit(self, bias: Any) -> None:
        """Refuse any bias but 0."""
        if np.any(np.asarray(bias) != 0):
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

    def feasible(self, dual: FloatVector, fit: Fit, beta: float) -> FloatVector:
        """Return the nearest point of the domain."""
        del beta
        return fit.clip(dual)

    def bend(self, beta: float) -> float | None:
        """Return None."""
        del beta
        return None

    def expression(self, modelling: Any, beta: float) -> tuple[Any, Any]:
        """Return zeros."""
        del modelling, beta
        return 0.0, 0.0


@final
class FreeBias(OutputBias):
    """A constant added to the output, without penalty; the dual gains ``sum v = 0``.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem(
    ...     [[0.0], [0.0]], [1.0, 3.0], beta=2, output_bias=cx.FreeBias()
    ... )
    >>> best = cx.global_optimum(problem)  # the mean, at no cost
    >>> round(float(best.network.output_bias), 6), round(best.upper, 6)
    (2.0, 1.0)
    """

    name: ClassVar[str] = "free"

    def admit(self, bias: Any) -> None:
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

    def feasible(self, dual: FloatVector, fit: Fit, beta: float) -> FloatVector:
        """Return a vector of the domain near v, on a grid on which it adds up to zero exactly."""
        del beta
        return fit.balanced(dual)

    def bend(self, beta: float) -> float | None:
        """Return 0: it costs nothing."""
        del beta
        return 0.0

    def expression(self, modelling: Any, beta: float) -> tuple[Any, Any]:
        """Return a variable and no penalty."""
        del beta
        return modelling.Variable(), 0.0


@final
class DecayedBias(OutputBias):
    """A constant added to the output with penalty ``beta/2 b^2``: PyTorch's default.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem(
    ...     [[0.0], [0.0]], [1.0, 3.0], beta=2, output_bias=cx.DecayedBias()
    ... )
    >>> best = cx.global_optimum(problem)  # ((b - 1)^2 + (b - 3)^2 + 2 b^2) / 2 is least at b = 1
    >>> round(float(best.network.output_bias), 6), round(best.upper, 6)
    (1.0, 3.0)
    """

    name: ClassVar[str] = "decayed"

    def admit(self, bias: Any) -> None:
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
        """Return ``(sum v)^2 / (2 beta)``; without decay as `FreeBias`."""
        total = sum(dual, Fraction(0))
        if beta == 0:
            return Fraction(0) if total == 0 else None
        return total * total / (2 * beta)

    def curvature(self, dual: FloatVector, beta: float) -> float:
        """Return ``(sum v)^2 / beta``."""
        total = math.fsum(dual)
        # Without decay sum v is 0.  The square alone might underflow.
        return total / beta * total if total else 0.0

    def feasible(self, dual: FloatVector, fit: Fit, beta: float) -> FloatVector:
        """Return the nearest point of the domain, or what `FreeBias` makes of v for a tiny beta.

        Where beta is lost beside n the entries' own rounding would cost the dual more than
        everything else; the best bias is that of `FreeBias` up to rounding, and so is the best v.
        """
        if len(dual) + beta == len(dual):
            return FreeBias().feasible(dual, fit, beta)
        return fit.clip(dual)

    def bend(self, beta: float) -> float | None:
        """Return beta."""
        return beta

    def expression(self, modelling: Any, beta: float) -> tuple[Any, Any]:
        """Return a variable and its penalty."""
        # In units in which its penalty is at most 1/2 b^2: solvers stall on larger factors.
        unit = 1.0 / math.sqrt(max(1.0, beta))
        bias = modelling.Variable()
        return unit * bias, beta * unit * unit / 2 * modelling.square(bias)
