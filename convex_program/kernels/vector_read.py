"""Trees of cones for several outputs, read and checked in floats: what holds beyond rounding, and what is left undecided.

A leaf is priced as whoever writes prices it, `convex_program.kernels.vector_price`.  Floats that are on the safe side
of the integers accept it, or leave it to them: nothing is refused here but bytes that are no tree.
"""

import numpy as np
from numba import njit

from convex_program.kernels.cone_rows import new_sieve
from convex_program.kernels.cone_split import midpoint
from convex_program.kernels.cone_trees import (
    BEYOND,
    BUDGET,
    DONE,
    MOST_EXPONENT,
    REFUSED,
    ROWS_FULL,
    STACK_FULL,
    UNDECIDED,
)
from convex_program.kernels.leaf_bytes import get_bits, get_varint
from convex_program.kernels.row_table import LANES
from convex_program.kernels.uncounted import uncounted
from convex_program.kernels.vector_leaf import semidefinite
from convex_program.kernels.vector_node import gather, measure, new_vector_node, norm_of
from convex_program.kernels.vector_price import (
    curve,
    middle_of,
    price_leaf,
    reaches,
    rises,
    unit_of,
)
from convex_program.kernels.vector_trees import divide_vector

_MOST_DEPTH = 1000
_MOST_SHIFT = 4096
_MOST_WIDTH, _FINE_WIDTH = 64, 52
_MOST_PLACES, _FINE_PLACES = 62, 46
"""What may stand in a file, and what floats look at."""
_FORM = 255
_LARGEST = 2.0**300


@njit(cache=True, nogil=True)
def read_vector_tree(
    state, stack, values, data, exact, level, rounding, units, budget, tree, place
):
    """Walk one orthant's tree and check its leaves; resumable.

    Parameters
    ----------
    state : (4,) int64: nodes on the stack, nodes visited, leaves, where the next node begins.
    stack, values, data, exact, rounding : as in `convex_program.kernels.vector_trees.write_vector_tree`
    level : float, below T in the metric of the coordinates
    units : (4,) float64: a unit of the weights; how many powers of two the integers are larger; |R|_* / |R|; whether that
        is so for all R.
    budget : nodes to visit in this call.
    tree : uint8, all trees.
    place : (2,) int64: where the last leaf began, after its tag, and where it ended.

    Returns
    -------
    status : DONE, BUDGET, ROWS_FULL, STACK_FULL; REFUSED at a broken byte; UNDECIDED after a leaf that floats do not
        accept (its generators are left in ``stack.gens[state[0]]``); BEYOND when the generators leave 2^52.
    """
    m, d = data.rows.shape
    outputs = data.weights.shape[1]
    return _read(
        state, stack, values, data, exact, level, rounding, units, budget, tree, place,
        np.zeros((2, d, d)), np.empty((2, d)), np.empty((d, outputs)), np.empty(m),
        np.empty(d, dtype=np.int64), new_vector_node(d, m, outputs), new_sieve(m),
    )  # fmt: skip


@uncounted()
def _read(
    state, stack, values, data, exact, level, rounding, units, budget, tree, place,
    squares, pair, lin, fresh, whole, node, sieve,
):  # fmt: skip
    """The loop of `read_vector_tree`, with its work space."""
    d, outputs = lin.shape
    gen, dual, mid = squares[0], squares[1], pair[0]
    end = tree.shape[0]
    while state[0] > 0:
        if budget <= 0:
            return BUDGET
        top = state[0] - 1
        start, stop = stack.spans[top, 0], stack.spans[top, 1]
        if stop + 2 * (stop - start) + LANES > values.shape[1]:
            return ROWS_FULL
        if top + 2 > stack.gens.shape[0]:
            return STACK_FULL
        budget -= 1
        here = state[3]
        if here >= end:
            return REFUSED
        for i in range(d):
            for p in range(outputs):
                lin[i, p] = stack.lins[top, i, p]
            for k in range(d):
                gen[i, k] = stack.gens[top, i, k]
        depth = stack.depths[top]
        tag = np.int64(tree[here])
        here += 1
        state[1] += 1
        if tag % _FORM == 0:
            place[0] = here
            here, status = _check(
                tree, here, end, tag, gen, lin, values, start, stop, depth, level, data, rounding,
                units, pair, whole, node,
            )  # fmt: skip
            if here < 0:
                return REFUSED
            place[1] = here
            state[3] = here
            state[2] += 1
            state[0] = top
            if status != DONE:
                return status
            continue
        e = np.int64(0)
        if tag % 2 == 0:
            z, here = get_varint(tree, here, end)
            if here < 0:
                return REFUSED
            e = z // 2 if z % 2 == 0 else -(z + 1) // 2
        number = (tag - 1) // 2
        a = 0
        while a < d - 1 and number >= d - 1 - a:
            number -= d - 1 - a
            a += 1
        if abs(e) > MOST_EXPONENT or depth >= _MOST_DEPTH or a >= d - 1:
            return REFUSED
        b = a + 1 + number
        p, q = 2.0 ** max(0, -e), 2.0 ** max(0, e)
        shrink = midpoint(gen, a, b, p, q, mid)
        if shrink == 0.0:
            return BEYOND
        divide_vector(
            stack, top, gen, dual, lin, values, start, stop, depth, a, b, p, q, mid, shrink, data,
            exact, fresh, sieve, node,
        )  # fmt: skip
        state[0] = top + 2
        state[3] = here
    return DONE


