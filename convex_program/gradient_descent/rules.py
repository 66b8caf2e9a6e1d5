"""How a gradient becomes a step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError

FloatVector = npt.NDArray[np.float64]
Stepper: TypeAlias = Callable[[FloatVector], FloatVector]
"""Takes the gradient; returns the step to go against, for a rate of one."""


@dataclass(frozen=True, slots=True)
class Rule(ABC):
    """A rule with its first rate; final subclasses are frozen records.

    Parameters
    ----------
    rate : float
        Step size at the beginning, for the gradient of the problem's objective: where
        others minimize the mean squared error of n rows, their rate times ``2 / n`` is ours
        times one.

    Examples
    --------
    >>> [rule(0.1).rate for rule in (Steepest, Momentum, Adam, Adagrad)]
    [0.1, 0.1, 0.1, 0.1]
    """

    rate: float = 0.02

    def __post_init__(self) -> None:
        """Refuse rates that go nowhere."""
        if not 0 < self.rate < np.inf:
            raise ArgumentError(f"rate = {self.rate!r} must be a positive number")

    @abstractmethod
    def stepper(self, size: int) -> Stepper:
        """Return a new run's function from gradients of so many weights to steps."""


@dataclass(frozen=True, slots=True)
class Steepest(Rule):
    """The gradient itself: plain descent, stochastic where there are batches.

    Examples
    --------
    >>> Steepest().stepper(2)(np.array([3.0, -4.0])).tolist()
    [3.0, -4.0]
    """

    def stepper(self, size: int) -> Stepper:
        """Return the identity."""
        del size
        return lambda gradient: gradient


@dataclass(frozen=True, slots=True)
class Momentum(Rule):
    """A ball that rolls: the step is the gradient and a share of the last step.

    Parameters
    ----------
    rate : float
    share : float
        Of the last step, at least 0 and below 1.

    Notes
    -----
    *Reference.* Polyak 1964.

    Examples
    --------
    >>> step = Momentum(share=0.5).stepper(1)
    >>> [step(np.ones(1)).item() for _ in range(3)]
    [1.0, 1.5, 1.75]
    """

    share: float = 0.9

    def __post_init__(self) -> None:
        """Refuse shares with which steps would grow for ever."""
        Rule.__post_init__(self)
        if not 0 <= self.share < 1:
            raise ArgumentError(f"share = {self.share!r} must be at least 0 and below 1")

    def stepper(self, size: int) -> Stepper:
        """Return a function that remembers its last step."""
        last = np.zeros(size)

        def step(gradient: FloatVector) -> FloatVector:
            np.multiply(last, self.share, out=last)
            return np.add(last, gradient, out=last)

        return step


@dataclass(frozen=True, slots=True)
class Adam(Rule):
    """First and second moments with the usual constants.

    Notes
    -----
    *Reference.* Kingma and Ba 2015.

    Examples
    --------
    >>> Adam().stepper(2)(np.array([3.0, -4.0])).round(9).tolist()
    [1.0, -1.0]
    """

    def stepper(self, size: int) -> Stepper:
        """Return a function that remembers both moments."""
        mean, square = np.zeros((2, size))
        count = 0

        def step(gradient: FloatVector) -> FloatVector:
            nonlocal count
            count += 1
            np.add(mean, 0.1 * (gradient - mean), out=mean)
            np.add(square, 0.001 * (gradient**2 - square), out=square)
            unbiased = square / (1 - 0.999**count)
            return np.asarray(mean / (1 - 0.9**count) / (np.sqrt(unbiased) + 1e-12))

        return step


@dataclass(frozen=True, slots=True)
class Adagrad(Rule):
    """Each weight's gradient over the root of the squares it has had.

    Notes
    -----
    *Reference.* Duchi, Hazan and Singer 2011.

    Examples
    --------
    >>> step = Adagrad().stepper(1)
    >>> [round(step(np.ones(1)).item(), 3) for _ in range(3)]
    [1.0, 0.707, 0.577]
    """

    def stepper(self, size: int) -> Stepper:
        """Return a function that remembers sums of squares."""
        squares = np.zeros(size)

        def step(gradient: FloatVector) -> FloatVector:
            np.add(squares, gradient**2, out=squares)
            return np.asarray(gradient / (np.sqrt(squares) + 1e-12))

        return step
