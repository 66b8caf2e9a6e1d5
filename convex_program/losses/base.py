"""What a loss has to offer.

`Loss` is what problems and front doors know of it.  Most are an `EntryLoss`, a sum of functions of
one output each, ``f(z) = sum_i s_i l(z_i; y_i)`` with weights
s_i >= 0, convex in z and with least value 0.  This contract is about the single l; weights and
sums are the business of `convex_program.fit`, which is all the rest of the package talks to.

Derivation of the dual bound.  For any v with ``|v.(outputs of a neuron)| <= beta`` at unit cost,
and any network with outputs z and penalty ``beta R``,
``f(z) + beta R >= f(z) + v.z >= -f*(-v)``, the last by the definition of the conjugate.
``D(v) = -l*(-v; y)`` is concave, and ``l(z) = max_v D(v) - v z``; the maximizing v is an element
of ``-dl(z)``, the *answer* to z.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError
from convex_program.losses.labels import read_labels
from convex_program.losses.targets import Targets, columns_of
from convex_program.reading import read_numbers
from convex_program.rounding import exact_sum, round_down

Floats = npt.NDArray[np.float64]


class Loss(ABC):
    """A convex loss; final subclasses hold their parameters.

    Examples
    --------
    >>> from fractions import Fraction
    >>> import convex_program as cx
    >>> losses = (cx.Squared(), cx.Absolute(), cx.Hinge())
    >>> [str(loss.exact_value(Fraction(3), Fraction(1))) for loss in losses]
    ['2', '2', '0']
    """

    name: ClassVar[str]
    """The word for this loss in claims and on the command line."""

    words: ClassVar[str]
    """What the sum of losses is, for summaries."""

    rational: ClassVar[bool] = True
    """Whether `exact_value` and `exact_dual` are l and D themselves, not ends of enclosures."""

    pulled: ClassVar[bool] = False
    """Whether l has kinks (or is infinite): then `answer` needs a positive pull; others get none."""

    @property
    def parameters(self) -> dict[str, Fraction]:
        """The numbers that, with the name, say which loss this is."""
        return {}

    def read(self, y: Any) -> tuple[Fraction, ...]:
        """Return the targets as l takes them: numbers, or labels as -1 and +1 (see `scales`).

        Raises
        ------
        ArgumentError
            When y holds anything else.
        """
        return read_numbers(y) if self.scales else read_labels(y).signs

    finite: ClassVar[bool] = True
    """Whether l is finite everywhere: then every network has an objective."""

    whole_rows: ClassVar[bool] = False
    """Whether l looks at all outputs of a row: then a mean is one over rows, not over outputs too."""

    scales: ClassVar[bool] = True
    """Whether targets have a unit: numbers have, labels have not."""

    def read_targets(self, y: Any) -> Targets:
        """Return targets of one output or several: shapes (n,), (n, 1) and (n, c).

        Raises
        ------
        ArgumentError
            As `read`; it names the column, too.
        """
        if isinstance(y, Targets):
            return y
        columns = columns_of(y)
        if columns is None:
            return Targets(self.read(y), 1)
        read = []
        for j, column in enumerate(columns):
            try:
                read.append(self.read(column))
            except ArgumentError as error:
                raise ArgumentError(f"y[:, {j}]: {error}") from None
        return Targets.of_columns(read)

    def __repr__(self) -> str:
        """Name and parameters."""
        inside = ", ".join(f"{key}={round_down(value):g}" for key, value in self.parameters.items())
        return f"{type(self).__name__}({inside})"

    def __eq__(self, other: object) -> bool:
        """Whether both are the same function."""
        return type(self) is type(other) and self.parameters == other.parameters

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash((self.name, *self.parameters.items()))


class EntryLoss(Loss):
    """A convex function of one output, least value 0: of several outputs it is a sum.

    Floats come as arrays of one shape, entry by entry; rationals come one at a time.
    """

    strict: ClassVar[bool] = False
    """Whether l has a derivative and is strictly convex: all optima then have the same outputs."""

    # In floating point: these steer searches and are never believed.

    @abstractmethod
    def value(self, z: Floats, y: Floats) -> Floats:
        """Return l(z; y)."""

    @abstractmethod
    def answer(self, z: Floats, y: Floats, anchor: Floats, pull: Floats) -> tuple[Floats, Floats]:
        """Return the v that maximizes ``D(v) - v z - pull/2 (v - anchor)^2``, and ``-dv/dz``.

        With pull = 0 that is ``-l'(z)`` and ``l''(z)``.  With a positive pull it is the
        derivative of a smoothed loss: where v settles with the anchor following it, it is an
        element of ``-dl(z)``.
        """

    @abstractmethod
    def steepest(self, pull: float) -> float:
        """Return the largest rate that `answer` gives for a pull."""

    @abstractmethod
    def dual_value(self, v: Floats, y: Floats) -> Floats:
        """Return D(v) for v within `domain`."""

    @abstractmethod
    def dual_slope(self, v: Floats, y: Floats) -> Floats:
        """Return a derivative of D at v: an output z that v answers."""

    # Exactly: these make bounds.

    @abstractmethod
    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return where D is finite, an interval around 0; None stands for no end."""

    def exact_slope(self, v: Fraction, y: Fraction) -> Fraction | None:
        """Return the output z that v answers where it is known to be rational, else None."""
        del v, y
        return None

    @abstractmethod
    def exact_value(self, z: Fraction, y: Fraction) -> Fraction | None:
        """Return l(z; y), or a number slightly above; None when it is infinite."""

    @abstractmethod
    def exact_dual(self, v: Fraction, y: Fraction) -> Fraction | None:
        """Return D(v), or a number slightly below; None outside the domain."""

    def exact_total(self, z: Sequence[Fraction], y: Sequence[Fraction]) -> Fraction | None:
        """Return the sum of `exact_value` over many outputs; None when it is infinite."""
        return _summed(map(self.exact_value, z, y))

    def exact_dual_total(self, v: Sequence[Fraction], y: Sequence[Fraction]) -> Fraction | None:
        """Return the sum of `exact_dual` over many entries; None when one is outside."""
        return _summed(map(self.exact_dual, v, y))

    # For those who change units or write the program down.

    @abstractmethod
    def rescaled(self, unit: Fraction) -> tuple[EntryLoss, Fraction]:
        """Return l' and c with ``l(unit z; unit y) = c l'(z; y)``; only `scales` ask for unit != 1."""

    @abstractmethod
    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Return ``sum_i s_i l(z_i; y_i)`` in the modelling layer (cvxpy) passed in."""


def _summed(terms: Iterable[Fraction | None]) -> Fraction | None:
    """Add up; None when one of them is None."""
    counted = []
    for term in terms:
        if term is None:
            return None
        counted.append(term)
    return exact_sum(counted)
