"""Best first over pairs of cones and decided rows: the node with the largest bound is divided next."""

import numpy as np
from numba import njit

from convex_program.kernels.masked_bound import bound_masked, new_masked_work
from convex_program.kernels.masked_rows import LARGER, SMALLER
from convex_program.kernels.uncounted import uncounted

CLOSED = 0
FULL = 1
SPENT = 2
MET = 3
"""Outcomes: the largest bound is at the level; no room for more nodes; nodes spent; a value met."""


@uncounted()
def _value(X, v, sign, point, d):
    """The value per unit of cost at a point, in floating point."""
    one = 0.0
    two = 0.0
    for k in range(d):
        one += point[k] * point[k]
        two += point[d + k] * point[d + k]
    cost = np.sqrt(one) + np.sqrt(two)
    if cost == 0.0:
        return 0.0
    total = 0.0
    for i in range(X.shape[0]):
        a = 0.0
        b = 0.0
        for k in range(d):
            a += X[i, k] * point[k]
            b += X[i, k] * point[d + k]
        total += v[i] * max(0.0, max(a, 0.0) - max(b, 0.0))
    return sign * total / cost


@uncounted()
def _key(X, point, d):
    """A number for the tuple of patterns at a point: equal tuples have equal numbers."""
    key = np.uint64(1469598103934665603)
    for i in range(X.shape[0]):
        a = 0.0
        b = 0.0
        for k in range(d):
            a += X[i, k] * point[k]
            b += X[i, k] * point[d + k]
        code = (1 if a > 0.0 else 0) + (2 if b > 0.0 else 0) + (4 if a > max(b, 0.0) else 0)
        key = (key ^ np.uint64(code + 1)) * np.uint64(1099511628211)
    return key


@uncounted()
def _collect(points, values, signs, keys, key, point, value, sign):
    """Keep the best point of each of the best tuples of patterns."""
    least = 0
    for t in range(values.shape[0]):
        if values[t] > 0.0 and keys[t] == key and signs[t] == sign:
            if value > values[t]:
                values[t] = value
                for k in range(point.shape[0]):
                    points[t, k] = point[k]
            return
        if values[t] < values[least]:
            least = t
    if value > values[least]:
        values[least] = value
        signs[least] = sign
        keys[least] = key
        for k in range(point.shape[0]):
            points[least, k] = point[k]


@uncounted()
def _sift_up(bounds, order, place):
    while place > 0:
        parent = (place - 1) // 2
        if bounds[order[parent]] >= bounds[order[place]]:
            break
        order[parent], order[place] = order[place], order[parent]
        place = parent


@uncounted()
def _sift_down(bounds, order, size):
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and bounds[order[child + 1]] > bounds[order[child]]:
            child += 1
        if bounds[order[place]] >= bounds[order[child]]:
            break
        order[child], order[place] = order[place], order[child]
        place = child


@uncounted()
def _widest(gen, d):
    """Return the pair of generators with the widest angle, and the distance of their directions."""
    first, second, cosine = 0, 0, 2.0
    for i in range(d):
        ii = 0.0
        for k in range(d):
            ii += gen[i, k] * gen[i, k]
        for j in range(i + 1, d):
            jj = 0.0
            ij = 0.0
            for k in range(d):
                jj += gen[j, k] * gen[j, k]
                ij += gen[i, k] * gen[j, k]
            c = ij / np.sqrt(ii * jj)
            if c < cosine:
                first, second, cosine = i, j, c
    return first, second, np.sqrt(max(0.0, 2.0 - 2.0 * cosine))


@uncounted()
def _halved(gen, first, second, other, d):
    """Write both halves of a cone; False when the midpoint is not exact in floating point."""
    for i in range(d):
        for k in range(d):
            other[i, k] = gen[i, k]
    for k in range(d):
        x = gen[first, k]
        y = gen[second, k]
        s = x + y
        t = s - x
        if (x - (s - t)) + (y - t) != 0.0 or (s != 0.0 and abs(s) < 1e-290):
            return False
        other[first, k] = 0.5 * s
    for k in range(d):
        gen[second, k] = other[first, k]
    return True


