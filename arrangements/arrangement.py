"""Arrangements: the hyperplanes of a data matrix, exactly.

Row i of the data is the hyperplane ``{w : x_i.w = 0}`` in weight space.  Rows are never
reordered, merged or flipped in what the user sees; inside, parallel and antiparallel
rows share one hyperplane and zero rows have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.errors import ArgumentError
from arrangements.exact import (
    IntegerMatrix,
    independent_columns,
    integer_matrix,
    negated,
    primitive_of_integers,
)
from arrangements.html import block, facts
from arrangements.matrix import DataMatrix, as_data_matrix
from arrangements.units import WHOLE_SPACE, Cone


@dataclass(frozen=True)
class Frame:
    """Coordinates in which an arrangement and a cone have independent columns.

    Parameters
    ----------
    hyperplanes : (m, rho) exact integers
        The distinct hyperplanes on the kept columns.
    normals : (c, rho) exact integers
        The cone's inner normals on the same columns.
    columns : tuple of int
        The kept columns of the data: a point of the frame, filled up with zeros, is a
        weight vector with the same products.
    dimension : int
        Number of columns d of the data.
    """

    hyperplanes: IntegerMatrix
    normals: IntegerMatrix
    columns: tuple[int, ...]
    dimension: int

    @property
    def rho(self) -> int:
        """Dimension of the frame: the rank of hyperplanes and normals together."""
        return len(self.columns)

    def lift(self, point: Sequence[int]) -> tuple[int, ...]:
        """Return the weight vector (length d) of a point of the frame (length rho)."""
        weight = [0] * self.dimension
        for column, entry in zip(self.columns, point, strict=True):
            weight[column] = int(entry)
        return tuple(weight)


class Arrangement:
    """The central hyperplane arrangement of a data matrix.

    Parameters
    ----------
    data : DataMatrix or array-like of shape (n, d)
        Arrays are read as stored (`DataMatrix.from_array`).
    domain : Cone, optional
        Only what lies in this open cone counts; the whole space by default.

    Notes
    -----
    *Exactness.* Rank, columns and row classes are decided by integers.

    *Cost.* One exact elimination of an n x d integer matrix.

    Examples
    --------
    >>> A = Arrangement([[1, 0], [2, 0], [-1, 0], [0, 0], [1, 1]])
    >>> A.rank, A.hyperplane_count
    (2, 2)
    >>> A.orientation.tolist()
    [1, 1, -1, 0, 1]
    """

    def __init__(self, data: Any, *, domain: Cone = WHOLE_SPACE) -> None:
        self._data = as_data_matrix(data)
        self._check_cone(domain, "domain")
        self._domain = domain

    @classmethod
    def affine(cls, normals: Any, offsets: Sequence[Any]) -> Arrangement:
        """Build the arrangement of the hyperplanes ``{x : a_i.x + b_i = 0}`` of R^d.

        Parameters
        ----------
        normals : array-like of shape (n, d)
            The rows a_i.
        offsets : sequence of n numbers
            The offsets b_i (read exactly, as stored).

        Returns
        -------
        Arrangement
            In R^(d+1) with rows ``(a_i, b_i)`` and the domain ``{last coordinate > 0}``,
            whose regions are those of the affine arrangement.
        """
        data = as_data_matrix(normals)
        if isinstance(offsets, (str, bytes)) or not hasattr(offsets, "__len__"):
            raise ArgumentError(
                f"offsets = {offsets!r} must be a sequence of {data.shape[0]} numbers, one a row"
            )
        if len(offsets) != data.shape[0]:
            raise ArgumentError(
                f"offsets has {len(offsets)} entries where normals has {data.shape[0]} rows"
            )
        last = DataMatrix.from_array([[offset] for offset in offsets])
        rows: list[list[Fraction]] = [
            [*row, *offset] for row, offset in zip(data.fractions, last.fractions, strict=True)
        ]
        lifted = DataMatrix.from_array(rows)
        return cls(lifted, domain=Cone(((0,) * data.shape[1] + (1,),)))

    @property
    def is_affine(self) -> bool:
        """Whether the domain is ``{last coordinate > 0}``, as `affine` builds it."""
        width = self.shape[1]
        return width > 1 and self.domain.normals == ((0,) * (width - 1) + (1,),)

    @property
    def data(self) -> DataMatrix:
        """The rows in the user's order."""
        return self._data

    @property
    def domain(self) -> Cone:
        """Where regions are looked for."""
        return self._domain

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """The lexicographically first columns that span the column space."""
        return independent_columns(self.data.integers)

    @property
    def rank(self) -> int:
        """The exact rank r of the data."""
        return len(self.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows n and of columns d of the data."""
        return self.data.shape

    @cached_property
    def _classes(self) -> tuple[tuple[int, ...], npt.NDArray[np.intp], npt.NDArray[np.int8]]:
        first: dict[tuple[int, ...], int] = {}
        representatives: list[int] = []
        signs: list[int] = []
        fresh = 0
        n = self.shape[0]
        row_class = np.full(n, -1, dtype=np.intp)
        orientation = np.zeros(n, dtype=np.int8)
        for i, row in enumerate(self.data.integers):
            leading = row[0] or next(filter(None, row), 0)
            if not leading:
                continue
            side = 1 if leading > 0 else -1
            hyperplane = first.setdefault(row if leading > 0 else negated(row), fresh)
            if hyperplane == fresh:
                representatives.append(i)
                signs.append(side)
                fresh += 1
            row_class[i] = hyperplane
            orientation[i] = side * signs[hyperplane]
        row_class.setflags(write=False)
        orientation.setflags(write=False)
        return tuple(representatives), row_class, orientation

    @property
    def representatives(self) -> tuple[int, ...]:
        """For each hyperplane the first row that lies on it: it gives the positive side."""
        return self._classes[0]

    @property
    def row_class(self) -> npt.NDArray[np.intp]:
        """For each row its hyperplane, or -1 for a zero row (shape (n,), read-only)."""
        return self._classes[1]

    @property
    def orientation(self) -> npt.NDArray[np.int8]:
        """For each row +1 or -1 against its hyperplane, 0 for a zero row (shape (n,))."""
        return self._classes[2]

    @cached_property
    def flips(self) -> npt.NDArray[np.uint8]:
        """The packed pattern of the non-zero rows: what tells a pattern from its antipode."""
        packed = np.packbits(self.orientation != 0, bitorder="little")
        packed.setflags(write=False)
        return packed

    @property
    def hyperplane_count(self) -> int:
        """Number m of distinct hyperplanes."""
        return len(self.representatives)

    @cached_property
    def normals(self) -> tuple[tuple[int, ...], ...]:
        """The m hyperplanes as primitive rows in the coordinates of the data (length d)."""
        return tuple(self.data.integers[i] for i in self.representatives)

    def frame(self, cone: Cone | None = None) -> Frame:
        """Return coordinates with independent columns for the hyperplanes and a cone.

        Parameters
        ----------
        cone : Cone, optional
            The domain by default; its normals need not lie in the row space of the data.
        """
        if cone is None or cone == self.domain:
            return self._frame
        return self._frame_with(cone)

    @cached_property
    def _frame(self) -> Frame:
        return self._frame_with(self.domain)

    def _frame_with(self, cone: Cone) -> Frame:
        self._check_cone(cone, "cone")
        if cone.is_whole_space:
            columns = self.columns
        else:
            columns = independent_columns((*self.normals, *cone.normals))
        return Frame(
            hyperplanes=self._on_columns(self.normals, columns),
            normals=self._on_columns(tuple(map(primitive_of_integers, cone.normals)), columns),
            columns=columns,
            dimension=self.shape[1],
        )

    def _on_columns(
        self, rows: tuple[tuple[int, ...], ...], columns: tuple[int, ...]
    ) -> IntegerMatrix:
        """Return primitive rows as primitive rows of their entries in some columns."""
        if len(columns) < self.shape[1]:
            rows = tuple(primitive_of_integers([row[j] for j in columns]) for row in rows)
        return integer_matrix(rows, len(columns))

    def activations_of_sides(self, sides: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Turn sides of the hyperplanes into activations of the rows.

        Parameters
        ----------
        sides : (k, m) bool
            True for the positive side.

        Returns
        -------
        (k, n) bool
            True where a row is active; a zero row always is (1[0 >= 0]).
        """
        if self.hyperplane_count == self.shape[0]:
            # Every row is its own hyperplane, with its own orientation.
            return sides
        result = np.ones((len(sides), self.shape[0]), dtype=np.bool_)
        rows = np.flatnonzero(self.orientation)
        result[:, rows] = sides[:, self.row_class[rows]] == (self.orientation[rows] > 0)
        return result

    def restricted_to(self, cone: Cone) -> Arrangement:
        """Return the same rows with a smaller domain: the present one and `cone`."""
        self._check_cone(cone, "cone")
        result = Arrangement(self.data, domain=self.domain & cone)
        # The rows are the same: what is known of them need not be found again.
        for known in ("columns", "_classes", "normals"):
            if known in self.__dict__:
                result.__dict__[known] = self.__dict__[known]
        return result

    def _check_cone(self, cone: Cone, name: str) -> None:
        if not isinstance(cone, Cone):
            raise ArgumentError(
                f"{name} = {cone!r} is no Cone; write Cone.from_normals([...]) with a row for each "
                "half-space"
            )
        d = self.shape[1]
        for index, normal in enumerate(cone.normals):
            if len(normal) != d:
                raise ArgumentError(
                    f"{name}: normal {index} has {len(normal)} entries where the data has "
                    f"{d} columns"
                )

    def _repr_html_(self) -> str:
        """Return what notebooks show."""
        n, d = self.shape
        entries: list[tuple[str, object]] = [
            ("rows", f"{n:,}"),
            ("columns", d),
            ("rank", self.rank),
            ("distinct hyperplanes", f"{self.hyperplane_count:,}"),
        ]
        if not self.domain.is_whole_space:
            entries.append(("inside", self.domain.describe()))
        return block(facts("Arrangement", entries))

    def __repr__(self) -> str:
        """One line: rows, columns, rank, hyperplanes."""
        n, d = self.shape
        where = "" if self.domain.is_whole_space else f", inside a {self.domain.describe()}"
        return (
            f"Arrangement({n} x {d} rows, rank {self.rank}, "
            f"{self.hyperplane_count} hyperplanes{where})"
        )


def as_arrangement(data: Any) -> Arrangement:
    """Return `data` itself when it is an `Arrangement`, else the arrangement of its rows.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.as_arrangement([[1, 0], [0, 1], [1, 1]])
    Arrangement(3 x 2 rows, rank 2, 3 hyperplanes)

    Notes
    -----
    *Growth.* ``n * r**2`` for n rows of rank r.
    """
    return data if isinstance(data, Arrangement) else Arrangement(data)
