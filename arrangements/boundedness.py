"""Which regions of an affine arrangement are bounded, which up to what nothing depends on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import restrict
from arrangements.matroid import cocircuits
from arrangements.packing import Activations, pack
from arrangements.patterns import CompletePatterns

_CHUNK = 1 << 22
"""Bytes compared at once: bounds the memory."""


@dataclass(frozen=True, eq=False, repr=False)
class Boundedness:
    """The regions of an affine slice by how they lie to infinity.

    Parameters
    ----------
    patterns : CompletePatterns
    relatively_bounded : tuple of int
        Patterns of regions that are bounded up to the directions on which no row depends:
        their images in the essentialization are bounded.
    unbounded : tuple of int
        All others.
    essential : bool
        Whether there are no such directions.

    Examples
    --------
    >>> import arrangements as ar
    >>> triangle = ar.Arrangement.affine([[1, 0], [0, 1], [1, 1]], [0, 0, -1])
    >>> found = ar.boundedness(ar.enumerate_patterns(triangle))
    >>> len(found.bounded), len(found.unbounded)
    (1, 6)
    """

    patterns: CompletePatterns
    relatively_bounded: tuple[int, ...]
    unbounded: tuple[int, ...]
    essential: bool

    @property
    def bounded(self) -> tuple[int, ...]:
        """Patterns of bounded regions: none unless the arrangement is essential."""
        return self.relatively_bounded if self.essential else ()

    def activations(self, indices: tuple[int, ...]) -> Activations:
        """Return the patterns of some of the lists, shape (k, n)."""
        return self.patterns.activations()[list(indices)]

    def summary(self) -> str:
        """Say how many there are of each kind."""
        return (
            f"{len(self.bounded):,} bounded, {len(self.relatively_bounded):,} relatively bounded, "
            f"{len(self.unbounded):,} unbounded regions"
        )

    def __repr__(self) -> str:
        """One line: how many of each kind."""
        return f"Boundedness({self.summary()})"


def boundedness(patterns: CompletePatterns, *, limit: int = 100_000) -> Boundedness:
    """Sort the regions of an affine arrangement into bounded and unbounded ones.

    Parameters
    ----------
    patterns : CompletePatterns
        Of an arrangement whose domain is one half-space ``{g.w > 0}``, as `Arrangement.affine`
        builds it.
    limit : int
        Refuse to look at more flats at infinity than this.

    Raises
    ------
    ArgumentError
        When the domain is not one half-space, or there are more flats.

    Notes
    -----
    *Algorithm.* A region's closure goes to infinity iff it holds a ray of the arrangement at
    infinity, on ``{g.w = 0}``: a cocircuit there whose signs are the region's or zero.

    *Exactness.* Integers only; no linear program.

    *Cost.* A comparison of bits for each region and each ray at infinity.

    *Growth.* ``N * n**(r - 2)`` for n rows of rank r with N patterns.

    *Reference.* Zaslavsky 1975: ``|chi(1)|`` of the essentialization are relatively bounded.

    Examples
    --------
    >>> from arrangements.arrangement import Arrangement
    >>> from arrangements.enumeration import enumerate_patterns
    >>> triangle = Arrangement.affine([[1, 0], [0, 1], [1, 1]], [0, 0, -1])
    >>> boundedness(enumerate_patterns(triangle)).summary()
    '1 bounded, 1 relatively bounded, 6 unbounded regions'
    """
    if not isinstance(patterns, CompletePatterns):
        raise ArgumentError(f"patterns = {patterns!r} must be what enumerate_patterns returns")
    arrangement = patterns.arrangement
    normals = arrangement.domain.normals
    if len(normals) != 1 or not any(normals[0]):
        raise ArgumentError(
            "patterns has no affine slice: the domain must be one half-space, as in "
            "Arrangement.affine(normals, offsets)"
        )
    escapes = np.zeros(len(patterns), np.bool_)
    if arrangement.shape[1] > 1:
        at_infinity = Arrangement(list(restrict(arrangement.data.integers, normals[0])))
        for positive, negative in _rays(at_infinity, limit):
            escapes |= _conform(patterns.packed, positive, negative)
    essential = arrangement.frame().rho == arrangement.shape[1]
    return Boundedness(
        patterns,
        tuple(np.flatnonzero(~escapes).tolist()),
        tuple(np.flatnonzero(escapes).tolist()),
        essential,
    )


def _rays(
    arrangement: Arrangement, limit: int
) -> list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]]:
    """Return the packed signs of the rays: rows that are positive, rows that are negative."""
    if arrangement.rank == 0:
        return []
    signs = np.array([c.signs for c in cocircuits(arrangement, limit=limit)], np.int8)
    both = np.concatenate([signs, -signs])
    return list(zip(pack(both > 0), pack(both < 0), strict=True))


def _conform(
    packed: npt.NDArray[np.uint8], positive: npt.NDArray[np.uint8], negative: npt.NDArray[np.uint8]
) -> npt.NDArray[np.bool_]:
    """Whether patterns are active on the positive rows and inactive on the negative ones."""
    result = np.empty(len(packed), np.bool_)
    step = max(1, _CHUNK // max(1, packed.shape[1]))
    for start in range(0, len(packed), step):
        part = packed[start : start + step]
        wrong = (~part & positive) | (part & negative)
        result[start : start + step] = ~wrong.any(axis=1)
    return result
