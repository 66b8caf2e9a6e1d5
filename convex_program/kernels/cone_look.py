"""Which edge to divide: a look at the bounds of both children, before anything is divided.

The edges that take most off the chord bound at one point (`convex_program.kernels.cone_split`) are
compared by what is left to do below them: the sum over both children of the root of the relative
excess of their least |R| over the threshold.  (The root rewards children that need no further
division; with the excess itself there are 2 % more leaves.)  No row is settled for that: one whose
sign has become constant adds as much as before.
"""

import numpy as np

from convex_program.kernels.cone_split import balance, edge_gains
from convex_program.kernels.nearest import nearest_point
from convex_program.kernels.row_table import chunked_positive_dot, dot, padded
from convex_program.kernels.uncounted import uncounted

_CANDIDATES = 3
"""Edges compared: 8 leave 2 % less leaves than 3, and take half the time more."""


@uncounted()
def _excess(dual, values, span, chord, theta, threshold, iterations, node, corral):
    """How far, relatively, the least |R| of a cone exceeds the threshold; 0 where it does not."""
    residual, b, work = node.residual, node.offset, node.theta
    d = chord.shape[0]
    cuts, middle, stop = span[1], span[2], span[3]
    for j in range(padded(stop - middle)):
        work[j] = theta[j]
    for i in range(d):
        b[i] = chord[i] - dot(values, i, middle, work, 0, stop - middle)
    for k in range(d):
        x = 0.0
        for i in range(d):
            x += b[i] * dual[i, k]
        residual[k] = x
    nearest_point(
        values, cuts, middle, stop, chord, dual, True, residual, work, node.nu, threshold, np.inf,
        iterations, corral,
    )  # fmt: skip
    square = 0.0
    for k in range(d):
        square += residual[k] * residual[k]
    return max(0.0, np.sqrt(square) / threshold - 1.0)


@uncounted()
def best_edge(
    gen, dual, lin, values, span, parent, node, threshold, iterations, corral, gains, sums,
    inverse, fresh, square,
):  # fmt: skip
    """Choose the edge (a, b) below which the least is left to do; gain 0: no edge helps.

    ``parent`` is the relaxation of the node, ``node`` work space of its kind; ``square`` (2, d, d),
    ``gains`` (d, d), and ``fresh`` one number a row are, too.  The table of rows is left as it was.
    """
    d = gen.shape[0]
    start, cuts, stop = span[0], span[1], span[3]
    edge_gains(gen, values, start, parent.mask, cuts - start, parent.lam, sums, inverse, gains)
    best_a, best_b, least = 0, 0, np.inf
    found = 0.0
    child, chord = square[0], square[1, 0]
    for _ in range(_CANDIDATES):
        a, b = 0, 0
        gain = 0.0
        for i in range(d):
            for k in range(i + 1, d):
                if gains[i, k] > gain:
                    a, b, gain = i, k, gains[i, k]
        if gain == 0.0:
            break
        gains[a, b] = 0.0
        p, q = balance(gen, a, b)
        total = 0.0
        for side in range(2):
            changed, kept = (a, b) if side == 0 else (b, a)
            own, other = (p, q) if side == 0 else (q, p)
            for j in range(start, stop):
                fresh[j - start] = values[changed, j]
            for j in range(start, stop):
                values[changed, j] = own * values[changed, j] + other * values[kept, j]
            for i in range(d):
                chord[i] = parent.chord[i]
                for k in range(d):
                    child[i, k] = dual[i, k]
            for k in range(d):
                child[changed, k] = dual[changed, k] / own
                child[kept, k] = dual[kept, k] - other / own * dual[changed, k]
            chord[changed] = own * lin[changed] + other * lin[kept]
            chord[changed] += chunked_positive_dot(
                values, changed, start, parent.mask, cuts - start
            )
            total += np.sqrt(
                _excess(
                    child, values, span, chord, parent.theta, threshold, iterations, node, corral
                )
            )
            for j in range(start, stop):
                values[changed, j] = fresh[j - start]
            if total >= least:
                break
        if total < least:
            best_a, best_b, least, found = a, b, total, gain
            if least == 0.0:
                break
    return best_a, best_b, found
