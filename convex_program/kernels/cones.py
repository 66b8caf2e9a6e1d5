"""Depth-first branch and bound over simplicial cones, resumable.

`convex_program.kernels.cone_bound` has the bound of a node and the proof that it holds in exact arithmetic,
`convex_program.kernels.cone_split` the choice of a division, `convex_program.kernels.cone_rows` what a child inherits.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from convex_program.kernels.cone_bound import (
    MAX_DEPTH,
    PRUNED,
    REACH,
    SAFE,
    SPLIT,
    bound_node,
    certify,
    new_relaxation,
)
from convex_program.kernels.cone_rows import decide_row, fix_rows, inherit_rows, new_sieve
from convex_program.kernels.cone_split import (
    balance,
    longest_edge,
    loosest_edge,
    loosest_row,
    midpoint,
)
from convex_program.kernels.nearest import new_corral
from convex_program.kernels.row_table import LANES, select
from convex_program.kernels.uncounted import uncounted

# Status of `explore`.
DONE = 0
BUDGET = 1
ROWS_FULL = 2
STACK_FULL = 3

# Deciding a row lasts, halving an edge helps at one point: with at most FEW_ROWS d convex rows
# left the former is preferred already at this fraction of the latter's gain (measured: n=50,
# d=10 needs it, n=200, d=6 is indifferent; with more rows it multiplies the nodes).
FEW_ROWS = 2.5
FEW_PREFERENCE = 0.1
# A node is bounded again when the rows just settled took off this part of what is too much.
WORTH = 0.5


class Stack(NamedTuple):
    """Open nodes; ``spans`` holds (start, cuts, middle, stop) of their rows in the table.

    ``lins`` are the values of the linear part at the generators, ``inherited`` bounds of the
    parents, ``depths`` numbers of divisions.
    """

    gens: np.ndarray
    duals: np.ndarray
    lins: np.ndarray
    inherited: np.ndarray
    depths: np.ndarray
    spans: np.ndarray


class Level(NamedTuple):
    """A leaf is closed at bound <= max(floor, incumbent) * (1 + tol) + noise.

    ``noise`` is the size of rounding errors, below which splitting is futile; ``allowance`` the
    largest push per generator that `certify` may need.
    """

    floor: float
    tol: float
    noise: float
    allowance: float


@uncounted()
def slot_of(point, value, found, found_value, spread):
    """Where ``point`` belongs among the best well separated points, or -1; worst slot first to go."""
    slots, d = found.shape
    weakest = 0
    for t in range(slots):
        inner = 0.0
        for k in range(d):
            inner += found[t, k] * point[k]
        if found_value[t] > 0.0 and inner > spread:
            return t if value > found_value[t] else -1
        if found_value[t] < found_value[weakest]:
            weakest = t
    return weakest if value > found_value[weakest] else -1


@uncounted()
def remember(point, value, found, found_value, spread):
    """Keep ``point`` if it is one of the best well separated points."""
    slot = slot_of(point, value, found, found_value, spread)
    if slot >= 0:
        found_value[slot] = value
        for k in range(found.shape[1]):
            found[slot, k] = point[k]


@uncounted()
def value_at(point, rows, convex, linear):
    """The value f at a point, from the rows as they were, over the point's length.

    Rows settled on a cap have other values outside it: concave ones larger values, which are
    none of f.
    """
    m, d = rows.shape
    total = 0.0
    length = 0.0
    for k in range(d):
        total += linear[k] * point[k]
        length += point[k] * point[k]
    for j in range(m):
        inner = 0.0
        for k in range(d):
            inner += rows[j, k] * point[k]
        if inner > 0.0:
            total += inner if j < convex else -inner
    return total / np.sqrt(length)


@njit(cache=True, nogil=True)
def explore(
    state,
    best,
    found,
    found_value,
    spread,
    stack,
    values,
    rows,
    norms,
    convex,
    linear,
    level,
    rounding,
    budget,
    iterations,
):
    """Depth-first search until the stack is empty or a limit is met; resumable.

    Parameters
    ----------
    state : (3,) int64: nodes on the stack, nodes visited, nodes left unresolved.
    best : (3,) float64: largest f met (the incumbent), largest certified leaf bound, largest
        bound of an unresolved node.
    found, found_value : (slots, d), (slots,) well separated points above the floor.
    stack : Stack
    values : (d + 2, cap) the table of rows, see `convex_program.kernels.cone_rows`; finite.
    rows, norms : (m, d), (m,) the rows as they were, convex ones first, and upper bounds of
        their lengths.
    convex, linear : number of convex rows, (d,) linear part, as they were.
    level : Level
    rounding : Rounding
    budget : nodes to visit in this call.
    iterations : major steps of Wolfe's method.

    Returns
    -------
    status : DONE, BUDGET, ROWS_FULL or STACK_FULL.  Open nodes stay on the stack, bounded by
        ``inherited``; unresolved ones (neither certified nor divisible within exact integers)
        are counted in state[2] and bounded by best[2].  Nothing is ever dropped.
    """
    d = rows.shape[1]
    m = rows.shape[0]
    return _search(
        state, best, found, found_value, spread, stack, values, rows, norms, convex, linear,
        level, rounding, budget, iterations, np.empty((2, d, d)), np.empty((5, d)),
        np.empty(4, dtype=np.int64), np.empty(m),
        new_relaxation(d, m), new_corral(d, m), new_sieve(m),
    )  # fmt: skip


@uncounted()
def _search(
    state, best, found, found_value, spread, stack, values, rows, norms, convex, linear,
    level, rounding, budget, iterations, squares, vectors, span, fresh, node, corral, sieve,
):  # fmt: skip
    """The loop of `explore`, with its work space."""
    gens, duals, lins = stack.gens, stack.duals, stack.lins
    inherited, depths, spans = stack.inherited, stack.depths, stack.spans
    d = gens.shape[1]
    gen, dual = squares[0], squares[1]
    lin, centre, mid, sums, inverse = vectors[0], vectors[1], vectors[2], vectors[3], vectors[4]
    a, b, p, q = 0, 0, 1.0, 1.0
    while state[0] > 0:
        if budget <= 0:
            return BUDGET
        top = state[0] - 1
        for i in range(4):
            span[i] = spans[top, i]
        start, cuts, middle, stop = span[0], span[1], span[2], span[3]
        if stop + 2 * (stop - start) + LANES > values.shape[1]:
            return ROWS_FULL
        if top + 2 > gens.shape[0]:
            return STACK_FULL
        threshold = max(level.floor, best[0]) * (1.0 + level.tol) + level.noise
        budget -= 1
        state[1] += 1
        for i in range(d):
            lin[i] = lins[top, i]
            for k in range(d):
                gen[i, k] = gens[top, i, k]
                dual[i, k] = duals[top, i, k]
        depth = depths[top]
        bound = inherited[top]
        certified = False
        outcome = PRUNED
        if bound > threshold:
            outcome, tight, value = bound_node(
                gen, dual, lin, values, span, depth, threshold, rounding, level.allowance,
                node, iterations, corral,
            )  # fmt: skip
            kept = value > level.floor and slot_of(
                node.point, value, found, found_value, spread
            ) >= 0  # fmt: skip
            if kept or value > best[0]:
                value = min(value, value_at(node.point, rows, convex, linear))
                if value > level.floor:
                    remember(node.point, value, found, found_value, spread)
            if value > best[0]:
                best[0] = value
                threshold = max(level.floor, value) * (1.0 + level.tol) + level.noise
            if outcome == SPLIT and tight <= REACH * threshold:
                below = tight <= threshold  # its own maximum may have become the incumbent
                tight = certify(gen, values, span, depth, rounding, level.allowance, node)
                if tight < np.inf:
                    certified = True
                    bound = min(bound, tight)
                    if below or tight <= threshold:
                        outcome = PRUNED
            if outcome == PRUNED:
                bound = min(bound, tight)
            elif tight < np.inf:
                for j in range(middle, stop):
                    values[d, j] = node.theta[j - middle]
        if outcome == PRUNED:
            best[1] = max(best[1], bound)
            state[0] = top
            continue
        if certified and cuts > start:
            # only where f exceeds the threshold is a sharper bound wanted
            best[1] = max(best[1], threshold)
            for k in range(d):
                centre[k] = node.residual[k] / tight
            reach = (1.0 - threshold / tight) * (1.0 + threshold / tight)
            reach = np.sqrt(max(0.0, reach) + 2.0**-50) * SAFE
            excess = fix_rows(
                values, span, rows, norms, centre, reach, rounding.tiny, node.lam, lin, sieve
            )
            settled = stop - start - (span[3] - span[0])
            cuts, middle, stop = span[1], span[2], span[3]
            if settled > 0:
                depth += 1  # one more rounding of lin
                if depth < MAX_DEPTH and excess > WORTH * tight * (tight - threshold):
                    for i in range(4):
                        spans[top, i] = span[i]
                    for i in range(d):
                        lins[top, i] = lin[i]
                    depths[top] = depth
                    inherited[top] = bound
                    continue
        shrink = 0.0
        row = -1
        if depth < MAX_DEPTH:
            select(node.mask, cuts - start)  # some rows may have been settled
            a, b, gain = loosest_edge(
                gen, values, start, node.mask, cuts - start, node.lam, sums, inverse
            )
            row, gap = loosest_row(values, start, cuts - start, node.lam, node.first, node.second)
            few = cuts - start <= FEW_ROWS * d
            if gap < (FEW_PREFERENCE if few else 1.0) * gain:
                row = -1
            if row >= 0:
                shrink = 1.0
            elif d > 1:
                if gain == 0.0:
                    a, b = longest_edge(gen)
                p, q = balance(gen, a, b)
                shrink = midpoint(gen, a, b, p, q, mid)
        if shrink == 0.0:
            if not certified:
                # residual and theta are those of this node's relaxation: certify at any price
                tight = certify(gen, values, span, depth, rounding, np.inf, node)
            best[2] = max(best[2], min(bound, tight))
            state[0] = top
            state[2] += 1
            continue
        target = stop
        if row < 0:
            for j in range(start, stop):
                fresh[j - start] = (p * values[a, j] + q * values[b, j]) / shrink
        for child in range(2):
            slot = top + child
            for i in range(d):
                lins[slot, i] = lin[i]
                for k in range(d):
                    gens[slot, i, k] = gen[i, k]
                    duals[slot, i, k] = dual[i, k]
            depths[slot] = depth + 1
            inherited[slot] = bound
            if row >= 0:
                decide_row(values, span, row, child == 0, target, lins[slot], spans[slot])
            else:
                changed = a if child == 0 else b
                kept = b if child == 0 else a
                # the dual basis of {.., m, ..}: m = (p g_a + q g_b) / shrink replaces g_changed
                own, other = (p, q) if child == 0 else (q, p)
                for k in range(d):
                    gens[slot, changed, k] = mid[k]
                    duals[slot, changed, k] = dual[changed, k] * shrink / own
                    duals[slot, kept, k] = dual[kept, k] - other / own * dual[changed, k]
                lins[slot, changed] = (p * lin[a] + q * lin[b]) / shrink
                inherit_rows(values, span, target, changed, fresh, lins[slot], spans[slot], sieve)
            target = spans[slot, 3]
        state[0] = top + 2
    return DONE
