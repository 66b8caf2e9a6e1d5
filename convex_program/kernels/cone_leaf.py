"""A leaf of a tree of cones: a certified relaxation made of few bits.

A relaxation is a vector R with R.g_i >= b_i(theta).  Any theta in [0, 1] will do, and any R that is
long enough along every generator and short enough in itself; so both are moved, within the room
that the level leaves, to where they take the fewest bits: theta to 0, 1 or a short binary fraction,
R to multiples of a power of two as large as possible.  Each time theta has moved, R becomes the
shortest for it.  `convex_program.kernels.cone_bound.certify` and `_holds` have the last word.
"""

import numpy as np

from convex_program.kernels.cone_bound import DEPTH_UNIT, SAFE, certify
from convex_program.kernels.nearest import nearest_point
from convex_program.kernels.row_table import clear, dot
from convex_program.kernels.uncounted import uncounted

# Binary places of fractions: all up to FEW, then multiples of STEP, as a varint has seven bits.
_FEW_PLACES = 8
_MOST_PLACES = 50
_STEP = 7
_POLISH = 12
"""Steps that shorten R before it is rounded.  Without an end to them the time to write grows by a
quarter; with 8 files are 2 % larger, as fewer thetas have come to 0 or 1 by themselves."""


@uncounted()
def _square(vector):
    """|R|^2."""
    total = 0.0
    for k in range(vector.shape[0]):
        total += vector[k] * vector[k]
    return total


@uncounted()
def _copy(source, target):
    for k in range(source.shape[0]):
        target[k] = source[k]


@uncounted()
def _chords(values, span, node, b):
    """Set b to b_i(theta)."""
    middle, stop = span[2], span[3]
    clear(node.theta, stop - middle)
    for i in range(b.shape[0]):
        b[i] = node.chord[i] - dot(values, i, middle, node.theta, 0, stop - middle)


@uncounted()
def _shorten(dual, values, span, b, node, iterations, corral):
    """Make R the shortest with R.g_i >= b_i; return |R|^2."""
    residual, middle = node.residual, span[2]
    for k in range(b.shape[0]):
        x = 0.0
        for i in range(b.shape[0]):
            x += b[i] * dual[i, k]
        residual[k] = x
    # no rows: of theta and nu nothing is read or written
    nearest_point(
        values, middle, middle, middle, b, dual, True, residual, node.second, node.nu, 0.0, np.inf,
        iterations, corral,
    )  # fmt: skip
    return _square(residual)


@uncounted()
def _settle(dual, values, span, rows, j, square, b, kept, node, iterations, corral):
    """Make theta_j 0 or 1, the nearer first, and R fit for it; whether |R|^2 allows that.

    Moving theta_j by delta moves R by -delta a_j, which keeps every R.g_i - b_i; where that is too
    long the shortest R may still do.
    """
    residual, theta = node.residual, node.theta
    d = residual.shape[0]
    column = span[2] + j
    row = int(values[d + 1, column])
    t = theta[j]
    _copy(residual, kept)
    for side in range(2):
        theta[j] = np.rint(t) if side == 0 else 1.0 - np.rint(t)
        change = theta[j] - t
        for k in range(d):
            residual[k] = kept[k] - change * rows[row, k]
            b[k] -= change * values[k, column]
        if _square(residual) <= square:
            return True
        if _shorten(dual, values, span, b, node, iterations, corral) <= square:
            return True
        for k in range(d):
            b[k] += change * values[k, column]
    theta[j] = t
    _copy(kept, residual)
    return False


