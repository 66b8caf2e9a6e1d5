"""Which patterns weight vectors realize: a compiled filter first, integers for the rest."""

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
_TABLE = 1 << 28
"""Bytes of all patterns of the plane that are held at once."""
_WORTH_LOADING = 1 << 22
"""Products below which numpy is done before compiled code is loaded."""


@dataclass(frozen=True, eq=False)
class Realized:
    """What k weight vectors realize, exactly.

    Parameters
    ----------
    packed : (k, ceil(n / 8)) uint8
        The patterns ``x_i.w > 0``; zero rows are active.
    interior : (k,) bool
        False where a vector lies on a hyperplane: it realizes no pattern off the boundaries.
    decided : (k,) bool
        False where floats left the answer to integers; true where they were not asked.
    """

    packed: Packed
    interior: npt.NDArray[np.bool_]
    decided: npt.NDArray[np.bool_]


def realized_patterns(arrangement: Arrangement, witnesses: Witnesses) -> Realized:
    """Return the patterns of weight vectors.

    Parameters
    ----------
    arrangement : Arrangement
    witnesses : Witnesses
        k integer vectors.

    Notes
    -----
    *Exactness.* A product is believed when it exceeds its rounding bound (see
    `exact_signs`); vectors with any other product are evaluated in integers.

    *Cost.* k m r multiplications in floats, four lanes at a time when compiled; in the plane
    a search among the sorted lines, and copying a pattern.
    """
    rows = _on_columns(arrangement.normals, witnesses.columns)
    points = witnesses.points
    if len(witnesses.columns) == _PLANE and _table_size(arrangement) <= _TABLE:
        return _in_the_plane(arrangement, rows, witnesses)
    small = points.size * len(rows) < (1 if kernels_are_loaded() else _WORTH_LOADING)
    if small or points.dtype == object:
        signs = exact_signs(points, rows)
        return Realized(
            pack(arrangement.activations_of_sides(signs > 0)),
            (signs != 0).all(axis=1),
            np.ones(len(points), dtype=np.bool_),
        )
    words, decided = _filtered(points, rows)
    interior = np.ones(len(points), dtype=np.bool_)
    unsure = np.flatnonzero(~decided)
    if len(unsure):
        signs = exact_signs(points[unsure], rows)
        words[unsure] = as_words(signs > 0)
        interior[unsure] = (signs != 0).all(axis=1)
    return Realized(patterns_of_words(arrangement, words), interior, decided)


def _table_size(arrangement: Arrangement) -> int:
    n = arrangement.shape[0]
    return (arrangement.hyperplane_count + 1) * -(-n // 8)


def _in_the_plane(arrangement: Arrangement, rows: IntegerRows, witnesses: Witnesses) -> Realized:
    """Find vectors of the plane among its lines, sorted by angle: no products."""
    lines = _sorted_lines(rows)
    placed = lines.locate(list(map(tuple, witnesses.points.tolist())))
    position = np.array([place for place, _, _ in placed], np.intp)
    opposite = np.array([turned for _, turned, _ in placed], np.bool_)
    interior = np.array([inside for _, _, inside in placed], np.bool_)
    packed = _patterns_by_angle(arrangement, lines)[position]
    packed[opposite] ^= arrangement.flips
    others = np.flatnonzero(~interior)
    if len(others):
        signs = exact_signs(witnesses.points[others], rows)
        packed[others] = pack(arrangement.activations_of_sides(signs > 0))
    return Realized(packed, interior, np.ones(len(packed), np.bool_))


def _patterns_by_angle(arrangement: Arrangement, lines: Directions) -> Packed:
    """Return the patterns of the upper half plane, counterclockwise: one more than lines."""
    # Clockwise of its vector row i is positive iff the vector was not turned.
    first = arrangement.activations_of_sides(~np.array([lines.turned], np.bool_).reshape(1, -1))
    table = np.zeros((len(lines.order) + 1, (arrangement.shape[0] + 7) // 8), np.uint8)
    table[0] = pack(first)[0]
    passed = np.empty(len(lines.order), np.intp)
    passed[lines.order] = np.arange(1, len(lines.order) + 1)
    changing = np.flatnonzero(arrangement.orientation)
    place = passed[arrangement.row_class[changing]]
    flip_bits(table, place, changing)
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
