"""Columns as people name them: by name, or by number in text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from arrangements.errors import ArgumentError

_INDEX = re.compile("-?[0-9]{1,9}")


def column_index(names: Sequence[str], name: str) -> int:
    """Return the index of a column, by name or by number in text."""
    if names.count(name) > 1:
        raise ArgumentError(f"column {name!r} occurs {names.count(name)} times")
    if name in names:
        return names.index(name)
    width = len(names)
    if _INDEX.fullmatch(name) and -width <= int(name) < width:
        return int(name) % width
    raise ArgumentError(f"no column {name!r}; the columns are {', '.join(names)}")


def kept_columns(names: Sequence[str], drop: Sequence[str]) -> list[int]:
    """Return the indices of the columns that are not left out; see `read_table`."""
    gone = set()
    for name in drop:
        # A name may hold commas, or be empty as that of an index is.
        parts = [name] if name in names or "," not in name else name.split(",")
        gone |= {column_index(names, part if part is name else part.strip()) for part in parts}
    kept = [j for j in range(len(names)) if j not in gone]
    if kept or not gone:
        return kept
    if len(names) == 1:
        raise ArgumentError(f"{names[0]!r} is the only column: no feature is left")
    raise ArgumentError(f"drop: {', '.join(drop)} are all columns; nothing is left")
