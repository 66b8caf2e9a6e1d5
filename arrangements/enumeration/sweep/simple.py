"""Vertices in general position by numpy, while the kernels are not compiled yet.

Compiling the sweep takes as long as numpy takes for a million vertices.  In general position
every vertex lies on as few rows as it can, so all subsets of the rows are its vertices
and nothing needs to be searched: stacks of small matrices are inverted.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Words: TypeAlias = npt.NDArray[np.uint64]
FloatMatrix: TypeAlias = npt.NDArray[np.float64]

_STACK = 1 << 13
"""Matrices that are inverted at once: a few megabytes."""
_SAFE = 2.0**1000


class SimpleVertices(NamedTuple):
    """The vertices of a part of the sweep, in its order: see `cells.Cells`."""

    words: Words
    vertices: FloatMatrix
    directions: FloatMatrix
    through: Words


def simple_vertices(
    rows: FloatMatrix, flag: FloatMatrix, level: int, prefix: tuple[int, ...], width: int
) -> SimpleVertices | None:
    """Return the lowest vertices whose basis begins with a prefix, or None.

    Parameters
    ----------
    rows : (m, r) float64
        Entries of at most one in absolute value, each off by a relative 2**-53 at most.
    flag : (r, r) float64
        Functionals of the flag, in the same way.
    level : int
        So many of the first functionals vanish: 0, 2, 4, ... below r.
    prefix : tuple of int
        The first rows of the bases, ascending.
    width : int
        Words of a pattern.

    Returns
    -------
    SimpleVertices or None
        None where some sign is not certain: special position, or nearly.

    Notes
    -----
    *Algorithm.* A vertex is where r - 1 - level rows and the first functionals vanish and the
    next, the chart, is one.  The inverse of these r functionals has the vertex and the edges
    from it for columns.  Every subset of the rows is a basis, in lexicographic order.
    The region that has its lowest vertex there lies on the side of each row on which its
    edge rises along the functional after the chart.

    *Exactness.* Each product is believed only beyond the bound of
    `kernels.frame.frame_errors`, which is derived there.

    *Cost.* O(m r + r^3) for each vertex: a few microseconds.
    """
    rank = rows.shape[1]
    chosen = rank - 1 - level
    first = prefix[-1] + 1 if prefix else 0
    rest = itertools.combinations(range(first, len(rows)), chosen - len(prefix))
    count = math.comb(len(rows) - first, chosen - len(prefix))
    parts = []
    for start in range(0, count, _STACK):
        size = min(_STACK, count - start)
        some = [(*prefix, *others) for others in itertools.islice(rest, size)]
        bases = np.array(some, np.intp).reshape(size, chosen)
        with np.errstate(over="ignore", invalid="ignore"):
            part = _stack(rows, flag, level, bases, width)
        if part is None:
            return None
        parts.append(part)
    return SimpleVertices(*map(np.concatenate, zip(*parts, strict=True)))


def _stack(
    rows: FloatMatrix, flag: FloatMatrix, level: int, bases: npt.NDArray[np.intp], width: int
) -> SimpleVertices | None:
    """Return the vertices of some bases, one a row, or None where floats do not suffice."""
    count, chosen = bases.shape
    above = np.broadcast_to(flag[: level + 1], (count, level + 1, flag.shape[1]))
    functionals = np.concatenate([above, rows[bases]], axis=1)
    try:
        frames = np.linalg.inv(functionals)
    except np.linalg.LinAlgError:
        return None
    error = frame_bounds(functionals, frames)
    if error is None:
        return None
    vertices = frames[:, :, level]
    values = vertices @ rows.T
    certain = np.abs(values) > error[:, level, np.newaxis]
    np.put_along_axis(certain, bases, values=True, axis=1)
    if not certain.all():
        return None
    positive = values > 0.0
    through = np.zeros_like(positive)
    directions = np.zeros_like(vertices)
    if chosen:
        edges = frames[:, :, level + 1 :]
        rise = np.einsum("c,kcj->kj", flag[level + 1], edges)
        if not (np.abs(rise) > error[:, level + 1 :]).all():
            return None
        np.put_along_axis(positive, bases, rise > 0.0, axis=1)
        np.put_along_axis(through, bases, values=True, axis=1)
        directions = np.einsum("kcj,kj->kc", edges, np.sign(rise))
    return SimpleVertices(
        _as_words(positive, width), vertices.copy(), directions, _as_words(through, width)
    )


def frame_bounds(functionals: FloatMatrix, frames: FloatMatrix) -> FloatMatrix | None:
    """Return bounds on the errors of rows' values on the columns of frames, or None.

    Parameters
    ----------
    functionals, frames : (k, r, r) float64
        Each frame is about the inverse of the functionals beside it.

    Returns
    -------
    (k, r) float64 or None
        For each column; None where some frame is too far from an inverse.
    """
    rank = frames.shape[1]
    unit = (rank + 3) * 2.0**-53
    size = np.abs(frames)
    own = size.sum(axis=1)
    total = own.sum(axis=1)
    if not (total < _SAFE).all():
        return None
    rest = np.abs(np.eye(rank) - functionals @ frames)
    largest = (rest + unit * (1.0 + np.abs(functionals) @ size)).max(axis=1)
    worst = rank * largest.max(axis=1)
    if not (worst < 0.5).all():  # noqa: PLR2004 - half of what the series needs
        return None
    growth = (total / (1.0 - worst))[:, np.newaxis]
    return np.asarray(1.01 * (growth * largest + unit * own))


def _as_words(bits: npt.NDArray[np.bool_], width: int) -> Words:
    """Return booleans as words of 64, the first lowest."""
    packed = np.zeros((len(bits), 8 * width), np.uint8)
    some = np.packbits(bits, axis=1, bitorder="little")
    packed[:, : some.shape[1]] = some
    return packed.view("<u8").astype(np.uint64)
