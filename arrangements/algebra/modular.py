"""Supersolvable arrangements: a chain of modular flats from nothing to everything."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from arrangements.algebra.central import central
from arrangements.arrangement import Arrangement
from arrangements.flats import flats
from arrangements.progress import session_listener


def modular_chain(data: Any, *, limit: int = 100_000) -> tuple[tuple[int, ...], ...] | None:
    """Find a maximal chain of modular flats, which makes an arrangement supersolvable.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Of the whole space.
    limit : int
        Refuse to look at more flats than this.

    Returns
    -------
    tuple of tuples of int, or None
        The hyperplanes through the flats of rank 0, 1, ..., r, each by the first row of the
        data that lies on it.  None when the arrangement is not supersolvable.

    Raises
    ------
    ArgumentError
        When the domain is not the whole space, or there are more flats.

    Notes
    -----
    A supersolvable arrangement is free, and its exponents are by how many hyperplanes each
    flat of the chain has more than the one before (`freeness`).

    *Algorithm.* A flat X of rank k - 1 is modular among those of rank k iff any two hyperplanes
    that do not contain X meet in one that does (Bjorner, Edelman and Ziegler 1990).  Intervals
    of supersolvable lattices are supersolvable, so the first that is found will do.

    *Exactness.* Integers only.

    *Cost.* The list of flats, and for each a test of all pairs of hyperplanes.

    *Growth.* ``n**r`` for n rows of rank r.

    *Reference.* Stanley 1972.

    Examples
    --------
    >>> from arrangements.catalogue import braid
    >>> modular_chain(braid(4))
    ((), (0,), (0, 1, 3), (0, 1, 2, 3, 4, 5))
    """
    arrangement = central(data)
    names = arrangement.representatives
    by_rank = [[frozenset[int]()]]
    if arrangement.normals:
        found = flats(Arrangement(arrangement.normals), limit=limit, progress=session_listener)
        by_rank = [[frozenset(flat.rows) for flat in level] for level in found.by_rank]
    line = {
        pair: flat
        for flat in (by_rank[2] if len(by_rank) > 2 else [])  # noqa: PLR2004 - rank two
        for pair in combinations(sorted(flat), 2)
    }
    chain = [by_rank[-1][0]]
    for level in reversed(by_rank[:-1]):
        top = chain[-1]
        below = (
            flat
            for flat in level
            if flat < top and all(line[pair] & flat for pair in combinations(sorted(top - flat), 2))
        )
        modular = next(below, None)
        if modular is None:
            return None
        chain.append(modular)
    return tuple(tuple(sorted(names[i] for i in flat)) for flat in reversed(chain))
