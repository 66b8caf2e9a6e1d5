"""Listing every pattern: run a method on each unit, sort, prove the whole."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting import cover_number
from arrangements.dispatch import in_threads
from arrangements.enumeration.auto import Auto
from arrangements.enumeration.base import Batch, Method
from arrangements.enumeration.incremental import Incremental
from arrangements.enumeration.plan import plan_units
from arrangements.enumeration.proving import expanded
from arrangements.enumeration.running import Found, JobRun, plan_jobs
from arrangements.errors import ArgumentError, ProofError
from arrangements.exact import IntegerMatrix
from arrangements.packing import Packed, sorted_order
from arrangements.patterns import CompletePatterns
from arrangements.progress import Listener, Meter, session_listener
from arrangements.proof import Completion, Proof, TreeProof
from arrangements.prove import ByCheapest, Prover
from arrangements.units import Cone
from arrangements.witnesses import Witnesses

_CHUNK = 1 << 18
"""Patterns at once where a copy is needed: bounds its memory."""
_TABLE = 1 << 20
"""Patterns of a table into which small batches are copied."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a list of patterns costs at most.

    Parameters
    ----------
    regions : int
        Cover's bound on their number.
    size : int
        Bytes in memory: packed patterns and witnesses of one word an entry.
    seconds : float
        Rough time on one core.

    Examples
    --------
    >>> import arrangements as ar
    >>> cost = ar.preview_cost([[1, 0], [0, 1], [1, 1]])
    >>> cost.regions, cost.size > 0
    (6, True)
    """

    regions: int
    size: int
    seconds: float


def preview_cost(data: Any, *, method: Method | None = None) -> Cost:
    """Return what listing all patterns would cost at most, before anything long starts.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    method : Method, optional

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.preview_cost([[1, 0], [0, 1], [1, 1]]).regions
    6

    Notes
    -----
    *Growth.* ``n * r**2`` for n rows of rank r.
    """
    arrangement = as_arrangement(data)
    method = Auto() if method is None else method
    regions = cover_number(arrangement)
    row = (arrangement.shape[0] + 7) // 8 + 8 * arrangement.rank
    seconds = method.estimate_seconds(arrangement, regions)
    return Cost(regions, regions * row, seconds)


def enumerate_patterns(
    data: Any,
    *,
    within: Cone | None = None,
    method: Method | None = None,
    proof: Prover | None = None,
    prefix: int = 0,
    executor: Executor | None = None,
    progress: Listener = session_listener,
) -> CompletePatterns:
    """List every activation pattern of a data set, with a proof that none is missing.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Arrays are read as stored.
    within : Cone, optional
        List only the patterns met inside this open cone.
    method : Method, optional
        How to look for them; `Auto` by default, `Incremental` for a proof by tree.
    proof : Prover, optional
        How to prove that they are all; `ByCheapest` by default.
    prefix : int
        Cut the work into units by this many leading hyperplanes.
    executor : concurrent.futures.Executor, optional
        Threads, processes or many machines that run the pieces; without one they run here.
        A piece whose worker is lost is begun again.  Sorting and the last check are done here,
        by as many threads as there were workers on this machine.
    progress : Listener, optional
        Called with the number of regions found (the total is Cover's bound).

    Returns
    -------
    CompletePatterns
        Sorted by packed bytes, each with an exact witness.

    Raises
    ------
    ProofError
        When what was found cannot be proved complete.  Nothing unproved is returned.
    WorkerError
        When a piece of work is lost again and again.

    Notes
    -----
    *Exactness.* Integers decide everything; see the methods and `arrangements.prove`.

    *Cost.* That of the method, plus N m r multiplications to check the witnesses.

    *Growth.* ``N * n * r**2`` for n rows of rank r with N patterns.

    Examples
    --------
    >>> P = enumerate_patterns([[1, 0], [2, 0], [-1, 0], [0, 0], [1, 1]])
    >>> len(P), P[0].astype(int).tolist(), P.witness(0)
    (4, [1, 1, 0, 1, 0], (1, -2))
    """
    arrangement = as_arrangement(data)
    if within is not None:
        arrangement = arrangement.restricted_to(within)
    prover = ByCheapest(executor) if proof is None else proof
    if method is None:
        method = Incremental() if getattr(prover, "needs_tree", False) else Auto()
    if not isinstance(method, Method) or not isinstance(prover, Prover):
        raise ArgumentError(
            f"method = {method!r} and proof = {prover!r} must be instances, "
            "like method=Incremental(), proof=ByCount()"
        )
    plan = plan_units(arrangement, prefix=prefix)
    meter = Meter(progress, "enumerating", "regions", cover_number(arrangement), bounded=True)
    parts = _Parts(len(plan.units))
    run = JobRun(arrangement, plan_jobs(arrangement, repeat(method), plan.units), executor)
    for found in run:
        meter.advance(parts.add(found))
    meter.finish(run.workload.summary())
    proofs = tuple(
        _prove(arrangement, prover, unit, count, tree)
        for unit, count, tree in zip(plan.units, parts.counts, parts.trees, strict=True)
    )
    threads = max(1, run.workload.here)
    packed, witnesses = _sorted_list(arrangement, parts.all(), threads)
    completion = Completion(len(packed), plan, proofs)
    return CompletePatterns(arrangement, packed, witnesses, completion, threads=threads)


class _Parts:
    """What the jobs have found, unit by unit."""

    def __init__(self, units: int) -> None:
        self.batches: list[Batch] = []
        self._small: list[Batch] = []
        self.counts = [0] * units
        self.trees: list[TreeProof | None] = [None] * units

    def add(self, found: Found) -> int:
        """Take what a job found; return how many patterns that are."""
        new = [proved.batch for proved in found.proved]
        self._small += new
        if sum(len(batch.packed) for batch in self._small) >= _TABLE:
            self._join()
        size = sum(map(len, new))
        self.counts[found.unit] += size
        if found.ended:
            self.trees[found.unit] = found.tree
        return size

    def all(self) -> list[Batch]:
        """Return everything found, in few batches."""
        self._join()
        return self.batches

    def _join(self) -> None:
        """Copy small batches into one: large tables go back to the system when they are freed."""
        for mirrored in (False, True):
            alike = [batch for batch in self._small if batch.mirrored == mirrored]
            if len(alike) == 1:
                self.batches += alike
            elif alike:
                packed = np.concatenate([batch.packed for batch in alike])
                witnesses = Witnesses.concatenate([batch.witnesses for batch in alike])
                self.batches.append(Batch(packed, witnesses, mirrored))
        self._small.clear()


def _prove(
    arrangement: Arrangement, prover: Prover, unit: Cone, count: int, tree: TreeProof | None
) -> Proof:
    proof = prover.prove(arrangement, unit, count, tree)
    if proof is None:
        raise ProofError(
            f"{type(prover).__name__} finds no proof that the {count} patterns found in "
            f"{unit.describe()} are all; try another proof= or method="
        )
    return proof


def _sorted_list(
    arrangement: Arrangement, batches: list[Batch], threads: int
) -> tuple[Packed, Witnesses]:
    """Return all patterns in the order of their bytes, emptying the list of batches."""
    if not batches:
        frame = arrangement.frame()
        width = (arrangement.shape[0] + 7) // 8
        return np.empty((0, width), np.uint8), Witnesses.from_points(
            [], frame.columns, frame.dimension
        )
    halves = all(batch.mirrored for batch in batches)
    if not halves:
        batches[:] = [expanded(arrangement, batch) for batch in batches]
    columns, dimension = batches[0].witnesses.columns, batches[0].witnesses.dimension
    packed, points = _gathered(batches, room=2 if halves else 1)
    if halves:
        _sort_and_mirror(arrangement, packed, points, threads)
    else:
        order = sorted_order(packed, threads)
        packed, points = packed[order], points[order]
    packed.setflags(write=False)
    points.setflags(write=False)
    return packed, Witnesses(points, columns, dimension)


def _gathered(batches: list[Batch], room: int) -> tuple[Packed, IntegerMatrix]:
    """Move all batches to the end of tables `room` times as long, emptying the list."""
    count = sum(len(batch.packed) for batch in batches)
    tables = [batch.witnesses.points for batch in batches]
    kind = np.result_type(*{table.dtype for table in tables})
    if any(table.min(initial=0) == np.iinfo(np.int64).min for table in tables):
        # The least machine integer has no opposite in a word.
        kind = np.dtype(object)
    packed = np.empty((room * count, batches[0].packed.shape[1]), np.uint8)
    points = np.empty((room * count, tables[0].shape[1]), kind)
    tables.clear()
    batches.reverse()
    place = (room - 1) * count
    while batches:
        batch = batches.pop()
        end = place + len(batch.packed)
        packed[place:end] = batch.packed
        points[place:end] = batch.witnesses.points
        place = end
    return packed, points


def _sort_and_mirror(
    arrangement: Arrangement, packed: Packed, points: IntegerMatrix, threads: int
) -> None:
    """Sort tables whose second halves hold one of each antipodal pair; fill in the others.

    Flipping every non-zero row reverses the order of the bytes, so the lower ones in
    order, and then their antipodes, are sorted.
    """
    half = len(packed) // 2
    parts = [slice(start, min(start + _CHUNK, half)) for start in range(0, half, _CHUNK)]

    def choose(part: slice) -> None:
        _choose_lower(arrangement, packed[half:][part], points[half:][part])

    def take(part: slice) -> None:
        # The first half is free until now.  No entry of the order is out of bounds: with
        # mode="raise" numpy would copy the result once more.
        for table in (packed, points):
            np.take(table[half:], order[part], axis=0, out=table[:half][part], mode="clip")

    def mirror(part: slice) -> None:
        np.bitwise_xor(packed[:half][part], arrangement.flips, out=packed[half:][::-1][part])
        np.negative(points[:half][part], out=points[half:][::-1][part])

    in_threads(choose, parts, threads)
    order = sorted_order(packed[half:], threads)
    for step in (take, mirror):
        in_threads(step, parts, threads)


def _choose_lower(arrangement: Arrangement, packed: Packed, points: IntegerMatrix) -> None:
    """Replace patterns by their antipodes, in place, where those come first in order."""
    flips = arrangement.flips
    byte = int(np.flatnonzero(flips)[0])
    leading = 1 << (int(flips[byte]).bit_length() - 1)
    upper = np.flatnonzero(packed[:, byte] & leading)
    packed[upper] ^= flips
    points[upper] = -points[upper]
