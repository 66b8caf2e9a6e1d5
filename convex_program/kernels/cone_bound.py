"""Branch and bound over simplicial cones:  max_{|u|<=1} l.u + sum_P (a_j.u)_+ - sum_N (a_j.u)_+.

A node is a cone with integer generators g_1..g_d (stored in float64, below 2^53, hence exact),
its dual basis, the values ``lin`` at its generators of the linear part (l and the rows settled),
and the values at the generators of three kinds of rows, kept in this order: convex rows P still
mixed, *cuts* K (constraints c_k.u >= 0 that further confine the node) and concave rows N still
mixed.  Two ways to divide a node: halve an edge of the cone, or decide the sign of a convex row
a_j; then one child has the cut a_j and a_j in its linear part, the other the cut -a_j.  Deciding
makes nodes exact (P empty) long before cones are small, also when a maximiser lies on a convex
kink.

Upper bound.  For u = sum lam_i g_i in the cone (lam >= 0) that satisfies the cuts, any theta in
[0, 1]^N and nu >= 0

    f(u) <= sum_i lam_i b_i,   b_i = lin_i + sum_P (s_ji)_+ - sum_N theta_j s_ji + sum_K nu_k c_ki,

because (.)_+ is subadditive, (t)_+ >= theta t and c_k.u >= 0.  Hence R.g_i >= b_i for all i gives
f(u) <= R.u <= |R||u|: the certificate of a leaf.  Nothing else is trusted: neither the dual
basis, nor how R, theta and nu were found.

Settled rows.  Let T be a level that needs no sharper bound.  Where f(u) > T |u|, a certified R of
the node has R.u > T |u|, so u lies in a cap around R, and rows that have one sign on the cap are
linear there (`convex_program.kernels.cone_rows.fix_rows`).  The node then speaks only of the u
with f(u) > T |u|: elsewhere T is the bound, and T joins the largest bound of a leaf.  T grows with
the incumbent, never falls.  Values met outside the cap are none of f, where a concave row was
misjudged; those that count are evaluated again from the rows as they were.

Rounding (u = 2^-53, gamma_k = k u / (1 - k u), S_k >= sum_j |a_jk| with a_j = fl(|v_j| x_j)).
All generators of a node lie in one closed orthant and a child's generator is 2^p g_a + 2^q g_b,
so |g_new| = 2^p |g_a| + 2^q |g_b| entry by entry, without cancellation.

* s_ji carries one rounding for the product |v_j| x_jk and one per split on its path (powers of
  two are exact): |fl(s_ji) - true| <= gamma_{D+1} T_ji, T_ji = sum_k |a_jk||g_ik|, D = depth.
  The halving of a generator whose entries are all even is exact and counts nothing.
* A convex row moved to ``lin`` because its computed values are >= 0 contributes s instead of
  (s)_+, one dropped because they are <= 0 contributes 0: both differ from (s)_+ by at most the
  error of s just bounded.  A concave row moved or dropped is theta = 1 or 0: no error at all.
* A convex row settled on a cap has its sign there beyond doubt: the test has a margin of 2^-40.
  Settling adds one rounding to ``lin`` and counts as a level.
* Sums over rows run in chunks of CHUNK, each in any order, and chunk sums are added up: a term
  passes at most CHUNK + ceil(n/CHUNK) additions.  ``lin`` takes at most two roundings per level (settled rows
  added, generator split): 2 D more, in place of those of s_ji from the level where the row was
  settled.  theta_j s_ji costs one, and putting the three parts of b_i together 3.
  Altogether |fl(b_i) - true b_i| <= gamma_K sum_k S_k |g_ik| with
  K = CHUNK + ceil(n/CHUNK) + 2 D + 8.     (no term is counted twice: |theta| <= 1)
* A cut brings nu_k times the error of its values: with phi_k >= |a_jk|/S_k, kept beside the
  values, at most gamma_K nu_k phi_k sum_k S_k |g_ik|.
* fl(R.g_i) is within gamma_d sum_k |R_k||g_ik| of R.g_i.
The driver hands over ``unit`` >= gamma_K for D = 0; `explore` adds 2 D u (1 + 2^-40) for the
depth D of the node (gamma_j + k u (1 + 2^-40) >= gamma_{j+k} while j + k < 2^12).
With slack_i = fl(R.g_i) - fl(b_i) and e_i = unit (1 + sum_K nu_k phi_k) sum_k S_k|g_ik| + gamma_d sum_k |R_k||g_ik|
we demand slack_i >= e_i (1 + 2^-40), which covers the rounding of the test itself:
computing e_i costs at most gamma_{d+4}, the difference a factor 1 +- u (exact near equality by
Sterbenz), far below 2^-40 for d <= 64.  The returned bound is fl|R| (1 + 2^-40) >= |R|.
Rows are scaled by the driver so that products neither overflow nor underflow harmfully; what
underflow remains (at most 2^-1074 per operation) is in ``tiny``, added to e_i per unit of g.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from convex_program.kernels.nearest import BELOW, nearest_point
from convex_program.kernels.row_table import (
    chunked_dot,
    chunked_positive_dot,
    clear,
    combine,
    dot,
    padded,
    positive_total,
    select,
)
from convex_program.kernels.uncounted import uncounted

MAX_DEPTH = 400
SAFE = 1.0 + 2.0**-40
DEPTH_UNIT = 2.0**-52 * SAFE

# A relaxation above REACH T is divided at once; below, R is made good enough to settle rows with.
REACH = 1.25

# Outcomes of `bound_node`.
PRUNED = 0
SPLIT = 1


class Rounding(NamedTuple):
    """S (d,), gamma_K for D = 0 and the size of underflow, as the derivation above has them."""

    scale: np.ndarray
    unit: float
    tiny: float


class Relaxation(NamedTuple):
    """What is known of a node: a feasible R = ``residual`` with its theta and nu.

    ``chord`` holds lin_i + sum_P (s_ji)_+, ``point`` = sum lam_i g_i the point at which f was
    evaluated.  ``mask`` is one for every convex row, ``first`` and ``second`` are work space;
    all three, theta and nu have one number a row and LANES more.
    """

    chord: np.ndarray
    residual: np.ndarray
    theta: np.ndarray
    nu: np.ndarray
    lam: np.ndarray
    point: np.ndarray
    offset: np.ndarray
    mask: np.ndarray
    first: np.ndarray
    second: np.ndarray


@njit(cache=True, nogil=True)
def new_relaxation(d, rows):
    """Return arrays for nodes with so many rows."""
    size = padded(rows)
    return Relaxation(
        np.zeros(d),
        np.zeros(d),
        np.zeros(size),
        np.zeros(size),
        np.zeros(d),
        np.zeros(d),
        np.zeros(d),
        np.zeros(size),
        np.zeros(size),
        np.zeros(size),
    )


@uncounted()
def certify(gen, values, span, depth, rounding, allowance, relaxation):
    """Make R.g_i >= b_i + e_i hold for all i by a small push; return the bound |R| or inf.

    The push adds kappa sum_k g_k/|g_k|, which raises R.g_i by at least kappa |g_i| since
    generators of one orthant have no obtuse angle; kappa above ``allowance`` is refused.
    """
    cuts, start, stop = span[1], span[2], span[3]
    chord, residual, theta, nu = (
        relaxation.chord,
        relaxation.residual,
        relaxation.theta,
        relaxation.nu,
    )
    scale, tiny = rounding.scale, rounding.tiny
    d = residual.shape[0]
    gamma = (d + 1) * 2.0**-53
    weight = 0.0
    for j in range(cuts, start):
        weight += nu[j - cuts] * values[d, j]
    unit = (rounding.unit + depth * DEPTH_UNIT) * (1.0 + weight * SAFE)
    needed = relaxation.offset
    clear(theta, stop - start)
    for i in range(d):
        part = 0.0
        for j in range(cuts, start):
            part += nu[j - cuts] * values[i, j]
        needed[i] = chord[i] - (chunked_dot(values, i, start, theta, stop - start) - part)
    for _ in range(4):
        kappa = 0.0
        for i in range(d):
            inner = 0.0
            error = 0.0
            length = 0.0
            for k in range(d):
                g = gen[i, k]
                inner += residual[k] * g
                error += (unit * scale[k] + gamma * abs(residual[k]) + tiny) * abs(g)
                length += g * g
            missing = error * SAFE - (inner - needed[i])
            if missing > 0.0:
                kappa = max(kappa, missing / np.sqrt(length))
        if kappa == 0.0:
            norm = 0.0
            for k in range(d):
                norm += residual[k] * residual[k]
            return np.sqrt(norm) * SAFE
        if kappa > allowance:
            return np.inf
        kappa *= 1.0625
        for i in range(d):
            length = 0.0
            for k in range(d):
                length += gen[i, k] * gen[i, k]
            length = kappa / np.sqrt(length)
            for k in range(d):
                residual[k] += length * gen[i, k]
    return np.inf


@uncounted()
def true_value(settled, values, span, lam, products, mask):
    """Value of f at u = sum lam_i g_i, given the settled part: the mixed rows decide the rest.

    Where u violates a cut this is less than f(u) (the linear part then misjudges a convex row).
    """
    start, cuts, middle, stop = span[0], span[1], span[2], span[3]
    combine(values, start, cuts - start, lam, products)
    select(mask, cuts - start)
    total = settled + positive_total(products, mask, cuts - start)
    combine(values, middle, stop - middle, lam, products)
    select(mask, stop - middle)
    return total - positive_total(products, mask, stop - middle)


@uncounted()
def bound_node(
    gen,
    dual,
    lin,
    values,
    span,
    depth,
    threshold,
    rounding,
    allowance,
    relaxation,
    iterations,
    corral,
):
    """Decide one node: (PRUNED, certified bound, f at the best point) or (SPLIT, inf, f).

    ``relaxation.point`` receives the point at which f was evaluated (value -inf: none).
    """
    chord, residual, theta, nu = (
        relaxation.chord,
        relaxation.residual,
        relaxation.theta,
        relaxation.nu,
    )
    lam, point, b, products, mask = (
        relaxation.lam,
        relaxation.point,
        relaxation.offset,
        relaxation.first,
        relaxation.mask,
    )
    d = lin.shape[0]
    start, cuts, middle, stop = span[0], span[1], span[2], span[3]
    exact = cuts == start  # no convex row left: the relaxation is f itself
    for j in range(middle, stop):
        x = values[d, j]  # that of the parent, when it has one
        if x < 0.0:
            low = values[0, j]
            high = low
            for i in range(1, d):
                low = min(low, values[i, j])
                high = max(high, values[i, j])
            x = high / (high - low)
        theta[j - middle] = x
    clear(theta, stop - middle)
    select(mask, cuts - start)
    total = 0.0
    for k in range(d):
        point[k] = 0.0
    for i in range(d):
        length = 0.0
        for k in range(d):
            length += gen[i, k] * gen[i, k]
        length = 1.0 / np.sqrt(length)
        lam[i] = length
        chord[i] = lin[i] + chunked_positive_dot(values, i, start, mask, cuts - start)
        total += length * chord[i]
        for k in range(d):
            point[k] += length * gen[i, k]
    if not exact and cuts == middle:
        combine(values, middle, stop - middle, lam, products)
        select(relaxation.second, stop - middle)
        total -= positive_total(products, relaxation.second, stop - middle)
        length = 0.0
        for k in range(d):
            length += point[k] * point[k]
        if total > REACH * threshold * np.sqrt(length):
            return SPLIT, np.inf, -np.inf
    for j in range(cuts, middle):
        nu[j - cuts] = 0.0
    # crude bound: b_i <= top for all i, so R = top * sum_i n_i
    top = 0.0
    for i in range(d):
        b[i] = chord[i] - dot(values, i, middle, theta, 0, stop - middle)
        top = max(top, b[i])
    length = 0.0
    for k in range(d):
        x = 0.0
        y = 0.0
        for i in range(d):
            x += dual[i, k]
            y += b[i] * dual[i, k]
        residual[k] = y
        point[k] = top * x
        length += point[k] * point[k]
    if np.sqrt(length) <= threshold:
        for k in range(d):
            residual[k] = point[k]
        bound = certify(gen, values, span, depth, rounding, allowance, relaxation)
        if bound < np.inf:
            return PRUNED, bound, -np.inf
    outcome = nearest_point(
        values,
        cuts,
        middle,
        stop,
        chord,
        dual,
        True,
        residual,
        theta,
        nu,
        threshold,
        np.inf if exact else threshold,
        iterations,
        corral,
    )
    norm = 0.0
    for k in range(d):
        norm += residual[k] * residual[k]
    norm = np.sqrt(norm)
    if outcome == BELOW:
        bound = certify(gen, values, span, depth, rounding, allowance, relaxation)
        if bound < np.inf:
            return PRUNED, bound, -np.inf
    # f at u = R/|R| moved into the cone: the point where the relaxation is largest
    length = 0.0
    for i in range(d):
        x = 0.0
        for k in range(d):
            x += dual[i, k] * residual[k]
        lam[i] = max(x, 0.0)
    inner = 0.0
    for i in range(d):
        inner += lam[i] * lin[i]
    for k in range(d):
        x = 0.0
        for i in range(d):
            x += lam[i] * gen[i, k]
        point[k] = x
        length += x * x
    if length == 0.0:
        return SPLIT, np.inf, -np.inf
    length = np.sqrt(length)
    for k in range(d):
        point[k] /= length
    value = true_value(inner, values, span, lam, products, relaxation.second) / length
    return SPLIT, norm, value
