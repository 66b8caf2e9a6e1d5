"""Weights of given atoms, a vector each: block coordinate descent on the Gram matrix.

Minimises ``1/2 sum_kl G_kl b_k.b_l - sum_k p_k.b_k + beta sum_k |b_k|``.  For one block alone the
minimiser is ``(r_k / G_kk) (1 - beta / |r_k|)_+`` with ``r_k = p_k - sum_(l != k) G_kl b_l``.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def descend_groups(gram, pull, beta, weights, sweeps, tolerance):
    """Improve ``weights`` (m, c) in place; return the sweeps taken.

    Parameters
    ----------
    gram : (m, m); pull : (m, c) p; beta : float; weights : (m, c); sweeps : at most so many;
    tolerance : stop when no weight moves by more than this part of the largest.
    """
    m, c = weights.shape
    left = pull - np.dot(gram, weights)
    change = np.empty(c)
    for sweep in range(sweeps):
        moved = 0.0
        largest = 0.0
        for k in range(m):
            own = gram[k, k]
            if own <= 0.0:
                continue
            total = 0.0
            for j in range(c):
                change[j] = left[k, j] + own * weights[k, j]
                total += change[j] * change[j]
            size = np.sqrt(total)
            shrink = (1.0 - beta / size) / own if size > beta else 0.0
            far = 0.0
            norm = 0.0
            for j in range(c):
                new = change[j] * shrink
                change[j] = new - weights[k, j]
                weights[k, j] = new
                far = max(far, abs(change[j]))
                norm = max(norm, abs(new))
            largest = max(largest, norm)
            if far > 0.0:
                moved = max(moved, far)
                for other in range(m):
                    for j in range(c):
                        left[other, j] -= gram[other, k] * change[j]
        if moved <= tolerance * largest:
            return sweep + 1
    return sweeps