@njit(cache=True, nogil=True)
def search_masked(
    X,
    v,
    gens1,
    gens2,
    shares,
    signs,
    decisions,
    rows,
    bounds,
    order,
    state,
    best,
    met,
    met_values,
    met_signs,
    met_keys,
    level,
    settings,
):
    """Divide nodes until the largest bound is at the level, or room, budget or patience end.

    Parameters
    ----------
    X : (n, d) float64
    v : (n,) float64
    gens1, gens2 : (room, d, d) float64
        The cones of every node.
    shares : (room, 2) float64
        tau_0, tau_1.
    signs : (room,) float64
    decisions : (room, n) int8
        See `convex_program.kernels.masked_rows`.
    rows : (room,) int64
        The row on which a node is decided next; -1: its widest part is halved.
    bounds : (room,) float64
    order : (room,) int64
        A heap of the open nodes.
    state : (4,) int64
        How many nodes are stored, how many are open, how many were bounded, how many are open for good.
    best : (2d + 2,) float64
        The best point met, its sign, its value.
    met, met_values, met_signs, met_keys : (s, 2d), (s,), (s,) float64 and (s,) uint64
        Points of different tuples of patterns with values above the level, the best ones.
    level : float
        What is bounded by it is closed.
    settings : (5,) float64
        error, nodes to bound at most in this call, a value that ends the search, relative tolerance, from which part
        of all that is overrated on a row is decided.

    Returns
    -------
    outcome, stuck : the outcome, and the largest bound of nodes that cannot be divided any more.
    """
    d = X.shape[1]
    work = new_masked_work(X.shape[0], d)
    point = np.empty(2 * d)
    error, enough, tolerance = settings[0], settings[2], settings[3]
    budget = state[2] + int(settings[1])
    stuck = 0.0
    gen1 = np.empty((d, d))
    gen2 = np.empty((d, d))
    other = np.empty((d, d))
    while True:
        goal = max(level, best[2 * d + 1] * (1.0 + tolerance))
        if state[1] == 0 or bounds[order[0]] <= goal:
            return CLOSED, stuck
        if best[2 * d + 1] > enough:
            return MET, stuck
        if state[2] >= budget:
            return SPENT, stuck
        if state[0] + 1 > bounds.shape[0]:
            return FULL, stuck
        node = order[0]
        state[1] -= 1
        order[0] = order[state[1]]
        _sift_down(bounds, order, state[1])
        for i in range(d):
            for k in range(d):
                gen1[i, k] = gens1[node, i, k]
                gen2[i, k] = gens2[node, i, k]
        tau0, tau1 = shares[node, 0], shares[node, 1]
        i1, j1, wide1 = _widest(gen1, d)
        i2, j2, wide2 = _widest(gen2, d)
        wide3 = tau1 - tau0
        fresh = state[0]
        middle = 0.5 * (tau0 + tau1)
        divided = True
        for i in range(d):
            for k in range(d):
                gens1[fresh, i, k] = gen1[i, k]
                gens2[fresh, i, k] = gen2[i, k]
        shares[fresh, 0], shares[fresh, 1] = tau0, tau1
        row = rows[node]
        for i in range(X.shape[0]):
            decisions[fresh, i] = decisions[node, i]
        if row >= 0:
            decisions[node, row] = LARGER
            decisions[fresh, row] = SMALLER
        elif wide3 >= wide1 and wide3 >= wide2:
            divided = tau0 < middle < tau1
            shares[node, 1] = middle
            shares[fresh, 0] = middle
        elif wide1 >= wide2:
            divided = _halved(gen1, i1, j1, other, d)
            for i in range(d):
                for k in range(d):
                    gens1[node, i, k] = gen1[i, k]
                    gens1[fresh, i, k] = other[i, k]
        else:
            divided = _halved(gen2, i2, j2, other, d)
            for i in range(d):
                for k in range(d):
                    gens2[node, i, k] = gen2[i, k]
                    gens2[fresh, i, k] = other[i, k]
        if not divided:
            stuck = max(stuck, bounds[node])
            state[3] += 1
            continue
        signs[fresh] = signs[node]
        bounds[fresh] = bounds[node]
        kept = 0
        for child in (node, fresh):
            for i in range(d):
                for k in range(d):
                    gen1[i, k] = gens1[child, i, k]
                    gen2[i, k] = gens2[child, i, k]
            found, row, loss, losses = bound_masked(
                X,
                v,
                signs[child],
                gen1,
                gen2,
                shares[child, 0],
                shares[child, 1],
                decisions[child],
                goal,
                error,
                work,
                point,
            )
            state[2] += 1
            rows[child] = row if loss >= settings[4] * losses else -1
            bounds[child] = min(bounds[child], found)
            here = _value(X, v, signs[child], point, d)
            if here > best[2 * d + 1]:
                for k in range(2 * d):
                    best[k] = point[k]
                best[2 * d] = signs[child]
                best[2 * d + 1] = here
                goal = max(level, here * (1.0 + tolerance))
            if here > level:
                _collect(
                    met,
                    met_values,
                    met_signs,
                    met_keys,
                    _key(X, point, d),
                    point,
                    here,
                    signs[child],
                )
            if bounds[child] <= goal:
                continue
            if child == fresh:
                kept = 1
            order[state[1]] = child
            state[1] += 1
            _sift_up(bounds, order, state[1] - 1)
        state[0] += kept
