"""Counting with symmetries: one representative of each orbit of cones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.arguments import whole_number
from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting import count_regions, region_bound
from arrangements.dispatch import Dispatcher
from arrangements.enumeration import DoubleDescription, enumerate_patterns
from arrangements.errors import ArgumentError
from arrangements.exact import negated
from arrangements.progress import Listener, Meter, session_listener, silent
from arrangements.symmetry.chamber import count_by_chamber, supports_chamber
from arrangements.symmetry.group import SignedPermutation, Symmetries, opposite, orbits
from arrangements.symmetry.mirrors import Mirrors, find_mirrors
from arrangements.symmetry.search import find_symmetries
from arrangements.units import Cone

_MOST_CONES = 10_000_000
"""Regions of the sub-arrangement: they are listed, in memory."""
_LISTED, _COUNTED, _SMALL, _CONE = 1e-5, 1.5e-8, 6e-7, 0.04
"""Seconds a cone to list, a region to count at once, a region inside a cone, a cone to begin."""
_ORBITS = 10
"""So many times more orbits are seen than cones divided by the order, and never fewer."""
_CHUNK = 100_000


def count_by_symmetry(
    data: Any,
    *,
    symmetries: Symmetries | None = None,
    cut: Sequence[int] | None = None,
    executor: Executor | None = None,
    progress: Listener = session_listener,
) -> int:
    """Count regions exactly, those in cones that a symmetry exchanges only once.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Of the whole space.
    symmetries : Symmetries, optional
        Looked for by default.
    cut : sequence of int, optional
        The hyperplanes whose regions are the cones; every symmetry has to keep them as a set.
        By default some are chosen, or none when counting at once seems quicker.
    executor : concurrent.futures.Executor, optional
        Threads, processes or many machines that count the cones.
    progress : Listener, optional
        Called with the number of orbits of cones done.

    Returns
    -------
    int
        The same number as `count_regions`.

    Raises
    ------
    ArgumentError
        When the domain is not the whole space, the symmetries are those of another
        arrangement, or `cut` is not kept by them.

    Notes
    -----
    *Algorithm.* Where the symmetries hold reflections, and many of them, the regions that meet
    one chamber of their mirrors are listed: they are one of each orbit, and the walls whose
    reflections keep a region give the orbit's size (see `symmetry.chamber`).  Otherwise, and
    with `symmetries` or `cut`, a subgroup and a sub-arrangement B that it keeps are chosen, so that B has
    many regions and they form few orbits.  The regions of B are cones that contain every
    region of the whole arrangement once.  A symmetry takes the regions inside one cone to
    those inside another; so one cone of each orbit is counted, times the orbit's size.
    The opposite map is always a symmetry.

    *Exactness.* Symmetries are checked by integers, the list of cones is proved complete, and
    each cone is split into its regions by `DoubleDescription`, which makes each once, or counted
    by `count_regions` when entries are large.  Too small a group costs time only.

    *Cost.* With reflections 10 to 200 microseconds an orbit: 40 seconds for the 17,561,539,552,946
    threshold functions of eight variables, which are 175,428 orbits.  Otherwise listing the cones, and about a microsecond for each region in one of each orbit,
    forty times what it takes in `count_regions`.  So it pays for hundreds of millions of
    regions and groups of thousands of maps, and for nothing smaller.

    *Growth.* ``N * n`` for n rows with N patterns.

    Examples
    --------
    >>> from arrangements.catalogue import resonance
    >>> count_by_symmetry(resonance(4))
    370
    """
    arrangement = as_arrangement(data)
    if not arrangement.domain.is_whole_space:
        raise ArgumentError(
            f"data={arrangement!r}: symmetries are those of the whole space; ask count_regions"
        )
    if symmetries is not None and not isinstance(symmetries, Symmetries):
        raise ArgumentError(f"symmetries={symmetries!r} are not what find_symmetries returns")
    if symmetries is None and cut is None:
        mirrors = find_mirrors(arrangement)
        if mirrors is not None and _is_worth_a_chamber(arrangement, mirrors):
            return count_by_chamber(mirrors, executor, progress)
    group = symmetries or find_symmetries(arrangement, progress=progress)
    if group.arrangement.data != arrangement.data:
        raise ArgumentError(f"symmetries={group!r} are those of another arrangement")
    if cut is None:
        chosen, generators = _choose(arrangement, group)
    else:
        generators = (*group.generators, opposite(arrangement.hyperplane_count))
        chosen = _kept(cut, generators)
    if not chosen:
        return count_regions(arrangement, executor=executor, progress=progress)
    rows = [arrangement.normals[index] for index in chosen]
    cones = enumerate_patterns(Arrangement(rows), executor=executor, progress=progress)
    sides = cones.activations()
    representatives, sizes = _orbits_of_cones(sides, chosen, generators)
    meter = Meter(progress, "counting by orbits", "orbits", len(sizes))
    work: Dispatcher[Cone, int] = Dispatcher(
        partial(_regions_inside, arrangement), executor, ordered=False
    )
    total = 0
    for index, regions in work.run(_cone(rows, sides[first]) for first in representatives):
        total += sizes[index] * regions
        meter.advance()
    meter.finish(work.workload.summary())
    return total


def _is_worth_a_chamber(arrangement: Arrangement, mirrors: Mirrors) -> bool:
    """Return whether counting in a chamber is quicker than counting at once, by guesses."""
    bound = region_bound(arrangement.hyperplane_count, arrangement.rank)
    quicker = _CONE + _SMALL * bound / mirrors.order < _COUNTED * bound
    return quicker and supports_chamber(mirrors)


def _cone(rows: Sequence[tuple[int, ...]], sides: npt.NDArray[np.bool_]) -> Cone:
    """Return the region of some hyperplanes on these sides."""
    return Cone(
        tuple(row if positive else negated(row) for row, positive in zip(rows, sides, strict=True))
    )


def _regions_inside(arrangement: Arrangement, cone: Cone) -> int:
    """Count the regions in a cone of many half-spaces: split it, where entries are small."""
    method = DoubleDescription()
    if not method.supports(arrangement, cone):
        return count_regions(arrangement, within=cone, progress=silent)
    return sum(
        len(batch)
        for piece in method.pieces(arrangement, cone)
        for batch in method.run(arrangement, piece)
    )


def _choose(
    arrangement: Arrangement, group: Symmetries
) -> tuple[list[int], tuple[SignedPermutation, ...]]:
    """Return hyperplanes that a subgroup keeps as a set, and the subgroup's generators.

    The seconds are guesses, made with Cover's number in the place of the unknown count:
    they decide how long it takes, and nothing else.
    """
    m, rank = arrangement.hyperplane_count, arrangement.rank
    bound = region_bound(m, rank)
    best = _COUNTED * bound
    chosen: list[int] = []
    keeping: tuple[SignedPermutation, ...] = ()
    for level in range(len(group.levels)):
        generators = (*group.fixing(level), opposite(m))
        order = max(2, math.prod(group.sizes[level:]))
        kept: list[int] = []
        for orbit in orbits(m, generators):
            kept = sorted([*kept, *orbit])
            if len(kept) == m or _COUNTED * region_bound(len(kept), rank) > best:
                break
            cones = count_regions([arrangement.normals[index] for index in kept], progress=silent)
            if cones > _MOST_CONES:
                break
            few = _ORBITS * (1 + cones // order)
            seconds = _LISTED * cones + few * (_CONE + _SMALL * bound / cones)
            if seconds < best:
                best, chosen, keeping = seconds, kept, generators
    return chosen, keeping


def _kept(cut: Sequence[int], generators: tuple[SignedPermutation, ...]) -> list[int]:
    """Return the hyperplanes of `cut`, ascending, after checking that all generators keep them."""
    try:
        chosen = sorted({whole_number("cut", index) for index in cut})
    except TypeError:
        raise ArgumentError(f"cut={cut!r} must be a sequence of hyperplanes' numbers") from None
    m = len(generators[0].images)
    if chosen and chosen[-1] >= m:
        raise ArgumentError(f"cut={cut!r}: hyperplanes are counted from 0 to {m - 1}")
    for generator in generators:
        if sorted(generator.images[index] for index in chosen) != chosen:
            raise ArgumentError(f"cut={cut!r} is not kept by {generator!r}; take whole orbits")
    return chosen


def _orbits_of_cones(
    sides: npt.NDArray[np.bool_],
    chosen: list[int],
    generators: tuple[SignedPermutation, ...],
) -> tuple[npt.NDArray[np.intp], list[int]]:
    """Return the first cone of each orbit and the sizes of the orbits.

    With ``X T = S X`` the point T w lies on the side ``s_i sigma_(p(i))`` of hyperplane i when w
    lies on the side sigma_j of hyperplane j.
    """
    position = {index: place for place, index in enumerate(chosen)}
    label = np.arange(len(sides))
    # Sums of random numbers find the image of a cone; the comparison decides.
    weights = np.random.default_rng(0).integers(1, 2**63, sides.shape[1], dtype=np.uint64)
    chunks = [slice(k, k + _CHUNK) for k in range(0, len(sides), _CHUNK)]
    hashes = np.concatenate([sides[chunk].astype(np.uint64) @ weights for chunk in chunks])
    order = np.argsort(hashes)
    hashes = hashes[order]
    steps = []
    for generator in generators:
        columns = [position[generator.images[index]] for index in chosen]
        same = np.array([generator.signs[index] == 1 for index in chosen])
        image = label.copy()
        for chunk in chunks:
            moved = sides[chunk][:, columns] == same
            place = np.searchsorted(hashes, moved.astype(np.uint64) @ weights)
            found = order[np.minimum(place, len(order) - 1)]
            known = (sides[found] == moved).all(axis=1)
            image[chunk][known] = found[known]
        steps.append(image)
    while True:
        before = label.copy()
        for image in steps:
            label = np.minimum(label, label[image])
            label[image] = np.minimum(label[image], label)
        label = label[label]
        if (label == before).all():
            break
    representatives, counts = np.unique(label, return_counts=True)
    return representatives, counts.tolist()
