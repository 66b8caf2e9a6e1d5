"""Tables in text: separated by commas, semicolons, tabs or blanks."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from arrangements.errors import ArgumentError, DataError, FileError
from arrangements.exact import decimal_value, fraction_text
from arrangements.io.columns import Header, Selection, column_index, columns_there, single_names
from arrangements.io.encoding import MISSING, Lines, one_hot, without_missing

# Commas come late: beside semicolons or tabs they are decimal commas.
_DELIMITERS = ";\t, "
_LONG = 1000
_WIDE_TEXT = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UNNAMED = re.compile("|index|Unnamed: ?0", re.IGNORECASE)
_COUNTS_FROM = (0, 1)
_FEWEST = 2
"""Entries that count 0, 1, ... before that is worth a word."""


@dataclass(frozen=True, slots=True)
class Remark:
    r"""Something in a table that was read as it stands, and is perhaps not meant so.

    Parameters
    ----------
    text : str
    column : str or None
        The column it is about; None for the whole table.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import arrangements as ar
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "table.csv"
    ...     text = ",a\n0,0.5\n1,3\n2,1\n3,2\n"
    ...     written = path.write_text(text)
    ...     table = ar.read_table(path)
    >>> [remark.column for remark in table.remarks]  # the nameless one counts the rows
    ['']
    """

    text: str
    column: str | None = None


@dataclass(frozen=True)
class TextTable:
    """What a text holds: rows of numbers, names of columns, classes of labels, remarks."""

    rows: list[list[Fraction]]
    names: tuple[str, ...]
    classes: tuple[str, ...]
    remarks: tuple[Remark, ...]


def read_text(
    source: Path,
    content: bytes,
    labels: str | None,
    *,
    as_float: bool,
    encode: Sequence[str] = (),
    drop_missing: bool = False,
    selection: Selection,
) -> TextTable:
    """Read a table from text; see `read_table`.

    Raises
    ------
    FileError, DataError, ArgumentError
        As `read_table` does.
    """
    text = _decoded(source, content)
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    delimiter = None
    if lines and re.fullmatch("sep=.", lines[0][1].strip(), re.IGNORECASE):
        # What Excel is told by.
        delimiter = lines.pop(0)[1].strip()[-1]
    if not lines:
        raise FileError(f"{source} has no rows")
    first = lines[0][1].strip()
    if delimiter is None:
        delimiter = next((mark for mark in _DELIMITERS if mark in first), ",")
    rows = [(number, _cells(source, number, line, delimiter)) for number, line in lines]
    header = _header(source, *rows[0])
    body = rows if header is None else rows[1:]
    if not body:
        raise FileError(f"{source} has a header but no rows{_other_kind(first)}")
    names = tuple(header) if header is not None else tuple(map(str, range(len(body[0][1]))))
    for number, cells in body:
        _require_width(source, number, cells, names)
    said = [] if header is None else _index(names, body)
    label = None if labels is None else column_index(names, labels)
    chosen = sorted({column_index(names, name) for name in single_names(names, encode)})
    for column in columns_there(names, selection.last) | {label}:
        if column in chosen:
            raise ArgumentError(
                f"column {names[column]!r} holds the labels or targets; leave it out of encode"
            )
    used = selection.sources(names, chosen)
    if drop_missing:
        body, left_out = without_missing(source, body, used)
        said += [Remark(left_out)] if left_out else []
    columns = Header.plain(names)
    if chosen:
        read = [column for column in chosen if column in used]
        columns, body, sentences = one_hot(source, names, body, read)
        said += [Remark(sentence, name) for name, sentence in sentences]
    classes: tuple[str, ...] = ()
    if label is not None:
        (place,) = columns.parts[label]
        body, classes = _coded(source, columns.wide, body, place)
    # Before numbers are read: what is left out may be anything.
    kept = selection.places(columns)
    names = tuple(columns.wide[j] for j in kept)
    body = [(number, [cells[j] for j in kept]) for number, cells in body]
    said = [remark for remark in said if remark.column is None or remark.column in names]
    values = [
        [_cell(source, number, names, j, cell, as_float=as_float) for j, cell in enumerate(cells)]
        for number, cells in body
    ]
    said += [] if header is not None else _unnamed(len(names), values, lines[0])
    said += _with_underscores(body, names)
    return TextTable(values, names, classes, tuple(said))


def _decoded(source: Path, content: bytes) -> str:
    wide = content.startswith(_WIDE_TEXT)
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(f"{source} is not UTF-8 text; save it as CSV in UTF-8") from None
    if "\0" in text:
        raise FileError(f"{source} is a binary file, not CSV text")
    return text


def _other_kind(first: str) -> str:
    """Say what a text may be that is no table."""
    if first.startswith(("{", "[")):
        return "; it looks like JSON or a printed array: save it as CSV"
    if first.startswith(("<", "|", "\\")):
        return "; it looks like markup: save it as CSV"
    return ""


def _index(names: tuple[str, ...], body: Lines) -> list[Remark]:
    """Point out a first column without a name of its own that counts the rows."""
    if len(names) < _FEWEST or len(body) < _FEWEST or not _UNNAMED.fullmatch(names[0]):
        return []
    cells = [line[0] for _, line in body]
    if not all(map(_is_number, cells)) or any(cell.lower() in MISSING for cell in cells):
        return []
    head = [decimal_value(cell) for cell in cells]
    if not _counts(head):
        return []
    some = ", ".join(fraction_text(value) for value in head[:3])
    return [
        Remark(
            f"column {names[0]!r} counts {some}, ...: an index, probably; leave it out with "
            f'--drop "{names[0]}"',
            names[0],
        )
    ]


def _counts(values: Sequence[Fraction]) -> bool:
    """Whether values are 0, 1, 2, ... or 1, 2, 3, ..."""
    return any(list(values) == list(range(k, k + len(values))) for k in _COUNTS_FROM)


def _unnamed(width: int, values: list[list[Fraction]], first: tuple[int, str]) -> list[Remark]:
    """Point out a first line that counts columns, or is numbers in quotes."""
    line, text = first
    counted = width > _FEWEST and _counts(values[0])
    if len(values) < _FEWEST or not (counted or '"' in text or "'" in text):
        return []
    how = "counts 0, 1, 2, ..." if counted else "is numbers in quotes"
    return [Remark(f"line {line} {how}: names of columns, perhaps; it is read as data")]


def _with_underscores(body: Lines, names: tuple[str, ...]) -> list[Remark]:
    """Point out the first cell that Python alone takes for a number."""
    for number, cells in body:
        for name, cell in zip(names, cells, strict=True):
            if "_" in cell:
                value = fraction_text(decimal_value(cell))
                return [Remark(f"line {number}: {cell!r} is read as {value}", name)]
    return []


def _coded(
    source: Path, names: Sequence[str], body: Lines, column: int
) -> tuple[Lines, tuple[str, ...]]:
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
        if cell.lower() in MISSING:
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
    if cell.lower() in MISSING:
        return f"{error}; remove or impute the row"
    if "\N{MINUS SIGN}" in cell:
        return f"{error}; write a hyphen for the minus sign"
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
        return cell.lower() in MISSING
    return True
