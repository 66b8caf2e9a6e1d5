"""The polytope of optimal weights: ``c >= 0`` with ``sum_k c_k a_k = z``; its vertices.

a_k is what the direction k of cost one puts out.  Vertices are the weights whose directions put out
linearly independent vectors: there no neuron can be left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
import numpy.typing as npt

import arrangements as ar
from arrangements.extras import extra
from convex_program.nonnegative import nonnegative_least_squares

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]
Vector = list[Fraction]

_MOST = 20_000
"""Choices of directions up to which all vertices are listed."""
_MOST_EXACT = 4_000
"""The same in rational arithmetic."""
_RANK = 1e-8
"""Singular values below this part of the largest are zero."""
_ZERO = 1e-7
"""Weights below this part of their sum are zero."""
_SECONDS = 20.0
"""What the search for the fewest directions may take."""


@dataclass(frozen=True, eq=False)
class WeightPolytope:
    """What is known of the weights, in floating point or exactly.

    Parameters
    ----------
    weights : (k,) float64
        Optimal ones, with few that are not zero.
    low, high : (k,) float64
        Least and largest optimal weight of each direction.
    vertices : (V, k) float64, or None
        All of them; None when there are too many choices.
    smallest, largest : int or None
        Fewest and most directions of a vertex; None when not found.
    dimension : int
        Of the polytope.

    Examples
    --------
    >>> import convex_program as cx
    >>> rows = [[4, 0], [-4, 0], [0, 3], [0, -3]]
    >>> polytope = cx.optimal_set(cx.TrainingProblem(rows, [18, 18, 11, 11], beta=10)).polytope
    >>> len(polytope.weights) == len(polytope.low) == len(polytope.high)
    True
    >>> bool((polytope.low <= polytope.high).all())
    True
    """

    weights: FloatVector
    low: FloatVector
    high: FloatVector
    vertices: FloatMatrix | None
    smallest: int | None
    largest: int | None
    dimension: int


def exact_vertices(fits: list[Vector], outputs: Vector) -> list[Vector] | None:
    """Return all vertices, exactly: none when no weights put the outputs out; None for too many choices."""
    if not fits:
        return [] if any(outputs) else [[]]
    columns = _integral([*fits, outputs])
    rows = [list(row) for row in zip(*columns, strict=True)]
    chosen = ar.independent_columns(columns[:-1])
    size = len(chosen)
    if math.comb(len(fits), size) > _MOST_EXACT:
        return None
    found: dict[tuple[Fraction, ...], None] = {}
    small = [rows[i] for i in chosen]
    for support in combinations(range(len(fits)), size):
        try:
            part = ar.rational_solution(
                [[row[k] for k in support] for row in small], [row[-1] for row in small]
            )
        except ZeroDivisionError:
            continue
        if any(x < 0 for x in part):
            continue
        whole = [Fraction(0)] * len(fits)
        for k, value in zip(support, part, strict=True):
            whole[k] = value
        # one common factor stands on both sides of every row
        if all(sum(x * c for x, c in zip(row, whole, strict=False)) == row[-1] for row in rows):
            found[tuple(whole)] = None
    return [list(one) for one in found]


def _integral(columns: list[Vector]) -> list[list[int]]:
    unit = math.lcm(*(x.denominator for column in columns for x in column))
    return [[int(x * unit) for x in column] for column in columns]


def polytope_of_vertices(vertices: FloatMatrix) -> WeightPolytope:
    """Return what a list of all vertices says."""
    sizes = (vertices > 0.0).sum(axis=1)
    fewest = vertices[int(np.argmin(sizes))]
    spread = vertices - vertices[0]
    dimension = int(np.linalg.matrix_rank(spread)) if len(vertices) > 1 else 0
    return WeightPolytope(
        weights=fewest,
        low=vertices.min(axis=0),
        high=vertices.max(axis=0),
        vertices=vertices,
        smallest=int(sizes.min()),
        largest=int(sizes.max()),
        dimension=dimension,
    )


def numerical_polytope(fits: FloatMatrix, outputs: FloatVector) -> WeightPolytope:
    """Return the polytope to working accuracy.

    Parameters
    ----------
    fits : (n, k) float64
        Columns a_k.
    outputs : (n,) float64

    Notes
    -----
    *Algorithm.* Vertices are basic solutions, all listed while there are at most 20,000 choices.
    Else the ends of every weight are linear programs and the fewest directions are a mixed-integer program.
    """
    count = fits.shape[1]
    if count == 0:
        return polytope_of_vertices(np.zeros((1, 0)))
    some, _ = nonnegative_least_squares(fits, outputs)
    left, values, _ = np.linalg.svd(fits, full_matrices=False)
    size = int((values > _RANK * values[0]).sum())
    reduced = left[:, :size].T @ fits
    right = reduced @ some
    if math.comb(count, size) <= _MOST:
        listed = list(_basic(reduced, right, float(some.sum())))
        if listed:
            return polytope_of_vertices(np.array(listed))
    low, high = _ends(reduced, right)
    few = _fewest(reduced, right, float(some.sum()))
    # Directions that always have weight zero leave a face.
    free = high > _ZERO * some.sum()
    rank = int(np.linalg.matrix_rank(reduced[:, free], tol=_RANK * values[0])) if free.any() else 0
    return WeightPolytope(
        weights=some if few is None else few,
        low=low,
        high=high,
        vertices=None,
        smallest=None if few is None else int((few > 0.0).sum()),
        largest=None,
        dimension=int(free.sum()) - rank,
    )


def _basic(matrix: FloatMatrix, right: FloatVector, total: float) -> Iterator[FloatVector]:
    """Yield the nonnegative basic solutions, each once."""
    size, count = matrix.shape
    unit = matrix / np.linalg.norm(matrix, axis=0)
    lengths = np.linalg.norm(matrix, axis=0)
    seen: list[FloatVector] = []
    for support in combinations(range(count), size):
        chosen = list(support)
        square = unit[:, chosen]
        if size and np.linalg.svd(square, compute_uv=False)[-1] < _RANK:
            continue
        part = np.linalg.solve(square, right) / lengths[chosen]
        if part.min(initial=0.0) < -_ZERO * total:
            continue
        whole = np.zeros(count)
        whole[chosen] = np.where(part > _ZERO * total, part, 0.0)
        if all(np.abs(whole - other).max() > _ZERO * total for other in seen):
            seen.append(whole)
            yield whole


def _ends(matrix: FloatMatrix, right: FloatVector) -> tuple[FloatVector, FloatVector]:
    """Return the least and the largest weight of every direction."""
    with extra:
        from scipy.optimize import linprog

    count = matrix.shape[1]
    ends = np.zeros((2, count))
    for k in range(count):
        for which, side in enumerate((1.0, -1.0)):
            cost = np.zeros(count)
            cost[k] = side
            found = linprog(cost, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs")
            ends[which, k] = side * found.fun if found.status == 0 else (0.0, np.inf)[which]
    return ends[0], ends[1]


def _fewest(matrix: FloatMatrix, right: FloatVector, total: float) -> FloatVector | None:
    """Return weights with the fewest directions, by a mixed-integer program; None when it did not end."""
    with extra:
        from scipy.optimize import Bounds, LinearConstraint, milp

    count = matrix.shape[1]
    if total == 0.0:
        return np.zeros(count)
    # weights as parts of their sum, and a switch for each: c_k <= b_k
    equal = LinearConstraint(
        np.hstack([matrix, np.zeros_like(matrix)]), right / total, right / total
    )
    switched = LinearConstraint(np.hstack([np.eye(count), -np.eye(count)]), -np.inf, 0.0)
    found = milp(
        np.concatenate([np.zeros(count), np.ones(count)]),
        constraints=[equal, switched],
        bounds=Bounds(0.0, 1.0),
        integrality=np.concatenate([np.zeros(count), np.ones(count)]),
        options={"time_limit": _SECONDS},
    )
    if found.status != 0:
        return None
    chosen = np.flatnonzero(found.x[count:] > 0.5)  # noqa: PLR2004 - switches are 0 or 1
    part, left = nonnegative_least_squares(matrix[:, chosen], right)
    if left > _ZERO * float(np.linalg.norm(right)):
        return None
    whole = np.zeros(count)
    whole[chosen] = part
    return whole
