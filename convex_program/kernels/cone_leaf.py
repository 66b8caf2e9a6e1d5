"""A leaf of a tree of cones, quantized and packed into bytes.

A certified relaxation is a vector R with R.g_i >= b_i(theta).  Here theta becomes 0, 1 or a short
binary fraction, R is moved along with it, and then rounded towards the signs of the orthant, where
all generators lie: R.g_i only grows.  `docs/reference/claims.md` has the layout.
"""

import numpy as np

from convex_program.kernels.cone_bound import certify
from convex_program.kernels.uncounted import uncounted

_MOST_BITS = 50
_FEWEST_BITS = 4
_BIT_STEP = 6


@uncounted()
def _shifted_norm(residual, rows, row, change):
    """|R - change a_row|^2."""
    total = 0.0
    for k in range(residual.shape[0]):
        x = residual[k] - change * rows[row, k]
        total += x * x
    return total


@uncounted()
def _move(residual, rows, row, change):
    for k in range(residual.shape[0]):
        residual[k] -= change * rows[row, k]


@uncounted()
def round_theta(values, span, rows, limit, node):
    """Make every theta 0 or 1 where |R| stays below the limit, and a short fraction elsewhere.

    Moving theta_j by delta moves R by -delta a_j, which keeps every R.g_i - b_i.
    Returns the number of bits of the fractions: 0 when there are none, -1 when there is no room.
    """
    residual, theta = node.residual, node.theta
    middle, stop = span[2], span[3]
    last = values.shape[0] - 1
    d = residual.shape[0]
    square = limit * limit
    left = 0
    # the rows nearest to 0 or 1 first: they move R least
    for sweep in range(3):
        reach = (0.05, 0.25, 0.5)[sweep]
        left = 0
        for j in range(middle, stop):
            t = theta[j - middle]
            if not 0.0 < t < 1.0:
                continue
            if min(t, 1.0 - t) > reach:
                left += 1
                continue
            row = int(values[last, j])
            down = _shifted_norm(residual, rows, row, -t)
            up = _shifted_norm(residual, rows, row, 1.0 - t)
            if min(down, up) > square:
                left += 1
            elif down <= up:
                _move(residual, rows, row, -t)
                theta[j - middle] = 0.0
            else:
                _move(residual, rows, row, 1.0 - t)
                theta[j - middle] = 1.0
    if left == 0:
        return 0
    for bits in range(_FEWEST_BITS, _MOST_BITS + 1, _BIT_STEP):
        unit = 2.0**bits
        for k in range(d):
            node.point[k] = residual[k]
        for j in range(middle, stop):
            t = theta[j - middle]
            if 0.0 < t < 1.0:
                change = np.rint(t * unit) / unit - t
                _move(node.point, rows, int(values[last, j]), change)
        total = 0.0
        for k in range(d):
            total += node.point[k] * node.point[k]
        if total <= square:
            for k in range(d):
                residual[k] = node.point[k]
            for j in range(stop - middle):
                theta[j] = np.rint(theta[j] * unit) / unit
            return bits
    return -1


@uncounted()
def round_residual(residual, orthant, limit, exponent, whole):
    """Round R outwards to multiples of the largest power of two that keeps |R| below the limit.

    R stands in units of 2^exponent; ``whole`` receives the integers.  Returns the shift, or -1
    when no shift from 0 on does.
    """
    d = residual.shape[0]
    size = 0.0
    for k in range(d):
        size = max(size, abs(residual[k]))
    shift = 0
    if size > 0.0:
        shift = max(0, int(np.floor(np.log2(size))) + 1 + exponent)
    while shift >= 0:
        step = 2.0 ** (shift - exponent)
        total = 0.0
        for k in range(d):
            x = np.ceil(residual[k] * orthant[k] / step)
            whole[k] = np.int64(x * orthant[k])
            x *= step
            total += x * x
        if np.sqrt(total) <= limit and size / step < 2.0**53:
            return shift
        if size / step >= 2.0**53:
            return -1
        shift -= 1
    return -1


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
def _width(whole):
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
    width = _width(whole)
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


@uncounted()
def close_leaf(
    gen, values, span, depth, rounding, allowance, node, rows, orthant, limit, exponent, whole
):
    """Quantize a certified relaxation.

    Returns (shift, bits of fractions), or (-1, 0) when the limit leaves no room.
    """
    bits = round_theta(values, span, rows, limit * (1.0 - 2.0**-44), node)
    if bits < 0:
        return -1, 0
    bound = certify(gen, values, span, depth, rounding, allowance, node)
    if bound > limit:
        return -1, 0
    return round_residual(node.residual, orthant, limit, exponent, whole), bits
