"""Arithmetic modulo primes below 2**31 in Montgomery form, on uint64.

A residue x is stored as x * 2**32 mod p.  ``field`` is a pair of arrays (p, -1/p mod 2**32).
"""

import numpy as np

from arrangements.kernels.compile import helper, small

_LOW = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)
_LANES = 8
_WORTH_LANES = 24


@small
def mul(a, b, p, negative_inverse):
    """Montgomery product.  a*b < 2**62 and m*p < 2**63, so the sum fits in 64 bits.

    Every factor is masked to 32 bits, which it has anyway: the compiler then multiplies four
    pairs at once.
    """
    t = (a & _LOW) * (b & _LOW)
    m = ((t & _LOW) * (negative_inverse & _LOW)) & _LOW
    u = (t + m * (p & _LOW)) >> _WORD
    return min(u, u - p)


@small
def sub(a, b, p):
    """A - b modulo p: of the difference and itself plus p, one wraps and is the larger."""
    gap = a - b
    return min(gap, gap + p)


@helper
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


@helper
def invert_all(values, count, one, p, negative_inverse, prefix):
    """Invert values[:count], none zero, in place with one inversion: Montgomery's trick.

    Long arrays run in lanes, chains of products side by side, for a product waits for the one
    before it.  ``prefix`` has ``count + 16`` entries at least.
    """
    width = _LANES if count >= _WORTH_LANES else 1
    whole = count - count % width
    lane = np.empty(_LANES, np.uint64)
    ahead = np.empty(_LANES, np.uint64)
    for j in range(_LANES):
        lane[j] = one
    if width == _LANES:
        for start in range(0, whole, _LANES):
            for j in range(_LANES):
                prefix[start + j] = lane[j]
                lane[j] = mul(lane[j], values[start + j], p, negative_inverse)
    total = one
    for j in range(width if width > 1 else 0):
        ahead[j] = total
        total = mul(total, lane[j], p, negative_inverse)
    for i in range(whole if width > 1 else 0, count):
        prefix[i] = total
        total = mul(total, values[i], p, negative_inverse)
    rest = inverse(total, one, p, negative_inverse)
    for i in range(count - 1, (whole if width > 1 else 0) - 1, -1):
        own = values[i]
        values[i] = mul(rest, prefix[i], p, negative_inverse)
        rest = mul(rest, own, p, negative_inverse)
    if width == 1:
        return
    for j in range(_LANES - 1, -1, -1):
        own = lane[j]
        lane[j] = mul(rest, ahead[j], p, negative_inverse)
        rest = mul(rest, own, p, negative_inverse)
    for start in range(whole - _LANES, -1, -_LANES):
        for j in range(_LANES):
            own = values[start + j]
            values[start + j] = mul(lane[j], prefix[start + j], p, negative_inverse)
            lane[j] = mul(lane[j], own, p, negative_inverse)
