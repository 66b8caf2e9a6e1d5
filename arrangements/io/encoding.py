"""Tables as people keep them: rows with holes, columns of categories."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from arrangements.errors import ArgumentError, DataError
from arrangements.io.columns import Header

MISSING = {"", "nan", "inf", "-inf", "+inf", "na", "n/a", "null", "none", "?"}
"""How tables say that a number is not there."""
Lines = list[tuple[int, list[str]]]
"""Cells of each line, with its number in the file."""

_NAMED = 5
"""Lines and columns that a remark names."""
_MOST = 1000
"""Categories of a column beyond which it holds no categories."""


def without_missing(source: Path, body: Lines, columns: Collection[int]) -> tuple[Lines, str]:
    """Return the lines without holes, and a sentence about those left out, or nothing.

    Parameters
    ----------
    source : Path
    body : lines
    columns : collection of int
        Those that are read: holes elsewhere do no harm.

    Raises
    ------
    DataError
        When no line is left.
    """
    whole = [line for line in body if not any(line[1][j].lower() in MISSING for j in columns)]
    if not whole:
        raise DataError(f"{source}: an entry is missing in every row; leave out a column")
    if len(whole) == len(body):
        return body, ""
    kept = {number for number, _ in whole}
    gone = [str(number) for number, _ in body if number not in kept]
    places = f"{', '.join(gone[:_NAMED])}{', ...' if len(gone) > _NAMED else ''}"
    return whole, (
        f"{len(gone):,} of {len(body):,} rows have missing entries and are left out: "
        f"line{'s' if len(gone) > 1 else ''} {places}"
    )


def one_hot(
    source: Path, names: tuple[str, ...], body: Lines, columns: Sequence[int]
) -> tuple[Header, Lines, list[tuple[str, str]]]:
    """Return a table in which columns of categories are a column of 0 and 1 for each category.

    Parameters
    ----------
    source : Path
    names : tuple of d str
    body : lines of d cells
    columns : sequence of int
        Those that hold categories.

    Returns
    -------
    header : Header
        ``name=category`` in alphabetical order, where the column was.
    body : lines
    said : list of (name, sentence)
        What became of each column.

    Raises
    ------
    ArgumentError
        When a column holds more than 1,000 categories.
    DataError
        When an entry is missing.
    """
    categories: dict[int, list[str]] = {}
    said = []
    for column in columns:
        for number, cells in body:
            if cells[column].lower() in MISSING:
                raise DataError(
                    f"{source}, line {number}, column {names[column]!r}: {cells[column]!r} is no "
                    "category; leave out rows with missing entries (--drop-missing)"
                )
        found = sorted({cells[column] for _, cells in body})
        if len(found) > _MOST:
            raise ArgumentError(
                f"column {names[column]!r} holds {len(found):,} different texts, more than {_MOST:,}: "
                "these are no categories; leave it out"
            )
        categories[column] = found
        shown = [f"{names[column]}={text}" for text in found]
        first = f"{', '.join(shown[:_NAMED])}{', ...' if len(shown) > _NAMED else ''}"
        many = f"{len(found)} column{'s' if len(found) > 1 else ''}"
        said.append((shown[0], f"column {names[column]!r} is {many} of 0 and 1: {first}"))
    wide: list[str] = []
    parts: list[range] = []
    for j, name in enumerate(names):
        some = [f"{name}={text}" for text in categories[j]] if j in categories else [name]
        parts.append(range(len(wide), len(wide) + len(some)))
        wide += some
    lines: Lines = []
    for number, cells in body:
        row: list[str] = []
        for j, cell in enumerate(cells):
            row += ["01"[cell == text] for text in categories[j]] if j in categories else [cell]
        lines.append((number, row))
    return Header(names, tuple(wide), parts), lines, said
