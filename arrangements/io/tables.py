"""Tables of exact numbers from CSV, NPY and NPZ files and from data frames."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from arrangements.errors import ArgumentError, DataError, FileError
from arrangements.exact import decimal_value
from arrangements.matrix import DataMatrix

_DELIMITERS = ",;\t "


@dataclass(frozen=True)
class Table:
    """A data matrix with a name for each column.

    Parameters
    ----------
    matrix : DataMatrix
    names : tuple of d str
        From the file's header; "0", "1", ... when it has none.
    """

    matrix: DataMatrix
    names: tuple[str, ...]

    def column(self, name: str) -> int:
        """Return the index of a column, by name or by number in text.

        Raises
        ------
        ArgumentError
            Naming the columns there are.
        """
        if self.names.count(name) > 1:
            raise ArgumentError(f"column {name!r} occurs {self.names.count(name)} times")
        if name in self.names:
            return self.names.index(name)
        width = len(self.names)
        if name.lstrip("-").isdigit() and -width <= int(name) < width:
            return int(name) % width
        raise ArgumentError(f"no column {name!r}; the columns are {', '.join(self.names)}")

    def take(self, names: Sequence[str]) -> Table:
        """Return the chosen columns in the order given."""
        if not names:
            raise ArgumentError("no column chosen")
        chosen = [self.column(name) for name in names]
        if len(set(chosen)) < len(chosen):
            raise ArgumentError(f"a column is chosen twice in {', '.join(names)}")
        return Table(self.matrix.take_columns(chosen), tuple(self.names[j] for j in chosen))

    def split(self, target: str) -> tuple[Table, tuple[Fraction, ...]]:
        """Return the table without a column, and that column's exact values."""
        index = self.column(target)
        others = [j for j in range(len(self.names)) if j != index]
        if not others:
            raise ArgumentError(f"{target!r} is the only column: no feature is left")
        features = Table(self.matrix.take_columns(others), tuple(self.names[j] for j in others))
        return features, tuple(row[index] for row in self.matrix.fractions)

    def with_bias(self) -> Table:
        """Return the table with a last column of ones named "bias"."""
        return Table(self.matrix.with_bias(), (*self.names, "bias"))


def read_table(path: str | Path, *, as_float: bool = False) -> Table:
    """Read a table of numbers from a file.

    Parameters
    ----------
    path : str or Path
        ``.npy``, ``.npz`` (one array, or one named ``X``); anything else is read as CSV
        with commas, semicolons, tabs or blanks, with or without a header line.
    as_float : bool
        Round CSV numbers to float64 as most programs would; by default they are the
        decimal numbers they spell.  Binary files always hold floats or integers as stored.

    Raises
    ------
    FileError
        When the file is missing, empty, truncated or not of its kind.
    DataError
        When an entry is not a number; the message names line and column.
    """
    source = Path(path)
    suffix = source.suffix.lower()
    try:
        content = source.read_bytes()
    except FileNotFoundError:
        raise FileError(f"{source}: no such file") from None
    except OSError as error:
        raise FileError(f"{source} cannot be read: {error.strerror}") from None
    if not content:
        raise FileError(f"{source} is empty")
    if suffix == ".npy":
        return _numbered(_read_array(source, content))
    if suffix == ".npz":
        return _numbered(_pick(source, content, "X"))
    return _read_csv(source, content, as_float=as_float)


def table_of_frame(frame: Any) -> Table:
    """Read a pandas or polars data frame; its column names appear in errors."""
    names = tuple(str(name) for name in frame.columns)
    return Table(DataMatrix.from_array(frame), names)


def _numbered(array: np.ndarray) -> Table:
    matrix = DataMatrix.from_array(array)
    return Table(matrix, tuple(str(j) for j in range(matrix.shape[1])))


def _read_array(source: Path, content: bytes) -> np.ndarray:
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise FileError(f"{source} is not a whole NPY file without pickles ({error})") from None
    if not isinstance(array, np.ndarray):
        raise FileError(f"{source} is an NPZ archive named .npy; rename it")
    return array


def _pick(source: Path, content: bytes, name: str) -> np.ndarray:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            keys = list(archive.keys())
            if name in keys:
                return np.asarray(archive[name])
            if len(keys) == 1:
                return np.asarray(archive[keys[0]])
    except (ValueError, EOFError, OSError, AttributeError, zipfile.BadZipFile) as error:
        raise FileError(f"{source} is not a whole NPZ file without pickles ({error})") from None
    raise FileError(f"{source} holds {', '.join(keys) or 'nothing'}; name the data {name!r}")


def _read_csv(source: Path, content: bytes, *, as_float: bool) -> Table:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(f"{source} is not UTF-8 text") from None
    if "\0" in text:
        raise FileError(f"{source} is a binary file, not CSV text")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise FileError(f"{source} has no rows")
    delimiter = next((mark for mark in _DELIMITERS if mark in lines[0][1].strip()), ",")
    rows = [
        (number, [cell.strip() for cell in next(csv.reader([line.strip()], delimiter=delimiter))])
        for number, line in lines
    ]
    if delimiter == " ":
        rows = [(number, [cell for cell in cells if cell]) for number, cells in rows]
    header = rows[0][1] if not all(_is_number(cell) for cell in rows[0][1]) else None
    body = rows if header is None else rows[1:]
    if not body:
        raise FileError(f"{source} has a header but no rows")
    names = tuple(header) if header is not None else tuple(map(str, range(len(body[0][1]))))
    values = [
        [_cell(source, number, names, j, cell, as_float=as_float) for j, cell in enumerate(cells)]
        for number, cells in body
        if _same_width(source, number, cells, names)
    ]
    return Table(DataMatrix.from_array(values), names)


def _same_width(source: Path, number: int, cells: list[str], names: tuple[str, ...]) -> bool:
    if len(cells) != len(names):
        raise DataError(
            f"{source}, line {number} has {len(cells)} entries where {len(names)} are expected"
        )
    return True


def _cell(
    source: Path, number: int, names: tuple[str, ...], column: int, cell: str, *, as_float: bool
) -> Fraction:
    place = f"{source}, line {number}, column {names[column]!r}"
    if not cell:
        raise DataError(f"{place} is empty; remove or impute the row")
    try:
        value = decimal_value(cell)
    except ValueError as error:
        raise DataError(f"{place}: {error}; remove or impute the row") from None
    if not as_float:
        return value
    try:
        return Fraction(float(value))
    except OverflowError:
        raise DataError(f"{place}: {cell} is too large for a float64") from None


def _is_number(cell: str) -> bool:
    # A header is a first line with a cell that is text; an empty cell or NaN is bad data.
    try:
        decimal_value(cell)
    except ValueError:
        return cell.lower() in {"", "nan", "inf", "-inf", "na", "null"}
    return True