@uncounted()
def _check(
    tree, here, end, tag, gen, lin, values, start, stop, depth, level, data, rounding, units, pair,
    whole, node,
):  # fmt: skip
    """Parse a leaf and check it: (place after it or -1, DONE or UNDECIDED)."""
    d = lin.shape[0]
    count = stop - start
    shift, here = get_varint(tree, here, end)
    if here < 0 or shift > _MOST_SHIFT or here + 2 > end:
        return -1, REFUSED
    width, places = np.int64(tree[here]), np.int64(tree[here + 1])
    here += 2
    if width > _MOST_WIDTH or places < 1 or places > _MOST_PLACES:
        return -1, REFUSED
    bits = d * width + count * places
    size = (bits + 7) // 8
    if here + size > end:
        return -1, REFUSED
    if bits % 8 > 0 and np.int64(tree[here + size - 1]) >> (bits % 8) != 0:
        return -1, REFUSED
    if width > _FINE_WIDTH or places > _FINE_PLACES:
        return here + size, UNDECIDED
    bit = 8 * here
    for k in range(d):
        x = get_bits(tree, bit, width)
        if width > 0 and x >> (width - 1) == 1:
            x -= np.int64(1) << width
        whole[k] = x
        bit += width
    steps = 2.0**places - 1.0
    for j in range(count):
        node.theta[j] = float(get_bits(tree, bit, places)) / steps
        bit += places
    gather(values, start, stop, data, node)
    measure(gen, node)
    reach = middle_of(gen, node, pair[1])
    price_leaf(
        gen, lin, values, start, stop, reach, rounding, unit_of(rounding, depth, count),
        units[0], level, node,
    )  # fmt: skip
    exponent = int(units[1])
    if tag == 0:
        holds = _reaches(gen, whole, shift - exponent, level, pair[0], node)
    else:
        curve(gen, values, start, stop, data, depth, reach, units[0], level, node)
        shift -= 32 + 2 * exponent
        holds = units[3] > 0.0 and _rises(whole, shift, steps, count, node)
    return here + size, DONE if holds else UNDECIDED


@uncounted()
def _reaches(gen, whole, shift, level, vector, node):
    """Whether R is no longer than the level, and bounds every generator."""
    d = gen.shape[0]
    if abs(shift) > 500:
        return False
    for k in range(d):
        vector[k] = whole[k] * 2.0**shift
    for i in range(d):
        if not node.target[i] < _LARGEST:
            return False
    return norm_of(vector) <= level * (1.0 - 2.0**-44) and reaches(gen, vector, node.target)


@uncounted()
def _rises(whole, shift, steps, count, node):
    """Whether P is shown to be copositive as the page asks for it: no entry negative, or positive semidefinite.

    Where all E_i are 0, P less a positive semidefinite matrix is above ``gram``, entry by entry, by no more than twice ``factor``:
    rows that point against F may bend P more than they bend ``gram``.  Single entries are below those of P if no row can.
    """
    gram, factor = node.gram, node.factor
    d = gram.shape[0]
    if abs(shift) > 800:
        return False
    exact = True
    for i in range(d):
        if whole[i] < 0 or not node.target[i] < _LARGEST:
            return False
        exact = exact and node.gap[i] == 0.0
        # as `copositive_by` has them: lengths are rounded up
        node.push[i] = whole[i] * 2.0**shift / (steps * steps) * node.sums[i] * (1.0 + 2.0**-29)
        node.lean[i] = node.length[i] * node.sums[i]
        if not node.push[i] < _LARGEST:
            return False
    straight = True
    for j in range(count):
        straight = straight and (node.theta[j] == 0.0 or node.theta[j] == 1.0)
    if straight and rises(gram, node.push, node.lean):
        return True
    if not exact:
        return False
    for i in range(d):
        spread = 0.0
        for k in range(d):
            x = node.push[i] * node.lean[k] + node.push[k] * node.lean[i]
            spread += 2.0 * factor[i, k] + 2.0**-28 * x
        gram[i, i] -= spread * (1.0 + 2.0**-40)
    return semidefinite(gram, factor, node.push, node.lean)
