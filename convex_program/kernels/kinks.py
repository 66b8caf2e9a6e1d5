"""Kinks of neurons: getting onto them, staying there, leaving them.

A neuron keeps to at most d - 1 independent kinks, the equations x_i.w = 0 of the rows whose
state is KINK.
"""

import numpy as np
from numba import njit

from convex_program.kernels.gram_schmidt import coefficients, unit, without
from convex_program.kernels.neurons import KINK, OFF, ON
from convex_program.kernels.uncounted import uncounted

_PLACED = 1e-7
_SETTLED = 1e-8
"""Part of a row that must be independent of the other kinks."""


@uncounted()
def independent_kinks(X, lengths, state, basis, kinks):
    """Orthonormalise the kinks of a neuron, dependent ones left out; return how many there are.

    ``basis`` (at least d, d) and ``kinks`` (d,) receive a unit vector and the row of each.
    """
    n, d = X.shape
    count = 0
    for i in range(n):
        if state[i] == KINK and count < d:
            without(basis, count, X[i], basis[count])
            if unit(basis[count]) > _SETTLED * lengths[i]:
                kinks[count] = i
                count += 1
    return count


@njit(cache=True, nogil=True)
def place(X, lengths, residual, w, signs, near, bent, states):
    """Set the states of unit neurons and project them on their kinks.

    Rows within ``near`` of a neuron become kinks if they attract it, sign v_i bent < 0 where the
    activation's slope grows by ``bent``: at most d - 1 independent ones, nearest first.

    Parameters
    ----------
    X : (n, d); lengths : (n,) its norms; residual : (n,) v.
    w : (m, d) updated; signs : (m,); states : (m, n) int8 receives the states.
    """
    m, n = states.shape
    d = X.shape[1]
    basis = np.empty((d, d))
    moved = np.empty(d)
    close = np.empty(n, dtype=np.int64)
    distance = np.empty(n)
    for k in range(m):
        unit(w[k])
        found = 0
        for i in range(n):
            x = 0.0
            for c in range(d):
                x += X[i, c] * w[k, c]
            states[k, i] = ON if x > 0.0 else OFF
            if (
                abs(x) <= near * lengths[i]
                and lengths[i] > 0.0
                and signs[k] * residual[i] * bent < 0.0
            ):
                close[found] = i
                distance[found] = abs(x) / lengths[i]
                found += 1
        count = 0
        order = np.argsort(distance[:found], kind="mergesort")
        for position in range(found):
            i = close[order[position]]
            without(basis, count, X[i], basis[count])
            if count < d - 1 and unit(basis[count]) > _PLACED * lengths[i]:
                count += 1
                states[k, i] = KINK
        without(basis, count, w[k], moved)
        unit(moved)
        for c in range(d):
            w[k, c] = moved[c]


@njit(cache=True, nogil=True)
def settle(X, lengths, neuron, state):
    """Put a neuron exactly on its kinks, dependent ones left out; False if only 0 is left."""
    n, d = X.shape
    basis = np.empty((d + 1, d))
    kinks = np.empty(d, dtype=np.int64)
    count = independent_kinks(X, lengths, state, basis, kinks)
    met = 0
    for i in range(n):
        if state[i] == KINK:
            if met < count and kinks[met] == i:
                met += 1
            else:
                state[i] = OFF
    without(basis, count, neuron, basis[d])
    for c in range(d):
        neuron[c] = basis[d, c]
    return count < d


@njit(cache=True, nogil=True)
def release(X, lengths, residual, gradient, signs, gains, states, slack):
    """Let go of the worst kink of every neuron whose multipliers leave what slopes there allow.

    gradient + sum_i tau_i x_i = 0 with tau_i between -s v_i gains[OFF] and -s v_i gains[ON] is
    stationarity; below means descent towards OFF, above descent towards ON.  Returns whether any
    was let go.
    """
    m = states.shape[0]
    d = X.shape[1]
    basis = np.empty((d, d))
    kinks = np.empty(d, dtype=np.int64)
    theta = np.empty(d)
    released = False
    for k in range(m):
        count = independent_kinks(X, lengths, states[k], basis, kinks)
        coefficients(X, kinks, count, basis, gradient[k], theta)
        worst = -1
        most = slack
        state = OFF
        for position in range(count):
            i = kinks[position]
            push = signs[k] * residual[i]
            under = -gains[OFF] * push + theta[position]
            over = -theta[position] + gains[ON] * push
            violation = max(under, over) * lengths[i]
            if violation > most:
                most = violation
                worst = i
                state = OFF if under > over else ON
        if worst >= 0:
            states[k, worst] = state
            released = True
    return released
