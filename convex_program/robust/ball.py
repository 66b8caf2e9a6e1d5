"""How far an attacker may move each row: balls around the data, and the columns that stay."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.reading import read_number
from convex_program.rounding import root_up

Floats = npt.NDArray[np.float64]

_INWARDS = 1.0 - 2.0**-48


class Ball(ABC):
    """The perturbations of one row: ``|delta| <= radius`` on the columns that move.

    A linear function w rises by at most ``radius |w|_*`` over it, in the dual norm: its *reach*.

    Parameters
    ----------
    radius : number or text, at least 0
        Read exactly: 0.1 is the float64 next to 1/10, "0.1" is 1/10.
    fixed : sequence of int, optional
        Columns that nobody moves.  By default a last column of ones, which is a bias; ``fixed=()``
        moves every column.

    Raises
    ------
    ArgumentError
        When the radius is negative or no number.

    Examples
    --------
    >>> import convex_program as cx
    >>> weights = [3, 4]
    >>> [float(ball.reach(weights)) for ball in (cx.MaxNormBall(1), cx.EuclideanBall(1))]
    [7.0, 5.0]
    """

    words: ClassVar[str]
    """Its norm, for summaries."""

    def __init__(self, radius: Any, *, fixed: Sequence[int] | None = None) -> None:
        self.radius = read_number("radius", radius, "a number from 0 on")
        if self.radius < 0:
            raise ArgumentError(f"radius = {radius!r} must be at least 0")
        self.fixed = None if fixed is None else tuple(int(column) for column in fixed)

    def moving(self, data: ar.DataMatrix) -> tuple[int, ...]:
        """Return the columns that move.

        Raises
        ------
        ArgumentError
            When `fixed` names a column that is not there.
        """
        columns = int(data.shape[1])
        if self.fixed is None:
            ones = all(row[-1] == 1 for row in data.fractions)
            return tuple(range(columns - 1 if ones else columns))
        for column in self.fixed:
            if not 0 <= column < columns:
                raise ArgumentError(
                    f"fixed names column {column}, and the data have columns 0 to {columns - 1}"
                )
        return tuple(j for j in range(columns) if j not in self.fixed)

    # Exactly, on the columns that move.

    @abstractmethod
    def reach(self, vector: Sequence[Fraction]) -> Fraction:
        """Return ``radius |w|_*``, or slightly more."""

    @abstractmethod
    def holds(self, delta: Sequence[Fraction]) -> bool:
        """Whether a perturbation is allowed."""

    # Points d of the unit ball in floating point; a perturbation is the radius times one.

    def inside(self, d: Floats) -> tuple[Fraction, ...]:
        """Return an allowed perturbation, exactly, near the radius times d."""
        return tuple(self.radius * t for t in self._within(d))

    @abstractmethod
    def _within(self, d: Floats) -> tuple[Fraction, ...]:
        """Return a point of the unit ball, exactly, near d."""

    @abstractmethod
    def farthest(self, vector: Floats) -> Floats:
        """Return the point at which a linear function is largest."""

    @abstractmethod
    def clipped(self, d: Floats) -> Floats:
        """Return d, pulled back into the unit ball up to rounding."""

    # For those who write programs down.

    @abstractmethod
    def dual_norm_expression(self, modelling: Any, vectors: Any) -> Any:
        """Return ``|w|_*`` of each row in the modelling layer (cvxpy) passed in."""

    @abstractmethod
    def unit_rows(self, columns: int) -> tuple[Floats, Floats, bool]:
        """Return A, b with ``b - A d`` in a cone just where d is in the unit ball.

        The cone is the second-order one when the last entry is true, else all numbers from 0 on.
        """

    def __repr__(self) -> str:
        """Say what it is."""
        kept = "" if self.fixed is None else f", fixed={self.fixed}"
        return f"{type(self).__name__}({float(self.radius):g}{kept})"

    def __eq__(self, other: object) -> bool:
        """Whether both allow the same."""
        return (
            isinstance(other, Ball)
            and type(self) is type(other)
            and (self.radius, self.fixed) == (other.radius, other.fixed)
        )

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash((type(self).__name__, self.radius, self.fixed))


@final
class MaxNormBall(Ball):
    """Every entry moves by at most the radius: the l_inf ball, a box.

    Examples
    --------
    >>> MaxNormBall("0.1").reach([Fraction(1), Fraction(-2)])
    Fraction(3, 10)
    """

    words: ClassVar[str] = "each entry by at most"

    def reach(self, vector: Sequence[Fraction]) -> Fraction:
        """Return the radius times the sum of sizes, exactly."""
        return self.radius * sum((abs(t) for t in vector), Fraction(0))

    def holds(self, delta: Sequence[Fraction]) -> bool:
        """Whether no entry is larger than the radius."""
        return all(abs(t) <= self.radius for t in delta)

    def _within(self, d: Floats) -> tuple[Fraction, ...]:
        """Cut every entry off."""
        return tuple(Fraction(t) for t in self.clipped(d).tolist())

    def farthest(self, vector: Floats) -> Floats:
        """Return a corner."""
        return np.sign(vector)

    def clipped(self, d: Floats) -> Floats:
        """Cut every entry off."""
        return np.clip(d, -1.0, 1.0)

    def dual_norm_expression(self, modelling: Any, vectors: Any) -> Any:
        """Return sums of sizes."""
        return modelling.sum(modelling.abs(vectors), axis=1)

    def unit_rows(self, columns: int) -> tuple[Floats, Floats, bool]:
        """Return ``d <= 1`` and ``-d <= 1``."""
        eye = np.eye(columns)
        return np.concatenate([eye, -eye]), np.ones(2 * columns), False


@final
class EuclideanBall(Ball):
    """Rows move by at most the radius in length: the l_2 ball.

    Examples
    --------
    >>> float(EuclideanBall(2).reach([Fraction(3), Fraction(4)]))
    10.0
    """

    words: ClassVar[str] = "in length by at most"

    def reach(self, vector: Sequence[Fraction]) -> Fraction:
        """Return the radius times the length, rounded up."""
        return self.radius * Fraction(root_up(sum((t * t for t in vector), Fraction(0))))

    def holds(self, delta: Sequence[Fraction]) -> bool:
        """Whether the squares add up to at most that of the radius."""
        return sum((t * t for t in delta), Fraction(0)) <= self.radius**2

    def _within(self, d: Floats) -> tuple[Fraction, ...]:
        """Shorten until the squares add up to at most 1."""
        scale = 1.0
        while True:
            near = tuple(Fraction(t) for t in (scale * self.clipped(d)).tolist())
            if sum((t * t for t in near), Fraction(0)) <= 1:
                return near
            scale *= _INWARDS

    def farthest(self, vector: Floats) -> Floats:
        """Go along the vector itself."""
        size = float(np.abs(vector).max(initial=0.0))
        if size == 0.0:
            return np.zeros_like(vector)
        along = vector / size
        return np.asarray(along / np.linalg.norm(along))

    def clipped(self, d: Floats) -> Floats:
        """Shorten."""
        return d / max(1.0, float(np.linalg.norm(d)))

    def dual_norm_expression(self, modelling: Any, vectors: Any) -> Any:
        """Return lengths."""
        return modelling.norm(vectors, 2, axis=1)

    def unit_rows(self, columns: int) -> tuple[Floats, Floats, bool]:
        """Return ``(1, d)``."""
        head = np.zeros((1, columns))
        return np.concatenate([head, -np.eye(columns)]), np.r_[1.0, np.zeros(columns)], True
