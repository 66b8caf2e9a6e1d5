"""Tables of exact numbers from CSV, NPY and NPZ files and from data frames."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from arrangements.errors import ArgumentError, DataError, FileError
from arrangements.exact import decimal_value
from arrangements.io.archives import NPY, ZIP, Archive, read_npy
from arrangements.io.files import read_bytes
from arrangements.matrix import DataMatrix

# Commas come late: beside semicolons or tabs they are decimal commas.
_DELIMITERS = ";\t, "
_MISSING = {"", "nan", "inf", "-inf", "na", "n/a", "null", "none"}
_INDEX = re.compile("-?[0-9]{1,9}")
_LONG = 1000


@dataclass(frozen=True)
class Table:
    """A data matrix with a name for each column.

    Parameters
    ----------
    matrix : DataMatrix
    names : tuple of d str
        From the file's header; "0", "1", ... when it has none.
    classes : tuple of str
        What the numbers 0, 1, ... of a column of labels stand for, where the file holds texts
        (see `read_table`).
    """

    matrix: DataMatrix
    names: tuple[str, ...]
    classes: tuple[str, ...] = ()

    def column(self, name: str) -> int:
        """Return the index of a column, by name or by number in text.

        Raises
        ------
        ArgumentError
            Naming the columns there are.
        """
        return _index(self.names, name)

    def take(self, names: Sequence[str]) -> Table:
        """Return the chosen columns in the order given."""
        return self._at(self._chosen(names))

    def split(
        self, target: str, names: Sequence[str] | None = None
    ) -> tuple[Table, tuple[Fraction, ...]]:
        """Return the features, and the exact values of the target column.

        Parameters
        ----------
        target : str
        names : sequence of str, optional
            The feature columns; all but the target by default.  Numbers count the columns
            of this table, the target among them.
        """
        index = self.column(target)
        if names is None:
            others = [j for j in range(len(self.names)) if j != index]
        else:
            others = self._chosen(names)
        if index in others:
            raise ArgumentError(f"column {target!r} cannot be the target and a feature")
        if not others:
            raise ArgumentError(f"{target!r} is the only column: no feature is left")
        return self._at(others), tuple(row[index] for row in self.matrix.fractions)

    def with_bias(self) -> Table:
        """Return the table with a last column of ones named "bias"."""
        return Table(self.matrix.with_bias(), (*self.names, "bias"))

    def _chosen(self, names: Sequence[str]) -> list[int]:
        if not names:
            raise ArgumentError("no column chosen")
        chosen = [self.column(name) for name in names]
        if len(set(chosen)) < len(chosen):
            raise ArgumentError(f"a column is chosen twice in {', '.join(names)}")
        return chosen

    def _at(self, columns: Sequence[int]) -> Table:
        return Table(self.matrix.take_columns(columns), tuple(self.names[j] for j in columns))


def _index(names: Sequence[str], name: str) -> int:
    """Return the index of a column, by name or by number in text."""
    if names.count(name) > 1:
        raise ArgumentError(f"column {name!r} occurs {names.count(name)} times")
    if name in names:
        return names.index(name)
    width = len(names)
    if _INDEX.fullmatch(name) and -width <= int(name) < width:
        return int(name) % width
    raise ArgumentError(f"no column {name!r}; the columns are {', '.join(names)}")


def read_table(path: str | Path, *, as_float: bool = False, labels: str | None = None) -> Table:
    """Read a table of numbers from a file.

    Parameters
    ----------
    path : str or Path
        ``.npy``, ``.npz`` (one array, or one named ``X``); anything else is read as CSV
        with commas, semicolons, tabs or blanks, with or without a header line (a first
        line of names, none of them a number).
    as_float : bool
        Round CSV numbers to float64 as most programs would; by default they are the
        decimal numbers they spell.  Binary files always hold floats or integers as stored.
    labels : str, optional
        A column of a CSV file, by name or number, that may hold texts: they are read as the
        numbers 0, 1, ... in alphabetical order, and ``Table.classes`` lists them.

    Raises
    ------
    FileError
        When the file is missing, empty, truncated, not of its kind, or larger than 1 GiB,
        unpacked or not.
    DataError
        When an entry is not a number; the message names line and column.
    ArgumentError
        When there is no such column of labels.

    Notes
    -----
    *Growth.* ``n * r`` for n rows and r columns.
    """
    source = Path(path)
    suffix = source.suffix.lower()
    content = read_bytes(source)
    if not content:
        raise FileError(f"{source} is empty")
    if suffix == ".npy":
        return _numbered(_read_array(source, content))
    if suffix == ".npz":
        return _numbered(_pick(source, content, "X"))
    return _read_csv(source, content, labels, as_float=as_float)


def table_of_frame(frame: Any) -> Table:
    """Read a pandas or polars data frame; its column names appear in errors.

    Notes
    -----
    *Growth.* ``n * r`` for n rows and r columns.
    """
    names = tuple(str(name) for name in frame.columns)
    return Table(DataMatrix.from_array(frame), names)


def _numbered(array: np.ndarray) -> Table:
    matrix = DataMatrix.from_array(array)
    return Table(matrix, tuple(str(j) for j in range(matrix.shape[1])))


def _read_array(source: Path, content: bytes) -> np.ndarray:
    if content.startswith(ZIP):
        raise FileError(f"{source} is an NPZ archive named .npy; rename it")
    if not content.startswith(NPY):
        raise FileError(f"{source} is not an NPY file")
    return read_npy(source, content)


def _pick(source: Path, content: bytes, name: str) -> np.ndarray:
    if content.startswith(NPY):
        raise FileError(f"{source} is an NPY file named .npz; rename it")
    if not content.startswith(ZIP):
        raise FileError(f"{source} is not an NPZ file")
    archive = Archive(source, content)
    names = archive.names
    if name not in names and len(names) != 1:
        raise FileError(f"{source} holds {', '.join(names) or 'nothing'}; name the data {name!r}")
    chosen = name if name in names else names[0]
    return archive.read([chosen])[chosen]


def _read_csv(source: Path, content: bytes, labels: str | None, *, as_float: bool) -> Table:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(f"{source} is not UTF-8 text; save it as CSV in UTF-8") from None
    if "\0" in text:
        raise FileError(f"{source} is a binary file, not CSV text")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise FileError(f"{source} has no rows")
    delimiter = next((mark for mark in _DELIMITERS if mark in lines[0][1].strip()), ",")
    rows = [(number, _cells(source, number, line, delimiter)) for number, line in lines]
    header = _header(source, *rows[0])
    body = rows if header is None else rows[1:]
    if not body:
        raise FileError(f"{source} has a header but no rows")
    names = tuple(header) if header is not None else tuple(map(str, range(len(body[0][1]))))
    for number, cells in body:
        _require_width(source, number, cells, names)
    classes: tuple[str, ...] = ()
    if labels is not None:
        body, classes = _coded(source, names, body, _index(names, labels))
    values = [
        [_cell(source, number, names, j, cell, as_float=as_float) for j, cell in enumerate(cells)]
        for number, cells in body
    ]
    return Table(DataMatrix.from_array(values), names, classes)


_Lines = list[tuple[int, list[str]]]


def _coded(
    source: Path, names: tuple[str, ...], body: _Lines, column: int
) -> tuple[_Lines, tuple[str, ...]]:
    """Return the lines with the texts of a column as numbers, and the texts in their order."""
    texts = {cells[column] for _, cells in body if not _is_number(cells[column])}
    if not texts:
        return body, ()
    classes = tuple(sorted(texts))
    code = {text: str(number) for number, text in enumerate(classes)}
    coded = []
    for number, cells in body:
        cell = cells[column]
        place = f"{source}, line {number}, column {names[column]!r}"
        if cell.lower() in _MISSING:
            raise DataError(f"{place}: {cell!r} is no label; remove or impute the row")
        if cell not in code:
            raise DataError(
                f"{place}: {cell!r} is a number among texts such as {classes[0]!r}; "
                "labels are all numbers or all texts"
            )
        coded.append((number, [*cells[:column], code[cell], *cells[column + 1 :]]))
    return coded, classes


def _cells(source: Path, number: int, line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    try:
        (cells,) = csv.reader([line], delimiter=delimiter)
    except csv.Error as error:
        raise DataError(f"{source}, line {number} is not CSV: {error}") from None
    return [cell.strip() for cell in cells]


def _header(source: Path, number: int, cells: list[str]) -> list[str] | None:
    """Return the first line when it is a header; refuse one that is half of each."""
    texts = [cell for cell in cells if not _is_number(cell)]
    numbers = [cell for cell in cells if cell and _is_number(cell)]
    if texts and numbers:
        raise DataError(
            f"{source}, line {number} holds both text ({texts[0]!r}) and numbers "
            f"({numbers[0]!r}); give every column a name, or none"
        )
    return cells if texts else None


def _require_width(source: Path, number: int, cells: list[str], names: tuple[str, ...]) -> None:
    if len(cells) != len(names):
        raise DataError(
            f"{source}, line {number} has {len(cells)} entries where {len(names)} are expected"
        )


def _cell(
    source: Path, number: int, names: tuple[str, ...], column: int, cell: str, *, as_float: bool
) -> Fraction:
    place = f"{source}, line {number}, column {names[column]!r}"
    if not cell:
        raise DataError(f"{place} is empty; remove or impute the row")
    try:
        value = decimal_value(cell)
    except ValueError as error:
        raise DataError(f"{place}: {_complaint(cell, error)}") from None
    if not as_float:
        return value
    try:
        return Fraction(float(value))
    except OverflowError:
        raise DataError(f"{place}: {cell} is too large for a float64") from None


def _complaint(cell: str, error: ValueError) -> str:
    if cell.lower() in _MISSING:
        return f"{error}; remove or impute the row"
    if "," in cell:
        return f"{error}; write decimal points, not commas"
    if len(cell) > _LONG:
        return f"a cell of {len(cell)} characters is not a number this program reads"
    return f"{error}; correct it, or leave out the row or the column"


def _is_number(cell: str) -> bool:
    # An empty cell or NaN is bad data, not the name of a column.
    try:
        decimal_value(cell)
    except ValueError:
        return cell.lower() in _MISSING
    return True
