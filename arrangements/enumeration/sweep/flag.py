"""Random flags: the generic directions a sweep moves along.

A flag is given by r functionals c_1, ..., c_r or by their dual basis e_1, ..., e_r, on which
one is positive and the others vanish: matrices of integers, one a row.  Large entries make
it generic, small ones keep the kernels' integers below 2**53.

A flag need not be generic: where a sign it decides is zero, `perturbed` moves it by less than
any positive number that decides another, so what was swept before stays as it was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import fmpz_mat

IntegerRow = tuple[int, ...]
Flag = list[list[int]]

_EXACT_FLOAT = 2**53
_LARGEST_CHANCE = 1.0
"""Largest accepted sum of the chances 1/|y| that a row is in special position."""
_SIZES = (1024, 512, 256, 128, 96, 64, 48, 40, 32, 24, 20, 16)
"""Sizes of entries tried for small integer rows, most generic first."""
_ATTEMPTS = 4
_NUDGE_SIZE = 2**40
_NUDGE_SEED = 1 << 32
"""Added to the seed of a flag, so that its nudge is independent of it."""


def random_flag(rank: int, size: int, seed: int) -> Flag:
    """Return a random nonsingular integer matrix with entries from -size to size."""
    rng = np.random.default_rng((seed, size))
    while True:
        flag: Flag = rng.integers(-size, size + 1, (rank, rank)).tolist()
        if fmpz_mat(flag).det() != 0:
            return flag


def integer_flag(rows: Sequence[IntegerRow], seed: int) -> Flag | None:
    """Return a dual basis small enough for exact floats and large enough to be generic, or None.

    The basis is the columns of the matrix E that is returned.

    Notes
    -----
    *Bounds.* In the coordinates ``Y = X E`` the frame vectors are E times minors of Y of
    order at most r - 2, and the values of rows are minors of order at most r - 1; Hadamard
    bounds both, and every sum that makes such a value has to stay below 2**53.

    *Genericity.* A row vanishes on the last functional with a chance of about 1/|y|, and
    flats of rank k fail together at about the k-th power of the sum of these chances over
    k factorial.  So the sum must be small; ranks 1 and 2, the likeliest, are tested.
    """
    rank = len(rows[0])
    largest = [max(abs(row[i]) for row in rows) for i in range(rank)]
    for size in _SIZES:
        for attempt in range(_ATTEMPTS):
            flag = random_flag(rank, size, _ATTEMPTS * seed + attempt)
            image = [
                tuple(sum(row[i] * flag[i][j] for i in range(rank)) for j in range(rank))
                for row in rows
            ]
            norms = row_norms(image)
            minors = math.prod(norms[: max(rank - 2, 0)])
            frame = [sum(map(abs, line)) * minors for line in flag]
            value = sum(a * b for a, b in zip(largest, frame, strict=True))
            if max(value, 2 * norms[0] * size) >= _EXACT_FLOAT:
                break
            if sum(math.sqrt(rank) / norm for norm in norms) > _LARGEST_CHANCE:
                return None
            if _is_generic_at_rank_two(image):
                return flag
    return None


def functionals(basis: Flag) -> Flag:
    """Return positive multiples of the functionals dual to the columns of a matrix."""
    matrix = fmpz_mat(basis)
    inverse = matrix.inv() * abs(int(matrix.det()))
    rank = len(basis)
    return [[int(inverse[i, j].p) for j in range(rank)] for i in range(rank)]


def perturbed(flag: Flag, rows: Sequence[IntegerRow], seed: int) -> Flag:
    """Return functionals ``2**K c_i + g_i``, g_i random: infinitely close to c_i for the sweep.

    Notes
    -----
    Every sign a sweep decides is that of a determinant D of rows and functionals.  As a
    polynomial in e = 2**-K, D(e) with functionals c_i + e g_i has an integer for its constant
    term and at most 2**r - 1 other terms, each below ``H e`` for Hadamard's bound H over all
    rows, c_i and g_i.  So ``2**K > 2**r H`` keeps every sign that is not zero, and decides
    those that are as an infinitesimal e would.
    """
    rank = len(flag)
    nudge = random_flag(rank, _NUDGE_SIZE, seed + _NUDGE_SEED)
    bound = math.prod(row_norms([*rows, *flag, *nudge])[:rank])
    shift = rank + bound.bit_length()
    return [
        [(entry << shift) + small for entry, small in zip(line, added, strict=True)]
        for line, added in zip(flag, nudge, strict=True)
    ]


def row_norms(rows: Sequence[Sequence[int]]) -> list[int]:
    """Return integers above the Euclidean norms of the rows, largest first."""
    return sorted(map(row_norm, rows), reverse=True)


def row_norm(row: Sequence[int]) -> int:
    """Return an integer above the Euclidean norm of a row."""
    return math.isqrt(sum(v * v for v in row)) + 1


def _is_generic_at_rank_two(image: Sequence[IntegerRow]) -> bool:
    """Whether no row vanishes in the last column, and no two are parallel in the last two."""
    if any(row[-1] == 0 for row in image):
        return False
    return len(image[0]) == 1 or len({Fraction(row[-2], row[-1]) for row in image}) == len(image)
