"""Depth-first branch and bound over simplicial cones, resumable.

`convex_program.kernels.cone_bound` has the bound of a node and the proof that it holds in exact arithmetic,
`convex_program.kernels.cone_split` the choice of a division, `convex_program.kernels.cone_rows` what a child inherits.
"""

import numpy as np
from numba import njit

from convex_program.kernels.cone_bound import (
    DEPTH_UNIT,
    MAX_DEPTH,
    PRUNED,
    REACH,
    SAFE,
    SPLIT,
    bound_node,
    certify,
)
from convex_program.kernels.cone_rows import decide_row, fix_rows, inherit_rows
from convex_program.kernels.cone_split import (
    balance,
    longest_edge,
    loosest_edge,
    loosest_row,
    midpoint,
)

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


@njit(cache=True, nogil=True)
def remember(point, value, found, found_value, spread):
    """Keep ``point`` among the best well separated points; worst slot first to go."""
    slots, d = found.shape
    weakest = 0
    for t in range(slots):
        inner = 0.0
        for k in range(d):
            inner += found[t, k] * point[k]
        if found_value[t] > 0.0 and inner > spread:
            if value > found_value[t]:
                found_value[t] = value
                for k in range(d):
                    found[t, k] = point[k]
            return
        if found_value[t] < found_value[weakest]:
            weakest = t
    if value > found_value[weakest]:
        found_value[weakest] = value
        for k in range(d):
            found[weakest, k] = point[k]


@njit(cache=True, nogil=True)
def explore(
    state,
    best,
    found,
    found_value,
    spread,
    gens,
    duals,
    lins,
    inherited,
    depths,
    spans,
    values,
    rows,
    norms,
    floor,
    tol,
    noise,
    scale,
    unit,
    tiny,
    allowance,
    budget,
    iterations,
    most_rows,
):
    """Depth-first search until the stack is empty or a limit is met; resumable.

    Parameters
    ----------
    state : (3,) int64: nodes on the stack, nodes visited, nodes left unresolved.
    best : (3,) float64: largest f met (the incumbent), largest certified leaf bound, largest
        bound of an unresolved node.
    found, found_value : (slots, d), (slots,) well separated points above the floor.
    gens, duals, lins, inherited, depths, spans : the stack; spans holds (start, cuts,
        middle, stop) of the rows in ``values`` (cap, d + 1).
    floor, tol, noise : a leaf is closed at bound <= max(floor, incumbent) * (1 + tol) + noise;
        ``noise`` is the size of rounding errors, below which splitting is futile.
    allowance : largest push per generator accepted by `certify`.
    budget : nodes to visit in this call.

    Returns
    -------
    status : DONE, BUDGET, ROWS_FULL or STACK_FULL.  Open nodes stay on the stack, bounded by
        ``inherited``; unresolved ones (neither certified nor divisible within exact integers)
        are counted in state[2] and bounded by best[2].  Nothing is ever dropped.
    """
    d = gens.shape[1]
    gen = np.empty((d, d))
    dual = np.empty((d, d))
    lin = np.empty(d)
    a, b, p, q = 0, 0, 1.0, 1.0
    chord = np.empty(d)
    residual = np.empty(d)
    lam = np.empty(d)
    point = np.empty(d)
    centre = np.empty(d)
    mid = np.empty(d)
    elements = np.empty((d + 2, d))
    is_ray = np.zeros(d + 2, dtype=np.bool_)
    weight = np.empty(d + 2)
    corral = np.empty(d + 2, dtype=np.int64)
    coef = np.empty(d + 2)
    basis = np.empty((d + 3, d))
    upper = np.empty((d + 2, d + 2))
    theta = np.empty(most_rows)
    nu = np.empty(most_rows)
    span = np.empty(4, dtype=np.int64)
    origin = np.empty(d + 2, dtype=np.int64)
    thetas = np.empty((d + 2, most_rows))
    fresh = np.empty(most_rows)
    while state[0] > 0:
        if budget <= 0:
            return BUDGET
        top = state[0] - 1
        for i in range(4):
            span[i] = spans[top, i]
        start, cuts, middle, stop = span[0], span[1], span[2], span[3]
        if stop + 2 * (stop - start) > values.shape[0]:
            return ROWS_FULL
        if top + 2 > gens.shape[0]:
            return STACK_FULL
        threshold = max(floor, best[0]) * (1.0 + tol) + noise
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
        if bound > threshold:
            outcome, tight, value = bound_node(
                gen,
                dual,
                lin,
                values,
                span,
                threshold,
                scale,
                unit + depth * DEPTH_UNIT,
                tiny,
                allowance,
                chord,
                theta,
                nu,
                residual,
                lam,
                point,
                iterations,
                elements,
                is_ray,
                weight,
                corral,
                origin,
                thetas,
                coef,
                basis,
                upper,
            )
            if value > floor:
                remember(point, value, found, found_value, spread)
            if value > best[0]:
                best[0] = value
                threshold = max(floor, value) * (1.0 + tol) + noise
            if outcome == SPLIT and tight <= REACH * threshold:
                below = tight <= threshold  # its own maximum may have become the incumbent
                tight = certify(
                    gen,
                    chord,
                    values,
                    cuts,
                    middle,
                    stop,
                    theta,
                    nu,
                    scale,
                    unit + depth * DEPTH_UNIT,
                    tiny,
                    allowance,
                    residual,
                )
                if tight < np.inf:
                    certified = True
                    bound = min(bound, tight)
                    if below or tight <= threshold:
                        outcome = PRUNED
            if outcome == PRUNED:
                bound = min(bound, tight)
            elif tight < np.inf:
                for j in range(middle, stop):
                    values[j, d] = theta[j - middle]
        else:
            outcome = PRUNED
        if outcome == PRUNED:
            best[1] = max(best[1], bound)
            state[0] = top
            continue
        if certified and cuts > start:
            # only where f exceeds the threshold is a sharper bound wanted
            best[1] = max(best[1], threshold)
            for k in range(d):
                centre[k] = residual[k] / tight
            reach = (1.0 - threshold / tight) * (1.0 + threshold / tight)
            reach = np.sqrt(max(0.0, reach) + 2.0**-50) * SAFE
            excess = fix_rows(values, span, rows, norms, centre, reach, tiny, lam, lin)
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
            a, b, gain = loosest_edge(gen, values, start, cuts, lam, basis)
            row, gap = loosest_row(values, start, cuts, lam)
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
                tight = certify(
                    gen,
                    chord,
                    values,
                    cuts,
                    middle,
                    stop,
                    theta,
                    nu,
                    scale,
                    unit + depth * DEPTH_UNIT,
                    tiny,
                    np.inf,
                    residual,
                )
            best[2] = max(best[2], min(bound, tight))
            state[0] = top
            state[2] += 1
            continue
        target = stop
        if row < 0:
            for j in range(start, stop):
                fresh[j - start] = (p * values[j, a] + q * values[j, b]) / shrink
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
                inherit_rows(values, span, target, changed, fresh, lins[slot], spans[slot])
            target = spans[slot, 3]
        state[0] = top + 2
    return DONE
