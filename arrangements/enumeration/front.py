"""Listing every pattern: run a method on each unit, sort, prove the whole."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting import cover_number
from arrangements.enumeration.auto import Auto
from arrangements.enumeration.base import Batch, Method
from arrangements.enumeration.incremental import Incremental
from arrangements.enumeration.plan import plan_units
from arrangements.enumeration.proving import expanded
from arrangements.enumeration.running import Found, plan_jobs, run_jobs
from arrangements.errors import ArgumentError, ProofError
from arrangements.exact import IntegerMatrix
from arrangements.packing import Packed, sorted_order
from arrangements.patterns import CompletePatterns
from arrangements.progress import Listener, Meter, silent
from arrangements.proof import Completion, Proof, TreeProof
from arrangements.prove import ByCheapest, Prover
from arrangements.units import Cone
from arrangements.witnesses import Witnesses


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
    progress: Listener = silent,
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
        Runs the units; without one they run here, one after another.
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

    Notes
    -----
    *Exactness.* Integers decide everything; see the methods and `arrangements.prove`.

    *Cost.* That of the method, plus N m r multiplications to check the witnesses.

    Examples
    --------
    >>> P = enumerate_patterns([[1, 0], [2, 0], [-1, 0], [0, 0], [1, 1]])
    >>> len(P), P[0].astype(int).tolist(), P.witness(0)
    (4, [1, 1, 0, 1, 0], (1, -2))
    """
    arrangement = as_arrangement(data)
    if within is not None:
        arrangement = arrangement.restricted_to(within)
    prover = ByCheapest() if proof is None else proof
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
    for found in run_jobs(arrangement, plan_jobs(arrangement, method, plan.units), executor):
        meter.advance(parts.add(found))
    meter.finish()
    proofs = tuple(
        _prove(arrangement, prover, unit, count, tree)
        for unit, count, tree in zip(plan.units, parts.counts, parts.trees, strict=True)
    )
    packed, witnesses = _sorted_list(arrangement, parts.batches)
    return CompletePatterns(arrangement, packed, witnesses, Completion(len(packed), plan, proofs))


class _Parts:
    """What the jobs have found, unit by unit."""

    def __init__(self, units: int) -> None:
        self.batches: list[Batch] = []
        self.counts = [0] * units
        self.trees: list[TreeProof | None] = [None] * units

    def add(self, found: Found) -> int:
        """Take what a job found; return how many patterns that are."""
        new = [proved.batch for proved in found.proved]
        self.batches += new
        size = sum(map(len, new))
        self.counts[found.unit] += size
        if found.ended:
            self.trees[found.unit] = found.tree
        return size


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


def _sorted_list(arrangement: Arrangement, batches: list[Batch]) -> tuple[Packed, Witnesses]:
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
    packed = np.concatenate([batch.packed for batch in batches])
    witnesses = Witnesses.concatenate([batch.witnesses for batch in batches])
    batches.clear()
    if halves:
        _choose_lower(arrangement, packed, witnesses)
    order = sorted_order(packed)
    if halves:
        packed, points = _mirrored(arrangement, packed, witnesses.points, order)
        witnesses = Witnesses(points, witnesses.columns, witnesses.dimension)
    else:
        packed, witnesses = packed[order], witnesses.take(order)
    packed.setflags(write=False)
    witnesses.points.setflags(write=False)
    return packed, witnesses


def _mirrored(
    arrangement: Arrangement, packed: Packed, points: IntegerMatrix, order: npt.NDArray[np.intp]
) -> tuple[Packed, IntegerMatrix]:
    """Return the lower halves in order, and after them their antipodes.

    Flipping every non-zero row reverses the order of the bytes.
    """
    half = len(order)
    both = np.empty((2 * half, packed.shape[1]), packed.dtype)
    np.take(packed, order, axis=0, out=both[:half])
    np.bitwise_xor(both[:half][::-1], arrangement.flips, out=both[half:])
    signed = np.empty((2 * half, points.shape[1]), points.dtype)
    np.take(points, order, axis=0, out=signed[:half])
    np.negative(signed[:half][::-1], out=signed[half:])
    return both, signed


def _choose_lower(arrangement: Arrangement, packed: Packed, witnesses: Witnesses) -> None:
    """Replace patterns by their antipodes, in place, where those come first in order."""
    flips = arrangement.flips
    byte = int(np.flatnonzero(flips)[0])
    leading = 1 << (int(flips[byte]).bit_length() - 1)
    upper = np.flatnonzero(packed[:, byte] & leading)
    packed[upper] ^= flips
    witnesses.points[upper] = (-witnesses.take(upper)).points
