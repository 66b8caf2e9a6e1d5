"""Primes and residues: exact arithmetic on integers of any size in machine words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Residues: TypeAlias = npt.NDArray[np.uint64]

_TWO_WORDS = 2**32
_BASES = (2, 3, 5, 7)


def primes_above(bound: int, limit: int = 2**31) -> list[int]:
    """Return primes below `limit`, descending, whose product exceeds `bound`."""
    primes: list[int] = []
    product = 1
    candidate = limit - 1 - limit % 2
    while product <= bound:
        if is_prime(candidate):
            primes.append(candidate)
            product *= candidate
        candidate -= 2
    return primes


def is_prime(number: int) -> bool:
    """Return whether a number below 3,215,031,751 is prime.

    Notes
    -----
    *Algorithm.* Miller-Rabin with the bases 2, 3, 5 and 7, which no composite number below
    that limit passes (Jaeschke 1993).
    """
    if number <= _BASES[-1] or any(number % base == 0 for base in _BASES):
        return number in _BASES
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(number, odd, twos, base) for base in _BASES)


def _passes(number: int, odd: int, twos: int, base: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False


def montgomery_residues(
    rows: Sequence[Sequence[int]], primes: Sequence[int]
) -> tuple[Residues, Residues]:
    """Return integer rows modulo several primes, in Montgomery form.

    Parameters
    ----------
    rows : m integer rows of length r
    primes : q odd primes below 2**31

    Returns
    -------
    field : (3, q) uint64
        The primes p, ``-1/p mod 2**32``, and the residue ``2**32 mod p`` of one.
    residues : (q, r, m) uint64
        ``x * 2**32 mod p``.
    """
    field = np.array(
        [
            list(primes),
            [-pow(p, -1, _TWO_WORDS) % _TWO_WORDS for p in primes],
            [_TWO_WORDS % p for p in primes],
        ],
        np.uint64,
    )
    residues = np.array(
        [[[row[c] * _TWO_WORDS % p for row in rows] for c in range(len(rows[0]))] for p in primes],
        np.uint64,
    )
    return field, residues
