"""The front door of enumeration: plan units, run a method on each, prove the whole."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting import cover_number
from arrangements.enumeration.auto import Auto
from arrangements.enumeration.base import Batch, Method, Restart
from arrangements.enumeration.incremental import Incremental
from arrangements.errors import ArgumentError, ProofError
from arrangements.exact import negated
from arrangements.packing import pack, sorted_order
from arrangements.patterns import CompletePatterns
from arrangements.progress import Listener, Meter, silent
from arrangements.proof import Completion, Proof, TreeProof, UnitPlan
from arrangements.prove import ByCheapest, Prover
from arrangements.units import Cone
from arrangements.witnesses import Witnesses


def plan_units(data: Any, *, within: Cone | None = None, prefix: int = 0) -> UnitPlan:
    """Cut an arrangement into units by the signs of its first hyperplanes.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    within : Cone, optional
        Cut only this cone (inside the arrangement's domain).
    prefix : int
        Number of leading hyperplanes to cut by; 0 gives one unit.

    Returns
    -------
    UnitPlan
        One cone for each region of those hyperplanes, in lexicographic order of signs.

    Examples
    --------
    >>> len(plan_units([[1, 0], [0, 1], [1, 1]], prefix=2).units)
    4
    """
    arrangement = as_arrangement(data)
    if within is not None:
        arrangement = arrangement.restricted_to(within)
    domain = arrangement.domain
    if not 0 <= prefix <= arrangement.hyperplane_count:
        raise ArgumentError(
            f"prefix = {prefix}, but the arrangement has {arrangement.hyperplane_count} hyperplanes"
        )
    if prefix == 0:
        return UnitPlan(domain, 0, (domain,))
    rows = arrangement.normals[:prefix]
    first = Arrangement(list(rows), domain=domain)
    regions = np.concatenate(
        [_sides(batch, prefix) for batch in Incremental().run(first, domain)]
        or [np.empty((0, prefix), dtype=np.bool_)]
    )
    units = [
        Cone(
            domain.normals
            + tuple(row if side else negated(row) for row, side in zip(rows, sides, strict=True))
        )
        for sides in sorted(map(tuple, regions.tolist()))
    ]
    return UnitPlan(domain, prefix, tuple(units))


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
    found = _run_units(arrangement, method, plan, executor, meter)
    meter.finish()
    proofs = tuple(
        _prove(arrangement, prover, unit, result)
        for unit, result in zip(plan.units, found, strict=True)
    )
    whole = _joined(arrangement, arrangement.domain, [result.batch for result in found])
    order = sorted_order(whole.packed)
    packed = whole.packed[order]
    packed.setflags(write=False)
    witnesses = whole.witnesses.take(order)
    witnesses.points.setflags(write=False)
    return CompletePatterns(arrangement, packed, witnesses, Completion(len(packed), plan, proofs))


@dataclass(frozen=True, eq=False)
class _Found:
    """What a method found in one unit."""

    batch: Batch
    tree: TreeProof | None


def _run_units(
    arrangement: Arrangement,
    method: Method,
    plan: UnitPlan,
    executor: Executor | None,
    meter: Meter,
) -> list[_Found]:
    if executor is None:
        return [_run_unit(arrangement, method, unit, meter) for unit in plan.units]
    futures = [executor.submit(_run_unit, arrangement, method, unit) for unit in plan.units]
    results = []
    try:
        for future in futures:
            results.append(future.result())
            meter.advance(len(results[-1].batch.packed))
    except BaseException:
        for future in futures:
            future.cancel()
        raise
    return results


def _run_unit(
    arrangement: Arrangement, method: Method, unit: Cone, meter: Meter | None = None
) -> _Found:
    while True:
        batches: list[Batch] = []
        try:
            tree = _collect(method.run(arrangement, unit), batches, meter)
        except Restart as restart:
            method = restart.method
        else:
            return _Found(_joined(arrangement, unit, batches), tree)


def _collect(
    run: Generator[Batch, None, TreeProof | None], batches: list[Batch], meter: Meter | None
) -> TreeProof | None:
    """Append a run's batches; return what the finished run leaves."""
    while True:
        try:
            batch = next(run)
        except StopIteration as finished:
            tree: TreeProof | None = finished.value
            return tree
        batches.append(batch)
        if meter is not None:
            meter.advance(len(batch.packed))


def _joined(arrangement: Arrangement, cone: Cone, batches: list[Batch]) -> Batch:
    """Put batches one after another; without any, return an empty one."""
    if not batches:
        frame = arrangement.frame(cone)
        return Batch(
            pack(np.empty((0, arrangement.shape[0]), dtype=np.bool_)),
            Witnesses.from_points([], frame.columns, frame.dimension),
        )
    return Batch(
        np.concatenate([batch.packed for batch in batches]),
        Witnesses.concatenate([batch.witnesses for batch in batches]),
    )


def _prove(arrangement: Arrangement, prover: Prover, unit: Cone, found: _Found) -> Proof:
    count = len(found.batch.packed)
    proof = prover.prove(arrangement, unit, count, found.tree)
    if proof is None:
        raise ProofError(
            f"{type(prover).__name__} finds no proof that the {count} patterns found in "
            f"{unit.describe()} are all; try another proof= or method="
        )
    return proof


def _sides(batch: Batch, prefix: int) -> np.ndarray:
    """Sides of the first hyperplanes: they are the rows of their own arrangement."""
    return np.unpackbits(batch.packed, axis=1, count=prefix, bitorder="little").astype(np.bool_)
