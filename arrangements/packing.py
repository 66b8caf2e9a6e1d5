"""Bit-packed patterns: bit j of a row is bit j % 8 of byte j // 8."""

from __future__ import annotations

import sys
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Packed: TypeAlias = npt.NDArray[np.uint8]
"""Patterns as an array of shape (k, ceil(n / 8))."""
Activations: TypeAlias = npt.NDArray[np.bool_]
"""Patterns as an array of shape (k, n)."""

_WORTH_COMPILING = 1 << 18
"""Patterns below which numpy has sorted before compiled code is loaded."""
_CHUNK = 1 << 18
"""Patterns compared at once: bounds the memory of a check."""


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
    words = _big_endian_words(packed)
    if len(words) < _WORTH_COMPILING:
        # lexsort takes the most significant key last.
        return np.lexsort(words.T[::-1])
    from arrangements.kernels import sort_ties

    order = np.argsort(words[:, 0])
    sort_ties(words, order)
    return order


def is_strictly_sorted(packed: Packed) -> bool:
    """Return whether patterns are sorted by packed bytes without a repetition."""
    return all(
        _ascends(_big_endian_words(packed[start : start + _CHUNK + 1]))
        for start in range(0, len(packed) - 1, _CHUNK)
    )


def _ascends(words: npt.NDArray[np.uint64]) -> bool:
    lower, upper = words[:-1], words[1:]
    # From the last word to the first: earlier words overrule later ones.
    ascending = np.zeros(len(lower), dtype=np.bool_)
    for column in range(words.shape[1] - 1, -1, -1):
        below, above = lower[:, column], upper[:, column]
        ascending = (below < above) | ((below == above) & ascending)
    return bool(ascending.all())


def _big_endian_words(packed: Packed) -> npt.NDArray[np.uint64]:
    """Return patterns as numbers that compare as the bytes do, eight bytes a word."""
    width = -(-packed.shape[1] // 8)
    padded = np.zeros((len(packed), 8 * width), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    words = padded.view(np.uint64)
    return words.byteswap(inplace=True) if sys.byteorder == "little" else words
