"""Trees of cones for several outputs whose leaves prove a bound: written by a depth-first search.

As `convex_program.kernels.cone_trees`: cones are halved, no row is settled but by its exact sign, and every
closed cone is written down, as `docs/reference/claims.md` has it.
"""

import numpy as np
from numba import njit

from convex_program.kernels.cone_bound import MAX_DEPTH
from convex_program.kernels.cone_rows import new_sieve
from convex_program.kernels.cone_split import balance, midpoint
from convex_program.kernels.cone_trees import (
    BUDGET,
    DONE,
    MOST_EXPONENT,
    OUT_FULL,
    ROWS_FULL,
    STACK_FULL,
    STUCK,
    pair_number,
)
from convex_program.kernels.exact_signs import settle_signs
from convex_program.kernels.leaf_bytes import put_bits, put_varint, width_of
from convex_program.kernels.nearest import new_corral
from convex_program.kernels.row_table import LANES
from convex_program.kernels.uncounted import uncounted
from convex_program.kernels.vector_bound import WIDE
from convex_program.kernels.vector_close import CLOSED, close_vector
from convex_program.kernels.vector_cones import divided_edge
from convex_program.kernels.vector_node import new_vector_node
from convex_program.kernels.vector_rows import inherit_vector_rows

RAISED = 10
"""A value above the level was met: nothing can be proved at it."""


@uncounted()
def _put_leaf(out, used, kind, whole, shift, theta, count, places):
    """Append a leaf; return the new length."""
    out[used] = 255 if kind > 0 else 0
    used = put_varint(out, used + 1, shift)
    width = width_of(whole)
    out[used] = width
    out[used + 1] = places
    bit = (used + 2) * 8
    for k in range(whole.shape[0]):
        bit = put_bits(out, bit, whole[k], width)
    scale = 2.0**places - 1.0
    for j in range(count):
        bit = put_bits(out, bit, np.int64(np.rint(theta[j] * scale)), places)
    return (bit + 7) // 8


@njit(cache=True, nogil=True)
def write_vector_tree(
    state,
    best,
    stack,
    values,
    data,
    exact,
    orthant,
    level,
    rounding,
    units,
    budget,
    iterations,
    out,
):
    """Search one orthant and write its tree; resumable.

    Parameters
    ----------
    state : (4,) int64: nodes on the stack, nodes visited, leaves, bytes written to ``out``.
    best : (1,) float64: largest |F|/|u| met.
    stack : Stack, with ``lins`` (cap, d, c) and ``spans`` (cap, 2)
    values : (d + 2, cap) the table of rows, see `convex_program.kernels.vector_rows`.
    data : VectorRows
    exact : ExactRows
    orthant : (d,) +1 or -1
    level : float
    rounding : VectorRounding
    units : (3,) float64: a unit of the weights; how many powers of two the integers are larger; |R|_* / |R|.
    budget : nodes to visit in this call.
    iterations : major steps of Wolfe's method.
    out : uint8, emptied by the caller between calls.

    Returns
    -------
    status : DONE, BUDGET, ROWS_FULL, STACK_FULL, OUT_FULL; RAISED where a value is above the level;
        STUCK where a node can neither be closed nor divided within exact integers.
    """
    m, d = data.rows.shape
    outputs = data.weights.shape[1]
    return _write(
        state, best, stack, values, data, exact, orthant, level, rounding, units, budget,
        iterations, out, np.empty((2, d, d)), np.empty(d), np.empty((d, outputs)), np.empty(m),
        np.empty((2, d)), np.empty((2, max(m, 4))), np.empty(d, dtype=np.int64),
        new_vector_node(d, m, outputs), new_corral(d, m), new_sieve(m),
    )  # fmt: skip


