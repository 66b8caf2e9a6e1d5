"""What a class of discriminators promises: how far the best of them tells samples apart."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.claim import Level
from convex_program.games.samples import Samples

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Advantage:
    """The largest score of a unit discriminator, from both sides.

    Parameters
    ----------
    lower : float
        The score of ``direction``, evaluated exactly and rounded down.
    upper : float
        No unit discriminator of the class scores more.
    direction : (d,) float64
        Weights of the best discriminator met, of length one; zero where none scores.
    level : Level
        How much is known of the upper bound.

    Examples
    --------
    >>> import convex_program as cx
    >>> units = cx.QuadraticDiscriminator()
    >>> verdict = cx.certify_generator([[1.0, 0.0]], [[2.0, 0.0]], 1, discriminator=units)
    >>> verdict.advantage.lower <= 3 <= verdict.advantage.upper  # 2^2 - 1^2
    True
    """

    lower: float
    upper: float
    direction: Floats
    level: Level

    def __post_init__(self) -> None:
        """Make the array read-only."""
        self.direction.setflags(write=False)

    def __repr__(self) -> str:
        """One line: both bounds and the level."""
        return f"Advantage({self.lower:.12g} <= score <= {self.upper:.12g}, {self.level.value})"


@dataclass(frozen=True)
class Effort:
    """How far a bound is driven.

    Parameters
    ----------
    level : Level
        What is asked for; the advantage says what was reached.
    enough : float
        A *proof* below this needs to be no sharper: the weight decay, to ask who wins.
    time_limit : float, optional
        Seconds; a bound is valid whenever it stops.
    progress : Listener
    """

    level: Level = Level.RIGOROUS
    enough: float = 0.0
    time_limit: float | None = None
    progress: ar.Listener = ar.silent


class Discriminator(ABC):
    """A class of two-layer discriminators without an upper limit of their width.

    Their penalty is homogeneous, so the best of them wins infinitely much against a generator
    where one unit scores more than the weight decay beta, and nothing otherwise: all that counts is
    the largest score of a single unit, its *advantage*.

    Examples
    --------
    >>> import convex_program as cx
    >>> units = (cx.ReLUDiscriminator(), cx.QuadraticDiscriminator())
    >>> verdicts = [cx.certify_generator([[1.0]], [[3.0]], 1, discriminator=unit) for unit in units]
    >>> [round(verdict.advantage.lower, 6) for verdict in verdicts]  # 3 - 1, and 3^2 - 1^2
    [2.0, 8.0]
    """

    @abstractmethod
    def advantage(
        self,
        samples: Samples,
        effort: Effort,
    ) -> Advantage:
        """Bound what one unit of length one scores.

        Parameters
        ----------
        samples : Samples
        effort : Effort
        """

    @property
    @abstractmethod
    def words(self) -> str:
        """What it compares, for summaries."""
