"""Extreme rays of cones ``{w : g.w >= 0}``, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from arrangements.exact import (
    dot,
    independent_columns,
    negated,
    null_vector,
    primitive_of_integers,
)

IntegerRow = tuple[int, ...]
Masks = npt.NDArray[np.uint16]

_BITS = 16
_PAIRS = 1 << 20
"""Pairs of rays, or rays and pairs, compared at once: bounds the memory."""
_ONES = np.array([number.bit_count() for number in range(1 << _BITS)], np.uint8)


def extreme_rays(normals: Sequence[IntegerRow]) -> list[IntegerRow]:
    """Return the extreme rays of a cone ``{w : g.w >= 0}``, coprime and sorted.

    Parameters
    ----------
    normals : sequence of integer rows of length rho
        They span R^rho, and the cone has interior points.

    Notes
    -----
    *Algorithm.* Double description: rho independent normals make a simplicial cone; each
    further one keeps the rays on its positive side and adds one on each edge it cuts.  Two
    rays span an edge when no third ray lies on all normals that both lie on, of which there
    are rho - 2 at least.

    *Exactness.* Integers only.

    *Cost.* For each normal a comparison of bit masks for each pair of rays on its two sides, and
    for each pair that passes it one with all rays: a million a millisecond or two.

    *Reference.* Motzkin, Raiffa, Thompson and Thrall 1953; Fukuda and Prodon 1996.
    """
    if not normals:
        return []
    rho, count = len(normals[0]), len(normals)
    basis = independent_columns(list(zip(*normals, strict=True)))
    rays = []
    tight = np.zeros((rho, -(-count // _BITS)), np.uint16)
    for place, left_out in enumerate(basis):
        others = [index for index in basis if index != left_out]
        columns = list(zip(*(normals[i] for i in others), strict=True))
        ray = (null_vector(columns) if columns else (1,)) or ()
        rays.append(ray if dot(normals[left_out], ray) > 0 else negated(ray))
        for index in others:
            _mark(tight[place], index)
    for index, normal in enumerate(normals):
        if index not in basis:
            rays, tight = _cut(rays, tight, index, normal)
    return sorted(rays)


def _mark(mask: Masks, index: int) -> None:
    mask[..., index // _BITS] |= np.uint16(1 << index % _BITS)


def _cut(
    rays: list[IntegerRow], tight: Masks, index: int, normal: IntegerRow
) -> tuple[list[IntegerRow], Masks]:
    """Cut a cone by one more half-space."""
    values = [dot(normal, ray) for ray in rays]
    signs = np.array([(value > 0) - (value < 0) for value in values])
    kept = np.flatnonzero(signs >= 0)
    result = [rays[i] for i in kept]
    masks = tight[kept]
    on = masks[signs[kept] == 0]
    _mark(on, index)
    masks[signs[kept] == 0] = on
    new = []
    for inside, outside in _edges(tight, signs, len(normal) - 2):
        a, b = values[inside], values[outside]
        pair = zip(rays[inside], rays[outside], strict=True)
        result.append(primitive_of_integers([a * y - b * x for x, y in pair]))
        new.append(tight[inside] & tight[outside])
    if new:
        added = np.array(new)
        _mark(added, index)
        masks = np.concatenate([masks, added])
    return result, masks


def _edges(tight: Masks, signs: npt.NDArray[np.int_], least: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rays, one on either side, that span an edge."""
    above, below = np.flatnonzero(signs > 0), np.flatnonzero(signs < 0)
    step = max(1, _PAIRS // max(1, len(below)))
    for start in range(0, len(above), step):
        some = above[start : start + step]
        common = tight[some, np.newaxis] & tight[below]
        first, second = np.nonzero(_ONES[common].sum(axis=2, dtype=np.int64) >= least)
        shared = common[first, second]
        size = max(1, _PAIRS // len(tight))
        for part in range(0, len(first), size):
            chosen = slice(part, part + size)
            masks = shared[chosen, np.newaxis]
            holders = ((tight & masks) == masks).all(axis=2).sum(axis=1)
            # The two themselves hold what they share.
            for i, j in zip(
                first[chosen][holders == 2],  # noqa: PLR2004 - a pair
                second[chosen][holders == 2],  # noqa: PLR2004 - a pair
                strict=True,
            ):
                yield int(some[i]), int(below[j])
