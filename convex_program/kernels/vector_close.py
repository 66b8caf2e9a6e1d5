"""Closing a cone of a proof for several outputs: a leaf of few bits, or what keeps it open.

Steps as in `convex_program.kernels.vector_bound`; then the shares theta are rounded to as few places as
still close the cone, and R or the multipliers of the form to few bits.
"""

import numpy as np

from convex_program.kernels.cone_leaf import round_residual
from convex_program.kernels.uncounted import uncounted
from convex_program.kernels.vector_bound import (
    SPLIT,
    WIDE,
    above_at,
    fit_slopes,
    length_at,
    project,
    shorten,
)
from convex_program.kernels.vector_node import gather, measure, norm_of, output_at
from convex_program.kernels.vector_price import (
    copositive_by,
    curve,
    middle_of,
    price_leaf,
    reaches,
    unit_of,
)

CLOSED = 0
_TRIES = 3
_NEAR = 1.05
_FEWEST = 1
_MOST_PLACES = 46
_NONE = -(1 << 30)


@uncounted()
def _next_places(places):
    """The next number of places tried: 1, 3, 5, 8, 13, .. ."""
    return places + max(2, (places + 1) // 2)


@uncounted()
def _shares(count, places, node, kept):
    """Set theta to ``kept``, rounded to whole multiples of 1 / (2^places - 1)."""
    whole = 2.0**places - 1.0
    for j in range(count):
        node.theta[j] = np.rint(kept[j] * whole) / whole


@uncounted()
def _close(
    gen, dual, lin, values, start, stop, depth, level, reach, unit, data, rounding, settings,
    orthant, lam, node, vector, whole, iterations, corral,
):  # fmt: skip
    """Whether the leaf with ``node.theta`` holds: (kind 0, 1 or -1, shift, |R| / level)."""
    grain, exponent, places = settings[0], int(settings[1]), int(settings[2])
    d = gen.shape[0]
    price_leaf(gen, lin, values, start, stop, reach, rounding, unit, grain, level, node)
    shorten(gen, dual, level, node, iterations, corral)
    size = norm_of(node.residual)
    limit = level * (1.0 - 2.0**-44)
    if size <= limit:
        shift = round_residual(
            gen, node.residual, node.target, 0.0, rounding, orthant, limit, exponent, vector, whole
        )
        if shift >= 0:
            for k in range(d):
                vector[k] = whole[k] * 2.0 ** (shift - exponent)
            if norm_of(vector) <= limit and reaches(gen, vector, node.target):
                return 0, shift, size / level
    if size > _NEAR * level:
        return -1, 0, size / level
    bent = curve(gen, values, start, stop, data, depth, reach, grain, level, node)
    # nu in the integers of the page: times D^2 2^32 and the units of both a and W, squared
    scale = 2.0**places - 1.0
    found = copositive_by(whole, lam, scale * scale * settings[3], bent, node)
    if found > _NONE:
        shift = 32 + 2 * exponent - found
        for k in range(d):
            if whole[k] != 0 and not 0 <= shift <= 4096:
                return -1, 0, size / level
        zero = True
        for k in range(d):
            zero = zero and whole[k] == 0
        return 1, 0 if zero else shift, size / level
    return -1, 0, size / level


@uncounted()
def close_vector(
    gen, dual, lin, values, start, stop, depth, level, data, rounding, units, orthant,
    node, pair, extra, whole, iterations, corral,
):  # fmt: skip
    """Decide one cone: (CLOSED, SPLIT or WIDE; kind; shift; places; value), ``node.theta`` being that of the leaf.

    ``pair`` (2, d), ``extra`` (2, rows or 4) and ``whole`` (d,) are work space; ``whole`` receives R or the multipliers.
    """
    d, outputs = lin.shape
    count = stop - start
    centre, vector, kept, settings = pair[0], pair[1], extra[0], extra[1]
    gather(values, start, stop, data, node)
    measure(gen, node)
    reach = middle_of(gen, node, centre)
    lam = node.lam
    for i in range(d):
        lam[i] = node.inverse[i]
    for j in range(start, stop):
        x = values[d, j]
        if x < 0.0:
            low = values[0, j]
            high = low
            for i in range(1, d):
                low = min(low, values[i, j])
                high = max(high, values[i, j])
            x = high / (high - low)
        node.theta[j - start] = x
        node.exposed[j - start] = 0.0
    unit = unit_of(rounding, depth, count)
    best = -1.0
    settings[0], settings[1], settings[3] = units[0], units[1], units[2]
    for _attempt in range(_TRIES):
        size = output_at(lam, lin, values, start, stop, node)
        length = length_at(gen, lam, node)
        best = max(best, size / length)
        if size == 0.0:
            for p in range(outputs):
                node.direction[p] = 0.0
            node.direction[0] = 1.0
        else:
            for p in range(outputs):
                node.direction[p] = node.output[p] / size
        project(lin, values, start, stop, node)
        if best > level or above_at(lam, values, start, stop, node) > level * length:
            return SPLIT, 0, 0, 0, best
        fit_slopes(dual, values, start, stop, level, node, iterations, corral)
        total = 0.0
        for i in range(d):
            x = 0.0
            for k in range(d):
                x += dual[i, k] * node.residual[k]
            lam[i] = max(x, 0.0)
            total += lam[i]
        if not 0.0 < total < np.inf:
            for i in range(d):
                lam[i] = node.inverse[i]
        if above_at(lam, values, start, stop, node) > level * length_at(gen, lam, node):
            return SPLIT, 0, 0, 0, best
        fractional = False
        for j in range(count):
            if node.along[j] >= 0.0:
                node.theta[j] = 1.0 if node.inner[j] > 0.0 else 0.0
            x = node.theta[j]
            kept[j] = x
            fractional = fractional or 0.0 < x < 1.0
        settings[2] = _FEWEST
        kind, shift, ratio = _close(
            gen, dual, lin, values, start, stop, depth, level, reach, unit, data, rounding,
            settings, orthant, lam, node, vector, whole, iterations, corral,
        )  # fmt: skip
        if kind >= 0 and not fractional:
            return CLOSED, kind, shift, _FEWEST, best
        places = _FEWEST
        while kind >= 0 and places <= _MOST_PLACES:
            _shares(count, places, node, kept)
            settings[2] = places
            found, shift, ratio = _close(
                gen, dual, lin, values, start, stop, depth, level, reach, unit, data, rounding,
                settings, orthant, lam, node, vector, whole, iterations, corral,
            )  # fmt: skip
            if found >= 0:
                return CLOSED, found, shift, places, best
            places = _next_places(places)
        for j in range(count):
            node.theta[j] = kept[j]
        if ratio > _NEAR:
            return WIDE, 0, 0, 0, best
    return WIDE, 0, 0, 0, best
