"""Flats: the intersections of hyperplanes, by rank, with their Moebius numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from arrangements.arguments import whole_number
from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import EmptyCone, interior_point, negated, restrict
from arrangements.progress import Listener, Meter, session_listener

IntegerRow = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Flat:
    """A subspace that is an intersection of hyperplanes.

    Parameters
    ----------
    rank : int
        Its codimension; its dimension is d - rank.
    rows : tuple of int
        Every row of the data that vanishes on it, zero rows included, ascending.
    moebius : int
        mu(F), the Moebius number of the interval from the whole space down to it.

    Examples
    --------
    >>> import arrangements as ar
    >>> [origin] = ar.flats([[1, 0], [0, 1], [1, 1]]).by_rank[2]
    >>> origin.rows, origin.moebius  # three lines of the plane meet in it
    ((0, 1, 2), 2)
    """

    rank: int
    rows: tuple[int, ...]
    moebius: int


@dataclass(frozen=True, eq=False, repr=False)
class FlatsByRank:
    """All flats of an arrangement that meet its domain.

    Parameters
    ----------
    arrangement : Arrangement
    by_rank : tuple of tuples of Flat
        ``by_rank[k]`` holds those of rank k, in lexicographic order of their rows.
    covers : tuple of tuples of tuples of int
        ``covers[k][i]`` are the places in ``by_rank[k - 1]`` of the flats that contain
        flat i of rank k and have one dimension more.

    Examples
    --------
    >>> import arrangements as ar
    >>> found = ar.flats([[1, 0], [0, 1], [1, 1]])
    >>> [len(flats) for flats in found.by_rank]  # the plane, three lines, the origin
    [1, 3, 1]
    """

    arrangement: Arrangement
    by_rank: tuple[tuple[Flat, ...], ...]
    covers: tuple[tuple[tuple[int, ...], ...], ...]

    def __len__(self) -> int:
        """Return the number of flats."""
        return sum(map(len, self.by_rank))

    def __iter__(self) -> Iterator[Flat]:
        """Iterate by ascending rank."""
        return (flat for level in self.by_rank for flat in level)

    @property
    def first_whitney_numbers(self) -> tuple[int, ...]:
        """The sums of mu over the flats of each rank: chi's coefficients, signs included."""
        return tuple(sum(flat.moebius for flat in level) for level in self.by_rank)

    @property
    def second_whitney_numbers(self) -> tuple[int, ...]:
        """The number of flats of each rank."""
        return tuple(map(len, self.by_rank))

    def summary(self) -> str:
        """Say how many flats there are of each rank."""
        return "\n".join(
            f"rank {rank}: {len(level):,} flats, mu adds up to {whitney:,}"
            for rank, (level, whitney) in enumerate(
                zip(self.by_rank, self.first_whitney_numbers, strict=True)
            )
        )

    def __repr__(self) -> str:
        """One line: how many, of which ranks."""
        return f"FlatsByRank({len(self)} flats of ranks 0 to {len(self.by_rank) - 1})"


def flats(data: Any, *, limit: int = 100_000, progress: Listener = session_listener) -> FlatsByRank:
    """List the flats of an arrangement by rank.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Only flats that meet its domain are listed.
    limit : int
        Refuse to look at more flats than this.
    progress : Listener, optional
        Called with the number of flats found.

    Raises
    ------
    ArgumentError
        When there are more flats than `limit`, or the domain is empty.

    Notes
    -----
    *Algorithm.* Level by level: the hyperplanes not containing a flat are restricted to it,
    and each class of parallel restrictions is a flat of the next rank.  With a the first
    hyperplane of a flat F, Weisner's theorem gives ``mu(F) = - sum mu(G)`` over the flats G
    just above F that a does not contain.

    *Exactness.* Integers only.

    *Cost.* A restriction of all hyperplanes for each pair of neighbours in the lattice, at
    about a million rows a second.

    *Growth.* ``n**r`` for n rows of rank r.

    *Reference.* Weisner 1935; Stanley, An introduction to hyperplane arrangements, lecture 3.

    Examples
    --------
    >>> found = flats([[1, -1, 0], [1, 0, -1], [0, 1, -1]])
    >>> found.second_whitney_numbers, found.first_whitney_numbers
    ((1, 3, 1), (1, -3, 2))
    """
    limit = whole_number("limit", limit)
    arrangement = as_arrangement(data)
    frame = arrangement.frame()
    rows = [tuple(map(int, row)) for row in frame.hyperplanes]
    normals = [tuple(map(int, row)) for row in frame.normals]
    refuse_empty_domain(arrangement)
    meter = Meter(progress, "listing flats", "flats")
    level = {frozenset[int](): _Node((), tuple(enumerate(rows)), tuple(normals), 1)}
    by_rank = [level]
    found = 1
    while level := _next_level(level, len(rows), frame.rho - len(by_rank), found, limit):
        by_rank.append(level)
        found += len(level)
        meter.advance(len(level))
    meter.finish()
    return _record(arrangement, by_rank)


