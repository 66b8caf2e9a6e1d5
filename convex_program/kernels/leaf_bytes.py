"""A leaf of a tree of cones packed into bytes, as `docs/reference/claims.md` has them."""

import numpy as np

from convex_program.kernels.uncounted import uncounted


@uncounted()
def put_varint(out, used, value):
    """Append an unsigned varint; return the new length."""
    while value >= 128:
        out[used] = (value & 127) | 128
        value >>= 7
        used += 1
    out[used] = value
    return used + 1


@uncounted()
def put_bits(out, bit, value, width):
    """Write the lowest bits of a number from a place, counted in bits, on; return the place behind."""
    for t in range(width):
        if bit & 7 == 0:
            out[bit >> 3] = 0
        out[bit >> 3] |= ((value >> t) & 1) << (bit & 7)
        bit += 1
    return bit


@uncounted()
def get_varint(data, place, end):
    """Read an unsigned varint of at most 62 bits: (value, place after it), place -1 if there is none."""
    value = np.int64(0)
    for t in range(9):
        if place >= end:
            return value, -1
        byte = np.int64(data[place])
        place += 1
        value |= (byte & 127) << (7 * t)
        if byte < 128:
            return value, place
    return value, -1


@uncounted()
def get_bits(data, bit, width):
    """Read an unsigned number of at most 62 bits from a place, counted in bits, on."""
    value = np.int64(0)
    for t in range(width):
        value |= ((np.int64(data[bit >> 3]) >> (bit & 7)) & 1) << t
        bit += 1
    return value


@uncounted()
def width_of(whole):
    """Bits of two's complement that hold every entry."""
    width = 0
    for k in range(whole.shape[0]):
        x = whole[k]
        if x == 0:
            continue
        if x < 0:
            x = ~x
        bits = 1
        while x > 0:
            x >>= 1
            bits += 1
        width = max(width, bits)
    return width


@uncounted()
def put_leaf(out, used, whole, shift, theta, count, bits):
    """Append a leaf; return the new length."""
    out[used] = 0
    used = put_varint(out, used + 1, shift)
    width = width_of(whole)
    out[used] = width
    used += 1
    place = 0
    byte = 0
    for k in range(whole.shape[0]):
        x = whole[k]
        for t in range(width):
            byte |= ((x >> t) & 1) << place
            place += 1
            if place == 8:
                out[used] = byte
                used += 1
                place = 0
                byte = 0
    fractions = 0
    for j in range(count):
        t = theta[j]
        if t == 1.0:
            byte |= 1 << place
        elif t != 0.0:
            fractions += 1
        place += 1
        if place == 8:
            out[used] = byte
            used += 1
            place = 0
            byte = 0
    if place > 0:
        out[used] = byte
        used += 1
    used = put_varint(out, used, fractions)
    if fractions > 0:
        out[used] = bits
        used += 1
        last = -1
        for j in range(count):
            t = theta[j]
            if 0.0 < t < 1.0:
                used = put_varint(out, used, j - last - 1)
                used = put_varint(out, used, np.int64(t * 2.0**bits))
                last = j
    return used
