"""Tables of exact integer witnesses: one weight vector for each pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from arrangements.errors import ProofError
from arrangements.exact import IntegerMatrix, integer_matrix

_WORD = 8
"""Bytes in one stored word."""


@dataclass(frozen=True, eq=False)
class Witnesses:
    """Exact integer weight vectors, one a pattern, on the kept columns of the data.

    Parameters
    ----------
    points : (k, rho) exact integers
        Row i is witness i on the kept columns.
    columns : tuple of rho int
        The kept columns; all other entries of a witness are zero.
    dimension : int
        Number of columns d of the data.

    Examples
    --------
    >>> import arrangements as ar
    >>> patterns = ar.enumerate_patterns([[1, 0], [0, 1]])
    >>> found = patterns.witnesses
    >>> len(found), [tuple(value > 0 for value in found[k]) for k in range(4)]
    (4, [(False, False), (True, False), (False, True), (True, True)])
    """

    points: IntegerMatrix
    columns: tuple[int, ...]
    dimension: int

    def __post_init__(self) -> None:
        """Refuse tables that are not exact integers on distinct columns."""
        columns = self.columns
        if self.points.shape != (len(self.points), len(columns)):
            raise ProofError(f"witnesses on {len(columns)} columns have shape {self.points.shape}")
        if any(a >= b for a, b in pairwise((-1, *columns, self.dimension))):
            raise ProofError(f"columns {columns} of witnesses are not those of {self.dimension}")
        if self.points.dtype == np.int64:
            return
        if self.points.dtype != object:
            raise ProofError(f"witnesses are integers (int64 or Python's), not {self.points.dtype}")
        if not set(map(type, self.points.ravel().tolist())) <= {int}:
            raise ProofError("witnesses held as objects are Python integers, which cannot wrap")

    @classmethod
    def from_points(
        cls, points: Sequence[tuple[int, ...]], columns: tuple[int, ...], dimension: int
    ) -> Witnesses:
        """Build a table from integer points on the kept columns."""
        return cls(integer_matrix(list(points), len(columns)), columns, dimension)

    @classmethod
    def concatenate(cls, tables: Sequence[Witnesses]) -> Witnesses:
        """Put tables over the same columns one after another."""
        return cls(
            np.concatenate([table.points for table in tables]),
            tables[0].columns,
            tables[0].dimension,
        )

    def __len__(self) -> int:
        """Return the number of witnesses."""
        return len(self.points)

    def __getitem__(self, index: int) -> tuple[int, ...]:
        """Return witness `index` as d exact integers."""
        weight = [0] * self.dimension
        for column, entry in zip(self.columns, self.points[index], strict=True):
            weight[column] = int(entry)
        return tuple(weight)

    def __neg__(self) -> Witnesses:
        """Return the opposite weight vectors."""
        points = self.points
        if points.size and points.dtype == np.int64 and points.min() == np.iinfo(np.int64).min:
            # The least machine integer has no opposite in a word.
            points = points.astype(object)
        return Witnesses(-points, self.columns, self.dimension)

    def take(self, order: npt.NDArray[np.intp] | slice) -> Witnesses:
        """Return the chosen witnesses in the order given."""
        return Witnesses(self.points[order], self.columns, self.dimension)

    def full(self) -> IntegerMatrix:
        """Return all witnesses as an exact integer array of shape (k, d)."""
        result = np.zeros((len(self), self.dimension), dtype=self.points.dtype)
        result[:, list(self.columns)] = self.points
        return result

    def to_words(self) -> npt.NDArray[np.uint64]:
        """Return the table as little-endian two's complement words, shape (k, rho, words)."""
        if self.points.dtype == np.int64:
            return self.points.astype(np.int64).view(np.uint64)[..., np.newaxis]
        largest = max((int(abs(entry)) for entry in self.points.ravel()), default=0)
        length = _WORD * (largest.bit_length() // (8 * _WORD) + 1)
        data = b"".join(
            int(entry).to_bytes(length, "little", signed=True) for entry in self.points.ravel()
        )
        words = np.frombuffer(data, dtype="<u8").astype(np.uint64)
        return words.reshape(*self.points.shape, length // _WORD)

    @classmethod
    def from_words(
        cls, words: npt.NDArray[np.uint64], columns: tuple[int, ...], dimension: int
    ) -> Witnesses:
        """Undo `to_words`."""
        if words.shape[2] == 1:
            return cls(words[..., 0].view(np.int64), columns, dimension)
        data = words.astype("<u8").tobytes()
        length = _WORD * words.shape[2]
        entries = [
            int.from_bytes(data[start : start + length], "little", signed=True)
            for start in range(0, len(data), length)
        ]
        points = np.array(entries, dtype=object).reshape(words.shape[:2])
        return cls(points, columns, dimension)
