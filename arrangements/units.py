"""Units of work: pieces of an arrangement whose regions no other unit yields.

A unit is a small picklable record.  Lists, streams, restarts, two cores and many
machines are loops over units, and a proof about a whole is one proof a unit.
Three kinds: the open polyhedral `Cone`; `Flats`, the pieces of a sweep; `Chambers`, the
pieces of a search that splits cones.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from arrangements.errors import ArgumentError


class Unit(ABC):
    """A picklable piece of work; final subclasses are frozen records.

    Examples
    --------
    >>> import arrangements as ar
    >>> right = ar.Cone.from_normals([[1, 0]])
    >>> isinstance(right, ar.Unit), ar.count_regions([[1, 0], [0, 1], [1, 1]], within=right)
    (True, 3)
    """

    @property
    @abstractmethod
    def within(self) -> Cone:
        """The cone whose regions it yields some or all of."""

    @property
    def size(self) -> int:
        """About how many regions it holds, for dividing work; 0 when nobody has guessed."""
        return 0

    @abstractmethod
    def describe(self) -> str:
        """One line for messages and logs."""


@dataclass(frozen=True, slots=True)
class Cone(Unit):
    """The open polyhedral cone ``{w : g.w > 0 for every normal g}``.

    Parameters
    ----------
    normals : tuple of tuple of int
        Inner normals in the coordinates of the data's columns; none means the whole space.

    Examples
    --------
    >>> Cone.from_normals([[1, 0], [-1, 2]]).describe()
    'cone of 2 half-spaces'
    """

    normals: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        """Refuse entries that are not integers, and rows of different length."""
        if not isinstance(self.normals, tuple) or not all(
            isinstance(row, tuple) for row in self.normals
        ):
            raise ArgumentError(
                f"normals = {self.normals!r} must be a tuple of tuples of integers; "
                "Cone.from_normals takes other rows"
            )
        for index, row in enumerate(self.normals):
            if any(type(entry) is not int for entry in row):
                raise ArgumentError(
                    f"normals[{index}] = {row} has an entry that is not a Python integer; "
                    "use Cone.from_normals, or multiply the row by its common denominator"
                )
            if len(row) != len(self.normals[0]):
                raise ArgumentError(
                    f"normals[{index}] has {len(row)} entries where normals[0] has "
                    f"{len(self.normals[0])}"
                )

    @classmethod
    def from_normals(cls, normals: Sequence[Sequence[Any]]) -> Cone:
        """Build a cone from rows of numbers that are integers, of whatever type."""
        rows = []
        for index, row in enumerate(normals):
            try:
                integers = tuple(int(entry) for entry in row)
            except (TypeError, ValueError, OverflowError):
                integers = ()
            if len(integers) != len(row) or any(a != b for a, b in zip(integers, row, strict=True)):
                raise ArgumentError(
                    f"normals[{index}] = {list(row)} has an entry that is not an integer; "
                    "multiply the row by its common denominator"
                )
            rows.append(integers)
        return cls(tuple(rows))

    def __and__(self, other: Cone) -> Cone:
        """Return the intersection of two cones, each half-space once."""
        return Cone(tuple(dict.fromkeys(self.normals + other.normals)))

    @property
    def within(self) -> Cone:
        """Itself."""
        return self

    @property
    def is_whole_space(self) -> bool:
        """True when there is no half-space at all."""
        return not self.normals

    def describe(self) -> str:
        """One line for messages and logs."""
        count = len(self.normals)
        if count == 0:
            return "the whole space"
        return f"cone of {count} half-space{'s' if count > 1 else ''}"


@dataclass(frozen=True, slots=True)
class Flats(Unit):
    """The regions of a cone whose lowest flat has a basis that begins with given rows.

    Parameters
    ----------
    cone : Cone
    level : int
        How many functionals of the sweep's flag vanish on the summand: 0, 2, 4, ...
    prefixes : tuple of tuple of int
        First rows of the lexicographically first basis of a flat.
    size : int
        At most so many regions, one of each antipodal pair; 0 when unknown.

    Examples
    --------
    >>> import arrangements as ar
    >>> A = ar.Arrangement([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> sweep = ar.Sweep()
    >>> pieces = list(sweep.pieces(A, A.domain))
    >>> all(isinstance(piece, ar.Flats) for piece in pieces)
    True
    >>> sum(len(batch) for piece in pieces for batch in sweep.run(A, piece))
    8
    """

    cone: Cone
    level: int
    prefixes: tuple[tuple[int, ...], ...]
    size: int = 0

    @property
    def within(self) -> Cone:
        """The cone."""
        return self.cone

    def describe(self) -> str:
        """One line for messages and logs."""
        return f"flats from {self.prefixes[0]} to {self.prefixes[-1]} of {self.cone.describe()}"


@dataclass(frozen=True, slots=True)
class Chambers(Unit):
    """The regions of a cone that lie in some chambers of a few of its hyperplanes.

    Parameters
    ----------
    cone : Cone
    rows : tuple of int
        The hyperplanes, and normals of the cone, that bound the chambers.
    sides : tuple of tuple of bool
        For each chamber the side of each row, True for the positive one.
    size : int
        About so many regions, in general position; 0 when unknown.

    Examples
    --------
    >>> import arrangements as ar
    >>> A = ar.Arrangement([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> piece = ar.Chambers(A.domain, rows=(0, 1), sides=((True, True), (True, False)))
    >>> piece.describe()
    '2 chambers of 2 hyperplanes in the whole space'
    """

    cone: Cone
    rows: tuple[int, ...]
    sides: tuple[tuple[bool, ...], ...]
    size: int = 0

    @property
    def within(self) -> Cone:
        """The cone."""
        return self.cone

    def describe(self) -> str:
        """One line for messages and logs."""
        count = len(self.sides)
        chambers = "1 chamber" if count == 1 else f"{count} chambers"
        return f"{chambers} of {len(self.rows)} hyperplanes in {self.cone.describe()}"


WHOLE_SPACE = Cone()
