"""Rows in residues: what the kernels for integers of any size work with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul
from typing import Any

import numpy as np

from arrangements.exact import montgomery_residues, primes_above

IntegerRow = tuple[int, ...]

LARGEST = 2**30 + 2**10
"""The primes begin below: just above 2**30 their digits are few ones, and inverses take few products."""


class ResidueRows:
    """Integer rows modulo enough primes.

    Parameters
    ----------
    rows : m integer rows of length r
        No zeros.
    limit : int
        All primes are below it.

    Attributes
    ----------
    exact : kernels.Exact
        For minors of each order the number of primes whose product exceeds Hadamard's bound.
    first : (r, m) uint64
        The rows modulo the first prime, their first coordinate that is not zero made one.
    lead : (m,) int64
        Which one that is.
    sound : bool
        False when a row vanishes modulo the first prime; then other primes are needed.
    limit : int
        Where other primes begin.
    """

    def __init__(self, rows: Sequence[IntegerRow], limit: int = LARGEST) -> None:
        from arrangements.kernels import Exact, normalise_rows

        bounds = minor_bounds(rows)
        primes = primes_above(max(bounds), limit)
        field, data = montgomery_residues(rows, primes)
        products = list(accumulate(primes, mul))
        enough = [
            1 + next(i for i, product in enumerate(products) if product > bound) for bound in bounds
        ]
        # Of fewer rows than columns no minor is larger.
        enough += [len(primes)] * (len(rows[0]) + 1 - len(enough))
        self.limit = primes[-1]
        self.exact: Any = Exact(
            np.ascontiguousarray(data.transpose(0, 2, 1)), field, np.array(enough, np.int64)
        )
        self.first = data[0]
        self.lead = np.empty(len(rows), np.int64)
        self.sound = bool(normalise_rows(self.first, self.lead, *field[:, 0]))


def minor_bounds(rows: Sequence[IntegerRow]) -> list[int]:
    """Return Hadamard's bound on the k x k minors of integer rows, for k = 0, 1, ..."""
    norms = sorted((math.isqrt(sum(v * v for v in row)) + 1 for row in rows), reverse=True)
    bounds = [1]
    for norm in norms[: len(rows[0])]:
        bounds.append(bounds[-1] * norm)
    return bounds
