"""Columns as people name them: by name, or by number in text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

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


def single_names(names: Sequence[str], given: Sequence[str]) -> list[str]:
    """Return what is named one by one: ``"a,b"`` is two columns where none has that name."""
    single = []
    for text in given:
        whole = text in names or "," not in text
        parts = [text] if whole else [part.strip() for part in text.split(",")]
        # The name of an index is empty; elsewhere an empty word is a comma too many.
        single += [part for part in parts if whole or part or part in names]
    return single


def columns_there(names: Sequence[str], given: Sequence[str]) -> set[int]:
    """Return the indices of what is named and is there, once."""
    found = set()
    for name in single_names(names, given):
        with suppress(ArgumentError):
            found.add(column_index(names, name))
    return found


@dataclass(frozen=True)
class Header:
    """The names of a file's columns, and what became of each.

    Parameters
    ----------
    names : sequence of str
        Those of the file; numbers count these.
    wide : sequence of str
        Those of the table that it became.
    parts : sequence of sequence of int
        The columns of the table that each column of the file became: several, where its
        categories were taken apart.
    """

    names: Sequence[str]
    wide: Sequence[str]
    parts: Sequence[Sequence[int]]

    @classmethod
    def plain(cls, names: Sequence[str]) -> Header:
        """Return the header of a table whose columns are those of the file."""
        return cls(names, names, [[j] for j in range(len(names))])

    def places(self, given: Sequence[str]) -> list[int]:
        """Return the columns of the table that are named, each as often as it is."""
        found: list[int] = []
        for name in single_names((*self.names, *self.wide), given):
            if name in self.wide:
                found.append(column_index(self.wide, name))
            else:
                found += self.parts[column_index(self.names, name)]
        return found


@dataclass(frozen=True)
class Selection:
    """Which columns of a file are read, and in which order; see `read_table`."""

    columns: Sequence[str] | None = None
    drop: Sequence[str] = ()
    last: Sequence[str] = ()

    def sources(self, names: Sequence[str], encoded: Sequence[int]) -> set[int]:
        """Return the columns of the file that are read, at least in part.

        Parameters
        ----------
        names : sequence of str
        encoded : sequence of int
            Those whose categories are taken apart, each with a name of its own.
        """
        if self.columns is None:
            return {*range(len(names))} - columns_there(names, self.drop)
        wanted = (*self.columns, *self.last)
        parts = {
            j
            for j in encoded
            for name in single_names(names, wanted)
            if name not in names and name.startswith(f"{names[j]}=")
        }
        return parts | columns_there(names, wanted)

    def places(self, header: Header) -> list[int]:
        """Return the columns of the table that are read, in the order wanted.

        Raises
        ------
        ArgumentError
            When there is no such column, a column has two uses, or no feature is left.
        """
        last, gone = header.places(self.last), set(header.places(self.drop))
        _once(header.wide, last, "is named twice among targets and sample weights")
        both = [j for j in last if j in gone]
        _none(header.wide, both, "cannot be left out and be the target or the sample weight")
        if self.columns is None:
            kept = [j for j in range(len(header.wide)) if j not in gone and j not in last]
            if not kept and (gone or last):
                named = ", ".join(single_names(header.names, (*self.drop, *self.last)))
                raise ArgumentError(f"no column is left beside {named}")
            return kept + last
        kept = header.places(self.columns)
        if not kept:
            raise ArgumentError("no column chosen")
        _once(header.wide, kept, f"is chosen twice in {', '.join(self.columns)}")
        both = [j for j in kept if j in gone]
        _none(header.wide, both, "cannot be chosen and left out")
        both = [j for j in kept if j in last]
        _none(header.wide, both, "cannot be a feature and the target or the sample weight")
        return kept + last


def _once(names: Sequence[str], places: Sequence[int], words: str) -> None:
    _none(names, [j for k, j in enumerate(places) if j in places[:k]], words)


def _none(names: Sequence[str], wrong: Sequence[int], words: str) -> None:
    if wrong:
        raise ArgumentError(f"column {names[wrong[0]]!r} {words}")
