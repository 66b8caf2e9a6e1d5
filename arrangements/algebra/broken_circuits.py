"""Sets without broken circuits: a basis of the Orlik-Solomon algebra."""

from __future__ import annotations

from typing import Any

from arrangements.algebra.central import central
from arrangements.arguments import whole_number
from arrangements.errors import ArgumentError
from arrangements.exact import negated, restrict

IntegerRow = tuple[int, ...]
Functionals = list[tuple[int, IntegerRow]]


def nbc_sets(data: Any, *, limit: int = 100_000) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """List the sets of hyperplanes that contain no broken circuit, by their size.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Of the whole space.
    limit : int
        Refuse to list more sets than this.

    Returns
    -------
    tuple of tuples of tuples of int
        ``[k]`` holds those of k hyperplanes, each by the first row of the data that lies on
        it, ascending, in lexicographic order.

    Raises
    ------
    ArgumentError
        When the domain is not the whole space, or there are more sets.

    Notes
    -----
    A *broken circuit* is a minimal dependent set without its first hyperplane.  The monomials of
    sets that contain none are a basis of the Orlik-Solomon algebra, the cohomology of the
    complement over the complex numbers: there are as many of size k as the k-th Betti number says.

    *Algorithm.* ``i_1 < ... < i_k`` contains no broken circuit iff each i_j is the first
    hyperplane that contains the intersection of i_j, ..., i_k.  So sets are built from their
    last member on, each flat with the arrangement restricted to it.

    *Exactness.* Integers only.

    *Cost.* A restriction of the hyperplanes for each set.

    *Growth.* ``N * n * r`` for n rows of rank r with N patterns.

    *Reference.* Whitney 1932; Orlik and Solomon 1980.

    Examples
    --------
    >>> nbc_sets([[1, -1, 0], [1, 0, -1], [0, 1, -1]])
    (((),), ((0,), (1,), (2,)), ((0, 1), (0, 2)))
    """
    limit = whole_number("limit", limit)
    arrangement = central(data)
    names = arrangement.representatives
    rows: Functionals = list(enumerate(arrangement.normals))
    level: list[tuple[tuple[int, ...], Functionals]] = [((), rows)]
    found: list[tuple[tuple[int, ...], ...]] = []
    total = 0
    while level:
        total += len(level)
        if total > limit:
            raise ArgumentError(
                f"limit = {limit:,}, but there are more sets; raise limit=, or ask "
                "betti_numbers for their numbers"
            )
        found.append(tuple(sorted(tuple(names[i] for i in members) for members, _ in level)))
        level = [further for members, left in level for further in _further(members, left)]
    return tuple(found)


def _further(
    members: tuple[int, ...], left: Functionals
) -> list[tuple[tuple[int, ...], Functionals]]:
    """Return the sets with one member more before the others, and what is left on their flats."""
    first = members[0] if members else len(left)
    found = []
    met: set[IntegerRow] = set()
    for index, row in left:
        if index >= first:
            break
        # Rows are primitive.  One that an earlier one is parallel to closes a broken circuit.
        if row in met or negated(row) in met:
            continue
        met.add(row)
        restricted = restrict([other for _, other in left], row)
        on = [(other, image) for (other, _), image in zip(left, restricted, strict=True)]
        if all(any(image) for other, image in on if other < index):
            found.append(((index, *members), [(other, image) for other, image in on if any(image)]))
    return found
