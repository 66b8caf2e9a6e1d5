"""Pricing over a list of cells of the convex rows:  max over vertices a of dist(a, B).

With f(u) = l.u + sum_P (a_j.u)_+ - sum_N (a_j.u)_+ let B be the zonotope of the concave rows.
On a cell of the *convex rows alone*, where D says which of them are active, and for any theta in
[0, 1]^N

    f(u) = (l + sum_P D_j a_j).u - sum_N (a_j.u)_+  <=  R.u  <=  |R||u|,
    R = l + sum_P D_j a_j - sum_N theta_j a_j,

because (t)_+ >= theta t; the least |R| is the distance from the vertex a = l + sum_P D_j a_j to
B and equals the maximum of f over the whole ball with D fixed, which is at most f's own.  The
largest of these distances over a list that holds every cell is therefore max f, and the largest
|R| found, however poor the thetas, an upper bound.  A cell is dismissed at the first R not above
the threshold: most by the theta of the cell before, nearly all others after a few sweeps of
coordinate descent; what is left is solved by Wolfe's method.

Rounding (u = 2^-53, gamma_k = k u / (1 - k u)).  The data meant are F(w) = sum_c kappa_c (e_c.w)_+
- lbar.w with exact float lines e_c, |kappa_c| <= T_c and S_k >= sum_c T_c |e_ck|; what is
computed is fl(kappa_c), within gamma_q T_c for q rows on a line, a_c = fl(|fl(kappa_c)| e_c) and
l = fl(-lbar), within gamma_{q+1+C} S_k for sums in chunks, C = CHUNK + ceil(n / CHUNK).
D is decided by the *exact* lines, so on the closed cell

* a convex row contributes D_c kappa_c e_c.w, whatever the true sign of kappa_c, and a_c misses
  that by gamma_{q+1} T_c |e_c||w|;
* a concave one kappa_c (t)_+ <= theta fl(kappa_c) t + gamma_q T_c |t| with t = e_c.w, and a_c
  misses fl(kappa_c) e_c by one rounding; a row left out because fl(kappa_c) = 0 has
  |kappa_c| <= gamma_q T_c.

Together with the error of l the data cost at most gamma_{2q+2+C} S_k in each coordinate.  R_k is
summed afresh whenever it counts: rows in chunks, convex and concave apart, each term through
at most C additions and one product, then l: gamma_{C+4} (S_k + |l_k|), of which |l_k| <= 1.01 S_k
passes the last two additions only.  In all |R_k| <= |fl(R_k)| + gamma_K S_k with
K = 2 C + 2 q + 12, which `SignedRows.unit` exceeds, so that with |S| <= ceiling

    F(w) <= (norm_up(fl(R)) + unit ceiling + tiny) |w|;

products that underflow cost at most 2^-1074 each
and are in ``tiny``.
"""

import numpy as np
from numba import njit

from convex_program.kernels.ascent import evaluate
from convex_program.kernels.cones import remember
from convex_program.kernels.nearest import nearest_point, new_corral
from convex_program.kernels.row_table import CHUNK, columns_of

_SWEEPS = 6  # of coordinate descent before Wolfe's method takes over
_SMALL = 2.0**-900  # squares below it have lost bits to underflow


@njit(cache=True, nogil=True)
def norm_up(vector):
    """At least |vector|, also where squares underflow."""
    # d squares and their sum, halved by the root, the root and this product: (d/2 + 3) u
    safe = 1.0 + (vector.shape[0] + 8) * 2.0**-53
    square = 0.0
    for k in range(vector.shape[0]):
        square += vector[k] * vector[k]
    if square > _SMALL:
        return np.sqrt(square) * safe
    largest = 0.0
    for k in range(vector.shape[0]):
        largest = max(largest, abs(vector[k]))
    if largest == 0.0:
        return 0.0
    square = 0.0
    for k in range(vector.shape[0]):
        x = vector[k] / largest
        square += x * x
    return largest * np.sqrt(square) * safe


