"""The five questions an architecture answers; everything else is common to all.

1. `arrangement`: which exact rows its patterns come from;
2. `features`: which float matrix the program fits with;
3. `block`: what a cell contributes: a linear map to the outputs and a cone;
4. `exact_rows`: the same map in rational numbers, by which a cell is priced and proved;
5. `network`: how atoms become a network.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.network import Network

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]
Activation = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Block:
    """What one cell contributes: outputs ``fit @ u`` for ``cone @ u >= 0``, at cost |u|.

    Parameters
    ----------
    fit : (n, q) float64
        D F, the features of the active rows.
    cone : (n, q) float64
        (2 D - I) F.
    """

    fit: FloatMatrix
    cone: FloatMatrix


@dataclass(frozen=True, eq=False)
class Atom:
    """A vector u of one cell with the sign of its output.

    Parameters
    ----------
    vector : (q,) float64
    sign : int
        +1 or -1.
    """

    vector: FloatVector
    sign: int


class Architecture(ABC):
    """A network family whose training problem is a convex program over patterns."""

    name: ClassVar[str]
    """The word for this architecture in claims."""

    @abstractmethod
    def arrangement(self, data: ar.DataMatrix) -> ar.Arrangement:
        """Return the arrangement whose regions are the cells."""

    @abstractmethod
    def features(self, data: ar.DataMatrix) -> FloatMatrix:
        """Return the float features F, shape (n, q)."""

    @abstractmethod
    def block(self, features: FloatMatrix, activation: Activation) -> Block:
        """Return what a cell contributes."""

    @abstractmethod
    def exact_rows(self, data: ar.DataMatrix) -> tuple[tuple[Fraction, ...], ...]:
        """Return the features as rational numbers."""

    @abstractmethod
    def network(self, atoms: Sequence[Atom], features: int, output_bias: float) -> Network:
        """Return the network whose neurons are the atoms."""

    @abstractmethod
    def atoms(self, network: Network) -> tuple[Atom, ...]:
        """Return the atoms of a network: the way back."""
