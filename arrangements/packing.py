"""Bit-packed patterns: bit j of a row is bit j % 8 of byte j // 8."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Packed: TypeAlias = npt.NDArray[np.uint8]
"""Patterns as an array of shape (k, ceil(n / 8))."""
Activations: TypeAlias = npt.NDArray[np.bool_]
"""Patterns as an array of shape (k, n)."""


def pack(activations: Activations) -> Packed:
    """Pack patterns of shape (k, n) into bytes of shape (k, ceil(n / 8))."""
    return np.packbits(activations, axis=1, bitorder="little")


def unpack(packed: Packed, n: int) -> Activations:
    """Undo `pack` for patterns of n rows."""
    return np.unpackbits(packed, axis=1, count=n, bitorder="little").astype(np.bool_)


def own_read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an array nobody else can write to: itself when it already is one, else a copy."""
    if array.flags.owndata and not array.flags.writeable:
        return array
    copy = array.copy()
    copy.setflags(write=False)
    return copy


def sorted_order(packed: Packed) -> npt.NDArray[np.intp]:
    """Return the permutation that sorts patterns by their packed bytes."""
    # lexsort takes the most significant key last.
    return np.lexsort(packed.T[::-1])


def is_strictly_sorted(packed: Packed) -> bool:
    """Return whether patterns are sorted by packed bytes without a repetition."""
    return not bool(np.any(_compare_neighbours(packed) >= 0))


def _compare_neighbours(packed: Packed) -> npt.NDArray[np.int16]:
    """Sign of (pattern i) - (pattern i + 1) at the first byte where they differ."""
    difference = packed[:-1].astype(np.int16) - packed[1:].astype(np.int16)
    first = np.argmax(difference != 0, axis=1)
    return np.asarray(np.sign(difference[np.arange(len(difference)), first]))
