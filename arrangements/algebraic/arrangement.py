"""Arrangements over a real number field: exact, as those over the rational numbers are."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.algebraic.reading import read_elements, read_numbers
from arrangements.counting import algebraic_betti
from arrangements.errors import DataError
from arrangements.exact import Element, NumberField, float_rows, primitive

Row = tuple[Element, ...]

_UNIT = 2.0**-52


class AlgebraicArrangement:
    """The central arrangement of rows of real algebraic numbers, such as the golden ratio.

    Parameters
    ----------
    rows : n rows of d numbers
        Real algebraic numbers of SymPy, integers, fractions, floats as stored.  With a `field`,
        each entry is a sequence of integers: the coefficients of 1, a, a^2, ..., at most as many
        as the field has degree.
    field : NumberField, optional
        One that holds all entries is found.

    Raises
    ------
    DataError
        For an entry that is none of these; the message names row and column.

    Notes
    -----
    *Exactness.* Entries are elements of a number field: integers times powers of one root.  What is
    zero is decided by these integers, signs by intervals that are halved until they decide.

    Examples
    --------
    >>> import sympy
    >>> phi = sympy.GoldenRatio.expand(func=True)
    >>> A = AlgebraicArrangement([[1, 0], [0, 1], [1, phi], [phi, phi**2], [1, 1]])
    >>> A, A.count_regions()
    (AlgebraicArrangement(5 x 2 rows over NumberField([-1, -1, 1], 1.61803398875), rank 2), 8)
    >>> golden = NumberField([-1, -1, 1], 1.6)
    >>> AlgebraicArrangement([[(1,), (0, 1)], [(2,), (0, 2)]], golden).hyperplane_count
    1
    """

    def __init__(self, rows: Any, field: NumberField | None = None) -> None:
        table = [list(row) for row in (rows.tolist() if hasattr(rows, "tolist") else rows)]
        if not table or not table[0]:
            raise DataError("the data matrix is empty: it has no rows or no columns")
        for i, row in enumerate(table):
            if len(row) != len(table[0]):
                raise DataError(f"row {i} has {len(row)} entries where row 0 has {len(table[0])}")
        if field is None:
            field, elements = read_numbers(table)
        else:
            elements = read_elements(table, field)
        self._field = field
        self._rows = tuple(map(tuple, elements))

    @property
    def field(self) -> NumberField:
        """The field that holds all entries."""
        return self._field

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows, up to positive factors: coefficients of powers of the field's root."""
        return self._rows

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows n and of columns d."""
        return len(self._rows), len(self._rows[0])

    @cached_property
    def _classes(self) -> tuple[tuple[int, ...], npt.NDArray[np.intp], npt.NDArray[np.int8]]:
        """Representatives, the hyperplane of each row, and its orientation."""
        field = self._field
        first: dict[tuple[str, ...], int] = {}
        representatives: list[int] = []
        signs: list[int] = []
        row_class = np.full(len(self._rows), -1, np.intp)
        orientation = np.zeros(len(self._rows), np.int8)
        for index, row in enumerate(self._rows):
            lead = next((entry for entry in row if any(entry)), None)
            if lead is None:
                continue
            inverse = field.inverse(field.number(lead))
            key = tuple(str(field.product(field.number(entry), inverse)) for entry in row)
            plane = first.setdefault(key, len(first))
            if plane == len(representatives):
                representatives.append(index)
                signs.append(field.sign(lead))
            row_class[index] = plane
            orientation[index] = field.sign(lead) * signs[plane]
        return tuple(representatives), row_class, orientation

    @property
    def representatives(self) -> tuple[int, ...]:
        """For each hyperplane the first row that lies on it."""
        return self._classes[0]

    @property
    def row_class(self) -> npt.NDArray[np.intp]:
        """For each row its hyperplane, or -1 for a zero row."""
        return self._classes[1]

    @property
    def orientation(self) -> npt.NDArray[np.int8]:
        """For each row +1 or -1 against its hyperplane, 0 for a zero row."""
        return self._classes[2]

    @property
    def hyperplane_count(self) -> int:
        """Number m of distinct hyperplanes."""
        return len(self.representatives)

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """The first columns that span the column space."""
        field = self._field
        rows = [[field.number(entry) for entry in self._rows[i]] for i in self.representatives]
        chosen: list[int] = []
        for column in range(self.shape[1]):
            pivot = next((row for row in rows if row[column] != 0), None)
            if pivot is None:
                continue
            chosen.append(column)
            inverse = field.inverse(pivot[column])
            remaining = []
            for row in rows:
                if row is pivot:
                    continue
                factor = field.product(row[column], inverse)
                remaining.append(
                    [a - field.product(factor, b) for a, b in zip(row, pivot, strict=True)]
                )
            rows = remaining
        return tuple(chosen)

    @property
    def rank(self) -> int:
        """The exact rank."""
        return len(self.columns)

    def betti_numbers(self) -> tuple[int, ...]:
        """Return the Betti numbers, exactly; see `arrangements.betti_numbers`.

        Notes
        -----
        *Growth.* ``n**(r - 1)`` for n rows of rank r.
        """
        return algebraic_betti(
            self._field,
            [[self._rows[i][j] for j in self.columns] for i in self.representatives],
        )

    def count_regions(self) -> int:
        """Return the exact number of regions; see `arrangements.count_regions`.

        Notes
        -----
        *Growth.* ``n**(r - 1)`` for n rows of rank r.
        """
        return sum(self.betti_numbers())

    def signs(self, weights: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
        """Return the exact signs of ``x_i.w`` for integer weight vectors.

        Parameters
        ----------
        weights : (k, d) integers

        Returns
        -------
        (k, n) int8
        """
        vectors = np.asarray(weights)
        floats = float_rows([tuple(map(int, vector)) for vector in vectors], self.shape[1])
        rows = self.floats
        values = floats @ rows.T
        # Both are rounded once, or within a few units; sums err by a rounding for each entry.
        bound = (self.shape[1] + 8) * _UNIT * (np.abs(floats) @ np.abs(rows).T)
        result = ((values > 0).astype(np.int8) - (values < 0).astype(np.int8)).astype(np.int8)
        for i, j in np.argwhere(np.abs(values) <= bound):
            result[i, j] = self._sign(vectors[i], self._rows[j])
        return result

    @cached_property
    def floats(self) -> npt.NDArray[np.float64]:
        """Positive multiples of the rows; entries err by less than two units of their last place."""
        near = [[self._field.approximation(entry) for entry in row] for row in self._rows]
        return float_rows([primitive(row)[0] for row in near], self.shape[1])

    def _sign(self, weight: npt.NDArray[Any], row: Row) -> int:
        total = [0] * self._field.degree
        for w, entry in zip(weight, row, strict=True):
            for power, coefficient in enumerate(entry):
                total[power] += int(w) * coefficient
        return self._field.sign(tuple(total))

    def __repr__(self) -> str:
        """One line: rows, columns, field, rank."""
        n, d = self.shape
        return f"AlgebraicArrangement({n} x {d} rows over {self._field!r}, rank {self.rank})"
