"""The contract of a search: the least loss on a part of the rows, with evidence from both sides."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from convex_program.fit import Fit
from convex_program.undecayed.combination import Columns


@dataclass(frozen=True, slots=True)
class Least:
    """A point of the space and a dual vector; nothing in it is believed.

    Parameters
    ----------
    coefficients : k Fraction
        The point is ``B c``.
    dual : n Fraction
        Orthogonal to the columns of B, in the domain of the loss.
    escape : k Fraction
        Along ``B e`` the loss vanishes on the rows where that is not zero, and stays on others.
    """

    coefficients: tuple[Fraction, ...]
    dual: tuple[Fraction, ...]
    escape: tuple[Fraction, ...]


class Search(ABC):
    """A way to find the least loss over the span of some columns."""

    @abstractmethod
    def least(self, columns: Columns, fit: Fit) -> Least:
        """Return the best that is found.

        Parameters
        ----------
        columns : Columns
            Independent; their span is the space.
        fit : Fit
            Of the same rows, with weights above zero.
        """


def zeros(count: int) -> tuple[Fraction, ...]:
    """Return zeros: no escape, or a dual vector that is feasible and shows nothing."""
    return (Fraction(0),) * count


def weights_of(fit: Fit) -> Sequence[Fraction]:
    """Return the sample weights, ones written out."""
    return fit.exact_weights or (Fraction(1),) * len(fit.exact_targets)
