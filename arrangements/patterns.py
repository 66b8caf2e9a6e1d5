"""Lists of activation patterns: complete ones, with their proof, and mere subsets.

The two are different types on purpose: what claims a global optimum takes
`CompletePatterns` only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import InitVar, dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import ArgumentError
from arrangements.html import SHOWN, block, paragraph, table
from arrangements.nearness import near_degeneracy
from arrangements.packing import (
    Activations,
    Packed,
    is_strictly_sorted,
    own_read_only,
    pack,
    sorted_order,
    unpack,
)
from arrangements.proof import Completion
from arrangements.prove import check_completion
from arrangements.witnesses import Witnesses


class Origin(Enum):
    """Where the patterns of a `PatternSubset` come from.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.sample_patterns([[1, 0], [0, 1]], 20, seed=0).origin
    <Origin.SAMPLED: 'sampled'>
    """

    SAMPLED = "sampled"
    NETWORK = "network"
    GIVEN = "given"
    BOUNDARY = "boundary"


@dataclass(frozen=True, eq=False, repr=False)
class PatternList:
    """Distinct patterns of an arrangement, sorted by their packed bytes.

    Parameters
    ----------
    arrangement : Arrangement
    packed : (N, ceil(n / 8)) uint8
        Bit j % 8 of byte j // 8 is row j; made read-only.

    Examples
    --------
    >>> import arrangements as ar
    >>> patterns = ar.enumerate_patterns([[1, 0], [0, 1]])
    >>> isinstance(patterns, ar.PatternList), patterns.activations().astype(int).tolist()
    (True, [[0, 0], [1, 0], [0, 1], [1, 1]])
    """

    arrangement: Arrangement
    packed: Packed

    def __len__(self) -> int:
        """Return the number N of patterns."""
        return len(self.packed)

    def __getitem__(self, index: int) -> Activations:
        """Return pattern `index` as n booleans."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"pattern {index} of {len(self)}")
        row = self.packed[index : index + 1] if index >= 0 else self.packed[[index]]
        return np.asarray(unpack(row, self.arrangement.shape[0])[0])

    def __iter__(self) -> Iterator[Activations]:
        """Iterate over the patterns as n booleans each."""
        return (self[index] for index in range(len(self)))

    def __contains__(self, pattern: object) -> bool:
        """Return whether a pattern of n booleans is listed."""
        return self.find(pattern) is not None

    def activations(self) -> Activations:
        """Return all patterns as booleans of shape (N, n)."""
        return unpack(self.packed, self.arrangement.shape[0])

    def find(self, pattern: Any) -> int | None:
        """Return the index of a pattern of n booleans, or None when it is not listed.

        Raises
        ------
        ArgumentError
            When `pattern` does not have n entries.
        """
        row = np.asarray(pattern, dtype=np.bool_)
        n = self.arrangement.shape[0]
        if row.shape != (n,):
            raise ArgumentError(f"pattern has shape {row.shape}, the data {n} rows")
        return self._places.get(pack(row[np.newaxis])[0].tobytes())

    def _repr_html_(self) -> str:
        """Return what notebooks show: the first patterns as a table that sorts."""
        shown = unpack(self.packed[:SHOWN], self.arrangement.shape[0])
        rows = (
            (index, "".join("01"[int(side)] for side in sides), int(sides.sum()))
            for index, sides in enumerate(shown)
        )
        heading = ("index", "pattern", "active rows")
        return block(paragraph(repr(self)), table(heading, rows, count=len(self), noun="patterns"))

    @cached_property
    def _places(self) -> dict[bytes, int]:
        return {row.tobytes(): index for index, row in enumerate(self.packed)}


