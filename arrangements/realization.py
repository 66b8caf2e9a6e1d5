"""Whether weight vectors realize patterns: a compiled filter first, integers for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement
from arrangements.exact import Directions, IntegerMatrix, exact_signs, float_rows, rounding_bound
from arrangements.kernel_cache import kernels_are_loaded
from arrangements.packing import Packed, flip_bits, flipped_one_by_one, pack
from arrangements.witnesses import Witnesses

Words: TypeAlias = npt.NDArray[np.uint64]
IntegerRows: TypeAlias = tuple[tuple[int, ...], ...]

_WORD_BITS = 64
_PLANE = 2
_BLOCK = 1 << 20
"""Bytes of the patterns of the plane that are compared at once."""
_WORTH_LOADING = 1 << 22
"""Products below which numpy is done before compiled code is loaded."""


@dataclass(frozen=True, eq=False)
class Realized:
    """Which of k patterns their weight vectors realize, exactly.

    Parameters
    ----------
    right : (k,) bool
        Whether ``x_i.w > 0`` on the rows that the pattern has active, and nowhere else; zero
        rows are active.
    interior : (k,) bool
        False where a vector lies on a hyperplane: it realizes no pattern off the boundaries.
    decided : (k,) bool
        False where floats left the answer to integers; true where they were not asked.
    """

    right: npt.NDArray[np.bool_]
    interior: npt.NDArray[np.bool_]
    decided: npt.NDArray[np.bool_]


def realized(arrangement: Arrangement, witnesses: Witnesses, packed: Packed) -> Realized:
    """Compare patterns with those of weight vectors.

    Parameters
    ----------
    arrangement : Arrangement
    witnesses : Witnesses
        k integer vectors.
    packed : (k, ceil(n / 8)) uint8
        The patterns they should have.

    Notes
    -----
    *Exactness.* A product is believed when it exceeds its rounding bound (see
    `exact_signs`); vectors with any other product are evaluated in integers.

    *Cost.* k m r multiplications in floats, four lanes at a time when compiled; in the plane
    a search among the sorted lines, and a pass over the patterns.
    """
    rows = _on_columns(arrangement.normals, witnesses.columns)
    points = witnesses.points
    if len(witnesses.columns) == _PLANE:
        return _in_the_plane(arrangement, rows, witnesses, packed)
    small = points.size * len(rows) < (1 if kernels_are_loaded() else _WORTH_LOADING)
    interior = np.ones(len(points), dtype=np.bool_)
    if small or points.dtype == object:
        signs = exact_signs(points, rows)
        found = pack(arrangement.activations_of_sides(signs > 0))
        interior = (signs != 0).all(axis=1)
        return Realized((found == packed).all(axis=1), interior, np.ones(len(points), np.bool_))
    words, decided = _filtered(points, rows)
    unsure = np.flatnonzero(~decided)
    if len(unsure):
        signs = exact_signs(points[unsure], rows)
        words[unsure] = as_words(signs > 0)
        interior[unsure] = (signs != 0).all(axis=1)
    found = patterns_of_words(arrangement, words)
    return Realized((found == packed).all(axis=1), interior, decided)


def _in_the_plane(
    arrangement: Arrangement, rows: IntegerRows, witnesses: Witnesses, packed: Packed
) -> Realized:
    """Find vectors of the plane among its lines, sorted by angle: no products."""
    lines = _sorted_lines(rows)
    places = lines.locate(witnesses.points)
    right = np.zeros(len(packed), np.bool_)
    # By angle, a block that stays in the processor's cache at a time.
    order = np.argsort(places.passed, kind="stable")
    passed = places.passed[order]
    size = max(1, _BLOCK // packed.shape[1])
    start = 0
    while start < len(order):
        first = int(passed[start])
        stop = min(start + size, int(np.searchsorted(passed, first + size)))
        table = patterns_by_angle(arrangement, lines, range(first, int(passed[stop - 1]) + 1))
        here = order[start:stop]
        expected = table[passed[start:stop] - first]
        expected[places.turned[here]] ^= arrangement.flips
        right[here] = (expected == packed[here]).all(axis=1)
        start = stop
    others = np.flatnonzero(~places.inside)
    if len(others):
        signs = exact_signs(witnesses.points[others], rows)
        right[others] = (pack(arrangement.activations_of_sides(signs > 0)) == packed[others]).all(
            axis=1
        )
    return Realized(right, places.inside, np.ones(len(packed), np.bool_))


def patterns_by_angle(arrangement: Arrangement, lines: Directions, sectors: range) -> Packed:
    """Return the patterns of sectors of the upper half plane.

    Parameters
    ----------
    arrangement : Arrangement
        Its hyperplanes are the first of the lines.
    lines : Directions
    sectors : range
        Sector s lies counterclockwise of the first s lines.

    Returns
    -------
    (len(sectors), ceil(n / 8)) uint8
    """
    count = arrangement.hyperplane_count
    # Clockwise of its vector a row is positive iff the vector was not turned.
    sides = (lines.place[:count] < sectors.start) == lines.turned[:count]
    table = np.zeros((len(sectors), (arrangement.shape[0] + 7) // 8), np.uint8)
    table[0] = pack(arrangement.activations_of_sides(sides.reshape(1, count)))[0]
    changing = np.flatnonzero(arrangement.orientation)
    step = lines.place[arrangement.row_class[changing]] + 1 - sectors.start
    here = (step > 0) & (step < len(sectors))
    flip_bits(table, step[here], changing[here])
    return flipped_one_by_one(table)


@lru_cache(maxsize=4)
def _sorted_lines(rows: IntegerRows) -> Directions:
    return Directions(rows)


def patterns_of_words(arrangement: Arrangement, sides: Words) -> Packed:
    """Turn sides of the hyperplanes in bit words into packed patterns of the rows.

    Parameters
    ----------
    arrangement : Arrangement
    sides : (k, words of m) uint64
        Bit l: the positive side of hyperplane l.

    Returns
    -------
    (k, ceil(n / 8)) uint8
    """
    from arrangements.kernels import row_words

    n = arrangement.shape[0]
    if arrangement.hyperplane_count < n:
        words = np.empty((len(sides), -(-n // _WORD_BITS)), np.uint64)
        row_words(sides, _runs(arrangement), words)
        sides = words
    # Bit j of a word is bit j % 8 of its byte j // 8 on the machines numba compiles for.
    return np.ascontiguousarray(sides.view(np.uint8)[:, : (n + 7) // 8])


def filtered_sides(rows: IntegerRows | list[tuple[int, ...]]) -> None:
    """Run the filter and the translation of words once, which compiles them."""
    words, _ = _filtered(np.ones((1, len(rows[0])), np.int64), tuple(rows))
    patterns_of_words(Arrangement([*rows, rows[0]]), words)


def as_words(sides: npt.NDArray[np.bool_]) -> Words:
    """Pack booleans of shape (k, m) into 64-bit words, bit l % 64 of word l // 64."""
    packed = pack(sides)
    padded = np.zeros((len(sides), 8 * -(-sides.shape[1] // _WORD_BITS)), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return np.asarray(padded.view(np.uint64))


def _runs(arrangement: Arrangement) -> npt.NDArray[np.int64]:
    """Return runs of rows on successive hyperplanes: first row and hyperplane, length, sign."""
    planes, signs = arrangement.row_class, arrangement.orientation
    follows = (signs[1:] == signs[:-1]) & ((planes[1:] == planes[:-1] + 1) | (signs[1:] == 0))
    first = np.flatnonzero(np.concatenate([[True], ~follows]))
    length = np.diff(np.append(first, len(planes)))
    return np.stack([first, planes[first], length, signs[first]], axis=1).astype(np.int64)


def _filtered(points: IntegerMatrix, rows: IntegerRows) -> tuple[Words, npt.NDArray[np.bool_]]:
    """Return the sides of every point, and which points' sides are certain."""
    from arrangements.kernels import side_words

    x, bound = _filter_arrays(rows)
    words = np.empty((len(points), x.shape[1] // _WORD_BITS), np.uint64)
    decided = np.empty(len(points), np.bool_)
    side_words(x, bound, len(rows), np.require(points, requirements=("C", "W")), words, decided)
    return words, decided


@lru_cache(maxsize=8)
def _on_columns(rows: IntegerRows, columns: tuple[int, ...]) -> IntegerRows:
    return tuple(tuple(row[j] for j in columns) for row in rows)


@lru_cache(maxsize=8)
def _filter_arrays(
    rows: IntegerRows,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the rows by column and their rounding bounds, padded to whole words."""
    padded = _WORD_BITS * -(-len(rows) // _WORD_BITS)
    floats = float_rows(rows, len(rows[0]))
    x = np.zeros((len(rows[0]), padded))
    x[:, : len(rows)] = floats.T
    bound = np.zeros(padded)
    bound[: len(rows)] = rounding_bound(floats)
    return x, bound
