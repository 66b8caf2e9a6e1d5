"""Exact signs of determinants in residues modulo several primes (mixed radix), any size."""

import numpy as np

from arrangements.kernels.compile import helper
from arrangements.kernels.residues import inverse, mul, sub


@helper
def _determinant(work, rank, p, neg, one):
    """Determinant of work[:rank, :rank] modulo p; destroys work.

    Division-free elimination multiplies the determinant by pivot**(rows below) at each step;
    the product of these factors is divided out once at the end.
    """
    factor = one
    value = one
    odd = False
    for c in range(rank):
        row = c
        while row < rank and work[row, c] == 0:
            row += 1
        if row == rank:
            return np.uint64(0)
        if row != c:
            odd = not odd
            for j in range(rank):
                work[row, j], work[c, j] = work[c, j], work[row, j]
        pivot = work[c, c]
        value = mul(value, pivot, p, neg)
        for i in range(c + 1, rank):
            lead = work[i, c]
            if lead == 0:
                continue
            factor = mul(factor, pivot, p, neg)
            for j in range(c + 1, rank):
                work[i, j] = sub(mul(pivot, work[i, j], p, neg), mul(lead, work[c, j], p, neg), p)
    value = mul(value, inverse(factor, one, p, neg), p, neg)
    return p - value if odd and value != 0 else value


@helper
def determinant_sign(residues, field, radix, half, reach, ids, bits):
    """Sign of the determinant of the integer rows ``ids``, below 2**bits in absolute value.

    Parameters
    ----------
    residues : uint64 (primes, rows, r)
        Rows in Montgomery form.
    field : uint64 (3, primes)
    radix : uint64 (primes, primes)
        radix[i, j] = 1/p_j modulo p_i for j < i, Montgomery form.
    half : uint64 (primes, primes)
        half[q - 1]: mixed-radix digits of floor(P/2), P the product of the first q primes, least
        digit first.
    reach : float64 (primes,)
        reach[q - 1]: at most log2(P/2).  The caller sees to it that the last one exceeds bits.
    ids : int64 (r,)
    bits : float

    Notes
    -----
    As few primes are used as make |determinant| < P/2.  Then the determinant is the residue
    modulo P if that is at most floor(P/2), and the residue minus P otherwise.
    """
    primes, _, rank = residues.shape
    for q in range(primes):
        if reach[q] > bits:
            primes = q + 1
            break
    work = np.empty((rank, rank), np.uint64)
    digit = np.empty(primes, np.uint64)
    any_nonzero = False
    for q in range(primes):
        p, neg, one = field[0, q], field[1, q], field[2, q]
        for i in range(rank):
            for j in range(rank):
                work[i, j] = residues[q, ids[i], j]
        value = mul(_determinant(work, rank, p, neg, one), np.uint64(1), p, neg)
        if value != 0:
            any_nonzero = True
        # Garner: subtract the digits found so far, divide by their primes
        for j in range(q):
            value = mul(sub(value, digit[j] % p, p), radix[q, j], p, neg)
        digit[q] = value
    if not any_nonzero:
        return 0
    for q in range(primes - 1, -1, -1):
        if digit[q] != half[primes - 1, q]:
            return 1 if digit[q] < half[primes - 1, q] else -1
    return 1
