"""Depth-first branch and bound for c outputs over simplicial cones, resumable.

As `convex_program.kernels.cones`, whose stack, levels and remembered points it shares; there are no cuts and no caps.
`convex_program.kernels.vector_leaf` has the bound of a node and the proof that it holds in exact arithmetic.
"""

import numpy as np
from numba import njit

from convex_program.kernels.cone_bound import MAX_DEPTH
from convex_program.kernels.cone_split import balance, longest_edge, midpoint
from convex_program.kernels.cones import BUDGET, DONE, ROWS_FULL, STACK_FULL, remember
from convex_program.kernels.nearest import new_corral
from convex_program.kernels.row_table import LANES, padded
from convex_program.kernels.uncounted import ANY_ORDER, uncounted
from convex_program.kernels.vector_bound import PRUNED, WIDE, bound_vector
from convex_program.kernels.vector_node import new_vector_node
from convex_program.kernels.vector_rows import inherit_vector_rows, new_sieve

_SHARE = 0.5
_THIN = 0.01  # least square of an edge divided, over that of the longest: no needles
_REGULAR = 0.5  # the same where size keeps a cone open; above 1/4, or cones become flat
_TURN = 3  # one level of so many divides a long edge in any case
_NOISE = 1e-12  # differences below this part of their terms are rounding


@uncounted(fastmath=ANY_ORDER)
def _loose(lin, values, start, stop, node):
    """Set ``middle`` to F at the unit generators and ``mask`` to the weights of the chords."""
    if start < 0:
        return
    d, outputs = lin.shape
    count = padded(stop - start)
    part, mask = node.part, node.mask
    for j in range(stop - start):
        mask[j] = max(node.along[j], node.exposed[j])
    for j in range(count):
        mask[j] = max(mask[j], 0.0) if j < stop - start else 0.0
    for i in range(d):
        x = node.inverse[i]
        for j in range(count):
            part[j] = max(0.0, values[i, start + j])
        for p in range(outputs):
            y = lin[i, p]
            for j in range(count):
                y += node.table[p, j] * part[j]
            node.middle[i, p] = x * y


@uncounted(fastmath=ANY_ORDER)
def _lost(values, a, x, b, y, start, stop, mask):
    """Sums over the rows of |s| + |t| - |s + t| and of |s| + |t|, weighted: s = x s_ja, t = y s_jb."""
    lost = 0.0
    total = 0.0
    if start < 0:
        return lost, total
    for j in range(padded(stop - start)):
        s = x * values[a, start + j]
        t = y * values[b, start + j]
        size = abs(s) + abs(t)
        lost += mask[j] * (size - abs(s + t))
        total += mask[j] * size
    return lost, total


@uncounted()
def weightiest_edge(lin, values, start, stop, node):
    """The edge whose midpoint takes most off the relaxation at u = sum lam_i g_i.

    Halving the edge of unit vectors x, y takes (|x|_j + |y|_j - |x + y|_j) / 2 off the chord of row j
    (`convex_program.kernels.cone_split.loosest_edge`), weighted by b.W_j or by the exposure, and, for the same reason,
    |F(x)| + |F(y)| - |F(x) + F(y)| off the chord of the norm.  Returns (a, b, gain).
    """
    d, outputs = lin.shape
    _loose(lin, values, start, stop, node)
    total = 0.0
    for i in range(d):
        total += node.lam[i] * node.length[i]
    for i in range(d):
        # generators that u does not need count as well: elsewhere on the cone they are what is loose
        share = node.lam[i] * node.length[i] / total if total > 0.0 else 0.0
        node.sums[i] = max(share, _SHARE / d)
    first, second, best = 0, 1, 0.0
    for a in range(d):
        for b in range(a + 1, d):
            lost, total = _lost(
                values, a, node.inverse[a], b, node.inverse[b], start, stop, node.mask
            )
            one = 0.0
            two = 0.0
            both = 0.0
            for p in range(outputs):
                s = node.middle[a, p]
                t = node.middle[b, p]
                one += s * s
                two += t * t
                both += (s + t) * (s + t)
            one, two, both = np.sqrt(one), np.sqrt(two), np.sqrt(both)
            lost = 0.5 * lost + one + two - both
            total += one + two
            gain = lost * min(node.sums[a], node.sums[b])
            if lost > _NOISE * total and gain > best:
                first, second, best = a, b, gain
    return first, second, best


@uncounted()
def _chord(gen, a, b, node):
    """Squared distance of two unit generators."""
    inner = 0.0
    for k in range(gen.shape[1]):
        inner += gen[a, k] * gen[b, k]
    return 2.0 - 2.0 * inner * node.inverse[a] * node.inverse[b]


