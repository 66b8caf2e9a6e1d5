"""Data matrices, read exactly: every entry is the rational number the user gave."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from arrangements.errors import DataError
from arrangements.exact import (
    decimal_value,
    exact_value,
    integer_matrix,
    integer_text,
    primitive,
    primitive_rows,
    products,
)

FloatMatrix: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DataMatrix:
    """An n x d matrix of rational numbers, each row a positive scale times coprime integers.

    Build one with `from_array` (numbers as stored) or `from_decimals` (numbers as
    written); the constructor takes rows already in this form.

    Parameters
    ----------
    integers : tuple of n tuples of d int
        Primitive rows: the entries of a row have no common divisor; a zero row is zeros.
    scales : tuple of n Fraction
        Positive; row i of the matrix is ``scales[i] * integers[i]``.

    Notes
    -----
    *Exactness.* A binary float is a dyadic rational and a decimal text is a rational, so
    both are exact, and they are different data: ``[[.1, .3], [.3, .9]]`` has rank 2 as
    stored floats and rank 1 as decimals.

    Examples
    --------
    >>> import arrangements as ar
    >>> X = ar.DataMatrix.from_decimals([["0.1", "0.3"], ["0.3", "0.9"]])
    >>> X.integers, [str(scale) for scale in X.scales]
    (((1, 3), (1, 3)), ['1/10', '3/10'])
    >>> ar.Arrangement(X).rank, ar.Arrangement([[0.1, 0.3], [0.3, 0.9]]).rank
    (1, 2)
    """

    integers: tuple[tuple[int, ...], ...]
    scales: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        """Refuse an empty or ragged matrix."""
        if not self.integers:
            raise DataError("the data matrix is empty: it has no rows")
        if not self.integers[0]:
            raise DataError("the data matrix is empty: it has no columns")
        if len(self.integers) != len(self.scales):
            raise DataError(f"{len(self.integers)} rows but {len(self.scales)} scales")
        for i, (row, scale) in enumerate(zip(self.integers, self.scales, strict=True)):
            if len(row) != len(self.integers[0]):
                raise DataError(f"row {i} has {len(row)} entries, row 0 {len(self.integers[0])}")
            # Comparing a Fraction asks an abstract class what a 0 is: ten times slower.
            if math.gcd(*row) > 1 or scale.numerator <= 0:
                raise DataError(f"row {i} is not a positive scale times coprime integers")

    @classmethod
    def from_array(cls, array: Any, *, names: Sequence[str] | None = None) -> DataMatrix:
        """Read numbers as they are stored.

        Parameters
        ----------
        array : array-like of shape (n, d)
            Integers, binary floats, `Fraction`, `Decimal`, or a mixture; data frames of
            pandas and polars, lazy ones too, Arrow tables, sparse matrices of SciPy and SymPy's
            matrices.
        names : sequence of d str, optional
            Column names for error messages; a data frame's own by default.

        Raises
        ------
        DataError
            For NaN, infinities, text, complex numbers, ragged or empty data; the message
            names row and column (counted from 0).
        """
        array = collected(array)
        if names is None:
            names = column_names(array)
        if _are_integers(array):
            divisors = [math.gcd(*row) or 1 for row in array]
            return cls(
                tuple(
                    tuple(row) if divisor == 1 else tuple(entry // divisor for entry in row)
                    for row, divisor in zip(array, divisors, strict=True)
                ),
                tuple(map(Fraction, divisors)),
            )
        machine = _machine_array(array)
        found = None if machine is None else primitive_rows(machine)
        if found is not None:
            rows, scales = found
            return cls(tuple(rows), tuple(scales))
        return cls._read(_rows_of(array), exact_value, names)

    @classmethod
    def from_decimals(
        cls, rows: Iterable[Sequence[str]], *, names: Sequence[str] | None = None
    ) -> DataMatrix:
        """Read decimal texts as the decimal numbers they spell ("0.1" is 1/10).

        Parameters
        ----------
        rows : iterable of n sequences of d str
        names : sequence of d str, optional
            Column names for error messages.

        Raises
        ------
        DataError
            When an entry is not a finite decimal number; the message names row and column.
        """
        return cls._read([list(row) for row in rows], decimal_value, names)

    @classmethod
    def _read(
        cls,
        rows: Sequence[Sequence[Any]],
        value: Callable[[Any], Fraction],
        names: Sequence[str] | None = None,
    ) -> DataMatrix:
        integers: list[tuple[int, ...]] = []
        scales: list[Fraction] = []
        for i, row in enumerate(rows):
            if len(row) != len(rows[0]):
                raise DataError(
                    f"row {i} has {len(row)} entries where row 0 has {len(rows[0])}; "
                    "every row needs the same number of columns"
                )
            exact: list[Fraction] = []
            for j, entry in enumerate(row):
                try:
                    exact.append(value(entry))
                except (TypeError, ValueError, AttributeError) as error:
                    place = f"row {i}, column {j if names is None else repr(names[j])}"
                    raise DataError(_bad_entry(place, entry, error)) from None
            coprime, scale = primitive(exact) if exact else ((), Fraction(1))
            integers.append(coprime)
            scales.append(scale)
        return cls(tuple(integers), tuple(scales))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows n and of columns d."""
        return len(self.integers), len(self.integers[0])

    @cached_property
    def fractions(self) -> tuple[tuple[Fraction, ...], ...]:
        """The exact entries, row by row."""
        return tuple(
            tuple(Fraction(entry * scale.numerator, scale.denominator) for entry in row)
            for row, scale in zip(self.integers, self.scales, strict=True)
        )

    @cached_property
    def floats(self) -> FloatMatrix:
        """The entries rounded to the nearest float64 (read-only, shape (n, d)).

        Raises
        ------
        DataError
            When an entry is too large for a float64.
        """
        result = np.empty(self.shape)
        for i, (row, scale) in enumerate(zip(self.integers, self.scales, strict=True)):
            top, bottom = scale.numerator, scale.denominator
            for j, entry in enumerate(row):
                try:
                    # a quotient of two integers is correctly rounded
                    result[i, j] = entry * top / bottom
                except OverflowError:
                    raise DataError(
                        f"row {i}, column {j} is too large for a float64; divide the data by "
                        "a power of ten first"
                    ) from None
        result.setflags(write=False)
        return result

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the primitive integer rows, in hexadecimal.

        Data that differ by positive row scaling share it: they have the same patterns.
        """
        text = "\n".join(" ".join(map(integer_text, row)) for row in self.integers)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def signs(self, weights: Any) -> npt.NDArray[np.int8]:
        """Return the exact signs of ``x_i.w`` for weight vectors as stored.

        Parameters
        ----------
        weights : DataMatrix or array-like of shape (k, d)
            Finite numbers, read like `from_array`.

        Returns
        -------
        (k, n) int8
            -1, 0 or 1.
        """
        n, d = self.shape
        if not isinstance(weights, DataMatrix) and len(weights) == 0:
            return np.empty((0, n), dtype=np.int8)
        vectors = as_data_matrix(weights)
        if vectors.shape[1] != d:
            raise DataError(f"weights have {vectors.shape[1]} entries, the data {d} columns")
        values = products(integer_matrix(vectors.integers, d), integer_matrix(self.integers, d))
        return np.asarray((values > 0).astype(np.int8) - (values < 0).astype(np.int8))

    def with_bias(self) -> DataMatrix:
        """Return the matrix with a last column of ones (the hidden bias)."""
        return DataMatrix._read([[*row, Fraction(1)] for row in self.fractions], exact_value)

    def take_rows(self, rows: Sequence[int]) -> DataMatrix:
        """Return the matrix of the chosen rows, in the order given."""
        return DataMatrix(
            tuple(self.integers[i] for i in rows), tuple(self.scales[i] for i in rows)
        )

    def take_columns(self, columns: Sequence[int]) -> DataMatrix:
        """Return the matrix of the chosen columns, in the order given."""
        return DataMatrix._read([[row[j] for j in columns] for row in self.fractions], exact_value)

    def __repr__(self) -> str:
        """One line: the shape and the first digits of the digest."""
        n, d = self.shape
        return f"DataMatrix({n} x {d}, sha256 {self.digest[:12]})"


def as_data_matrix(data: Any) -> DataMatrix:
    """Return `data` itself when it is a `DataMatrix`, else read it as stored numbers.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.as_data_matrix([[0.5, 1], [2, 3]]).fractions[0]
    (Fraction(1, 2), Fraction(1, 1))

    Notes
    -----
    *Growth.* ``n * r`` for n rows of rank r.
    """
    return data if isinstance(data, DataMatrix) else DataMatrix.from_array(data)


def column_names(array: Any) -> list[str] | None:
    """Return the names of a data frame's or an Arrow table's columns; None for other data."""
    if _is_lazy(array):
        return [str(name) for name in array.collect_schema()]
    if _is_frame(array):
        return [str(name) for name in array.columns]
    return [str(name) for name in array.schema.names] if _is_arrow(array) else None


def _is_frame(array: Any) -> bool:
    return hasattr(array, "columns") and hasattr(array, "to_numpy")


def _is_lazy(array: Any) -> bool:
    return hasattr(array, "collect_schema") and not hasattr(array, "to_numpy")


def collected(array: Any) -> Any:
    """Return a lazy frame or a sparse matrix as what it stands for; anything else as it is."""
    if _is_lazy(array):
        return array.collect()
    # SciPy's older matrices cannot be read row by row: a row is a matrix again.
    sparse = hasattr(array, "toarray") and hasattr(array, "nnz")
    return array.toarray() if sparse else array


def _is_arrow(array: Any) -> bool:
    return hasattr(array, "schema") and hasattr(array, "to_pydict")


def _is_symbolic(array: Any) -> bool:
    return hasattr(array, "free_symbols") and isinstance(getattr(array, "shape", None), tuple)


def _rows_of(array: Any) -> Sequence[Sequence[Any]]:
    """Turn anything array-like into a list of rows without touching the numbers."""
    if _is_arrow(array):
        array = list(zip(*(column.to_pylist() for column in array.columns), strict=True))
    elif _is_symbolic(array):
        # Iterating over it yields elements, not rows.
        array = array.tolist()
    elif _is_frame(array):
        # By rows of objects: a common dtype would round large integers beside floats.
        array = array.to_numpy(dtype=object) if hasattr(array, "iloc") else array.rows()
    if hasattr(array, "betti_numbers"):
        raise DataError(
            "an arrangement over a number field is no rational matrix; it is counted by its own "
            "betti_numbers() and count_regions(), and listed by enumerate_algebraic"
        )
    if isinstance(array, (str, bytes)) or not hasattr(array, "__len__"):
        raise DataError(f"data must be a matrix, not {type(array).__name__}")
    if isinstance(array, np.ndarray) or not all(hasattr(row, "__len__") for row in array):
        dimensions = array.ndim if isinstance(array, np.ndarray) else 1
        if dimensions != 2:  # noqa: PLR2004 - a matrix has two
            raise DataError(
                f"data must have two dimensions, not {dimensions}; "
                "for one feature write X.reshape(-1, 1)"
            )
    return [_entries(row, index) for index, row in enumerate(array)]


def _are_integers(array: Any) -> bool:
    """Whether it is a list of rows of Python integers, all of one length."""
    return (
        type(array) is list
        and bool(array)
        and {type(row) for row in array} <= {list, tuple}
        and len({len(row) for row in array}) == 1
        and {type(entry) for row in array for entry in row} == {int}
    )


def _machine_array(array: Any) -> npt.NDArray[Any] | None:
    """Return a plain matrix of machine numbers as an array; None for anything else."""
    if type(array) is list and array and {type(row) for row in array} == {list}:
        same = len({len(row) for row in array}) == 1
        if same and {type(entry) for row in array for entry in row} == {float}:
            array = np.array(array)
    plain = type(array) is np.ndarray and array.ndim == 2  # noqa: PLR2004 - a matrix has two
    return array if plain and array.size else None


def _entries(row: Any, index: int) -> list[Any]:
    if isinstance(row, (str, bytes)):
        raise DataError(f"row {index} is the text {row!r}, not a list of numbers")
    return list(row)


def _bad_entry(place: str, entry: Any, error: Exception) -> str:
    if isinstance(entry, str) and isinstance(error, TypeError):
        return (
            f"{place}: {entry!r} is text; convert it to a number, or read decimal text with "
            "DataMatrix.from_decimals"
        )
    if isinstance(error, ValueError):
        return f"{place}: {error}; remove or impute the row"
    if getattr(entry, "is_algebraic", False) and getattr(entry, "is_real", False):
        return f"{place}: {entry} is irrational; AlgebraicArrangement keeps it exactly, float() rounds it"
    return f"{place}: {entry!r} is not a real number"
