"""Rows in residues: what the kernels for integers of any size work with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul
from typing import Any

import numpy as np

from arrangements.exact import (
    Element,
    NumberField,
    Residues,
    is_prime,
    montgomery_residues,
    primes_above,
)

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
        bounds = minor_bounds(rows)
        primes = primes_above(max(bounds), limit)
        self._hold(bounds, primes, *montgomery_residues(rows, primes))

    def _hold(
        self, bounds: Sequence[int], primes: Sequence[int], field: Residues, data: Residues
    ) -> None:
        from arrangements.kernels import Exact, normalise_rows

        _, width, count = data.shape
        products = list(accumulate(primes, mul))
        enough = [
            1 + next(i for i, product in enumerate(products) if product > bound) for bound in bounds
        ]
        # Of fewer rows than columns no minor is larger.
        enough += [len(primes)] * (width + 1 - len(enough))
        self.limit = primes[-1]
        self.exact: Any = Exact(
            np.ascontiguousarray(data.transpose(0, 2, 1)), field, np.array(enough, np.int64)
        )
        self.first = data[0]
        self.lead = np.empty(count, np.int64)
        self.sound = bool(normalise_rows(self.first, self.lead, *field[:, 0]))


class AlgebraicResidueRows(ResidueRows):
    """Rows over a number field modulo primes that its polynomial has roots for.

    Parameters
    ----------
    field : NumberField
    rows : m rows of r elements
        No zeros.
    limit : int
        All primes are below it.

    Notes
    -----
    *Exactness.* Modulo such a prime p the field's generator a becomes the root, and what is
    zero in the field is zero modulo p.  Conversely the norm of a minor, the product of its
    conjugates, is the resultant of the polynomial and another that has the same root modulo
    p: p divides it.  Hadamard's bound holds for each conjugate, so a minor that vanishes
    modulo primes whose product exceeds the product of these bounds has norm zero, and is zero.
    """

    def __init__(
        self, field: NumberField, rows: Sequence[Sequence[Element]], limit: int = LARGEST
    ) -> None:
        sizes = [[field.size(entry) for entry in row] for row in rows]
        bounds = [bound**field.degree for bound in minor_bounds(list(map(tuple, sizes)))]
        primes: list[int] = []
        parts: list[tuple[Residues, Residues]] = []
        product, candidate = 1, limit - 1 - limit % 2
        while product <= max(bounds):
            root = field.root_modulo(candidate) if is_prime(candidate) else None
            if root is not None:
                primes.append(candidate)
                product *= candidate
                reduced = [
                    [sum(v * pow(root, k, candidate) for k, v in enumerate(entry)) for entry in row]
                    for row in rows
                ]
                parts.append(montgomery_residues(reduced, [candidate]))
            candidate -= 2
        self._hold(
            bounds,
            primes,
            np.concatenate([modulus for modulus, _ in parts], axis=1),
            np.concatenate([data for _, data in parts]),
        )


def minor_bounds(rows: Sequence[IntegerRow]) -> list[int]:
    """Return Hadamard's bound on the k x k minors of integer rows, for k = 0, 1, ..."""
    norms = sorted((math.isqrt(sum(v * v for v in row)) + 1 for row in rows), reverse=True)
    bounds = [1]
    for norm in norms[: len(rows[0])]:
        bounds.append(bounds[-1] * norm)
    return bounds
