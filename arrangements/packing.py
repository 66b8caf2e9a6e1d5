"""Bit-packed patterns: bit j of a row is bit j % 8 of byte j // 8."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from arrangements.dispatch import in_threads

Packed: TypeAlias = npt.NDArray[np.uint8]
"""Patterns as an array of shape (k, ceil(n / 8))."""
Activations: TypeAlias = npt.NDArray[np.bool_]
"""Patterns as an array of shape (k, n)."""

_WORTH_COMPILING = 1 << 18
"""Patterns below which numpy has sorted before compiled code is loaded."""
_WORTH_SHARING = 1 << 20
"""Patterns below which one thread has sorted before several have begun."""
_SAMPLE = 1 << 10
"""First words looked at to cut their range into equal parts."""
_WORD = 8
"""Bytes of a machine word."""
_WIDE = 64
"""Bytes of a pattern beyond which the first that differ are far before the last."""
_CHUNK = 1 << 18
"""Patterns compared at once: bounds the memory of a check."""


def pack(activations: Activations) -> Packed:
    """Pack patterns of shape (k, n) into bytes of shape (k, ceil(n / 8)).

    Examples
    --------
    >>> import numpy as np
    >>> pack(np.array([[True, False, True]]))
    array([[5]], dtype=uint8)

    Notes
    -----
    *Growth.* ``n * r`` for a table of n rows and r columns.
    """
    return np.packbits(activations, axis=1, bitorder="little")


def unpack(packed: Packed, n: int) -> Activations:
    """Undo `pack` for patterns of n rows.

    Examples
    --------
    >>> import numpy as np
    >>> unpack(np.array([[5]], dtype=np.uint8), 3)
    array([[ True, False,  True]])

    Notes
    -----
    *Growth.* ``n * r`` for a table of n rows and r columns.
    """
    return np.unpackbits(packed, axis=1, count=n, bitorder="little").astype(np.bool_)


def own_read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an array nobody else can write to: itself when it already is one, else a copy."""
    if array.flags.owndata and not array.flags.writeable:
        return array
    copy = array.copy()
    copy.setflags(write=False)
    return copy


def sorted_order(packed: Packed, threads: int = 1) -> npt.NDArray[np.intp]:
    """Return the permutation that sorts patterns by their packed bytes.

    Parameters
    ----------
    packed : (k, ceil(n / 8)) uint8
    threads : int
        So many threads sort a range of first words each.
    """
    if packed.shape[1] > _WIDE:
        return np.argsort(_texts(packed))
    if threads <= 1 or len(packed) < _WORTH_SHARING:
        return _order(_big_endian_words(packed))
    leading = np.concatenate(
        in_threads(lambda part: _big_endian_words(part[:, :_WORD])[:, 0], _chunks(packed), threads)
    )
    sample = np.sort(leading[:: max(1, len(leading) // _SAMPLE)])
    inner = sample[len(sample) * np.arange(1, threads) // threads].tolist()
    ranges = list(zip([None, *inner], [*inner, None], strict=True))
    return np.concatenate(in_threads(partial(_order_in, packed, leading), ranges, threads))


def _order_in(
    packed: Packed, leading: npt.NDArray[np.uint64], limits: tuple[int | None, int | None]
) -> npt.NDArray[np.intp]:
    """Return the order of the patterns whose first word lies between two limits."""
    low, high = limits
    chosen = np.ones(len(leading), np.bool_) if low is None else leading >= np.uint64(low)
    if high is not None:
        chosen &= leading < np.uint64(high)
    places = np.flatnonzero(chosen)
    return places[_order(_big_endian_words(packed[places]))]


def _order(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.intp]:
    if len(words) < _WORTH_COMPILING:
        # lexsort takes the most significant key last.
        return np.lexsort(words.T[::-1])
    from arrangements.kernels import sort_ties

    order = np.argsort(words[:, 0])
    sort_ties(words, order)
    return order


def sort_compiled() -> None:
    """Run the compiled sort once, which compiles it."""
    from arrangements.kernels import sort_ties

    words = np.zeros((2, 1), np.uint64)
    sort_ties(words, np.argsort(words[:, 0]))


def is_strictly_sorted(packed: Packed, threads: int = 1) -> bool:
    """Return whether patterns are sorted by packed bytes without a repetition."""
    return all(in_threads(_ascends, _chunks(packed, overlap=1), threads))


def _chunks(packed: Packed, overlap: int = 0) -> list[Packed]:
    """Return a table in pieces, each with some rows of the next one."""
    return [
        packed[start : start + _CHUNK + overlap]
        for start in range(0, len(packed) - overlap, _CHUNK)
    ]


def _ascends(packed: Packed) -> bool:
    if packed.shape[1] > _WIDE:
        texts = _texts(packed)
        return bool((texts[:-1] < texts[1:]).all())
    # As words they are compared eight bytes at a time.
    words = _big_endian_words(packed)
    lower, upper = words[:-1], words[1:]
    # The first word that differs decides; where none does the first is equal.
    first = (lower != upper).argmax(axis=1)
    row = np.arange(len(lower))
    return bool((lower[row, first] < upper[row, first]).all())


def flipped_one_by_one(table: Packed) -> Packed:
    """Turn rows of flips into patterns, in place: each row is the one before it, flipped."""
    # numpy's accumulate goes down the columns, byte by byte: five times slower.
    before = table[0]
    for row in table[1:]:
        np.bitwise_xor(row, before, out=row)
        before = row
    return table


def flip_bits(table: Packed, places: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> None:
    """Flip the bits of distinct columns, each in one row of the table."""
    for bit in range(8):
        # Bits of one weight lie in different bytes.
        chosen = columns % 8 == bit
        table[places[chosen], columns[chosen] // 8] ^= np.uint8(1 << bit)


def _texts(packed: Packed) -> npt.NDArray[np.bytes_]:
    """Return patterns as texts of one length: numpy compares their bytes up to the first that differs."""
    return np.ascontiguousarray(packed).view(f"S{packed.shape[1]}")[:, 0]


def _big_endian_words(packed: Packed) -> npt.NDArray[np.uint64]:
    """Return patterns as numbers that compare as the bytes do, eight bytes a word."""
    width = -(-packed.shape[1] // 8)
    padded = np.zeros((len(packed), 8 * width), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    words = padded.view(np.uint64)
    return words.byteswap(inplace=True) if sys.byteorder == "little" else words