@uncounted()
def _write(
    state, best, stack, values, data, exact, orthant, level, rounding, units, budget, iterations,
    out, squares, mid, lin, fresh, pair, extra, whole, node, corral, sieve,
):  # fmt: skip
    """The loop of `write_vector_tree`, with its work space."""
    d = orthant.shape[0]
    gen, dual = squares[0], squares[1]
    outputs = lin.shape[1]
    while state[0] > 0:
        if budget <= 0:
            return BUDGET
        top = state[0] - 1
        start, stop = stack.spans[top, 0], stack.spans[top, 1]
        if stop + 2 * (stop - start) + LANES > values.shape[1]:
            return ROWS_FULL
        if top + 2 > stack.gens.shape[0]:
            return STACK_FULL
        if state[3] + 64 + 9 * d + 8 * (stop - start) > out.shape[0]:
            return OUT_FULL
        budget -= 1
        state[1] += 1
        for i in range(d):
            for p in range(outputs):
                lin[i, p] = stack.lins[top, i, p]
            for k in range(d):
                gen[i, k] = stack.gens[top, i, k]
                dual[i, k] = stack.duals[top, i, k]
        depth = stack.depths[top]
        outcome, kind, shift, places, value = close_vector(
            gen, dual, lin, values, start, stop, depth, level, data, rounding, units,
            orthant, node, pair, extra, whole, iterations, corral,
        )  # fmt: skip
        best[0] = max(best[0], value)
        if value > level:
            return RAISED
        if outcome == CLOSED:
            state[3] = _put_leaf(
                out, state[3], kind, whole, shift, node.theta, stop - start, places
            )
            state[2] += 1
            state[0] = top
            continue
        if depth >= MAX_DEPTH or d == 1:
            return STUCK
        a, b = divided_edge(gen, lin, values, start, stop, depth, node, outcome == WIDE)
        p, q = balance(gen, a, b)
        e = np.int64(np.log2(q / p))
        shrink = midpoint(gen, a, b, p, q, mid)
        if shrink == 0.0 or abs(e) > MOST_EXPONENT:
            return STUCK
        divide_vector(
            stack, top, gen, dual, lin, values, start, stop, depth, a, b, p, q, mid, shrink, data,
            exact, fresh, sieve, node,
        )  # fmt: skip
        tag = 1 + 2 * pair_number(a, b, d)
        out[state[3]] = tag if e == 0 else tag + 1
        state[3] += 1
        if e != 0:
            state[3] = put_varint(out, state[3], 2 * e if e >= 0 else -2 * e - 1)
        state[0] = top + 2
    return DONE


@uncounted()
def divide_vector(
    stack, top, gen, dual, lin, values, start, stop, depth, a, b, p, q, mid, shrink, data, exact,
    fresh, sieve, node,
):  # fmt: skip
    """Put both children of the node on the stack, the first on top."""
    d, outputs = lin.shape
    for j in range(start, stop):
        fresh[j - start] = (p * values[a, j] + q * values[b, j]) / shrink
        values[d, j] = node.theta[j - start]
    settle_signs(values, start, stop, fresh, mid, depth, exact.integers, exact.norms, exact.unit)
    target = stop
    # The one on top has its rows last: its own children follow them.
    for slot in range(top, top + 2):
        first = slot == top + 1
        changed = a if first else b
        kept = b if first else a
        # the dual basis of {.., m, ..}: m = (p g_a + q g_b) / shrink replaces g_changed
        own, other = (p, q) if first else (q, p)
        for i in range(d):
            for t in range(outputs):
                stack.lins[slot, i, t] = lin[i, t]
            for k in range(d):
                stack.gens[slot, i, k] = gen[i, k]
                stack.duals[slot, i, k] = dual[i, k]
        for k in range(d):
            stack.gens[slot, changed, k] = mid[k]
            stack.duals[slot, changed, k] = dual[changed, k] * shrink / own
            stack.duals[slot, kept, k] = dual[kept, k] - other / own * dual[changed, k]
        for t in range(outputs):
            stack.lins[slot, changed, t] = (p * lin[a, t] + q * lin[b, t]) / shrink
        stack.depths[slot] = depth + 1
        inherit_vector_rows(
            values, start, stop, target, changed, fresh, data.weights, stack.lins[slot],
            stack.spans[slot], sieve,
        )  # fmt: skip
        target = stack.spans[slot, 1]
