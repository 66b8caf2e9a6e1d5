"""How many hyperplanes separate regions: counted, and weighed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.arguments import whole_number
from arrangements.errors import ArgumentError
from arrangements.extras import extra
from arrangements.patterns import CompletePatterns


def distance_enumerator(patterns: CompletePatterns, base: int = 0) -> tuple[int, ...]:
    """Count the regions by the number of hyperplanes that separate them from one.

    Parameters
    ----------
    patterns : CompletePatterns
    base : int
        The number of the region to measure from.

    Returns
    -------
    tuple of int
        ``[k]`` regions are k hyperplanes away; as long as the farthest needs.

    Raises
    ------
    ArgumentError
        When there is no such region.

    Notes
    -----
    The coefficients of the rank generating function of the poset of regions.  In a reflection
    arrangement it is ``prod (1 + t + ... + t^e)`` over the exponents e, from every region.

    *Algorithm.* Bits that differ, over one row of each hyperplane.

    *Growth.* ``N * n`` for n rows with N patterns.

    Examples
    --------
    >>> from arrangements.catalogue import braid
    >>> from arrangements.enumeration import enumerate_patterns
    >>> distance_enumerator(enumerate_patterns(braid(4)))
    (1, 3, 5, 6, 5, 3, 1)
    """
    sides = _sides(patterns)
    index = _region_number(patterns, base)
    return tuple(np.bincount((sides != sides[index]).sum(axis=1)).tolist())


def varchenko_matrix(
    patterns: CompletePatterns, weights: Sequence[Any] | None = None, *, limit: int = 200
) -> Any:
    """Return the Varchenko matrix: for two regions the product of the weights between them.

    Parameters
    ----------
    patterns : CompletePatterns
    weights : sequence of numbers or symbols, optional
        One for each hyperplane, in the order of `Arrangement.representatives`; symbols
        ``a0, a1, ...``, numbered by those rows, by default.
    limit : int
        Refuse a matrix of more regions than this.

    Returns
    -------
    sympy.Matrix
        Rows and columns in the order of the list.

    Raises
    ------
    ArgumentError
        When there are more regions, or not as many weights as hyperplanes.

    Notes
    -----
    *Growth.* ``N**2 * n`` for n rows with N patterns.

    *Reference.* Varchenko 1993: its determinant is a product of factors ``1 - a(F)^2`` over flats
    F, a(F) the product of the weights of the hyperplanes through F.

    Examples
    --------
    >>> from arrangements.enumeration import enumerate_patterns
    >>> varchenko_matrix(enumerate_patterns([[1]])).det()
    1 - a0**2
    """
    with extra:
        import sympy

    limit = whole_number("limit", limit)
    sides = _sides(patterns)
    if len(patterns) > limit:
        raise ArgumentError(
            f"limit = {limit}, but there are {len(patterns):,} regions; raise limit="
        )
    names = patterns.arrangement.representatives
    if weights is not None and not isinstance(weights, Sequence):
        raise ArgumentError(f"weights = {weights!r} must be a sequence")
    chosen = list(weights) if weights is not None else [sympy.Symbol(f"a{row}") for row in names]
    if len(chosen) != len(names):
        raise ArgumentError(
            f"weights has {len(chosen)} entries, the arrangement {len(names)} hyperplanes; "
            "give one for each"
        )
    apart = sides[:, None, :] != sides[None, :, :]
    return sympy.Matrix(
        len(patterns),
        len(patterns),
        lambda i, j: sympy.prod([chosen[h] for h in np.flatnonzero(apart[i, j])]),
    )


def _region_number(patterns: CompletePatterns, base: int) -> int:
    """Return a region's number, or refuse what is none."""
    index = whole_number("base", base)
    if index >= len(patterns):
        raise ArgumentError(f"base = {base}, but regions are numbered 0 to {len(patterns) - 1}")
    return index


def _sides(patterns: CompletePatterns) -> npt.NDArray[np.bool_]:
    if not isinstance(patterns, CompletePatterns):
        raise ArgumentError(f"patterns = {patterns!r} must be what enumerate_patterns returns")
    sides: npt.NDArray[np.bool_] = patterns.activations()[
        :, list(patterns.arrangement.representatives)
    ]
    return sides
