"""What a normalized column is scaled to: length one, or variance one."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from fractions import Fraction
from typing import final


class Normalization(ABC):
    """How long a pre-activation with ``gamma^2 + shift^2 = 1`` is over the batch.

    Examples
    --------
    >>> import convex_program as cx
    >>> cx.UnitLength() == cx.UnitVariance()
    False
    """

    @abstractmethod
    def weight(self, rows: int) -> Fraction:
        """Return the factor w with ``gamma^2 + shift^2 = w |pre-activation|^2``."""

    def length(self, rows: int) -> float:
        """Return ``|pre-activation|`` where ``gamma^2 + shift^2 = 1``, in floating point."""
        return math.sqrt(1 / self.weight(rows))

    def __eq__(self, other: object) -> bool:
        """Whether both are the same kind."""
        return type(self) is type(other)

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash(type(self).__name__)

    def __repr__(self) -> str:
        """Say what it is."""
        return f"{type(self).__name__}()"


@final
class UnitLength(Normalization):
    """Columns of length one, and the shift on a constant column of length one.

    The convention of Ergen et al.

    Examples
    --------
    >>> import convex_program as cx
    >>> net = cx.BatchNormNetwork([[1.0]], [1.0], [0.0], [1.0], normalization=cx.UnitLength())
    >>> net.forward([[3.0], [5.0]]).round(6).tolist()  # -1 and 1 over the root of 2
    [0.0, 0.707107]
    """

    def weight(self, rows: int) -> Fraction:
        """Return 1."""
        del rows
        return Fraction(1)


@final
class UnitVariance(Normalization):
    """Columns of variance one (the mean of squares, not divided by n - 1), and a plain shift.

    The convention of PyTorch's ``BatchNorm1d`` while it trains.

    Examples
    --------
    >>> import convex_program as cx
    >>> net = cx.BatchNormNetwork([[1.0]], [1.0], [0.0], [1.0], normalization=cx.UnitVariance())
    >>> net.forward([[3.0], [5.0]]).round(6).tolist()  # -1 and 1
    [0.0, 1.0]
    """

    def weight(self, rows: int) -> Fraction:
        """Return 1 / n."""
        return Fraction(1, rows)
