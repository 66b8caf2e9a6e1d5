"""The zonotope of a data set: its vertices are the regions of the arrangement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.errors import ArgumentError
from arrangements.exact import IntegerMatrix, integer_matrix, products
from arrangements.patterns import CompletePatterns


@dataclass(frozen=True, eq=False, repr=False)
class ZonotopeVertices:
    """The vertices of the zonotope ``sum_i [-x_i, x_i]``, one for each pattern.

    Parameters
    ----------
    numerators : (N, d) exact integers
        Vertex i is ``numerators[i] / denominator``; read-only.
    denominator : int
        Positive.

    Examples
    --------
    >>> import arrangements as ar
    >>> square = ar.zonotope_vertices(ar.enumerate_patterns([[1, 0], [0, 1]]))
    >>> square.numerators.tolist(), square.denominator
    ([[-1, -1], [1, -1], [-1, 1], [1, 1]], 1)
    """

    numerators: IntegerMatrix
    denominator: int

    def __len__(self) -> int:
        """Return the number N of vertices."""
        return len(self.numerators)

    def __getitem__(self, index: int) -> tuple[Fraction, ...]:
        """Return vertex `index` as d exact rationals."""
        return tuple(Fraction(int(entry), self.denominator) for entry in self.numerators[index])

    def floats(self) -> npt.NDArray[np.float64]:
        """Return the vertices rounded to float64, shape (N, d)."""
        rounded = [float(Fraction(int(a), self.denominator)) for a in self.numerators.flat]
        return np.array(rounded, dtype=np.float64).reshape(self.numerators.shape)

    def __repr__(self) -> str:
        """One line: how many, where."""
        return f"ZonotopeVertices({len(self)} vertices in R^{self.numerators.shape[1]})"


def zonotope_vertices(patterns: CompletePatterns) -> ZonotopeVertices:
    """Return the vertices ``X^T sigma`` of the zonotope of the rows, sigma = +1 or -1 by row.

    Parameters
    ----------
    patterns : CompletePatterns
        Of the whole space.

    Returns
    -------
    ZonotopeVertices
        Vertex i belongs to pattern i: it maximizes ``w.z`` over the zonotope for every w in
        that region.  Active rows count +1, others -1, zero rows nothing.

    Raises
    ------
    ArgumentError
        When the patterns are those of a smaller domain: vertices would be missing.

    Notes
    -----
    *Exactness.* Integers over one common denominator: the data as given, not up to scale.

    *Cost.* N n d multiplications.

    *Growth.* ``N * n * r`` for n rows of rank r with N patterns.

    *Reference.* McMullen 1971.

    Examples
    --------
    >>> from arrangements.enumeration import enumerate_patterns
    >>> vertices = zonotope_vertices(enumerate_patterns([[1, 0], [0, 1], [1, 1]]))
    >>> vertices.numerators.tolist()
    [[-2, -2], [0, -2], [-2, 0], [2, 0], [0, 2], [2, 2]]
    """
    if not isinstance(patterns, CompletePatterns):
        raise ArgumentError(f"patterns = {patterns!r} is not complete; use enumerate_patterns")
    arrangement = patterns.arrangement
    if not arrangement.domain.is_whole_space:
        raise ArgumentError(
            "patterns are those of a domain, where vertices would be missing; enumerate "
            "the patterns of the whole space"
        )
    rows: Any = arrangement.data.fractions
    denominator = math.lcm(*(entry.denominator for row in rows for entry in row))
    scaled = integer_matrix(
        [tuple(int(entry * denominator) for entry in column) for column in zip(*rows, strict=True)],
        len(rows),
    )
    signs = 2 * patterns.activations().astype(np.int64) - 1
    numerators = products(signs, scaled)
    numerators.setflags(write=False)
    return ZonotopeVertices(numerators, denominator)
