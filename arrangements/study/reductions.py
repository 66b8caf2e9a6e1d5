"""Ways to reduce data to few columns, each an exact affine map that can be written down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from arrangements.errors import ArgumentError
from arrangements.matrix import DataMatrix

Row = tuple[Fraction, ...]

_LARGEST_ENTRY = 99


@dataclass(frozen=True)
class Projection:
    """The exact map of a row x to ``x @ directions - offsets``.

    Parameters
    ----------
    directions : (d, k) nested tuples of Fraction
    offsets : tuple of k Fraction

    Examples
    --------
    >>> import arrangements as ar
    >>> from fractions import Fraction
    >>> sums = ar.Projection(directions=((Fraction(1),), (Fraction(1),)), offsets=(Fraction(0),))
    >>> [int(row[0]) for row in sums.apply(ar.as_data_matrix([[1, 2], [3, 4]]))]
    [3, 7]
    """

    directions: tuple[Row, ...]
    offsets: Row

    @property
    def width(self) -> int:
        """Number k of columns that come out."""
        return len(self.offsets)

    def apply(self, data: DataMatrix) -> list[list[Fraction]]:
        """Return the image of every row, exactly (n lists of k Fraction)."""
        if len(self.directions) != data.shape[1]:
            raise ArgumentError(
                f"the projection is for {len(self.directions)} columns, the data has "
                f"{data.shape[1]}"
            )
        columns = list(zip(*self.directions, strict=True))
        return [
            [
                scale * sum((a * b for a, b in zip(row, column, strict=True) if b), Fraction())
                - offset
                for column, offset in zip(columns, self.offsets, strict=True)
            ]
            for row, scale in zip(data.integers, data.scales, strict=True)
        ]

    def __repr__(self) -> str:
        """One line: the shape."""
        return f"Projection({len(self.directions)} -> {self.width} columns)"


class Reduction(ABC):
    """A way to choose k directions of the data; the first j are those chosen for j.

    Examples
    --------
    >>> import arrangements as ar
    >>> [reduction.name for reduction in (ar.LeadingColumns(), ar.SingularDirections())]
    ['columns', 'singular']
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """The name in tables, with every parameter that matters."""

    @abstractmethod
    def projection(self, data: DataMatrix, width: int, *, centred: bool) -> Projection:
        """Return the map to `width` columns.

        Parameters
        ----------
        data : DataMatrix of shape (n, d)
        width : int
            At most d.
        centred : bool
            A column of ones will follow, so that the origin of the rows is free.
        """


@final
@dataclass(frozen=True)
class LeadingColumns(Reduction):
    """The first columns of the data, as they are.

    Examples
    --------
    >>> import arrangements as ar
    >>> X = ar.as_data_matrix([[1, 2, 3], [4, 5, 6]])
    >>> chosen = ar.LeadingColumns().projection(X, 2, centred=False)
    >>> [[int(value) for value in row] for row in chosen.apply(X)]
    [[1, 2], [4, 5]]
    """

    @property
    def name(self) -> str:
        """The name in tables."""
        return "columns"

    def projection(self, data: DataMatrix, width: int, *, centred: bool) -> Projection:
        """Return the map that forgets the other columns."""
        del centred  # a translation would change nothing but the digits that are rounded
        one, zero = Fraction(1), Fraction()
        directions = tuple(
            tuple(one if i == j else zero for j in range(width)) for i in range(data.shape[1])
        )
        return Projection(directions, (zero,) * width)


@final
@dataclass(frozen=True)
class SingularDirections(Reduction):
    """The leading right singular vectors, rounded to `decimals`; principal axes with a bias.

    Notes
    -----
    *Exactness.* The vectors come from floats and are rounded; the rounded ones are the
    definition from then on, and the products with the data are exact.  A dependency
    between rows of the data is therefore kept.

    Examples
    --------
    >>> import arrangements as ar
    >>> X = ar.as_data_matrix([[3, 0], [0, 1]])
    >>> chosen = ar.SingularDirections().projection(X, 1, centred=False)
    >>> [abs(int(row[0])) for row in chosen.apply(X)]  # the first axis, whatever its sign
    [3, 0]
    """

    decimals: int = 4

    def __post_init__(self) -> None:
        """Refuse to round vectors of length one to whole numbers."""
        if type(self.decimals) is not int or self.decimals < 1:
            raise ArgumentError(f"decimals={self.decimals!r}: give a whole number, at least 1")

    @property
    def name(self) -> str:
        """The name in tables."""
        usual = SingularDirections().decimals
        return "singular" if self.decimals == usual else f"singular {self.decimals} decimals"

    def projection(self, data: DataMatrix, width: int, *, centred: bool) -> Projection:
        """Return the map onto the rounded singular vectors."""
        floats = data.floats
        # A power of two loses no digit, and keeps the squares of huge entries finite.
        largest = float(np.abs(floats).max(initial=0.0))
        scaled = np.ldexp(floats, -int(np.frexp(largest)[1])) if largest else floats
        middle = scaled.mean(axis=0) if centred else np.zeros(data.shape[1])
        wide = data.shape[0] < data.shape[1]  # then fewer than d vectors come by themselves
        vectors = np.linalg.svd(scaled - middle, full_matrices=wide)[2][:width]
        # The sign is free: the largest entry is positive, on every machine.
        largest_entry = np.argmax(np.abs(vectors), axis=1)[:, None]
        vectors = vectors * np.sign(np.take_along_axis(vectors, largest_entry, axis=1))
        unit = 10**self.decimals
        grid = [[Fraction(round(entry * unit), unit) for entry in row] for row in vectors.tolist()]
        directions = tuple(tuple(row[j] for row in grid) for j in range(data.shape[1]))
        if not centred:
            return Projection(directions, (Fraction(),) * width)
        means = [
            sum(column, Fraction()) / len(column) for column in zip(*data.fractions, strict=True)
        ]
        offsets = tuple(
            _rounded(sum((a * b for a, b in zip(means, row, strict=True)), Fraction()), unit)
            for row in grid
        )
        return Projection(directions, offsets)


@final
@dataclass(frozen=True)
class RandomProjection(Reduction):
    """Random directions with integer entries from -99 to 99.

    Examples
    --------
    >>> import arrangements as ar
    >>> X = ar.as_data_matrix([[1, 2, 3], [4, 5, 6]])
    >>> chosen = ar.RandomProjection(seed=0).projection(X, 2, centred=False)
    >>> chosen.width, all(abs(entry) <= 99 for row in chosen.directions for entry in row)
    (2, True)
    """

    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse negative seeds."""
        if type(self.seed) is not int or self.seed < 0:
            raise ArgumentError(f"seed={self.seed!r}: give a whole number from 0 on")

    @property
    def name(self) -> str:
        """The name in tables."""
        return "random" if self.seed == 0 else f"random {self.seed}"

    def projection(self, data: DataMatrix, width: int, *, centred: bool) -> Projection:
        """Return the map onto the random directions."""
        del centred  # integers times the data: there is no digit to save
        generator = np.random.default_rng(self.seed)
        # Column by column, so that the first directions do not depend on how many follow.
        shape = (width, data.shape[1])
        columns = generator.integers(-_LARGEST_ENTRY, _LARGEST_ENTRY + 1, shape)
        directions = tuple(tuple(map(Fraction, row)) for row in columns.T.tolist())
        return Projection(directions, (Fraction(),) * width)


def _rounded(value: Fraction, unit: int) -> Fraction:
    return Fraction(round(value * unit), unit)
