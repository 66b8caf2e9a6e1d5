"""Trees of cones whose leaves prove a bound: written by a depth-first search, and read again.

The search is that of `convex_program.kernels.cones` without what a proof need not know: cones are
halved only, no row is settled but by its exact sign, and every closed cone is written down.
Both directions decide by exact signs which rows a cone still cuts, so they agree on what a leaf is about.

A node's generators are kept without common powers of two.  The layout of
`docs/reference/claims.md` has them undivided: ``halvings`` holds by how many powers of two each differs.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from convex_program.kernels.cone_bound import (
    DEPTH_UNIT,
    MAX_DEPTH,
    SAFE,
    SPLIT,
    bound_node,
    certify,
    new_relaxation,
)
from convex_program.kernels.cone_leaf import close_leaf
from convex_program.kernels.cone_look import best_edge
from convex_program.kernels.cone_rows import inherit_rows, new_sieve
from convex_program.kernels.cone_split import (
    balance,
    longest_edge,
    loosest_edge,
    midpoint,
)
from convex_program.kernels.exact_signs import settle_signs
from convex_program.kernels.leaf_bytes import get_varint, put_leaf, put_varint
from convex_program.kernels.nearest import new_corral
from convex_program.kernels.row_table import LANES, chunked_dot, chunked_positive_dot, clear, select
from convex_program.kernels.uncounted import uncounted

# Status of `write_tree` and `read_tree`.
DONE = 0
BUDGET = 1
ROWS_FULL = 2
STACK_FULL = 3
OUT_FULL = 4
STUCK = 5
REFUSED = 6
UNDECIDED = 7
BEYOND = 8
LONGER = 9

MOST_EXPONENT = 64
MOST_DEPTH = 1000


class ConeStack(NamedTuple):
    """Open nodes: `convex_program.kernels.cones.Stack` with ``halvings`` for bounds of parents."""

    gens: np.ndarray
    duals: np.ndarray
    lins: np.ndarray
    halvings: np.ndarray
    depths: np.ndarray
    spans: np.ndarray


class ExactRows(NamedTuple):
    """Rows as integers below 2^52 and in floats, as multiples of ``unit``; bounds of lengths."""

    integers: np.ndarray
    rows: np.ndarray
    norms: np.ndarray
    unit: float


class TreeLevel(NamedTuple):
    """Cones are closed below ``level (1 + tol / 2) + noise``, leaves keep to twice that room.

    ``level`` is the larger of ``floor`` and the largest value met.
    """

    floor: float
    tol: float
    noise: float


@uncounted()
def pair_number(a, b, d):
    """Number of the pair a < b in the order (0, 1), (0, 2), .., (1, 2), .. ."""
    return a * d - a * (a + 1) // 2 + b - a - 1


@uncounted()
def _divide(
    stack, top, gen, lin, halvings, values, span, depth, a, b, p, q, mid, shrink, exact, fresh,
    dual, duals, sieve, limit,
):  # fmt: skip
    """Put both children of the node on the stack, the first on top; False beyond exact integers."""
    d = gen.shape[0]
    start, stop = span[0], span[3]
    for j in range(start, stop):
        fresh[j - start] = (p * values[a, j] + q * values[b, j]) / shrink
    settle_signs(values, start, stop, fresh, mid, depth, exact.integers, exact.norms, exact.unit)
    # g = p g_a + q g_b over shrink; undivided it is g_a + 2^e g_b, or 2^-e g_a + g_b
    e = _exponent(halvings, a, b, p, q)
    halved = halvings[a] - np.int64(np.log2(p)) + np.int64(np.log2(shrink)) + max(0, -e)
    if abs(halved) > limit:
        return False
    target = stop
    # The one on top has its rows last: its own children follow them.
    for slot in range(top, top + 2):
        child = top + 1 - slot
        for i in range(d):
            stack.lins[slot, i] = lin[i]
            stack.halvings[slot, i] = halvings[i]
            for k in range(d):
                stack.gens[slot, i, k] = gen[i, k]
        stack.depths[slot] = depth + 1
        changed = a if child == 0 else b
        kept = b if child == 0 else a
        own, other = (p, q) if child == 0 else (q, p)
        for k in range(d):
            stack.gens[slot, changed, k] = mid[k]
        if duals:
            # the dual basis of {.., m, ..}: m = (p g_a + q g_b) / shrink replaces g_changed
            for i in range(d):
                for k in range(d):
                    stack.duals[slot, i, k] = dual[i, k]
            for k in range(d):
                stack.duals[slot, changed, k] = dual[changed, k] * shrink / own
                stack.duals[slot, kept, k] = dual[kept, k] - other / own * dual[changed, k]
        stack.lins[slot, changed] = (p * lin[a] + q * lin[b]) / shrink
        stack.halvings[slot, changed] = halved
        inherit_rows(
            values, span, target, changed, fresh, stack.lins[slot], stack.spans[slot], sieve
        )
        target = stack.spans[slot, 3]
    return True


@uncounted()
def _exponent(halvings, a, b, p, q):
    """The e for which g_a + 2^e g_b, undivided, is a multiple of p g_a + q g_b."""
    return np.int64(np.log2(q / p)) + halvings[a] - halvings[b]


@njit(cache=True, nogil=True)
def write_tree(
    state, best, stack, values, exact, orthant, level, rounding, budget, iterations, out
):
    """Search one orthant and write its tree; resumable.

    Parameters
    ----------
    state : (4,) int64: nodes on the stack, nodes visited, leaves, bytes written to ``out``.
    best : (2,) float64: largest f met, largest |R| of a leaf above its limit (0: none).
    stack : ConeStack
    values : (d + 2, cap) the table of rows, see `convex_program.kernels.cone_rows`.
    exact : ExactRows
    orthant : (d,) +1 or -1
    level : TreeLevel
    rounding : Rounding, twice what `read_tree` takes
    budget : nodes to visit in this call.
    iterations : major steps of Wolfe's method.
    out : uint8, emptied by the caller between calls.

    Returns
    -------
    status : DONE, BUDGET, ROWS_FULL, STACK_FULL, OUT_FULL; STUCK where a node can neither be
        closed nor divided within exact integers.
    """
    d = exact.rows.shape[1]
    m = exact.rows.shape[0]
    return _write(
        state, best, stack, values, exact, orthant, level, rounding, budget, iterations, out,
        np.empty((5, d, d)), np.empty((5, d)), np.empty(4, dtype=np.int64),
        np.empty(d, dtype=np.int64), np.empty(d, dtype=np.int64), np.empty(m),
        new_relaxation(d, m), new_relaxation(d, m), new_corral(d, m), new_sieve(m),
    )  # fmt: skip


@uncounted()
def _write(
    state, best, stack, values, exact, orthant, level, rounding, budget, iterations, out,
    squares, vectors, span, halvings, whole, fresh, node, trial, corral, sieve,
):  # fmt: skip
    """The loop of `write_tree`, with its work space."""
    d = orthant.shape[0]
    gen, dual = squares[0], squares[1]
    lin, mid, sums, inverse, kept = vectors[0], vectors[1], vectors[2], vectors[3], vectors[4]
    scale = -np.int64(np.log2(exact.unit))
    while state[0] > 0:
        if budget <= 0:
            return BUDGET
        top = state[0] - 1
        for i in range(4):
            span[i] = stack.spans[top, i]
        start, cuts, middle, stop = span[0], span[1], span[2], span[3]
        if stop + 2 * (stop - start) + LANES > values.shape[1]:
            return ROWS_FULL
        if top + 2 > stack.gens.shape[0]:
            return STACK_FULL
        if state[3] + 64 + 16 * d + 14 * (stop - middle) > out.shape[0]:
            return OUT_FULL
        base = max(level.floor, best[0])
        threshold = base * (1.0 + 0.5 * level.tol) + level.noise
        limit = base * (1.0 + level.tol) + 2.0 * level.noise
        allowance = 8.0 * level.noise + 0.125 * level.tol * base
        budget -= 1
        state[1] += 1
        for i in range(d):
            lin[i] = stack.lins[top, i]
            halvings[i] = stack.halvings[top, i]
            for k in range(d):
                gen[i, k] = stack.gens[top, i, k]
                dual[i, k] = stack.duals[top, i, k]
        depth = stack.depths[top]
        outcome, tight, value = bound_node(
            gen, dual, lin, values, span, depth, threshold, rounding, allowance, node,
            iterations, corral,
        )  # fmt: skip
        if value > best[0]:
            best[0] = value
            base = max(level.floor, value)
            threshold = base * (1.0 + 0.5 * level.tol) + level.noise
            limit = base * (1.0 + level.tol) + 2.0 * level.noise
        if outcome != SPLIT or tight <= threshold:
            shift, bits = close_leaf(
                gen, dual, values, span, depth, rounding, allowance, node, exact.rows, orthant,
                limit, scale, whole, inverse, kept, iterations, corral,
            )  # fmt: skip
            if shift >= 0:
                state[3] = put_leaf(out, state[3], whole, shift, node.theta, stop - middle, bits)
                state[2] += 1
                state[0] = top
                continue
        elif tight < np.inf:
            for j in range(middle, stop):
                values[d, j] = node.theta[j - middle]
        divided = False
        if depth < MAX_DEPTH and d > 1:
            select(node.mask, cuts - start)
            if tight < np.inf:
                a, b, gain = best_edge(
                    gen, dual, lin, values, span, node, trial, threshold, iterations, corral,
                    squares[2], sums, inverse, fresh, squares[3:],
                )  # fmt: skip
            else:
                a, b, gain = loosest_edge(
                    gen, values, start, node.mask, cuts - start, node.lam, sums, inverse
                )
            if gain == 0.0:
                a, b = longest_edge(gen)
            p, q = balance(gen, a, b)
            shrink = midpoint(gen, a, b, p, q, mid)
            e = _exponent(halvings, a, b, p, q)
            if shrink > 0.0 and abs(e) <= MOST_EXPONENT:
                divided = _divide(
                    stack, top, gen, lin, halvings, values, span, depth, a, b, p, q, mid, shrink,
                    exact, fresh, dual, True, sieve, 1 << 40,
                )  # fmt: skip
        if divided:
            tag = 1 + 2 * pair_number(a, b, d)
            out[state[3]] = tag if e == 0 else tag + 1
            state[3] += 1
            if e != 0:
                state[3] = put_varint(out, state[3], 2 * e if e >= 0 else -2 * e - 1)
            state[0] = top + 2
            continue
        # The node can't be divided: close it at any price, a small one first.
        tight = certify(gen, values, span, depth, rounding, np.inf, node)
        shift, bits = -1, 0
        for price in (2.0**-30, 2.0**-10, 1.0, 2.0**10):
            norm = 0.0
            for k in range(d):
                norm += node.residual[k] * node.residual[k]
            shift, bits = close_leaf(
                gen, dual, values, span, depth, rounding, np.inf, node, exact.rows, orthant,
                max(limit, np.sqrt(norm) * (1.0 + price)), scale, whole, inverse, kept, iterations, corral,
            )  # fmt: skip
            if shift >= 0:
                break
        if tight == np.inf or shift < 0:
            return STUCK
        norm = 0.0
        for k in range(d):
            x = whole[k] * 2.0 ** (shift - scale)
            norm += x * x
        best[1] = max(best[1], np.sqrt(norm))
        state[3] = put_leaf(out, state[3], whole, shift, node.theta, stop - middle, bits)
        state[2] += 1
        state[0] = top
    return DONE


@njit(cache=True, nogil=True)
def read_tree(state, largest, stack, values, exact, orthant, rounding, budget, data, place):
    """Walk one orthant's tree and check its leaves; resumable.

    Parameters
    ----------
    state : (4,) int64: nodes on the stack, nodes visited, leaves, where the next node begins.
    largest : (2,) float64: the largest |R| met; the part of it from which an R is worth a look.
    stack : ConeStack, ``duals`` unused
    values, exact, orthant : as in `write_tree`
    rounding : Rounding
    budget : nodes to visit in this call.
    data : uint8, the section.
    place : (2,) int64: where the last leaf began, and where it ended.

    Returns
    -------
    status : DONE, BUDGET, ROWS_FULL, STACK_FULL; REFUSED at a broken byte; UNDECIDED after a leaf
        whose inequality is too close for floats: the caller looks at it in integers (its
        generators are left in ``stack.gens[state[0]]``); LONGER after one that holds, and whose R may
        be the longest; BEYOND when the generators leave 2^52.
    """
    d = exact.rows.shape[1]
    m = exact.rows.shape[0]
    return _read(
        state, largest, stack, values, exact, orthant, rounding, budget, data, place,
        np.empty((1, d, d)), np.empty((4, d)), np.empty(4, dtype=np.int64),
        np.empty(d, dtype=np.int64), np.empty(d, dtype=np.int64), np.empty(m),
        new_relaxation(d, m), new_sieve(m),
    )  # fmt: skip


@uncounted()
def _read(
    state, largest, stack, values, exact, orthant, rounding, budget, data, place,
    squares, vectors, span, halvings, whole, fresh, node, sieve,
):  # fmt: skip
    """The loop of `read_tree`, with its work space."""
    d = orthant.shape[0]
    gen = squares[0]
    lin, mid = vectors[0], vectors[1]
    scale = -np.int64(np.log2(exact.unit))
    end = data.shape[0]
    while state[0] > 0:
        if budget <= 0:
            return BUDGET
        top = state[0] - 1
        for i in range(4):
            span[i] = stack.spans[top, i]
        start, stop = span[0], span[3]
        if stop + 2 * (stop - start) + LANES > values.shape[1]:
            return ROWS_FULL
        if top + 2 > stack.gens.shape[0]:
            return STACK_FULL
        budget -= 1
        here = state[3]
        if here >= end:
            return REFUSED
        for i in range(d):
            lin[i] = stack.lins[top, i]
            halvings[i] = stack.halvings[top, i]
            for k in range(d):
                gen[i, k] = stack.gens[top, i, k]
        depth = stack.depths[top]
        tag = np.int64(data[here])
        here += 1
        state[1] += 1
        if tag > 0:
            e = np.int64(0)
            if tag % 2 == 0:
                z, here = get_varint(data, here, end)
                if here < 0:
                    return REFUSED
                e = z // 2 if z % 2 == 0 else -(z + 1) // 2
            if abs(e) > MOST_EXPONENT or depth >= MOST_DEPTH:
                return REFUSED
            pair = (tag - 1) // 2
            a = 0
            while a < d - 1 and pair >= d - 1 - a:
                pair -= d - 1 - a
                a += 1
            if a >= d - 1:
                return REFUSED
            b = a + 1 + pair
            # q / p = 2^(e - h_a + h_b), in the halved generators
            power = e - halvings[a] + halvings[b]
            if abs(power) > 52:
                return BEYOND
            p = 2.0 ** max(0, -power)
            q = 2.0 ** max(0, power)
            shrink = midpoint(gen, a, b, p, q, mid)
            if shrink == 0.0 or not _divide(
                stack, top, gen, lin, halvings, values, span, depth, a, b, p, q, mid, shrink,
                exact, fresh, gen, False, sieve, 1 << 40,
            ):  # fmt: skip
                return BEYOND
            state[0] = top + 2
            state[3] = here
            continue
        place[0] = here
        here, status = _check_leaf(
            data, here, end, gen, lin, values, span, depth, rounding, scale, whole, node, largest
        )
        if here < 0:
            return REFUSED
        place[1] = here
        state[3] = here
        state[2] += 1
        state[0] = top
        if status != DONE:
            return status
    return DONE


@uncounted()
def _check_leaf(
    data, here, end, gen, lin, values, span, depth, rounding, scale, whole, node, largest
):
    """Parse a leaf and check it: (place after it or -1, DONE or REFUSED or UNDECIDED)."""
    d = lin.shape[0]
    start, cuts, middle, stop = span[0], span[1], span[2], span[3]
    count = stop - middle
    theta, residual = node.theta, node.residual
    doubtful = False
    shift, here = get_varint(data, here, end)
    if here < 0 or shift > 4096 or here >= end:
        return -1, REFUSED
    width = np.int64(data[here])
    here += 1
    if width > 64 or here + (d * width + count + 7) // 8 > end:
        return -1, REFUSED
    if width > 60 or shift - scale > 900:
        doubtful = True
    place = 0
    for k in range(d):
        x = np.int64(0)
        bit = np.int64(0)
        for t in range(width):
            bit = (np.int64(data[here + place // 8]) >> (place % 8)) & 1
            place += 1
            if not doubtful:
                x |= bit << t
        if bit == 1 and not doubtful:
            x -= np.int64(1) << width
        whole[k] = x
    for j in range(count):
        theta[j] = float((np.int64(data[here + place // 8]) >> (place % 8)) & 1)
        place += 1
    clear(theta, count)
    if place % 8 > 0 and np.int64(data[here + place // 8]) >> (place % 8) != 0:
        return -1, REFUSED
    here += (place + 7) // 8
    fractions, here = get_varint(data, here, end)
    if here < 0 or fractions > count:
        return -1, REFUSED
    if fractions > 0:
        if here >= end:
            return -1, REFUSED
        bits = np.int64(data[here])
        here += 1
        if bits < 1 or bits > 62:
            return -1, REFUSED
        last = -1
        for _ in range(fractions):
            gap, here = get_varint(data, here, end)
            if here < 0 or gap >= count:
                return -1, REFUSED
            last += gap + 1
            if last >= count or theta[last] != 0.0:
                return -1, REFUSED
            numerator, here = get_varint(data, here, end)
            if here < 0 or numerator > np.int64(1) << bits:
                return -1, REFUSED
            theta[last] = float(numerator) / 2.0**bits
    if doubtful:
        return here, UNDECIDED
    norm = 0.0
    for k in range(d):
        residual[k] = whole[k] * 2.0 ** (shift - scale)
        norm += residual[k] * residual[k]
    norm = np.sqrt(norm)
    select(node.mask, cuts - start)
    unit = rounding.unit + depth * DEPTH_UNIT
    gamma = (d + 2) * 2.0**-53
    for i in range(d):
        needed = lin[i] + chunked_positive_dot(values, i, start, node.mask, cuts - start)
        needed -= chunked_dot(values, i, middle, theta, count)
        inner = 0.0
        error = 0.0
        for k in range(d):
            g = gen[i, k]
            inner += residual[k] * g
            error += (unit * rounding.scale[k] + gamma * abs(residual[k]) + rounding.tiny) * abs(g)
        slack = inner - needed
        if slack < -error * SAFE:
            return here, REFUSED
        if slack < error * SAFE:
            doubtful = True
    if norm >= largest[0] * largest[1]:
        largest[0] = max(largest[0], norm)
        return here, UNDECIDED if doubtful else LONGER
    return here, UNDECIDED if doubtful else DONE