@uncounted()
def divided_edge(gen, lin, values, start, stop, depth, node, wide):
    """The edge to divide: the weightiest, unless it is much shorter than the longest.

    Halving two sides in turn flattens a triangle onto the third, which would never be divided; so where
    size keeps a cone open, and at one level of so many, the edge has to be long.
    """
    a, b, gain = weightiest_edge(lin, values, start, stop, node)
    long, far = longest_edge(gen)
    least = _REGULAR if wide or depth % _TURN == 0 else _THIN
    if gain == 0.0 or _chord(gen, a, b, node) < least * _chord(gen, long, far, node):
        return min(long, far), max(long, far)
    return a, b


@njit(cache=True, nogil=True)
def explore_vector(
    state,
    best,
    found,
    found_value,
    spread,
    stack,
    values,
    data,
    level,
    rounding,
    budget,
    iterations,
):
    """Depth-first search until the stack is empty or a limit is met; resumable.

    Parameters and status are those of `convex_program.kernels.cones.explore`, with ``data`` a `VectorRows`,
    ``lins`` of the stack (cap, d, c) and ``spans`` (cap, 2).
    """
    m, d = data.rows.shape
    return _search(
        state, best, found, found_value, spread, stack, values, data, level, rounding, budget,
        iterations, np.empty((2, d, d)), np.empty(d), np.empty((d, data.weights.shape[1])),
        np.empty(m), new_vector_node(d, m, data.weights.shape[1]), new_corral(d, m), new_sieve(m),
    )  # fmt: skip


@uncounted()
def _search(
    state, best, found, found_value, spread, stack, values, data, level, rounding, budget,
    iterations, squares, mid, lin, fresh, node, corral, sieve,
):  # fmt: skip
    """The loop of `explore_vector`, with its work space."""
    gens, duals, lins = stack.gens, stack.duals, stack.lins
    inherited, depths, spans = stack.inherited, stack.depths, stack.spans
    d = gens.shape[1]
    outputs = lins.shape[2]
    gen, dual = squares[0], squares[1]
    while state[0] > 0:
        if budget <= 0:
            return BUDGET
        top = state[0] - 1
        start, stop = spans[top, 0], spans[top, 1]
        if stop + 2 * (stop - start) + LANES > values.shape[1]:
            return ROWS_FULL
        if top + 2 > gens.shape[0]:
            return STACK_FULL
        threshold = max(level.floor, best[0]) * (1.0 + level.tol) + level.noise
        budget -= 1
        state[1] += 1
        for i in range(d):
            for p in range(outputs):
                lin[i, p] = lins[top, i, p]
            for k in range(d):
                gen[i, k] = gens[top, i, k]
                dual[i, k] = duals[top, i, k]
        depth = depths[top]
        bound = inherited[top]
        outcome = PRUNED
        if bound > threshold:
            outcome, tight, value = bound_vector(
                gen, dual, lin, values, start, stop, depth, bound, threshold, data, rounding,
                level.allowance, node, iterations, corral,
            )  # fmt: skip
            if value > level.floor:
                remember(node.point, value, found, found_value, spread)
            best[0] = max(best[0], value)
            bound = min(bound, tight)
        if outcome == PRUNED:
            best[1] = max(best[1], bound)
            state[0] = top
            continue
        shrink = 0.0
        a, b, p, q = 0, 0, 1.0, 1.0
        if depth < MAX_DEPTH and d > 1:
            a, b = divided_edge(gen, lin, values, start, stop, depth, node, outcome == WIDE)
            p, q = balance(gen, a, b)
            shrink = midpoint(gen, a, b, p, q, mid)
        if shrink == 0.0:
            best[2] = max(best[2], bound)
            state[0] = top
            state[2] += 1
            continue
        for j in range(start, stop):
            fresh[j - start] = (p * values[a, j] + q * values[b, j]) / shrink
            values[d, j] = node.theta[j - start]
        target = stop
        for child in range(2):
            slot = top + child
            changed = a if child == 0 else b
            kept = b if child == 0 else a
            # the dual basis of {.., m, ..}: m = (p g_a + q g_b) / shrink replaces g_changed
            own, other = (p, q) if child == 0 else (q, p)
            for i in range(d):
                for t in range(outputs):
                    lins[slot, i, t] = lin[i, t]
                for k in range(d):
                    gens[slot, i, k] = gen[i, k]
                    duals[slot, i, k] = dual[i, k]
            for k in range(d):
                gens[slot, changed, k] = mid[k]
                duals[slot, changed, k] = dual[changed, k] * shrink / own
                duals[slot, kept, k] = dual[kept, k] - other / own * dual[changed, k]
            for t in range(outputs):
                lins[slot, changed, t] = (p * lin[a, t] + q * lin[b, t]) / shrink
            depths[slot] = depth + 1
            inherited[slot] = bound
            inherit_vector_rows(
                values, start, stop, target, changed, fresh, data.weights, lins[slot],
                spans[slot], sieve,
            )  # fmt: skip
            target = spans[slot, 1]
        state[0] = top + 2
    return DONE
