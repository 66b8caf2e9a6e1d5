"""The decision about one cone of the search for c outputs: closed, to be divided, and by how much f is known.

Steps, the cheap ones first: the value at the centre and its direction b; the relaxation of the scalar function
b.F (`convex_program.kernels.nearest`), whose value above the level means that no b-independent bound of this kind can
close the cone, since |G| >= b.G; then leaf A with the same theta, and leaf B where A is close
(`convex_program.kernels.vector_leaf`).
"""

import numpy as np

from convex_program.kernels.nearest import nearest_point
from convex_program.kernels.row_table import clear, combine, padded
from convex_program.kernels.uncounted import ANY_ORDER, uncounted
from convex_program.kernels.vector_leaf import certify_vector, copositive, expose, form, relax
from convex_program.kernels.vector_node import gather, measure, norm_of, output_at

PRUNED = 0
SPLIT = 1
WIDE = 2
"""To be divided although the relaxation of b.F is below the level: what fails shrinks with the cone."""

_DEPTH_STEPS = 4.0 * 2.0**-53 * (1.0 + 2.0**-40)
_ROW_STEPS = 6.0 * 2.0**-53 * (1.0 + 2.0**-40)
_REACH = 2.0
_NEAR = 1.05
_MISS = 1e-12
_TRIES = 3
"""Directions b tried before a cone is divided."""


@uncounted(fastmath=ANY_ORDER)
def project(lin, values, start, stop, node):
    """Set ``along`` and the chord part of b.G at the generators for b = ``direction``."""
    if start < 0:
        return
    d, outputs = lin.shape
    count = padded(stop - start)
    along, part, table = node.along, node.part, node.table
    for j in range(count):
        along[j] = 0.0
    for p in range(outputs):
        x = node.direction[p]
        for j in range(count):
            along[j] += x * table[p, j]
    for j in range(count):
        part[j] = max(0.0, along[j])
    for i in range(d):
        x = 0.0
        for p in range(outputs):
            x += node.direction[p] * lin[i, p]
        for j in range(count):
            x += part[j] * max(0.0, values[i, start + j])
        node.offset[i] = x


@uncounted(fastmath=ANY_ORDER)
def above_at(lam, values, start, stop, node):
    """Value of the relaxation of b.F at sum lam_i g_i; ``inner`` receives the (a_j.u)_+."""
    d = lam.shape[0]
    inner, along = node.inner, node.along
    combine(values, start, stop - start, lam, inner)
    total = 0.0
    for i in range(d):
        total += lam[i] * node.offset[i]
    for j in range(padded(stop - start)):
        total += min(0.0, along[j]) * max(0.0, inner[j])
    return total


@uncounted()
def fit_slopes(dual, values, start, stop, level, node, iterations, corral):
    """Choose theta and R for b = ``direction`` by the nearest point of a zonotope."""
    d = dual.shape[0]
    scaled, slopes = node.scaled, node.slopes
    count = 0
    for j in range(start, stop):
        x = -node.along[j - start]
        if x > 0.0:
            for i in range(d):
                scaled[i, count] = x * values[i, j]
            slopes[count] = node.theta[j - start]
            count += 1
    clear(slopes, count)
    for j in range(count, (count + 15) // 16 * 16):
        for i in range(d):
            scaled[i, j] = 0.0
    for k in range(d):
        node.residual[k] = 0.0
    for i in range(d):
        x = node.offset[i]
        for j in range(count):
            x -= slopes[j] * scaled[i, j]
        for k in range(d):
            node.residual[k] += x * dual[i, k]
    nearest_point(
        scaled, 0, 0, count, node.offset, dual, True, node.residual, slopes, node.nu,
        0.0, level, iterations, corral,
    )  # fmt: skip
    count = 0
    for j in range(start, stop):
        if node.along[j - start] < 0.0:
            node.theta[j - start] = slopes[count]
            count += 1


@uncounted()
def shorten(gen, dual, level, node, iterations, corral):
    """Make R the shortest one with R.g_i >= target_i, or one along the centre where that fails."""
    d = dual.shape[0]
    for k in range(d):
        x = 0.0
        for i in range(d):
            x += node.target[i] * dual[i, k]
        node.residual[k] = x
    nearest_point(
        node.scaled, 0, 0, 0, node.target, dual, True, node.residual, node.slopes, node.nu,
        0.0, np.inf, iterations, corral,
    )  # fmt: skip
    least = 0.0
    short = 0.0
    for i in range(d):
        x = 0.0
        y = 0.0
        for k in range(d):
            x += node.centre[k] * gen[i, k]
            y += node.residual[k] * gen[i, k]
        least = max(least, node.target[i] / x)
        short = max(short, (node.target[i] - y) * node.inverse[i])
    if not norm_of(node.residual) <= least or (least <= level and short > _MISS * level):
        for k in range(d):
            node.residual[k] = least * node.centre[k]


@uncounted()
def length_at(gen, lam, node):
    """Set ``push`` to sum lam_i g_i; return its length."""
    d = gen.shape[0]
    for k in range(d):
        x = 0.0
        for i in range(d):
            x += lam[i] * gen[i, k]
        node.push[k] = x
    return norm_of(node.push)


@uncounted()
def bound_vector(
    gen, dual, lin, values, start, stop, depth, inherited, level, data, rounding, allowance,
    node, iterations, corral,
):  # fmt: skip
    """Decide one node: (outcome, bound, value); the point of the value is ``node.point``, normalised."""
    d, outputs = lin.shape
    gather(values, start, stop, data, node)
    cosine = measure(gen, node)
    lam = node.lam
    for i in range(d):
        lam[i] = node.inverse[i]
    best = -1.0
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
    unit = rounding.unit + depth * _DEPTH_STEPS + (stop - start) * _ROW_STEPS
    bound = np.inf
    for _attempt in range(_TRIES):
        size = output_at(lam, lin, values, start, stop, node)
        length = length_at(gen, lam, node)
        if size > best * length:
            best = size / length
            for k in range(d):
                node.point[k] = node.push[k] / length
        if size == 0.0:
            for p in range(outputs):
                node.direction[p] = 0.0
            node.direction[0] = 1.0
        else:
            for p in range(outputs):
                node.direction[p] = node.output[p] / size
        project(lin, values, start, stop, node)
        if best > level or above_at(lam, values, start, stop, node) > level * length:
            return SPLIT, bound, best
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
        # not the word of the nearest point: on flat cones it is rounding
        if above_at(lam, values, start, stop, node) > level * length_at(gen, lam, node):
            return SPLIT, bound, best
        ambiguous = expose(
            gen, lin, values, start, stop, rounding, unit, level,
            min(inherited, bound), node,
        )  # fmt: skip
        relax(lin, values, start, stop, node)
        shorten(gen, dual, level, node, iterations, corral)
        size = norm_of(node.residual)
        if size <= _REACH * level:
            size = certify_vector(gen, allowance, rounding.tiny, node)
            bound = min(bound, max(size, level) if ambiguous else size)
            if bound <= level:
                return PRUNED, bound, best
        if size > _NEAR * level:
            return WIDE, bound, best
        if form(gen, values, start, stop, data, depth, level, cosine, node):
            if copositive(gen, lam, node):
                return PRUNED, level, best
    return WIDE, bound, best