@dataclass(frozen=True, eq=False, repr=False)
class CompletePatterns(PatternList):
    """Every activation pattern of an arrangement (off the boundaries), with a proof.

    The constructor checks witnesses, distinctness and completeness again, whoever calls
    it: `enumerate_patterns` and `load_patterns` are the usual callers.

    Parameters
    ----------
    arrangement : Arrangement
    packed : (N, ceil(n / 8)) uint8
        Sorted by packed bytes.
    witnesses : Witnesses
        One exact integer weight vector a pattern.
    completion : Completion
        Count, units and proofs.
    threads : int
        So many threads check it.

    Raises
    ------
    ProofError
        When anything does not hold.

    Examples
    --------
    >>> import arrangements as ar
    >>> patterns = ar.enumerate_patterns([[1, 0], [0, 1], [1, 1]])
    >>> len(patterns), patterns.completion.kind
    (6, 'cover')
    >>> first = patterns.find([True, True, True])
    >>> bool((patterns[first] == [True, True, True]).all()), patterns.antipode(first) != first
    (True, True)
    """

    witnesses: Witnesses
    completion: Completion
    threads: InitVar[int] = 1

    def __post_init__(self, threads: int) -> None:
        """Check the whole claim."""
        witnesses = replace(self.witnesses, points=own_read_only(self.witnesses.points))
        object.__setattr__(self, "packed", own_read_only(self.packed))
        object.__setattr__(self, "witnesses", witnesses)
        check_completion(self.arrangement, self.packed, witnesses, self.completion, threads=threads)

    def witness(self, index: int) -> tuple[int, ...]:
        """Return d integers w with ``x_i.w > 0`` exactly on the active non-zero rows."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"pattern {index} of {len(self)}")
        return self.witnesses[index]

    def antipode(self, index: int) -> int:
        """Return the index of the pattern with every non-zero row flipped.

        Notes
        -----
        Flipping reverses the order of packed bytes, so in the whole space the antipode
        of pattern i is pattern N - 1 - i.
        """
        if not self.arrangement.domain.is_whole_space:
            raise ArgumentError("a domain that is not the whole space need not hold antipodes")
        if not -len(self) <= index < len(self):
            raise IndexError(f"pattern {index} of {len(self)}")
        return len(self) - 1 - index % len(self)

    def summary(self) -> str:
        """Say in a few lines what is listed and why nothing is missing."""
        n, d = self.arrangement.shape
        return (
            f"{len(self):,} activation patterns of {n} rows in {d} dimensions "
            f"(rank {self.arrangement.rank}, {self.arrangement.hyperplane_count} distinct "
            f"hyperplanes)\ncomplete: proved by {self.completion.kind}" + _caution(self.arrangement)
        )

    def __repr__(self) -> str:
        """One line: how many, of how many rows, proved how."""
        return (
            f"CompletePatterns({len(self)} patterns of {self.arrangement.shape[0]} rows, "
            f"proved by {self.completion.kind})"
        )


@dataclass(frozen=True, eq=False, repr=False)
class PatternSubset(PatternList):
    """Some patterns, complete or not: nothing that claims a global optimum accepts it.

    Parameters
    ----------
    arrangement : Arrangement
    packed : (N, ceil(n / 8)) uint8
        Sorted by packed bytes, distinct.
    origin : Origin

    Examples
    --------
    >>> import arrangements as ar
    >>> some = ar.PatternSubset.from_activations([[1, 0], [0, 1]], [[True, False]])
    >>> len(some), some.origin.value
    (1, 'given')
    """

    origin: Origin

    def __post_init__(self) -> None:
        """Refuse lists out of order or with repetitions."""
        if not is_strictly_sorted(self.packed):
            raise ArgumentError("packed patterns must be distinct and sorted by their bytes")
        object.__setattr__(self, "packed", own_read_only(self.packed))

    @classmethod
    def from_activations(
        cls, data: Any, activations: Any, *, origin: Origin = Origin.GIVEN
    ) -> PatternSubset:
        """Build a subset from booleans of shape (N, n); repetitions are dropped.

        Parameters
        ----------
        data : Arrangement or array-like of shape (n, d)
        activations : array-like of bool, shape (N, n)
            Any 0/1 vectors: that they occur is not checked.
        origin : Origin

        Raises
        ------
        ArgumentError
            When the shape does not fit the data.
        """
        arrangement = as_arrangement(data)
        table = np.asarray(activations, dtype=np.bool_)
        n = arrangement.shape[0]
        if table.ndim != 2 or table.shape[1] != n:  # noqa: PLR2004 - a table has two axes
            raise ArgumentError(f"activations has shape {table.shape}, not (N, {n})")
        packed = pack(table)
        packed = packed[sorted_order(packed)]
        keep = np.ones(len(packed), dtype=np.bool_)
        keep[1:] = (packed[1:] != packed[:-1]).any(axis=1)
        return cls(arrangement, packed[keep], origin)

    def __repr__(self) -> str:
        """One line: how many, of how many rows, from where."""
        return (
            f"PatternSubset({len(self)} patterns of {self.arrangement.shape[0]} rows, "
            f"{self.origin.value}, not claimed complete)"
        )


def _caution(arrangement: Arrangement) -> str:
    near = near_degeneracy(arrangement)
    return f"\n{near.summary()}" if near else ""
