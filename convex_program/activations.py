"""Activations: two slopes, one on either side of zero."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError
from convex_program.reading import read_number

Floats = npt.NDArray[np.float64]


class Activation(ABC):
    """``phi(t) = on max(t, 0) + off max(-t, 0)`` with exact numbers on and off.

    Everything that is known of a neuron's response follows from these two numbers: patterns,
    blocks, prices and proofs read them and nothing else, so no subclass can be misjudged.

    Notes
    -----
    ``phi(t) = (on + off) (t)_+ - off t``: a kink of that size, and a line.

    Examples
    --------
    >>> import convex_program as cx
    >>> [str(phi.kink) for phi in (cx.ReLU(), cx.LeakyReLU("0.2"), cx.AbsoluteValue())]
    ['1', '4/5', '2']
    """

    name: ClassVar[str]

    @property
    @abstractmethod
    def on(self) -> Fraction:
        """The value at 1."""

    @property
    @abstractmethod
    def off(self) -> Fraction:
        """The value at -1."""

    @property
    def kink(self) -> Fraction:
        """By how much the slope grows at zero."""
        return self.on + self.off

    @property
    def gains(self) -> tuple[float, float]:
        """The slopes left and right of zero, as floats."""
        return 0.0 - float(self.off), float(self.on)  # 0.0, not -0.0

    @property
    def steepness(self) -> float:
        """The larger slope in size, rounded up: phi is Lipschitz with this constant."""
        from convex_program.rounding import round_up

        return round_up(max(abs(self.on), abs(self.off)))

    def __call__(self, t: Floats) -> Floats:
        """Return phi of every entry."""
        off, on = self.gains
        if off == 0.0 and on == 1.0:
            return np.maximum(t, 0.0)
        return np.where(t > 0.0, on * t, off * t)

    def __eq__(self, other: object) -> bool:
        """Whether both are the same function."""
        return isinstance(other, Activation) and (self.on, self.off) == (other.on, other.off)

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash((self.on, self.off))

    def __repr__(self) -> str:
        """Say what it is."""
        return f"{type(self).__name__}()"


@final
class ReLU(Activation):
    """``max(t, 0)``.

    Examples
    --------
    >>> import convex_program as cx
    >>> cx.ReLU().on, cx.ReLU().off
    (Fraction(1, 1), Fraction(0, 1))
    """

    name: ClassVar[str] = "relu"

    @property
    def on(self) -> Fraction:
        """1."""
        return Fraction(1)

    @property
    def off(self) -> Fraction:
        """0."""
        return Fraction(0)


@final
class AbsoluteValue(Activation):
    """``|t|``.

    Examples
    --------
    >>> import convex_program as cx
    >>> cx.AbsoluteValue().on, cx.AbsoluteValue().off  # |1| and |-1|
    (Fraction(1, 1), Fraction(1, 1))
    >>> cx.Network([[1.0]], [2.0], activation=cx.AbsoluteValue()).forward([[-3.0]]).tolist()
    [6.0]
    """

    name: ClassVar[str] = "absolute-value"

    @property
    def on(self) -> Fraction:
        """1."""
        return Fraction(1)

    @property
    def off(self) -> Fraction:
        """1."""
        return Fraction(1)


@final
class LeakyReLU(Activation):
    """``max(t, 0) - slope max(-t, 0)``: the identity for t > 0, ``slope t`` below.

    Parameters
    ----------
    slope : number or text
        Read exactly: 0.01 is the float next to 1/100 (PyTorch's default), "0.01" is 1/100.

    Examples
    --------
    >>> import convex_program as cx
    >>> cx.LeakyReLU("0.01").off, cx.LeakyReLU("0.01") == cx.LeakyReLU(0.01)  # as text exactly 1/100
    (Fraction(-1, 100), False)
    """

    name: ClassVar[str] = "leaky-relu"

    def __init__(self, slope: Any = 0.01) -> None:
        self.slope = _exact("slope", slope)

    @property
    def on(self) -> Fraction:
        """1."""
        return Fraction(1)

    @property
    def off(self) -> Fraction:
        """Minus the slope."""
        return -self.slope

    def __repr__(self) -> str:
        """Say what it is."""
        return f"LeakyReLU({float(self.slope):g})"


@final
class TwoSlope(Activation):
    """``on max(t, 0) + off max(-t, 0)``.

    Parameters
    ----------
    on, off : number or text
        The values at 1 and at -1, read exactly; not both zero.

    Examples
    --------
    >>> import convex_program as cx
    >>> phi = cx.TwoSlope(2, 1)  # 2 t for t > 0; the value at -1 is 1
    >>> cx.Network([[1.0]], [1.0], activation=phi).forward([[3.0], [-3.0]]).tolist()
    [6.0, 3.0]
    """

    name: ClassVar[str] = "two-slope"

    def __init__(self, on: Any, off: Any) -> None:
        self._on, self._off = _exact("on", on), _exact("off", off)
        if self._on == 0 and self._off == 0:
            raise ArgumentError("on = off = 0: such neurons put out nothing")

    @property
    def on(self) -> Fraction:
        """The value at 1."""
        return self._on

    @property
    def off(self) -> Fraction:
        """The value at -1."""
        return self._off

    def __repr__(self) -> str:
        """Say what it is."""
        return f"TwoSlope(on={float(self.on):g}, off={float(self.off):g})"


def activation_of(on: Fraction, off: Fraction) -> Activation:
    """Return the activation with these slopes, by its own name where it has one."""
    for known in (ReLU(), AbsoluteValue()):
        if (on, off) == (known.on, known.off):
            return known
    return LeakyReLU(-off) if on == 1 else TwoSlope(on, off)


def _exact(name: str, value: Any) -> Fraction:
    exact = read_number(name, value)
    if abs(exact) > 2**64:
        raise ArgumentError(f"{name} = {value} is too large; scale the data instead")
    return exact