@dataclass(slots=True)
class _Node:
    """A flat under construction, with the arrangement restricted to it.

    Parameters
    ----------
    parents : tuple of frozenset of int
        The hyperplanes of the flats just above.
    rows : tuple of (int, row)
        The hyperplanes that do not contain it, as functionals on it.
    normals : tuple of rows
        The domain's normals on it.
    moebius : int
    """

    parents: tuple[frozenset[int], ...]
    rows: tuple[tuple[int, IntegerRow], ...]
    normals: tuple[IntegerRow, ...]
    moebius: int


def _next_level(
    level: dict[frozenset[int], _Node], hyperplanes: int, dimension: int, found: int, limit: int
) -> dict[frozenset[int], _Node]:
    """Return the flats of the next rank, which have `dimension` in the frame."""
    if dimension == 0:
        return _origin(level, hyperplanes, found, limit)
    above: dict[frozenset[int], list[frozenset[int]]] = defaultdict(list)
    for members, node in level.items():
        classes: dict[IntegerRow, list[int]] = defaultdict(list)
        for index, row in node.rows:
            leading = next(entry for entry in row if entry)
            classes[row if leading > 0 else negated(row)].append(index)
        for parallel in classes.values():
            above[members | frozenset(parallel)].append(members)
        if found + len(above) > limit:
            raise _too_many(limit)
    result: dict[frozenset[int], _Node] = {}
    for members, parents in above.items():
        first = min(members)
        parent = level[parents[0]]
        hyperplane = next(row for index, row in parent.rows if index in members)
        normals = restrict(parent.normals, hyperplane)
        if _misses(normals, dimension):
            continue
        others = [(index, row) for index, row in parent.rows if index not in members]
        # On a line every hyperplane that does not contain it is the origin: see `_origin`.
        restricted = restrict([row for _, row in others], hyperplane) if dimension > 1 else []
        result[members] = _Node(
            tuple(parents),
            tuple((index, row) for (index, _), row in zip(others, restricted, strict=False)),
            tuple(normals),
            -sum(level[above].moebius for above in parents if first not in above),
        )
    return result


def _origin(
    level: dict[frozenset[int], _Node], hyperplanes: int, found: int, limit: int
) -> dict[frozenset[int], _Node]:
    """Return the flat on which all hyperplanes meet; no open cone but the whole space holds it."""
    if any(node.normals for node in level.values()):
        return {}
    if found + 1 > limit:
        raise _too_many(limit)
    first = sum(node.moebius for members, node in level.items() if 0 not in members)
    return {frozenset(range(hyperplanes)): _Node(tuple(level), (), (), -first)}


def _too_many(limit: int) -> ArgumentError:
    return ArgumentError(
        f"limit = {limit:,}, but there are more flats; raise limit=, or ask betti_numbers, "
        "which keeps no list"
    )


def refuse_empty_domain(arrangement: Arrangement) -> None:
    """Raise `ArgumentError` when the domain holds no weight vector."""
    if _misses(list(arrangement.domain.normals), arrangement.shape[1]):
        raise ArgumentError("data has an empty domain: no flat meets it")


def _misses(normals: list[IntegerRow], dimension: int) -> bool:
    """Whether the open cone of the normals is empty."""
    return bool(normals) and isinstance(interior_point(normals, dimension), EmptyCone)


def _record(arrangement: Arrangement, levels: list[dict[frozenset[int], _Node]]) -> FlatsByRank:
    """Turn hyperplanes into the rows of the data, and sort."""
    members: dict[int, list[int]] = defaultdict(list)
    for row, hyperplane in enumerate(arrangement.row_class):
        members[int(hyperplane)].append(row)

    def rows_of(hyperplanes: frozenset[int]) -> tuple[int, ...]:
        return tuple(sorted(row for h in (-1, *hyperplanes) for row in members[h]))

    by_rank: list[tuple[Flat, ...]] = []
    covers: list[tuple[tuple[int, ...], ...]] = []
    places: dict[frozenset[int], int] = {}
    for rank, level in enumerate(levels):
        ordered = sorted(level, key=rows_of)
        by_rank.append(tuple(Flat(rank, rows_of(f), level[f].moebius) for f in ordered))
        covers.append(
            tuple(tuple(sorted(places[parent] for parent in level[f].parents)) for f in ordered)
        )
        places = {flat: place for place, flat in enumerate(ordered)}
    return FlatsByRank(arrangement, tuple(by_rank), tuple(covers))
