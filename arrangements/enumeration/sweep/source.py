"""From integer rows to the arrays of the sweep kernels.

Two sources of exactness share one layout.  An *integer source* keeps every number of the
kernels an integer below 2**53, proved by Hadamard's inequality.  A *float source* rounds the
rows, bounds the error of every frame, and has residues of the integers behind it that
decide what the bound does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.enumeration.sweep.flag import (
    Flag,
    functionals,
    integer_flag,
    perturbed,
    random_flag,
    row_norm,
    row_norms,
)
from arrangements.exact import float_rows, montgomery_residues, primes_above

IntegerRow = tuple[int, ...]

_FLOAT_FLAG_SIZE = 2**20
_LANES = 64
"""Rows are padded to whole words."""
_LEAST_EXPONENT = -1000
_MEMO_FLATS = 2**19
_MEMO_WORDS = 2**22


def make_source(rows: Sequence[IntegerRow], seed: int) -> Any:
    """Return the kernels' `Source` of m distinct hyperplanes with independent columns.

    Parameters
    ----------
    rows : m primitive integer rows of length r
    seed : int
        Of the random flag.
    """
    basis = integer_flag(rows, seed)
    if basis is not None:
        return _integer_source(rows, basis)
    return _float_source(_balanced(rows), random_flag(len(rows[0]), _FLOAT_FLAG_SIZE, seed))


def make_perturbed_source(rows: Sequence[IntegerRow], seed: int) -> Any:
    """Return a float source whose flag is that of `make_source`, moved infinitely little.

    It decides what the flag leaves open and agrees wherever the flag decides.
    """
    basis = integer_flag(rows, seed)
    balanced = _balanced(rows)
    if basis is None:
        flag = random_flag(len(rows[0]), _FLOAT_FLAG_SIZE, seed)
    else:
        flag = [list(row) for row in _shifted(functionals(basis), column_shifts(rows))]
    return _float_source(balanced, perturbed(flag, balanced, seed))


def column_shifts(rows: Sequence[IntegerRow]) -> list[int]:
    """Return powers of two that make the largest entries of all columns alike.

    A float source works with ``row_c * 2**shift_c``: an invertible column map, which
    changes no sign; its vector w stands for ``w_c * 2**shift_c``.
    """
    bits = [max(abs(row[c]) for row in rows).bit_length() for c in range(len(rows[0]))]
    return [max(bits) - count for count in bits]


def column_scales(source: Any, rows: Sequence[IntegerRow]) -> npt.NDArray[np.float64]:
    """Return by what a source's vectors are to be multiplied, up to a common factor."""
    if is_integer(source):
        return np.ones(len(rows[0]))
    shifts = np.array(column_shifts(rows))
    # Relative to the largest; what underflows is found missing by whoever checks.
    return np.asarray(np.exp2(np.maximum(shifts - shifts.max(), _LEAST_EXPONENT)))


def _balanced(rows: Sequence[IntegerRow]) -> list[IntegerRow]:
    return _shifted(rows, column_shifts(rows))


def _shifted(rows: Sequence[Sequence[int]], shifts: Sequence[int]) -> list[IntegerRow]:
    return [tuple(v << s for v, s in zip(row, shifts, strict=True)) for row in rows]


def is_integer(source: Any) -> bool:
    """Return whether a source is an integer source."""
    return len(source.integer) > 0


