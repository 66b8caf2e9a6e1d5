"""Arithmetic modulo primes below 2**31 in Montgomery form, on uint64.

A residue x is stored as x * 2**32 mod p.  ``field`` is a pair of arrays (p, -1/p mod 2**32).
"""

import numpy as np
from numba import njit

_LOW = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def mul(a, b, p, negative_inverse):
    """Montgomery product.  a*b < 2**62 and m*p < 2**63, so the sum fits in 64 bits."""
    t = a * b
    m = ((t & _LOW) * negative_inverse) & _LOW
    u = (t + m * p) >> _WORD
    return u - p if u >= p else u


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def sub(a, b, p):
    return a - b if a >= b else a + p - b


@njit(cache=True, nogil=True, error_model="numpy")
def inverse(a, one, p, negative_inverse):
    """a**(p-2): the inverse of a non-zero residue."""
    result = one
    exponent = p - np.uint64(2)
    while exponent > np.uint64(0):
        if exponent & np.uint64(1):
            result = mul(result, a, p, negative_inverse)
        a = mul(a, a, p, negative_inverse)
        exponent >>= np.uint64(1)
    return result


@njit(cache=True, nogil=True, error_model="numpy")
def invert_all(values, count, one, p, negative_inverse, prefix):
    """Invert values[:count] in place (zeros stay) with one inversion: Montgomery's trick."""
    total = one
    for i in range(count):
        prefix[i] = total
        if values[i] != 0:
            total = mul(total, values[i], p, negative_inverse)
    rest = inverse(total, one, p, negative_inverse)
    for i in range(count - 1, -1, -1):
        if values[i] != 0:
            own = values[i]
            values[i] = mul(rest, prefix[i], p, negative_inverse)
            rest = mul(rest, own, p, negative_inverse)
