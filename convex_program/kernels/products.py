"""Passes over the pairs of products that a relaxation keeps nonnegative; see `convex_program.pricing.relaxation`."""

import numpy as np
from numba import njit

_ZERO = np.float32(0.0)
_HALF = np.float32(0.5)


@njit(cache=True, nogil=True, fastmath={"nsz", "contract"})
def reflect(state, new, weight, free_diagonal):
    """Replace a state T by ``weight new + (1 - weight) max(T, 0) + min(T, 0)``, in place.

    The positive part of a state is the product as it is kept, the negative part its multiplier; where the
    diagonal is free the product there is 0, and all of T is multiplier.
    """
    n = state.shape[0]
    rest = np.float32(1.0) - weight
    for i in range(n):
        diagonal = state[i, i]
        for j in range(n):
            t = state[i, j]
            state[i, j] = weight * new[i, j] + rest * max(t, _ZERO) + min(t, _ZERO)
        if free_diagonal:
            state[i, i] = weight * new[i, i] + diagonal


@njit(cache=True, nogil=True, fastmath={"nsz", "contract"})
def turn(positive, negative, mixed, flipped, sums, differences, both):
    """Write ``|T|`` in the coordinates (p + m)/sqrt 2 and (p - m)/sqrt 2, block by block.

    ``sums`` receives the first with the first, ``differences`` the second with the second, ``both`` the first with
    the second.  On the diagonal of ``mixed`` minus T stands for |T|; ``flipped`` is its transpose, in rows.
    """
    n = positive.shape[0]
    for i in range(n):
        for j in range(n):
            a = abs(positive[i, j])
            b = abs(negative[i, j])
            x = abs(mixed[i, j])
            y = abs(flipped[i, j])
            sums[i, j] = (a + b + x + y) * _HALF
            differences[i, j] = (a + b - x - y) * _HALF
            both[i, j] = (a - b + y - x) * _HALF
        a = abs(positive[i, i])
        b = abs(negative[i, i])
        x = mixed[i, i]
        sums[i, i] = (a + b) * _HALF - x
        differences[i, i] = (a + b) * _HALF + x
        both[i, i] = (a - b) * _HALF
