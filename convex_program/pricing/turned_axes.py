"""Axes for a proof: turned so that few rows bend far from the sides of the orthants.

In an orthant a row w in P costs its chord: ``sum_i (w_i o_i)_+`` instead of ``(w.u)_+``, nothing where all w_i o_i
have one sign.  So rows with few large entries are cheap, and axes are turned to where the sum of
all ``|w_i|`` is small.  Any axes give a proof; these give a shorter one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from convex_program.evidence.lines import Basis
from convex_program.pricing.reduction import Floats

_SWEEPS = 3
_ANGLES = 24
_MOST_ROWS = 4096
_WORTH = 0.98
"""Axes are turned if the sum of the entries falls below this part of it."""
_PLACES = 10
"""Binary places of the angles: more make a file longer, and the tree hardly shorter."""
_FAR = 64.0
_THIN = 7
"""Binary places of the smallest singular value, relative to the largest, from which on axes stay as they are: a tree
along axes that are nearly, not quite, orthogonal to all rows can come to no end."""


def turned_axes(rows: Floats) -> Basis | None:
    """Return orthogonal integer vectors of one length along which rows have small entries.

    Parameters
    ----------
    rows : (n, r) float64
        Each in the size in which it counts.

    Returns
    -------
    r rows of r integers, or None where turning gains little, or the rows lie nearly in a plane.

    Notes
    -----
    *Algorithm.* Jacobi's sweeps: two axes at a time are turned by the angle that brings one of the heaviest rows
    into a plane of the others, if the sum of sizes falls.  Then Cayley's transform of rounded numbers, which is rational.

    *Exactness.* The vectors are orthogonal and of one length exactly; which ones they are is a guess.

    *Cost.* O(n r^2), 5 ms for 1,000 rows in five columns.

    *Reference.* A. Cayley, Sur quelques propriétés des déterminants gauches, J. reine angew. Math. 32 (1846).

    Examples
    --------
    >>> turned_axes(np.array([[15.0, 8.0], [-8.0, 15.0], [30.0, 16.0]]))
    ((15, 8), (-8, 15))
    >>> turned_axes(np.eye(2)) is None
    True
    """
    sizes = np.hypot.reduce(rows, axis=1) if rows.size else np.zeros(len(rows))
    rows = rows[np.argsort(-sizes, kind="stable")[:_MOST_ROWS]]
    if len(rows) < rows.shape[1] or not _full(rows):
        return None
    start = float(np.abs(rows).sum())
    axes = _sparse_axes(rows)
    if not float(np.abs(rows @ axes.T).sum()) < _WORTH * start:
        return None
    return _rational(axes)


def axes_along_rows(rows: Floats, count: int) -> Iterator[Basis]:
    """Yield axes of the kind of `turned_axes`, whose flags are spanned by rows drawn at random.

    Parameters
    ----------
    rows : (n, r) float64
        Each in the size in which it counts; at least r, and of rank r.
    count : int
        How often rows are drawn, the same for the same rows.

    Notes
    -----
    *Algorithm.* r rows are drawn by their sizes; the first axis lies along the first of them, the second in the plane
    of the first two, and so on: r (r - 1) / 2 entries become zero.

    *Exactness.* As of `turned_axes`.

    *Cost.* O(n + r^3) a draw.

    Examples
    --------
    >>> list(axes_along_rows(np.array([[15.0, 8.0], [0.0, 0.0], [-16.0, 30.0]]), 1))
    [((15, 8), (-8, 15))]
    """
    sizes = np.hypot.reduce(rows, axis=1)
    able = np.flatnonzero(sizes > 0.0)
    parts = sizes[able] / sizes[able].sum()
    r = rows.shape[1]
    for seed in range(count):
        drawn = np.random.default_rng(seed).choice(len(able), r, replace=False, p=parts)
        axes = np.linalg.qr(rows[able[drawn]].T)[0].T
        found = _rational(axes)
        if found is not None:
            yield found


def _full(rows: Floats) -> bool:
    """Whether no direction is nearly orthogonal to all rows: rounded axes would be off it."""
    with np.errstate(over="ignore", invalid="ignore"):
        gram = rows.T @ rows
    if not np.isfinite(gram).all():
        return False
    values = np.linalg.eigvalsh(gram)
    return bool(values[0] > 4.0**-_THIN * values[-1])


def _sparse_axes(rows: Floats) -> Floats:
    """Return orthonormal axes, one a row, along which the sum of the entries' sizes is small."""
    r = rows.shape[1]
    axes, turned = np.eye(r), rows.copy()
    for _ in range(_SWEEPS):
        before = axes.copy()
        for a in range(r):
            for b in range(a + 1, r):
                x, y = turned[:, a], turned[:, b]
                heavy = np.argsort(-np.hypot(x, y), kind="stable")[:_ANGLES]
                angles = np.append(0.0, np.arctan2(y[heavy], x[heavy]))
                cosine, sine = np.cos(angles)[:, np.newaxis], np.sin(angles)[:, np.newaxis]
                sums = (np.abs(cosine * x + sine * y) + np.abs(cosine * y - sine * x)).sum(axis=1)
                best = int(np.argmin(sums))
                if sums[best] < sums[0] * (1.0 - 1e-9):
                    c, s = cosine[best], sine[best]
                    axes[[a, b]] = c * axes[a] + s * axes[b], c * axes[b] - s * axes[a]
                    turned[:, [a, b]] = np.stack([c * x + s * y, c * y - s * x], axis=1)
        if np.array_equal(axes, before):
            break
    return axes