@uncounted()
def round_theta(dual, values, span, rows, limit, b, kept, node, iterations, corral):
    """Make every theta 0 or 1 where |R| stays below the limit, and a short fraction elsewhere.

    ``b`` and ``kept`` (d,) are work space.
    Returns the number of places of the fractions: 0 when there are none, -1 when there is no room.
    """
    residual, theta, before = node.residual, node.theta, node.first
    count = span[3] - span[2]
    square = limit * limit
    left = 0
    _chords(values, span, node, b)
    # the rows nearest to 0 or 1 first: they move R least
    for sweep in range(3):
        reach = (0.05, 0.25, 0.5)[sweep]
        left = 0
        for j in range(count):
            t = theta[j]
            if not 0.0 < t < 1.0:
                continue
            if min(t, 1.0 - t) > reach or not _settle(
                dual, values, span, rows, j, square, b, kept, node, iterations, corral
            ):
                left += 1
    _copy(residual, kept)
    for j in range(count):
        before[j] = theta[j]
    for places in range(_MOST_PLACES + 1):
        if left == 0 and places > 0:
            break
        if (places == 0 and left > 0) or (places > _FEW_PLACES and places % _STEP > 0):
            continue
        unit = 2.0**places
        for j in range(count):
            theta[j] = np.rint(before[j] * unit) / unit
        _chords(values, span, node, b)
        if _shorten(dual, values, span, b, node, iterations, corral) <= square:
            return places
    for j in range(count):
        theta[j] = before[j]
    _copy(kept, residual)
    return 0 if left == 0 else -1


@uncounted()
def _holds(gen, needed, vector, unit, rounding):
    """Whether R.g_i >= b_i beyond all rounding, as `convex_program.kernels.cone_bound` counts it."""
    d = gen.shape[0]
    gamma = (d + 1) * 2.0**-53
    for i in range(d):
        inner = 0.0
        error = 0.0
        for k in range(d):
            g = gen[i, k]
            inner += vector[k] * g
            error += (unit * rounding.scale[k] + gamma * abs(vector[k]) + rounding.tiny) * abs(g)
        if inner - needed[i] < error * SAFE:
            return False
    return True


@uncounted()
def round_residual(gen, residual, needed, unit, rounding, orthant, limit, exponent, vector, whole):
    """Round R to multiples of the largest power of two that keeps |R| below the limit.

    Rounded towards the signs of the orthant, where all generators lie, every R.g_i only grows; from
    there single entries step back, the longest first, as long as ``R.g_i >= needed_i`` holds.
    R stands in units of 2^exponent; ``whole`` receives the integers, ``vector`` is work space.
    Returns the shift, or -1 when no shift from 0 on does.
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
        if size / step >= 2.0**53:
            return -1
        for k in range(d):
            vector[k] = np.ceil(residual[k] * orthant[k] / step) * orthant[k] * step
        tried = 0
        for _ in range(d):
            if np.sqrt(_square(vector)) <= limit:
                break
            longest = -1
            for k in range(d):
                if not tried >> k & 1 and (longest < 0 or abs(vector[k]) > abs(vector[longest])):
                    longest = k
            tried |= 1 << longest
            x = vector[longest]
            if x * orthant[longest] > 0.0:
                vector[longest] -= orthant[longest] * step
                if not _holds(gen, needed, vector, unit, rounding):
                    vector[longest] = x
        if np.sqrt(_square(vector)) <= limit:
            for k in range(d):
                whole[k] = np.int64(vector[k] / step)
            return shift
        shift -= 1
    return -1


@uncounted()
def close_leaf(
    gen, dual, values, span, depth, rounding, allowance, node, rows, orthant, limit, exponent,
    whole, b, kept, iterations, corral,
):  # fmt: skip
    """Quantize a relaxation; ``b`` and ``kept`` (d,) are work space.

    Returns (shift, places of fractions), or (-1, 0) when the limit leaves no room.
    """
    middle, stop = span[2], span[3]
    # the search stopped where the level was met: what is shorter still has more room
    nearest_point(
        values, middle, middle, stop, node.chord, dual, True, node.residual, node.theta, node.nu,
        0.0, np.inf, min(iterations, _POLISH), corral,
    )  # fmt: skip
    room = limit * (1.0 - 2.0**-44)
    places = round_theta(dual, values, span, rows, room, b, kept, node, iterations, corral)
    if places < 0:
        return -1, 0
    if not certify(gen, values, span, depth, rounding, allowance, node) <= limit:  # or no number
        return -1, 0
    unit = rounding.unit + depth * DEPTH_UNIT
    shift = round_residual(
        gen, node.residual, node.offset, unit, rounding, orthant, limit, exponent, kept, whole
    )
    return shift, places