@njit(cache=True, nogil=True)
def _fresh(rows, vertex, theta, convex, part, residual):
    """Write vertex - sum_N theta_j a_j to ``residual``, summed in chunks."""
    m, d = rows.shape
    for k in range(d):
        residual[k] = 0.0
    j = convex
    while j < m:
        end = min(j + CHUNK, m)
        for k in range(d):
            part[k] = 0.0
        for i in range(j, end):
            t = theta[i - convex]
            if t != 0.0:
                for k in range(d):
                    part[k] += t * rows[i, k]
        for k in range(d):
            residual[k] += part[k]
        j = end
    for k in range(d):
        residual[k] = vertex[k] - residual[k]


@njit(cache=True, nogil=True)
def _vertex(rows, linear, packed, convex, part, vertex):
    """Write l + sum_P D_j a_j to ``vertex``, summed in chunks; bit j of ``packed`` is D_j."""
    d = rows.shape[1]
    for k in range(d):
        vertex[k] = 0.0
    j = 0
    while j < convex:
        end = min(j + CHUNK, convex)
        for k in range(d):
            part[k] = 0.0
        for i in range(j, end):
            if packed[i >> 3] >> (i & 7) & 1:
                for k in range(d):
                    part[k] += rows[i, k]
        for k in range(d):
            vertex[k] += part[k]
        j = end
    for k in range(d):
        vertex[k] += linear[k]


@njit(cache=True, nogil=True)
def _descend(rows, squares, convex, theta, residual):
    """One sweep of coordinate descent on |R|; the new |R|^2."""
    m, d = rows.shape
    for i in range(convex, m):
        if squares[i] == 0.0:
            continue
        inner = 0.0
        for k in range(d):
            inner += rows[i, k] * residual[k]
        old = theta[i - convex]
        new = min(1.0, max(0.0, old + inner / squares[i]))
        if new != old:
            theta[i - convex] = new
            for k in range(d):
                residual[k] -= (new - old) * rows[i, k]
    square = 0.0
    for k in range(d):
        square += residual[k] * residual[k]
    return square


@njit(cache=True, nogil=True)
def price_vertices(
    packed,
    rows,
    convex,
    linear,
    squares,
    level,
    tolerance,
    best,
    theta,
    found,
    found_value,
    spread,
    iterations,
):
    """Number of cells that needed Wolfe's method; ``best`` receives what was learned.

    Parameters
    ----------
    packed : (cells, bytes) uint8, bit j of a row says whether convex row j is active
    rows : (m, d), the first ``convex`` of them convex
    linear : (d,)
    squares : (m,) squared lengths of the rows
    level : cells bounded by it are dismissed
    tolerance : relative; an incumbent above the level raises it by this much more
    best : (2,) incumbent value of f and largest |R| of any cell, both updated
    theta : start, in [0, 1]; overwritten by that of the last cell; m - convex numbers and LANES
        more, as `convex_program.kernels.row_table` wants them
    found, found_value, spread : points above the level, as in `remember`
    iterations : major steps of Wolfe's method
    """
    m, d = rows.shape
    dual = np.eye(d)
    vertex = np.empty(d)
    part = np.empty(d)
    residual = np.empty(d)
    point = np.empty(d)
    columns = columns_of(rows)
    nu = np.empty(0)
    corral = new_corral(d, m - convex)
    solved = 0
    threshold = max(level, best[0] * (1.0 + tolerance))
    for c in range(packed.shape[0]):
        _vertex(rows, linear, packed[c], convex, part, vertex)
        _fresh(rows, vertex, theta, convex, part, residual)
        size = norm_up(residual)
        sweep = 0
        while size > threshold and sweep < _SWEEPS:
            sweep += 1
            square = _descend(rows, squares, convex, theta, residual)
            if square <= threshold * threshold or sweep == _SWEEPS:
                _fresh(rows, vertex, theta, convex, part, residual)
                size = norm_up(residual)
        if size > threshold:
            solved += 1
            nearest_point(
                columns, convex, convex, m, vertex, dual, False, residual, theta, nu,
                threshold, np.inf, iterations, corral,
            )  # fmt: skip
            _fresh(rows, vertex, theta, convex, part, residual)
            size = norm_up(residual)
            if size > threshold:
                for k in range(d):
                    point[k] = residual[k] / size
                value = evaluate(rows, convex, linear, point)
                if value > level:
                    remember(point, value, found, found_value, spread)
                if value > best[0]:
                    best[0] = value
                    threshold = max(level, value * (1.0 + tolerance))
        best[1] = max(best[1], size)
    return solved