def rows_and_flag(
    source: Any, rows: Sequence[IntegerRow]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return a source's rows and the functionals of its flag, both with entries up to one.

    Parameters
    ----------
    source
        Made of the rows.
    rows : m integer rows of length r

    Returns
    -------
    (m, r), (r, r) float64
        Positive multiples, every entry rounded at most once.
    """
    m, rank = len(rows), len(rows[0])
    both: npt.NDArray[np.float64] = source.row
    if is_integer(source):
        basis = source.root.T.astype(np.int64).tolist()
        both = float_rows([*rows, *map(tuple, functionals(basis))], rank)
    return both[:m], both[m:]


def make_pool(source: Any) -> Any:
    """Return workspace for one run; it holds the memo of local arrangements."""
    from arrangements.kernels import NO_BOUND, Pool, frame_errors

    r, n = source.x.shape
    m = source.row.shape[0] - r
    words = n // _LANES
    floats = {
        "x": (r, r, n),
        "frame": (r, r, r, r),
        "scale": (r, r),
        "error": (r, r, r),
        "a": (r, n),
        "b": (r, n),
        "low": (r, n),
        "high": (r, n),
        "value": (r, r),
        "directions": (_MEMO_WORDS * r,),
    }
    integers = {
        "gid": (r, n),
        "ids": (r, r, r),
        "local": (r, r, r),
        "path": (r, r),
        "cursor": (r, r),
        "member": (r, n),
        "place": (_MEMO_FLATS, 3),
        "used": (3,),
    }
    bits = {
        "on": (r, r, words),
        "covered": (r, r, words),
        "rising": (r, words),
        "below": (r, words),
        "tied": (r, words),
        "known": (_MEMO_FLATS, words),
        "patterns": (_MEMO_WORDS,),
    }
    arrays: dict[str, npt.NDArray[Any]] = {
        **{name: np.zeros(shape) for name, shape in floats.items()},
        **{name: np.zeros(shape, np.int64) for name, shape in integers.items()},
        **{name: np.zeros(shape, np.uint64) for name, shape in bits.items()},
    }
    arrays["scale"][:] = 1.0
    pool = Pool(**arrays)
    pool.x[0] = source.x
    pool.gid[0, :m] = np.arange(m)
    flag_rows = np.arange(m, m + r)
    if not is_integer(source) and not frame_errors(
        source.row, flag_rows, source.root, pool.error[0, 0]
    ):
        source.root[:] = 0.0
        pool.error[0, 0] = NO_BOUND
    return pool


def _integer_source(rows: Sequence[IntegerRow], basis: Flag) -> Any:
    from arrangements.kernels import Source

    m, rank = len(rows), len(rows[0])
    exact = np.array(rows, np.int64)
    return Source(
        x=_by_column(exact.astype(np.float64)),
        row=np.vstack([exact.astype(np.float64), np.zeros((rank, rank))]),
        integer=exact,
        root=np.array(basis, np.float64).T.copy(),
        residues=np.zeros((0, m + rank, rank), np.uint64),
        field=np.zeros((3, 0), np.uint64),
        radix=np.zeros((0, 0), np.uint64),
        half=np.zeros((0, 0), np.uint64),
        reach=np.zeros(0),
        size=np.zeros(0),
        shift=np.zeros(0),
    )


def _float_source(rows: Sequence[IntegerRow], flag: Flag) -> Any:
    from arrangements.kernels import Source

    m, rank = len(rows), len(rows[0])
    stacked = [*rows, *map(tuple, flag)]
    both = float_rows(stacked, rank)
    bound = math.prod(row_norms(stacked)[:rank])
    # Eight bits beyond Hadamard's bound, for bounds computed in floats.
    primes = primes_above(bound << 8)
    field, residues = montgomery_residues(stacked, primes)
    # Mixed radix: the number is negative when its digits exceed those of half the product.
    radix = [
        [pow(q, -1, p) * 2**32 % p if j < i else 0 for j, q in enumerate(primes)]
        for i, p in enumerate(primes)
    ]
    halves = np.zeros((len(primes), len(primes)), np.uint64)
    for count in range(1, len(primes) + 1):
        half = math.prod(primes[:count]) // 2
        for place in range(count):
            half, halves[count - 1, place] = divmod(half, primes[place])
    return Source(
        x=_by_column(both[:m]),
        row=both,
        integer=np.zeros((0, rank), np.int64),
        root=_dual_basis(both[m:]),
        residues=np.ascontiguousarray(residues.transpose(0, 2, 1)),
        field=field,
        radix=np.array(radix, np.uint64),
        half=halves,
        # Products of primes below 2**31: a bit off the sum is below its logarithm.
        reach=np.cumsum(np.log2(np.array(primes, np.float64))) - 1.5,
        size=np.array([math.log2(norm) for norm in map(row_norm, stacked)]),
        shift=np.array([float(max(map(abs, row)).bit_length()) for row in stacked]),
    )


def _dual_basis(functionals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the dual basis, one vector a row; zeros, which decide nothing, if floats see none."""
    try:
        return np.ascontiguousarray(np.linalg.inv(functionals).T)
    except np.linalg.LinAlgError:
        return np.zeros_like(functionals)


def _by_column(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    result = np.zeros((rows.shape[1], -(-len(rows) // _LANES) * _LANES))
    result[:, : len(rows)] = rows.T
    return result
