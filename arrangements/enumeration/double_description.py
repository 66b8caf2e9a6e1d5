"""The double description method: cones held by their extreme rays, split until nothing cuts them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, final

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting import region_bound
from arrangements.enumeration.base import BatchRun, Method
from arrangements.enumeration.walls import Walls, batch_without_walls
from arrangements.errors import ArgumentError
from arrangements.exact import (
    EmptyCone,
    dot,
    independent_columns,
    interior_point,
    negated,
    null_space,
)
from arrangements.kernel_cache import KERNELS, announce, is_compiled
from arrangements.units import Chambers, Cone, Unit

IntegerRow: TypeAlias = tuple[int, ...]
Words: TypeAlias = npt.NDArray[np.uint64]

_WORD_BITS = 64
_EXACT_FLOAT = 2**53
_EXACT_WORD = 2**63
_CAPACITY = 1 << 14
"""Regions to a buffer."""
_PIECE = 1 << 19
"""Regions of a piece at most, by a rough estimate: memory and overhead."""
_FIRST_RAYS = 256


@final
class DoubleDescription(Method):
    """Splitting cones that are held by their extreme rays: for special position and small cones.

    Notes
    -----
    *Algorithm.* Independent rows cut the space into simplicial cones.  A hyperplane that is
    positive on one extreme ray of a cone and negative on another splits it; the new rays
    lie on the edges it crosses, and an edge is a pair of rays such that no third ray is tight
    wherever both are (Motzkin's double description).  A cone that no hyperplane cuts is a region:
    each split makes one region more, so nothing is visited in vain.  The sum of the rays
    realizes it.  The cone that is asked for is cut out first.

    *Exactness.* Rays are primitive integers, and so are all products; Hadamard's inequality,
    checked beforehand, keeps them in machine words.  Data for which it does not are refused.

    *Cost.* For each region and each antipodal pair one split: about 0.6 microseconds on
    degenerate data of rank up to seven, where regions have few rays; in general position
    2^(r-1) rays on average, and the sweep is faster.

    *Reference.* T. S. Motzkin, H. Raiffa, G. L. Thompson, R. M. Thrall, "The double description
    method", 1953.

    Examples
    --------
    >>> import arrangements as ar
    >>> braid = [[1, -1, 0], [1, 0, -1], [0, 1, -1]]
    >>> len(ar.enumerate_patterns(braid, method=ar.DoubleDescription()))  # orders of three things
    6
    """

    @staticmethod
    def supports(data: Any, cone: Cone | None = None) -> bool:
        """Return whether machine words hold all numbers that a run can meet.

        Parameters
        ----------
        data : Arrangement or array-like of shape (n, d)
        cone : Cone, optional
            The domain by default.

        Notes
        -----
        With H_k the product of the k largest norms of rows: a primitive ray divides a vector of
        minors of order r - 1, so its norm is at most H_(r-1) and a product with a row at
        most H_r, its partial sums too.  A new ray, before it is divided, adds two products
        of the latter with the former: 2 H_r H_(r-1).
        """
        walls = Walls.of(as_arrangement(data).frame(cone))
        if walls is None or not walls.rows:
            return True
        rank = len(walls.rows[0])
        norms = sorted((math.isqrt(dot(row, row)) + 1 for row in walls.rows), reverse=True)
        ray = math.prod(norms[: rank - 1])
        value = math.prod(norms[:rank])
        return value < _EXACT_FLOAT and 2 * value * ray < _EXACT_WORD

    def is_ready(self) -> bool:
        """Return whether the method's machine code lies in the cache, without loading numba."""
        return is_compiled(KERNELS, "split_cones")

    def pieces(self, arrangement: Arrangement, cone: Cone) -> Iterable[Unit]:
        """Yield chambers of the first hyperplanes, in groups."""
        walls = Walls.of(arrangement.frame(cone))
        if walls is None:
            return ()
        if not walls.rows:
            return (Chambers(cone, (), ()),)
        if not self.supports(arrangement, cone):
            raise ArgumentError(
                f"the entries of {arrangement!r} are too large for DoubleDescription(); "
                "use method=Sweep()"
            )
        inner = [row if side else negated(row) for row, side in _inner_rows(walls)]
        if isinstance(interior_point(inner, walls.frame.rho), EmptyCone):
            return ()
        return _plan(cone, walls)

    def run(self, arrangement: Arrangement, piece: Unit) -> BatchRun:
        """Yield every pattern of the piece once."""
        chambers = _own(piece)
        if not chambers.rows:
            yield batch_without_walls(arrangement, chambers.cone)
            return None
        walls = Walls.of(arrangement.frame(chambers.cone))
        assert walls is not None  # noqa: S101 - an empty cone has no pieces
        mirrored = not walls.normals
        for words, points in _regions(walls.rows, chambers.rows, chambers.sides):
            yield walls.batch(arrangement, words, points, mirrored=mirrored)
        return None

    def estimate_seconds(self, arrangement: Arrangement, regions: int) -> float:
        """Return about how long listing this many regions takes on one core."""
        m = arrangement.hyperplane_count
        # Half of them are split off and proved, 3 ns a product; sorting takes 0.3 us each.
        return regions * (6e-7 + 1.5e-9 * m * max(arrangement.rank, 1))


def _own(piece: Unit) -> Chambers:
    if not isinstance(piece, Chambers):
        raise ArgumentError(
            f"{piece.describe()} is no piece of a double description; run its `pieces`"
        )
    return piece


def _inner_rows(walls: Walls) -> Iterator[tuple[IntegerRow, bool]]:
    """Yield the rows of the cone's normals with their inner sides."""
    return ((walls.rows[index], side) for index, side in walls.normals)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows as kernels want them, and a simplicial cone of independent ones.

    Parameters
    ----------
    columns : (r, padded) float64
    count : int
    basis : tuple of r int
        Independent rows.
    rays : (r, r) float64
        Ray i is primitive, positive on row basis[i] and zero on the others of the basis.
    """

    columns: npt.NDArray[np.float64]
    count: int
    basis: tuple[int, ...]
    rays: npt.NDArray[np.float64]


@lru_cache(maxsize=8)
def _prepared(rows: tuple[IntegerRow, ...], first: tuple[int, ...]) -> _Rows:
    """Prepare rows; the basis is taken from the rows named first, as far as they go."""
    rank = len(rows[0])
    order = [*first, *(i for i in range(len(rows)) if i not in set(first))]
    transposed = [[rows[i][c] for i in order] for c in range(rank)]
    basis = tuple(order[i] for i in independent_columns(transposed))
    rays = []
    for index in basis:
        (ray,) = null_space([rows[i] for i in basis if i != index], rank)
        rays.append(ray if dot(rows[index], ray) > 0 else negated(ray))
    columns = np.zeros((rank, _WORD_BITS * -(-len(rows) // _WORD_BITS)))
    columns[:, : len(rows)] = np.array(rows, np.float64).T
    return _Rows(columns, len(rows), basis, np.array(rays, np.float64))


def _plan(cone: Cone, walls: Walls) -> Iterator[Chambers]:
    """Yield groups of chambers of a few rows: the cone's normals, a basis, and some more.

    Notes
    -----
    Chambers of p rows in general position number about ``region_bound(p, r)``, so each holds
    about ``region_bound(m, r) / region_bound(p, r)`` regions at most: p is the least number for
    which that is a piece, and small chambers are put together.  The rows are spread over the
    data: neighbours are often alike, and would leave a few chambers with most of the regions.
    """
    m, rank = len(walls.rows), len(walls.rows[0])
    total = region_bound(m, rank)
    count = next(p for p in range(rank, m + 1) if region_bound(p, rank) * _PIECE >= total)
    group = max(1, region_bound(count, rank) * _PIECE // total)
    normals = tuple(dict.fromkeys(index for index, _ in walls.normals))
    spread = _spread(m)
    others = tuple(i for i in spread if i not in set(normals))
    basis = _prepared(walls.rows, (*normals, *others)).basis
    rows = tuple(sorted({*normals, *basis}))
    more = (i for i in others if i not in set(rows))
    rows = tuple(sorted((*rows, *itertools.islice(more, max(0, count - len(rows))))))
    chambers = _chambers(walls, rows, basis)
    while sides := tuple(itertools.islice(chambers, group)):
        yield Chambers(cone, rows, sides, len(sides) * total // region_bound(count, rank))


def _spread(count: int) -> list[int]:
    """Return 0, 1, ..., count - 1 so that every first part is spread over the whole."""
    # The numbers k for which k times the golden ratio is below t modulo 1 have at most three
    # different gaps (the three-gap theorem), of about 1/t.
    return sorted(range(count), key=lambda k: (0x9E3779B97F4A7C15 * k) % 2**64)


def _chambers(
    walls: Walls, rows: tuple[int, ...], basis: tuple[int, ...]
) -> Iterator[tuple[bool, ...]]:
    """Yield the sides of the chambers of some rows; one of each pair in the whole space."""
    inner = dict(walls.normals)
    if any(inner[index] != side for index, side in walls.normals):
        return
    if not inner:
        inner = {basis[0]: True}
    choices = [(inner[i],) if i in inner else (True, False) for i in basis]
    few = tuple(walls.rows[i] for i in rows)
    place = {row: k for k, row in enumerate(rows)}
    known = {place[i]: side for i, side in inner.items()}
    for chosen in itertools.product(*choices):
        known |= {place[i]: side for i, side in zip(basis, chosen, strict=True)}
        given = tuple(sorted(known))
        for words, _ in _regions(few, given, (tuple(known[k] for k in given),)):
            bits = np.unpackbits(words.view(np.uint8), axis=1, count=len(rows), bitorder="little")
            yield from map(tuple, bits.astype(np.bool_).tolist())


def _regions(
    rows: tuple[IntegerRow, ...], given: tuple[int, ...], chambers: Iterable[tuple[bool, ...]]
) -> Iterator[tuple[Words, npt.NDArray[np.int64]]]:
    """Yield the regions of rows inside chambers of those given, which hold a basis.

    Yields
    ------
    words, points
        Positive sides of the rows; an interior point of each region.
    """
    announce(KERNELS, "split_cones", "double description", 6)
    from arrangements.kernels import BUFFER_FULL, STACK_FULL, push_cone, split_cones

    prepared = _prepared(rows, given)
    rank, width = len(rows[0]), prepared.columns.shape[1] // _WORD_BITS
    place = {row: k for k, row in enumerate(given)}
    basis = [place[i] for i in prepared.basis]
    forced = _bits(given, width)
    stack = _new_stack(_FIRST_RAYS, rank, width, prepared.count)
    words, points = np.empty((_CAPACITY, width), np.uint64), np.empty((_CAPACITY, rank), np.int64)
    count = 0
    for sides in chambers:
        inner = _bits([row for row, side in zip(given, sides, strict=True) if side], width)
        signs = np.array([1.0 if sides[k] else -1.0 for k in basis])
        push_cone(prepared.columns, prepared.count, signs[:, None] * prepared.rays, stack)
        status = BUFFER_FULL
        while True:
            status, added = split_cones(
                prepared.columns,
                prepared.count,
                forced,
                inner,
                stack,
                words[count:],
                points[count:],
            )
            count += added
            if status == STACK_FULL:
                stack = _longer(stack)
            elif status == BUFFER_FULL:
                yield words, points
                words, points = np.empty_like(words), np.empty_like(points)
                count = 0
            else:
                break
    if count:
        yield words[:count], points[:count]


def _bits(rows: Iterable[int], width: int) -> Words:
    words = [0] * width
    for row in rows:
        words[row // _WORD_BITS] |= 1 << row % _WORD_BITS
    return np.array(words, np.uint64)


def _new_stack(rays: int, rank: int, width: int, rows: int) -> Any:
    """Return a stack for so many rays; each cone below the last one fixes one row more."""
    from arrangements.kernels import Stack

    rays = max(rays, 2 * rank)
    return Stack(
        ray=np.empty((rays, rank)),
        positive=np.empty((rays, width), np.uint64),
        negative=np.empty((rays, width), np.uint64),
        tight=np.empty((rays, width), np.uint64),
        side=np.empty((3, rays), np.int32),
        member=np.empty(16 * rays, np.int32),
        first=np.empty(rows + 2, np.int64),
        size=np.empty(rows + 2, np.int64),
        top=np.empty(rows + 2, np.int64),
        depth=np.zeros(1, np.int64),
    )


def _longer(stack: Any) -> Any:
    """Return the stack with room for twice as many rays."""
    rays, rank = stack.ray.shape
    longer = _new_stack(2 * rays, rank, stack.positive.shape[1], len(stack.first) - 2)
    for old, new in zip(stack, longer, strict=True):
        new[tuple(map(slice, old.shape))] = old
    return longer
