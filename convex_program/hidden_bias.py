"""Hidden biases: decayed like other weights, or free of decay."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, final

import arrangements as ar
from convex_program.errors import ArgumentError


class HiddenBias(ABC):
    """Which columns of the hidden weights are decayed.

    Examples
    --------
    >>> import convex_program as cx
    >>> [bias.name for bias in (cx.DecayedHiddenBias(), cx.FreeHiddenBias())]
    ['decayed', 'free']
    """

    name: ClassVar[str]

    @abstractmethod
    def decayed(self, columns: int) -> int:
        """Return how many of the first columns the decay counts."""

    @abstractmethod
    def admit(self, data: ar.DataMatrix) -> None:
        """Raise `ArgumentError` when the data have no place for this bias."""

    def __repr__(self) -> str:
        """Say what it is."""
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        """Whether both are the same kind."""
        return type(self) is type(other)

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash(self.name)


@final
class DecayedHiddenBias(HiddenBias):
    """Every column is decayed; a hidden bias, where there is one, is a last column of ones.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0, 1.0], [1.0, 1.0]], [1.0, 2.0], beta=0.5)
    >>> problem.hidden_bias, problem.gauge.decayed  # both columns, the ones among them
    (DecayedHiddenBias(), 2)
    """

    name: ClassVar[str] = "decayed"

    def decayed(self, columns: int) -> int:
        """Return all."""
        return columns

    def admit(self, data: ar.DataMatrix) -> None:
        """Accept any data."""


@final
class FreeHiddenBias(HiddenBias):
    """The last column of the data is all ones, and the weights on it are not decayed.

    Notes
    -----
    Constants then cost nothing: a neuron with a bias alone puts one out, and with a large bias
    and a small output weight its decay is as small as one likes.  So the dual needs
    ``sum v = 0``.  Without a free output bias the infimum need not be attained.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem(
    ...     [[-1.0, 1.0], [1.0, 1.0]],
    ...     [1.0, 2.0],
    ...     beta=0.5,
    ...     hidden_bias=cx.FreeHiddenBias(),
    ...     output_bias=cx.FreeBias(),
    ... )
    >>> problem.gauge.decayed, problem.gauge.columns  # the column of ones costs nothing
    (1, 2)
    """

    name: ClassVar[str] = "free"

    def decayed(self, columns: int) -> int:
        """Return all but the last."""
        return columns - 1

    def admit(self, data: ar.DataMatrix) -> None:
        """Refuse data whose last column is not ones, or the only one."""
        if data.shape[1] < 2 or any(row[-1] != 1 for row in data.fractions):  # noqa: PLR2004
            raise ArgumentError(
                "hidden_bias = FreeHiddenBias() is about a last column of ones, beside others; "
                "append one (--bias on the command line, DataMatrix.with_bias() in Python)"
            )
