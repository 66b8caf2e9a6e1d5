"""What hangs on digits that nobody meant: rank, parallel rows and dependent triples, nearly."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import as_arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import determinant, float_rows, independent_columns
from arrangements.matrix import DataMatrix, as_data_matrix
from arrangements.units import WHOLE_SPACE

FloatMatrix = npt.NDArray[np.float64]

NEAR = 1e-12
"""Relative size below which a difference is more likely rounding than meant: advice, no decision."""
_MOST_TRIPLES = 300
"""Hyperplanes of which all triples are looked at."""
_SPACE = 3


@dataclass(frozen=True, slots=True)
class NearDegeneracy:
    """How far the exact arrangement is from a more special one.

    Parameters
    ----------
    rank : int
        The exact rank.
    numerical_rank : int
        The number of singular values above 1e-12 times the largest, rows and columns scaled to
        one length.
    ratio : float
        The smallest of `rank` singular values divided by the largest: about the angular width
        of the thinnest regions, when it is small.
    parallel : tuple of pairs of int
        Rows that span an angle below 1e-12 and are not parallel.
    dependent : tuple of triples of int
        In rank three: rows whose volume is below 1e-12 of that of a cube and that are not
        dependent; of at most 300 hyperplanes, without pairs of `parallel`.

    Examples
    --------
    >>> import arrangements as ar
    >>> near = ar.near_degeneracy([[0.1, 0.3], [0.3, 0.9]])  # as floats: not quite parallel
    >>> near.rank, near.numerical_rank, near.parallel
    (2, 1, ((0, 1),))
    """

    rank: int
    numerical_rank: int
    ratio: float
    parallel: tuple[tuple[int, int], ...]
    dependent: tuple[tuple[int, int, int], ...]

    def __bool__(self) -> bool:
        """Return whether anything is near."""
        return self.numerical_rank < self.rank or bool(self.parallel or self.dependent)

    def summary(self) -> str:
        """Say what is near, and what can be done; one line where nothing is."""
        lines = []
        if self.numerical_rank < self.rank:
            lines.append(
                f"exact rank {self.rank}, numerical rank {self.numerical_rank}: the thinnest "
                f"regions are about {self.ratio:.1g} wide; nearest_of_rank(data, "
                f"{self.numerical_rank}), or --rank {self.numerical_rank}, takes the last digits away"
            )
        if self.parallel:
            i, j = self.parallel[0]
            lines.append(
                f"{_number(len(self.parallel), 'pair')} of rows parallel but for rounding, like rows "
                f"{i} and {j}; round the numbers to fewer digits if they are meant to be"
            )
        if self.dependent:
            i, j, k = self.dependent[0]
            lines.append(
                f"{_number(len(self.dependent), 'triple')} of rows dependent but for rounding, like rows "
                f"{i}, {j} and {k}; round the numbers to fewer digits if they are meant to be"
            )
        return "\n".join(lines) or "nothing hangs on digits below 1e-12"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def near_degeneracy(data: Any) -> NearDegeneracy:
    """Say whether the exact answer hangs on digits that nobody may have meant.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        The rows only: a domain plays no role.

    Returns
    -------
    NearDegeneracy
        True in conditions when something is near.

    Notes
    -----
    *Exactness.* That something is not degenerate is decided by integers; that it is nearly so is
    advice, by floats.  It changes no other answer.

    *Cost.* A singular value decomposition, sorting, and in rank three all triples of up to 300
    hyperplanes.

    *Growth.* ``n**3 + n * r**2`` for n rows of rank r.

    Examples
    --------
    >>> near = near_degeneracy([[0.1, 0.3], [0.3, 0.9]])
    >>> near.rank, near.numerical_rank, near.parallel
    (2, 1, ((0, 1),))
    >>> bool(near_degeneracy([[1, 3], [3, 9]]))
    False
    """
    arrangement = as_arrangement(data)
    rank = arrangement.rank
    if rank == 0:
        return NearDegeneracy(0, 0, 1.0, (), ())
    rows = list(map(tuple, arrangement.frame(WHOLE_SPACE).hyperplanes.tolist()))
    floats = float_rows(rows, rank)
    floats /= np.linalg.norm(floats, axis=1)[:, np.newaxis]
    floats /= np.maximum(np.abs(floats).max(axis=0), np.finfo(np.float64).tiny)
    values = np.linalg.svd(floats, compute_uv=False)
    numerical = int(np.count_nonzero(values > NEAR * values[0]))
    ratio = float(values[-1] / values[0]) if len(values) == rank else 0.0
    floats /= np.linalg.norm(floats, axis=1)[:, np.newaxis]
    first = arrangement.representatives
    parallel = _parallel(floats)
    dependent: list[tuple[int, int, int]] = []
    if rank == _SPACE and numerical == rank and len(rows) <= _MOST_TRIPLES:
        dependent = _dependent(floats, rows, set(parallel))
    return NearDegeneracy(
        rank,
        numerical,
        ratio,
        tuple((first[i], first[j]) for i, j in parallel),
        tuple((first[i], first[j], first[k]) for i, j, k in dependent),
    )


def _parallel(units: FloatMatrix) -> list[tuple[int, int]]:
    """Return pairs of unit vectors with an angle below `NEAR`; no two are parallel exactly."""
    leading = np.abs(units).argmax(axis=1)
    turned = units * np.sign(units[np.arange(len(units)), leading])[:, np.newaxis]
    both = np.concatenate([turned, -turned])
    # On a generic axis they are neighbours.
    places = both @ np.random.default_rng(0).standard_normal(units.shape[1])
    order = np.argsort(places)
    reach = 4 * NEAR * max(1.0, float(np.abs(places).max(initial=0.0)))
    found = set()
    for place in np.flatnonzero(np.diff(places[order]) <= reach):
        index = order[place]
        for other in order[place + 1 :]:
            if places[other] - places[index] > reach:
                break
            i, j = sorted((int(index) % len(units), int(other) % len(units)))
            if i != j and np.abs(both[index] - both[other]).max() < NEAR:
                found.add((i, j))
    return sorted(found)


def _dependent(
    units: FloatMatrix, rows: list[tuple[int, ...]], parallel: set[tuple[int, int]]
) -> list[tuple[int, int, int]]:
    """Return triples of unit vectors of space of small volume, without those of volume zero."""
    found = []
    for i in range(len(units) - 2):
        normals = np.cross(units[i], units[i + 1 :])
        volumes = np.abs(normals @ units[i + 1 :].T)
        for a, b in zip(*np.nonzero(np.triu(volumes < NEAR, 1)), strict=True):
            triple = (i, i + 1 + int(a), i + 1 + int(b))
            if any(pair in parallel for pair in itertools.combinations(triple, 2)):
                continue
            if determinant([rows[index] for index in triple]) != 0:
                found.append(triple)
    return found


@dataclass(frozen=True, eq=False)
class NearMatrix:
    """A matrix of a given exact rank, near another one.

    Parameters
    ----------
    data : DataMatrix
    distance : Fraction
        The largest change of an entry, exactly.
    kept : tuple of int
        The columns that were left as they are; the others are combinations of them.

    Examples
    --------
    >>> import arrangements as ar
    >>> near = ar.nearest_of_rank([[0.1, 0.3], [0.3, 0.9]], 1)
    >>> ar.Arrangement(near.data).rank, 0 < near.distance < 1e-15
    (1, True)
    """

    data: DataMatrix
    distance: Fraction
    kept: tuple[int, ...]

    def summary(self) -> str:
        """Say how much was changed, and where."""
        changed = self.data.shape[1] - len(self.kept)
        return (
            f"{changed} of {self.data.shape[1]} columns became combinations of the others; no "
            f"entry changed by more than {float(self.distance):.2g}"
        )


def nearest_of_rank(data: Any, rank: int) -> NearMatrix:
    """Return a matrix of a given exact rank near the data.

    Parameters
    ----------
    data : DataMatrix or array-like of shape (n, d)
    rank : int
        From 1 to the exact rank of the data.

    Returns
    -------
    NearMatrix
        Its ``data`` have that exact rank; its ``distance`` is how far they are.

    Raises
    ------
    ArgumentError
        When the rank is not in that range.

    Notes
    -----
    *Algorithm.* So many columns, the most independent ones (QR with pivoting), stay as they
    are, so that what is special about them stays too; each of the others becomes their
    combination nearest to it by least squares, with the coefficients taken as stored.

    *Exactness.* The rank and the distance are exact.  That no matrix of that rank is nearer is not
    claimed: the distance is within a modest factor of the least one.

    *Growth.* ``n * r**2`` for n rows of rank r.

    Examples
    --------
    >>> near = nearest_of_rank([[0.1, 0.3], [0.3, 0.9]], 1)
    >>> near.kept, float(near.distance) < 1e-15
    ((1,), True)
    """
    matrix = as_data_matrix(data)
    exact = len(independent_columns(matrix.integers))
    if isinstance(rank, bool) or not isinstance(rank, int) or not 1 <= rank <= exact:
        raise ArgumentError(
            f"rank = {rank!r} must be an integer from 1 to {exact}, the data's rank"
        )
    if rank == exact:
        return NearMatrix(matrix, Fraction(0), tuple(range(matrix.shape[1])))
    floats = matrix.floats
    order = _most_independent(floats)
    reordered = [[row[j] for j in order] for row in matrix.integers]
    kept = tuple(sorted(order[place] for place in independent_columns(reordered)[:rank]))
    others = [j for j in range(matrix.shape[1]) if j not in kept]
    solved, *_ = np.linalg.lstsq(floats[:, kept], floats[:, others], rcond=None)
    coefficients = [[Fraction(entry) for entry in row] for row in solved.T.tolist()]
    rows = [list(row) for row in matrix.fractions]
    distance = Fraction(0)
    for row in rows:
        for j, factors in zip(others, coefficients, strict=True):
            entry = sum((f * row[k] for f, k in zip(factors, kept, strict=True)), Fraction(0))
            distance = max(distance, abs(entry - row[j]))
            row[j] = entry
    return NearMatrix(DataMatrix.from_array(rows), distance, kept)


def _most_independent(floats: FloatMatrix) -> list[int]:
    """Return the columns in the order of QR with pivoting, all scaled to one length first."""
    lengths = np.linalg.norm(floats, axis=0)
    rest = floats / np.where(lengths > 0.0, lengths, 1.0)
    order: list[int] = []
    for _ in range(floats.shape[1]):
        sizes = np.linalg.norm(rest, axis=0)
        sizes[order] = -1.0
        column = int(np.argmax(sizes))
        order.append(column)
        if sizes[column] > 0.0:
            unit = rest[:, column] / sizes[column]
            rest = rest - np.outer(unit, unit @ rest)
    return order
