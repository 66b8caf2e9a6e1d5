"""Finding symmetries: a search over the images of a basis, guided by an invariant product.

Let X hold the first row of each of the m hyperplanes, on independent columns, and let
``P = X (X'X)^-1 X'``.  If ``X T = S X`` for a signed permutation S, then ``S P S' = P``, since
P is the orthogonal projection on the column space of X, which S maps to itself.
Conversely ``S P S' = P`` says that S keeps the column space, so that T exists.  Hence the
symmetries are exactly the signed permutations that keep the matrix P, and each is known by
the images of a basis.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from flint import fmpq_mat, fmpz_mat

from arrangements.arguments import whole_number
from arrangements.arrangement import as_arrangement
from arrangements.progress import Listener, Meter, session_listener
from arrangements.symmetry.group import SignedPermutation, Symmetries, hyperplane_rows

Colours = npt.NDArray[np.int64]
Point = tuple[int, int]
"""A hyperplane and a side of it, 1 or -1."""


def find_symmetries(
    data: Any, *, effort: int = 100_000, progress: Listener = session_listener
) -> Symmetries:
    """Find the linear maps that permute the hyperplanes of an arrangement.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Of the whole space.
    effort : int
        Most steps of the search.  When they are used up, what was found so far is a group
        all the same, perhaps not the largest.
    progress : Listener, optional
        Called with the number of basis vectors done.

    Returns
    -------
    Symmetries
        Checked exactly.  Only maps that take the first row of a hyperplane, as it is in the
        data, to that of another or to its opposite are looked for: maps that scale rows are not.

    Notes
    -----
    *Algorithm.* See the module: a stabilizer chain, each orbit by backtracking.

    *Exactness.* P is rational and compared exactly; the result is checked again, by ranks.

    *Cost.* m^2 rational numbers, and the steps of the search with m operations each.

    *Growth.* ``n**2 * r`` for n rows of rank r.

    Examples
    --------
    >>> find_symmetries([[1, 0], [0, 1], [1, 1], [1, -1]]).order
    8
    """
    arrangement = as_arrangement(data)
    m = arrangement.hyperplane_count
    if m == 0:
        return Symmetries(arrangement, (), ())
    search = _Search(hyperplane_rows(arrangement), whole_number("effort", effort))
    meter = Meter(progress, "looking for symmetries", "basis vectors", len(search.basis))
    levels: list[tuple[SignedPermutation, ...]] = []
    sizes: list[int] = []
    for depth in range(len(search.basis) - 1, -1, -1):
        found, size = search.level(depth, [each for level in levels for each in level])
        levels.insert(0, found)
        sizes.insert(0, size)
        meter.advance()
    meter.finish()
    return Symmetries(arrangement, tuple(levels), tuple(sizes), search.effort > 0)


class _Search:
    """Backtracking over the images of a basis."""

    def __init__(self, rows: list[list[int]], effort: int) -> None:
        self.effort = effort
        self._colours = _colours(rows)
        # The multiset of a row's colours, without signs, does not change.
        sizes = np.sort(np.abs(self._colours), axis=1)
        own = np.abs(np.diagonal(self._colours))
        _, kind = np.unique(np.c_[own, sizes], axis=0, return_inverse=True)
        self._kind = kind.ravel()
        self.basis = _basis(rows, self._kind)

    def level(
        self, depth: int, later: list[SignedPermutation]
    ) -> tuple[tuple[SignedPermutation, ...], int]:
        """Return generators that keep the basis before `depth`, and the orbit's size."""
        start: Point = (self.basis[depth], 1)
        fixed: list[Point] = [(b, 1) for b in self.basis[:depth]]
        found: list[SignedPermutation] = []
        orbit = _orbit(start, later)
        for point in self._candidates(fixed):
            if point in orbit or self.effort <= 0:
                continue
            element = self._extend([*fixed, point])
            if element is not None:
                found.append(element)
                orbit = _orbit(start, [*later, *found])
        return tuple(found), len(orbit)

    def _candidates(self, images: list[Point]) -> list[Point]:
        """Return where the next basis vector can go, when the ones before go to `images`."""
        self.effort -= 1
        source = self.basis[len(images)]
        allowed = self._kind == self._kind[source]
        points: list[Point] = []
        for sign in (1, -1):
            fits = allowed.copy()
            for (image, side), vector in zip(images, self.basis, strict=False):
                fits &= self._colours[image] == sign * side * self._colours[vector, source]
            points += [(int(c), sign) for c in np.flatnonzero(fits)]
        return points

    def _extend(self, images: list[Point]) -> SignedPermutation | None:
        """Return a symmetry with the given images of the first basis vectors, or None."""
        if len(images) == len(self.basis):
            return self._whole(images)
        for point in self._candidates(images):
            if self.effort <= 0:
                return None
            if any(point[0] == image for image, _ in images):
                continue
            element = self._extend([*images, point])
            if element is not None:
                return element
        return None

    def _whole(self, images: list[Point]) -> SignedPermutation | None:
        """Return the symmetry with these images of the basis, if there is one.

        A row is known by its colours with the basis: they are its inner products.
        """
        sides = np.array([side for _, side in images])
        targets = [image for image, _ in images]
        places: dict[bytes, Point] = {}
        for index, row in enumerate(self._colours[:, targets]):
            places[(row * sides).tobytes()] = (index, 1)
            places[(-row * sides).tobytes()] = (index, -1)
        found = [places.get(row.tobytes()) for row in self._colours[:, self.basis]]
        points = [point for point in found if point is not None]
        if len({index for index, _ in points}) < len(self._colours):
            return None
        permutation = [index for index, _ in points]
        signs = np.array([side for _, side in points])
        if (
            self._colours[np.ix_(permutation, permutation)] * np.outer(signs, signs)
            != self._colours
        ).any():
            return None
        return SignedPermutation(tuple(permutation), tuple(signs.tolist()))


def _orbit(start: Point, generators: list[SignedPermutation]) -> set[Point]:
    seen = {start}
    queue = [start]
    for index, side in queue:
        for generator in generators:
            image = (generator.images[index], side * generator.signs[index])
            if image not in seen:
                seen.add(image)
                queue.append(image)
    return seen


def _colours(rows: list[list[int]]) -> Colours:
    """Return P with each number replaced by a small integer, opposite ones by opposite ones."""
    matrix = fmpz_mat(rows)
    product = fmpq_mat(matrix) * (matrix.transpose() * matrix).inv() * fmpq_mat(matrix.transpose())
    numbers: dict[Any, int] = {}
    colours = np.zeros((len(rows), len(rows)), dtype=np.int64)
    for i in range(len(rows)):
        for j in range(i + 1):
            entry = product[i, j]
            if entry != 0:
                size = (abs(int(entry.p)), int(entry.q))
                colour = numbers.setdefault(size, len(numbers) + 1)
                colours[i, j] = colours[j, i] = colour if entry.p > 0 else -colour
    return colours


def _basis(rows: list[list[int]], kind: npt.NDArray[np.intp]) -> list[int]:
    """Return independent rows, of rare kinds first: their images are few."""
    frequency = np.bincount(kind)[kind]
    order = sorted(range(len(rows)), key=lambda index: (int(frequency[index]), index))
    reduced = fmpz_mat([rows[index] for index in order]).transpose()
    form, _, found = reduced.rref()
    pivots: list[int] = []
    column = 0
    for row in range(found):
        while form[row, column] == 0:
            column += 1
        pivots.append(order[column])
        column += 1
    return pivots
