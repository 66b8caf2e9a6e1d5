"""Arrangements that the literature counts: reflections, thresholds, resonance, grids and more.

Each function returns an `Arrangement` with small integer rows in a stated order.  Where the
number of regions has a formula, it stands in the docstring; nothing here uses it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from arrangements.algebraic import AlgebraicArrangement
from arrangements.arguments import whole_number
from arrangements.arrangement import Arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import NumberField

_TYPE_H = (3, 4)
_TYPE_E = (6, 7, 8)
_LEAST_OF_A_PENCIL = 3
_TOO_LARGE = 2**62


def braid(k: int) -> Arrangement:
    """Return type A: rows ``e_i - e_j``, i < j <= k.  It has k! regions: the orders of k numbers.

    Examples
    --------
    >>> from arrangements.counting import count_regions
    >>> count_regions(braid(4))
    24
    """
    return graphical(k, itertools.combinations(range(_at_least(2, "k", k)), 2))


def graphical(vertices: int, edges: Iterable[tuple[int, int]]) -> Arrangement:
    """Return the rows ``e_i - e_j`` for the edges (i, j) of a graph.

    Its regions are the acyclic orientations of the graph (Greene and Zaslavsky 1983): the
    chromatic polynomial at -1, up to the sign (Stanley 1973).

    Parameters
    ----------
    vertices : int
    edges : iterable of pairs of int
        Vertices are counted from 0.
    """
    _at_least(1, "vertices", vertices)
    rows = []
    for i, j in edges:
        if i == j or not (0 <= i < vertices and 0 <= j < vertices):
            raise ArgumentError(
                f"edges: ({i}, {j}) is no edge between two of the vertices 0 to {vertices - 1}"
            )
        rows.append(_sum(vertices, (i, 1), (j, -1)))
    if not rows:
        raise ArgumentError("edges is empty: an arrangement needs a row")
    return Arrangement(rows)


def type_b(k: int) -> Arrangement:
    """Return type B: rows ``e_i`` and ``e_i +- e_j``, i < j <= k.  It has 2^k k! regions."""
    return Arrangement([*_identity(_at_least(1, "k", k)), *_signed_pairs(k)])


def type_d(k: int) -> Arrangement:
    """Return type D: rows ``e_i +- e_j``, i < j <= k.  It has 2^(k-1) k! regions."""
    return Arrangement(_signed_pairs(_at_least(2, "k", k)))


def type_e(k: int) -> Arrangement:
    """Return type E, k = 6, 7 or 8: 51,840, 2,903,040 or 696,729,600 regions.

    The rows are one of each pair of opposite roots, doubled: ``e_i +- e_j`` and halves of
    ``+-e_1 +- ... +- e_8`` with an even number of minus signs; for 7 those with
    ``x_7 = -x_8``, for 6 also ``x_6 = x_7``.
    """
    if k not in _TYPE_E:
        raise ArgumentError(f"k={k}: type E exists for 6, 7 and 8")
    halves = [
        [1, *signs] for signs in itertools.product((1, -1), repeat=7) if signs.count(-1) % 2 == 0
    ]
    roots = [[2 * entry for entry in row] for row in _signed_pairs(8)] + halves
    if k < _TYPE_E[-1]:
        roots = [row for row in roots if row[6] == -row[7]]
    if k == _TYPE_E[0]:
        roots = [row for row in roots if row[5] == row[6]]
    return Arrangement(roots)


def type_f4() -> Arrangement:
    """Return type F4: type B of rank 4 and ``e_1 +- e_2 +- e_3 +- e_4``. It has 1,152 regions.

    The rows are one of each pair of opposite roots, doubled.
    """
    halves = [[1, *signs] for signs in itertools.product((1, -1), repeat=3)]
    whole = [[2 * entry for entry in row] for row in (*_identity(4), *_signed_pairs(4))]
    return Arrangement(whole + halves)


def type_h(k: int) -> AlgebraicArrangement:
    """Return type H over the golden ratio, k = 3 or 4: 120 or 14,400 regions.

    The mirrors of the icosahedron, and of the polytope of 600 cells: unit vectors, half of all
    sign changes of (1, 1, 1, 1), and of even permutations of (golden, 1, golden - 1, 0), one of each
    pair of opposite ones, doubled; for 3 those that vanish in the first coordinate.

    >>> type_h(3).betti_numbers()
    (1, 15, 59, 45)
    """
    if k not in _TYPE_H:
        raise ArgumentError(f"k={k}: type H exists for 3 and 4")
    one, golden, inverse, zero = (1, 0), (0, 1), (-1, 1), (0, 0)
    rows = [[(2 * entry, 0) for entry in row] for row in _identity(4)]
    rows += [[one, *((s, 0) for s in signs)] for signs in itertools.product((1, -1), repeat=3)]
    for places in itertools.permutations(range(4)):
        if sum(a > b for a, b in itertools.combinations(places, 2)) % 2:
            continue
        for first, second in itertools.product((1, -1), repeat=2):
            values = (golden, (first, 0), (second * inverse[0], second * inverse[1]), zero)
            row = [zero] * 4
            for place, value in zip(places, values, strict=True):
                row[place] = value
            rows.append(row)
    if k == _TYPE_H[0]:
        rows = [row[1:] for row in rows if row[0] == zero]
    return AlgebraicArrangement(rows, NumberField((-1, -1, 1), 1.6))


def boolean(k: int) -> Arrangement:
    """Return the k coordinate hyperplanes.  They have 2^k regions."""
    return Arrangement(_identity(_at_least(1, "k", k)))


def threshold(k: int) -> Arrangement:
    """Return the corners of the k-cube with a bias: ``{0, 1}^k x {1}``.

    Its regions are the threshold functions of k variables (OEIS A000609), which are what a
    neuron with a bias can do on the cube.
    """
    return Arrangement(
        [[*corner, 1] for corner in itertools.product((0, 1), repeat=_at_least(1, "k", k))]
    )


def resonance(k: int) -> Arrangement:
    """Return all non-zero rows of zeros and ones of length k (regions: OEIS A034997)."""
    corners = itertools.product((0, 1), repeat=_at_least(1, "k", k))
    return Arrangement([corner for corner in corners if any(corner)])


def cyclic(rows: int, rank: int) -> Arrangement:
    """Return the moment curve: rows ``(1, t, ..., t^(rank - 1))`` for t = 1, ..., rows.

    Any `rank` of them are independent (Vandermonde), so that Cover's number is reached, on
    data that are the same everywhere.
    """
    _at_least(1, "rows", rows)
    _at_least(1, "rank", rank)
    return Arrangement([[t**power for power in range(rank)] for t in range(1, rows + 1)])


def generic(rows: int, rank: int, *, seed: int = 0, largest: int = 10**6) -> Arrangement:
    """Return random integer rows: almost surely, but not by construction, in general position.

    Parameters
    ----------
    rows, rank : int
    seed : int
    largest : int
        Entries are between ``-largest`` and ``largest``.
    """
    _at_least(1, "rows", rows)
    _at_least(1, "rank", rank)
    _at_least(1, "largest", largest)
    _at_least(0, "seed", seed)
    if largest >= _TOO_LARGE:
        raise ArgumentError(f"largest={largest}: entries are drawn below 2**62")
    generator = np.random.default_rng(seed)
    return Arrangement(generator.integers(-largest, largest + 1, (rows, rank)))


def near_pencil(m: int) -> Arrangement:
    """Return m - 1 planes through one line and one plane across it, in three dimensions.

    Rows ``(1, t, 0)`` for t = 1, ..., m - 1, then ``(0, 0, 1)``.  They have 4 (m - 1)
    regions, the fewest for m planes of rank 3.
    """
    _at_least(_LEAST_OF_A_PENCIL, "m", m)
    return Arrangement([*([1, t, 0] for t in range(1, m)), [0, 0, 1]])


def grid(*sizes: int) -> Arrangement:
    """Return the points of an integer grid with a bias: ``{0..a-1} x {0..b-1} x ... x {1}``.

    Parameters
    ----------
    *sizes : int
        Number of points in each direction, at least 1 each.

    Examples
    --------
    >>> grid(2, 3).shape
    (6, 3)
    """
    if not sizes:
        raise ArgumentError("sizes is empty: name the number of points in each direction")
    for size in sizes:
        _at_least(1, "sizes", size)
    return Arrangement([[*point, 1] for point in itertools.product(*map(range, sizes))])


def shi(k: int) -> Arrangement:
    """Return the affine rows ``x_i - x_j = 0, 1`` for i < j <= k.  Regions: (k + 1)^(k - 1)."""
    return _deformation(k, (0, 1))


def catalan(k: int) -> Arrangement:
    """Return the affine rows ``x_i - x_j = -1, 0, 1``, i < j <= k.  Regions: (2k)! / (k + 1)!."""
    return _deformation(k, (-1, 0, 1))


def linial(k: int) -> Arrangement:
    """Return the affine rows ``x_i - x_j = 1`` for i < j <= k.

    Regions: ``2^-k sum_i C(k, i) (i + 1)^(k - 1)``, the alternating trees on k + 1 vertices
    (Postnikov; Stanley).
    """
    return _deformation(k, (1,))


def semiorder(k: int) -> Arrangement:
    """Return the semiorder arrangement ``x_i - x_j = -1, 1`` (i < j) of R^k."""
    return _deformation(k, (-1, 1))


def _deformation(k: int, values: Sequence[int]) -> Arrangement:
    """Return ``x_i - x_j = v`` for i < j <= k and the values v, affinely in R^k."""
    pairs = itertools.combinations(range(_at_least(2, "k", k)), 2)
    rows = [(_sum(k, (i, 1), (j, -1)), -value) for i, j in pairs for value in values]
    return Arrangement.affine([row for row, _ in rows], [offset for _, offset in rows])


def _identity(k: int) -> list[list[int]]:
    return [_sum(k, (i, 1)) for i in range(k)]


def _signed_pairs(k: int) -> list[list[int]]:
    return [
        _sum(k, (i, 1), (j, sign))
        for i, j in itertools.combinations(range(k), 2)
        for sign in (1, -1)
    ]


def _sum(width: int, *terms: tuple[int, int]) -> list[int]:
    """Return the row with the given entries at the given places, and zeros elsewhere."""
    row = [0] * width
    for place, entry in terms:
        row[place] = entry
    return row


def _at_least(least: int, name: str, value: int) -> int:
    return whole_number(name, value, least)
