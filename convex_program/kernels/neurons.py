"""Neurons by state: exact line search and merging.

A neuron k contributes sign_k phi(X w_k) with an explicit state for every row: ON or OFF (counts
with the slope of that side) or KINK (x_i.w_k = 0 is kept as an equation).  States, not computed signs, say
which linear piece is meant, so rows within rounding of zero need no tolerance.
"""

import numpy as np
from numba import njit

OFF = 0
ON = 1
KINK = 2

_STILL = 4e-15


@njit(cache=True, nogil=True)
def line_search(model, residual, states, signs, values, slopes, neurons, steps):
    """Exact minimiser on [0, 1] of the objective along ``steps``, crossing rows on the way.

    z(t) is piecewise linear: between breakpoints the objective is a quadratic plus
    beta sum |w_k + t p_k|.  Its derivative is followed through the sorted breakpoints, with
    v(t) of `convex_program.kernels.newton`.  At a row where the slope of the neuron times
    sign_k v_i grows it drops (the new piece descends faster), where that falls it jumps up: if it
    turns nonnegative there, the minimiser is on that kink.

    Parameters
    ----------
    model : Model
    residual : (n,) v at t = 0.
    states : (m, n) int8, updated: rows crossed change side, the row stopped at becomes KINK.
    values, slopes : (m, n) X w_k and X p_k.
    neurons, steps : (m, d).

    Returns
    -------
    t : the step taken; neuron, row : where it stopped on a kink, or -1, -1; slope : at t = 0.
    """
    lengths, rate, share, beta, gains = (
        model.lengths, model.rate, model.share, model.beta, model.gains,
    )  # fmt: skip
    m, n = states.shape
    d = neurons.shape[1]
    ww = np.zeros(m)
    wp = np.zeros(m)
    pp = np.zeros(m)
    still = np.zeros(m)
    for k in range(m):
        for c in range(model.decayed):
            ww[k] += neurons[k, c] * neurons[k, c]
            wp[k] += neurons[k, c] * steps[k, c]
            pp[k] += steps[k, c] * steps[k, c]
        for c in range(d):
            still[k] += steps[k, c] * steps[k, c]
        still[k] = _STILL * np.sqrt(still[k])
    direction = np.zeros(n)
    count = 0
    for k in range(m):
        for i in range(n):
            state = states[k, i]
            s = slopes[k, i]
            direction[i] += signs[k] * gains[state] * s
            if state == ON:
                if s < -still[k] * lengths[i] and values[k, i] + s < 0.0:
                    count += 1
            elif state == OFF:
                if s > still[k] * lengths[i] and values[k, i] + s > 0.0:
                    count += 1
    times = np.empty(count)
    where = np.empty(count, dtype=np.int64)
    count = 0
    for k in range(m):
        for i in range(n):
            s = slopes[k, i]
            if states[k, i] == ON:
                hit = s < -still[k] * lengths[i] and values[k, i] + s < 0.0
            else:
                hit = states[k, i] == OFF and s > still[k] * lengths[i] and values[k, i] + s > 0.0
            if hit:
                times[count] = max(0.0, -values[k, i] / s)
                where[count] = k * n + i
                count += 1
    order = np.argsort(times, kind="mergesort")
    inner = 0.0  # v(t).direction
    square = 0.0  # |R direction|^2; less share * total^2 it is the curvature
    total = 0.0
    for i in range(n):
        inner += residual[i] * direction[i]
        square += rate[i] * direction[i] * direction[i]
        total += rate[i] * direction[i]
    first_slope = _norm_slope(0.0, ww, wp, pp, beta) - inner
    now = 0.0
    # v_i(t) = current[i] - rate_i ((t - since[i]) direction[i] - taken(t))
    current = residual.copy()
    since = np.zeros(n)
    taken = 0.0  # share times the integral of total
    for b in range(count + 1):
        end = times[order[b]] if b < count else 1.0
        curvature = square - share * total * total
        at_end = inner - (end - now) * curvature
        slope = _norm_slope(end, ww, wp, pp, beta) - at_end
        if slope >= 0.0 and end > now:
            low, high = now, end
            for _ in range(200):
                middle = 0.5 * (low + high)
                if middle <= low or middle >= high:
                    break
                at_middle = inner - (middle - now) * curvature
                if _norm_slope(middle, ww, wp, pp, beta) - at_middle < 0.0:
                    low = middle
                else:
                    high = middle
            return high, -1, -1, first_slope
        if b == count:
            break
        inner = at_end
        taken += (end - now) * share * total
        now = end
        k = where[order[b]] // n
        i = where[order[b]] % n
        current[i] -= (now - since[i]) * rate[i] * direction[i]
        since[i] = now
        bent = gains[ON] - gains[OFF]
        change = -slopes[k, i] if states[k, i] == ON else slopes[k, i]
        change *= signs[k] * bent
        inner += (current[i] + rate[i] * taken) * change
        square += rate[i] * change * (2.0 * direction[i] + change)
        total += rate[i] * change
        direction[i] += change
        if _norm_slope(now, ww, wp, pp, beta) - inner >= 0.0:
            states[k, i] = KINK
            return now, k, i, first_slope
        states[k, i] = ON + OFF - states[k, i]
    return 1.0, -1, -1, first_slope


@njit(cache=True, nogil=True)
def _norm_slope(t, ww, wp, pp, beta):
    """Derivative of beta sum_k |w_k + t p_k|."""
    total = 0.0
    for k in range(ww.shape[0]):
        if pp[k] > 0.0:
            square = ww[k] + t * (2.0 * wp[k] + t * pp[k])
            total += (wp[k] + t * pp[k]) / np.sqrt(max(square, 1e-32 * pp[k] + 1e-300))
    return beta * total


@njit(cache=True, nogil=True)
def same_cell(first, second):
    """Whether one closed cell holds both neurons, given their states."""
    for i in range(first.shape[0]):
        if first[i] + second[i] == ON and first[i] != second[i]:
            return False
    return True


@njit(cache=True, nogil=True)
def merge(neurons, signs, states):
    """Sum neurons of one sign in a common closed cell; returns a mask of those that remain.

    The fit is unchanged and the penalty does not grow (triangle inequality).
    """
    m, n = states.shape
    keep = np.ones(m, dtype=np.bool_)
    for a in range(m):
        if not keep[a]:
            continue
        for b in range(a + 1, m):
            if keep[b] and signs[a] == signs[b] and same_cell(states[a], states[b]):
                keep[b] = False
                for c in range(neurons.shape[1]):
                    neurons[a, c] += neurons[b, c]
                for i in range(n):
                    if states[a, i] == KINK:
                        states[a, i] = states[b, i]
    return keep