def _rational(axes: Floats) -> Basis | None:
    """Return orthogonal integer vectors of one length near the axes, up to order and sign."""
    r = len(axes)
    sorted_axes, sizes = np.empty_like(axes), np.abs(axes)
    for _ in range(r):  # the largest entries come to the diagonal, and are positive there
        i, j = divmod(int(np.argmax(sizes)), r)
        sorted_axes[j] = axes[i] if axes[i, j] > 0 else -axes[i]
        sizes[i], sizes[:, j] = -1.0, -1.0
    if np.linalg.det(sorted_axes) < 0:
        sorted_axes[int(np.argmin(np.diag(sorted_axes)))] *= -1.0
    identity = np.eye(r)
    try:
        skew = np.linalg.solve((identity + sorted_axes).T, (identity - sorted_axes).T).T
    except np.linalg.LinAlgError:
        return None
    if not np.abs(skew).max(initial=0.0) <= _FAR:
        return None
    whole = np.rint((skew - skew.T) * 2.0 ** (_PLACES - 1)).astype(np.int64).tolist()
    unit = 1 << _PLACES
    plus = [[Fraction(unit * (i == j) + whole[i][j]) for j in range(r)] for i in range(r)]
    minus = [[Fraction(unit * (i == j) - whole[i][j]) for j in range(r)] for i in range(r)]
    entries = _quotient(minus, plus)
    common = math.lcm(*(x.denominator for row in entries for x in row))
    return tuple(tuple(int(x * common) for x in row) for row in entries)


def _quotient(top: list[list[Fraction]], bottom: list[list[Fraction]]) -> list[list[Fraction]]:
    """Return ``bottom^-1 top``, by elimination; the symmetric part of `bottom` is positive."""
    rows = [[*left, *right] for left, right in zip(bottom, top, strict=True)]
    for k in range(len(rows)):
        pivot = rows[k][k]  # a Schur complement has a positive symmetric part, too
        rows[k] = [x / pivot for x in rows[k]]
        for i, other in enumerate(rows):
            if i != k and other[k]:
                rows[i] = [x - other[k] * y for x, y in zip(other, rows[k], strict=True)]
    return [row[len(top) :] for row in rows]
