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


@njit(cache=True, nogil=True, fastmath={"nsz", "contract"})
def reflect_four(state, new, weight):
    """Do as `reflect` for four numbers a row, (p, q, m, w), block by block; p and q with m and w of the same row are 0."""
    size = state.shape[0]
    n = size // 4
    rest = np.float32(1.0) - weight
    free = np.empty(4, np.float32)
    for k in range(size):
        i = k % n
        first = (2 if k < 2 * n else 0) * n + i
        free[0] = state[k, first]
        free[1] = state[k, first + n]
        for j in range(size):
            t = state[k, j]
            state[k, j] = weight * new[k, j] + rest * max(t, _ZERO) + min(t, _ZERO)
        state[k, first] = weight * new[k, first] + free[0]
        state[k, first + n] = weight * new[k, first + n] + free[1]


@njit(cache=True, nogil=True, fastmath={"nsz", "contract"})
def turn_four(state, turned):
    """Write ``|T|`` in four orthonormal coordinates a row: (p + q + m + w)/2, (p + m - q - w)/2, (q - w)/sqrt 2, (p - m)/sqrt 2.

    Where products are 0, minus T stands for |T|.
    """
    size = state.shape[0]
    n = size // 4
    root = np.float32(np.sqrt(0.5))
    rows = np.empty((4, size), np.float32)
    signed = np.empty((4, 4), np.float32)
    for i in range(n):
        for k in range(size):
            p = abs(state[i, k])
            q = abs(state[n + i, k])
            m = abs(state[2 * n + i, k])
            w = abs(state[3 * n + i, k])
            rows[0, k] = (p + q + m + w) * _HALF
            rows[1, k] = (p + m - q - w) * _HALF
            rows[2, k] = (q - w) * root
            rows[3, k] = (p - m) * root
        for b in range(4):
            k = b * n + i
            for a in range(4):
                t = state[a * n + i, k]
                signed[a, b] = -t if (a < 2) != (b < 2) else abs(t)
            p, q, m, w = signed[0, b], signed[1, b], signed[2, b], signed[3, b]
            rows[0, k] = (p + q + m + w) * _HALF
            rows[1, k] = (p + m - q - w) * _HALF
            rows[2, k] = (q - w) * root
            rows[3, k] = (p - m) * root
        for a in range(4):
            for j in range(n):
                p = rows[a, j]
                q = rows[a, n + j]
                m = rows[a, 2 * n + j]
                w = rows[a, 3 * n + j]
                turned[a * n + i, j] = (p + q + m + w) * _HALF
                turned[a * n + i, n + j] = (p + m - q - w) * _HALF
                turned[a * n + i, 2 * n + j] = (q - w) * root
                turned[a * n + i, 3 * n + j] = (p - m) * root


@njit(cache=True, nogil=True)
def spectrum(matrix):
    """Return eigenvalues in rising order and eigenvectors of a symmetric matrix of finite numbers.

    SciPy's LAPACK, in single precision at half the time that NumPy takes, and without the interpreter's lock.
    """
    return np.linalg.eigh(matrix)
