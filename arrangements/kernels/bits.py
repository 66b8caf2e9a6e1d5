"""Bit sets of rows in 64-bit words, bit j of word w for row 64*w + j."""

import numpy as np

from arrangements.kernels.compile import inlined

_ONE = np.uint64(1)


@inlined
def bit(row):
    return _ONE << np.uint64(row & 63)


@inlined
def has_bit(words, row):
    return words[row >> 6] >> np.uint64(row & 63) & _ONE != 0


@inlined
def lowest_bit(word):
    """Index of the lowest set bit of a non-zero word."""
    word &= ~word + _ONE
    index = 0
    if word & np.uint64(0xFFFFFFFF00000000):
        index += 32
    if word & np.uint64(0xFFFF0000FFFF0000):
        index += 16
    if word & np.uint64(0xFF00FF00FF00FF00):
        index += 8
    if word & np.uint64(0xF0F0F0F0F0F0F0F0):
        index += 4
    if word & np.uint64(0xCCCCCCCCCCCCCCCC):
        index += 2
    if word & np.uint64(0xAAAAAAAAAAAAAAAA):
        index += 1
    return index


@inlined
def popcount(word):
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + (
        (word >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@inlined
def valid_word(w, n):
    """Bits of word w that stand for rows below n."""
    left = n - 64 * w
    return ~np.uint64(0) if left >= 64 else (_ONE << np.uint64(left)) - _ONE


@inlined
def lanes(n):
    """N rounded up to whole vector registers: loops over rows read this many entries."""
    return (n + 7) // 8 * 8
