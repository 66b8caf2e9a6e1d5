"""Reflections among the symmetries of an arrangement, and the chamber between their mirrors.

Let X hold one row of each hyperplane, on independent columns.  A linear map that takes the rows to
the rows, up to order and signs, keeps the product ``(x, y) = x (X'X)^-1 y'`` of row vectors.  So
a reflection among them is ``x -> x - 2 (x, a)/(a, a) a`` for some a, its root.  It moves a row,
for the rows span the space; hence a is a row, or the sum or difference of two rows of one length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from flint import fmpq_mat, fmpz_mat

from arrangements.arrangement import Arrangement
from arrangements.counting import count_regions
from arrangements.exact import primitive_of_integers, rank
from arrangements.progress import silent
from arrangements.symmetry.group import SignedPermutation, hyperplane_rows

IntegerRow = tuple[int, ...]

_MOST_HYPERPLANES = 1_000
"""Pairs of hyperplanes are gone through, and vectors kept for them."""
_MOST_CANDIDATES = 200_000
"""Each takes some ten microseconds."""
_EXACT = 2**62
_SEED = 0
_FEW = 8
"""Rows that a candidate has to take to rows before all of them are tried."""


@dataclass(frozen=True, eq=False)
class Mirrors:
    """The group that the reflections among an arrangement's symmetries generate.

    Parameters
    ----------
    rows : tuple of integer rows
        One of each hyperplane, on independent columns.
    roots : tuple of integer rows
        Of all reflections, each positive on the chamber.
    simple : tuple of int
        The roots whose mirrors are walls of the chamber.
    reflections : tuple of SignedPermutation
        What the reflections in these walls do to the hyperplanes.
    """

    rows: tuple[IntegerRow, ...]
    roots: tuple[IntegerRow, ...]
    simple: tuple[int, ...]
    reflections: tuple[SignedPermutation, ...]

    @property
    def order(self) -> int:
        """How many elements the group has: as many as there are chambers."""
        return count_regions(self.roots, progress=silent)

    def fixing(self, walls: tuple[int, ...]) -> int:
        """Return how many elements fix a point on these walls of the chamber and on no other.

        Parameters
        ----------
        walls : tuple of int
            Positions in `simple`.

        Notes
        -----
        They form the group of the mirrors through the point, whose roots depend on the walls'.
        """
        if not walls:
            return 1
        own = [self.roots[self.simple[wall]] for wall in walls]
        return count_regions(
            [root for root in self.roots if rank([*own, root]) == len(own)], progress=silent
        )


def find_mirrors(arrangement: Arrangement) -> Mirrors | None:
    """Find all reflections among the symmetries of an arrangement.

    Returns
    -------
    Mirrors or None
        None where there is none, or numbers are too large to look for them.

    Notes
    -----
    *Exactness.* Each reflection is checked on every row, in integers below 2**62.

    *Cost.* Some ten microseconds for each sum or difference of rows of one length; None for more
    than a thousand hyperplanes.
    """
    rows = [tuple(row) for row in hyperplane_rows(arrangement)]
    if not 0 < len(rows) <= _MOST_HYPERPLANES:
        return None
    x = fmpz_mat([list(row) for row in rows])
    # The inverse of X'X times its denominator: the product of row vectors, up to a factor.
    inverse = fmpq_mat(x.transpose() * x).inv()
    gram, _ = inverse.numer_denom()
    form = [[int(entry) for entry in line] for line in gram.tolist()]
    size = max(abs(entry) for row in rows for entry in row)
    # Entries of a root times those of the form, times a row, times a root again.
    weight = max(abs(entry) for line in form for entry in line)
    if 4 * (2 * size) ** 3 * weight * len(form) ** 2 >= _EXACT:
        return None
    table, product = np.array(rows, np.int64), np.array(form, np.int64)
    candidates = _candidates(table, product)
    if len(candidates) > _MOST_CANDIDATES:
        return None
    action = _Action(table, product)
    roots = [root for root in candidates if action.images(root, _FEW) and action.images(root)]
    return _mirrors(rows, action, roots) if roots else None


def _candidates(
    rows: npt.NDArray[np.int64], product: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the rows, and sums and differences of rows of one length, once up to a factor."""
    lengths = np.einsum("ij,jk,ik->i", rows, product, rows)
    parts = [rows]
    for index in range(1, len(rows)):
        same = rows[:index][lengths[:index] == lengths[index]]
        parts += [same - rows[index], same + rows[index]]
    vectors = np.concatenate(parts)
    vectors = vectors[vectors.any(axis=1)]
    vectors //= np.gcd.reduce(vectors, axis=1)[:, None]
    lead = vectors[np.arange(len(vectors)), (vectors != 0).argmax(axis=1)]
    return np.unique(vectors * np.sign(lead)[:, None], axis=0)


class _Action:
    """What reflections do to the rows."""

    def __init__(self, rows: npt.NDArray[np.int64], product: npt.NDArray[np.int64]) -> None:
        self.rows, self.product = rows, product
        self._place = {tuple(row): (index, 1) for index, row in enumerate(rows.tolist())}
        self._place |= {tuple(row): (index, -1) for index, row in enumerate((-rows).tolist())}

    def images(
        self, root: npt.NDArray[np.int64], count: int | None = None
    ) -> list[tuple[int, int]]:
        """Return where the first rows go, and with which sign; [] when one goes to no row."""
        rows = self.rows[:count]
        dual = self.product @ root
        length = int(root @ dual)
        moved = length * rows - 2 * np.outer(rows @ dual, root)
        if (moved % length).any():
            return []
        images = [self._place.get(tuple(row)) for row in (moved // length).tolist()]
        found = [image for image in images if image]
        return found if len(found) == len(images) else []


def _mirrors(
    rows: list[IntegerRow], action: _Action, roots: list[npt.NDArray[np.int64]]
) -> Mirrors:
    """Choose a chamber: a root is simple when its reflection turns no other root around."""
    rng = np.random.default_rng(_SEED)
    vectors = np.array(roots)
    heights = np.zeros(len(vectors), np.int64)
    while not heights.all():
        heights = vectors @ rng.integers(-(2**20), 2**20, vectors.shape[1])
    vectors *= np.sign(heights)[:, None]
    above = [abs(int(height)) for height in heights]
    simple = []
    for index, root in enumerate(vectors):
        dual = action.product @ root
        length = int(root @ dual)
        turned = sum(
            height * length < 2 * int(other) * above[index]
            for height, other in zip(above, vectors @ dual, strict=True)
        )
        if turned == 1:
            simple.append(index)
    return Mirrors(
        tuple(rows),
        tuple(primitive_of_integers(tuple(root)) for root in vectors.tolist()),
        tuple(simple),
        tuple(_permutation(action.images(vectors[index])) for index in simple),
    )


def _permutation(images: list[tuple[int, int]]) -> SignedPermutation:
    return SignedPermutation(tuple(image for image, _ in images), tuple(sign for _, sign in images))
