"""Streams of patterns in bounded memory, with a typed end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import Enum
from itertools import repeat
from typing import Any, TypeAlias

from arrangements.arguments import require_limits
from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting import cover_number
from arrangements.dispatch import TimeUp, Workload
from arrangements.enumeration.auto import Auto
from arrangements.enumeration.base import Batch, Method
from arrangements.enumeration.plan import plan_units
from arrangements.enumeration.proving import Statistics, expanded
from arrangements.enumeration.running import Found, JobRun, plan_jobs
from arrangements.errors import ArgumentError, ProofError
from arrangements.progress import Listener, Meter, session_listener
from arrangements.proof import Completion, Proof
from arrangements.prove import ByCheapest
from arrangements.units import Cone
from arrangements.witnesses import Witnesses


class Limit(Enum):
    """What stopped a stream before its end.

    Examples
    --------
    >>> import arrangements as ar
    >>> stream = ar.stream_patterns([[1, 0], [0, 1], [1, 1]], max_regions=2)
    >>> for batch in stream:
    ...     pass
    >>> stream.completion.limit
    <Limit.REGIONS: 'regions'>
    """

    REGIONS = "regions"
    SECONDS = "seconds"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class StreamCompletion:
    """A stream that ended: every pattern of the arrangement went by.

    Parameters
    ----------
    completion : Completion
        Their number, the units, and a proof for each that the number is right.
    statistics : Statistics

    Notes
    -----
    Each pattern was checked against its witness, and their number against Cover's bound or
    an exact count.  That none came twice rests on the method deciding every sign exactly,
    for a stream keeps nothing to compare with; a list (`enumerate_patterns`) checks that too.

    Examples
    --------
    >>> import arrangements as ar
    >>> stream = ar.stream_patterns([[1, 0], [0, 1], [1, 1]])
    >>> for batch in stream:
    ...     pass
    >>> stream.completion.count, stream.completion.completion.kind
    (6, 'cover')
    """

    completion: Completion
    statistics: Statistics

    @property
    def count(self) -> int:
        """How many patterns went by: all of them."""
        return self.completion.count

    def summary(self) -> str:
        """Say what went by, and what that rests on."""
        return (
            f"all {self.count:,} patterns, each checked against its witness; complete by "
            f"{self.completion.kind}, if the method repeats none"
        )


@dataclass(frozen=True, slots=True)
class ProvedUnit:
    """A unit that was streamed to its end: how many patterns it holds, and why no more.

    Examples
    --------
    >>> import arrangements as ar
    >>> stream = ar.stream_patterns([[1, 0], [0, 1], [1, 1]], prefix=1, max_regions=5)
    >>> for batch in stream:
    ...     pass
    >>> [unit.count for unit in stream.completion.units]  # one half-plane was finished
    [3]
    """

    unit: Cone
    count: int
    proof: Proof


@dataclass(frozen=True, slots=True)
class StreamStopped:
    """A stream that a limit stopped: what went by is proved, and is not everything.

    Parameters
    ----------
    limit : Limit
    count : int
        How many patterns went by, each checked against its witness.
    units : tuple of ProvedUnit
        The units that were finished (see ``prefix=``).
    statistics : Statistics

    Examples
    --------
    >>> import arrangements as ar
    >>> stream = ar.stream_patterns([[1, 0], [0, 1], [1, 1]], max_regions=2)
    >>> for batch in stream:
    ...     pass
    >>> stream.completion.count, stream.completion.limit.value
    (2, 'regions')
    """

    limit: Limit
    count: int
    units: tuple[ProvedUnit, ...]
    statistics: Statistics

    def summary(self) -> str:
        """Say what went by, and what is missing."""
        return (
            f"stopped by the limit of {self.limit.value} after {self.count:,} patterns, each "
            f"checked against its witness; {len(self.units)} units are complete"
        )


StreamEnd: TypeAlias = StreamCompletion | StreamStopped


class PatternStream:
    """Batches of patterns, one after another; made by `stream_patterns`, read once.

    Examples
    --------
    >>> import arrangements as ar
    >>> stream = ar.stream_patterns([[1, 0], [0, 1], [1, 1]])
    >>> sum(len(batch) for batch in stream), stream.completion.count
    (6, 6)
    """

    def __init__(
        self,
        arrangement: Arrangement,
        batches: Iterator[Batch | StreamEnd],
        workload: Callable[[], Workload] = Workload,
    ) -> None:
        self.arrangement = arrangement
        self._batches = batches
        self._workload = workload
        self._end: StreamEnd | None = None

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches that are left, then set `completion`."""
        for item in self._batches:
            if isinstance(item, Batch):
                yield item
            else:
                self._end = item

    @property
    def workload(self) -> Workload:
        """Who has done the work so far, and how evenly."""
        return self._workload()

    @property
    def completion(self) -> StreamEnd:
        """How the stream ended: `StreamCompletion` or `StreamStopped`.

        Raises
        ------
        ArgumentError
            While it has not ended.
        """
        if self._end is None:
            raise ArgumentError("the stream has not ended: read its batches to the last one")
        return self._end

    def __repr__(self) -> str:
        """One line: of what, and how far."""
        state = "not at its end" if self._end is None else self._end.summary()
        return f"PatternStream({self.arrangement!r}, {state})"


def stream_patterns(
    data: Any,
    *,
    within: Cone | None = None,
    method: Method | None = None,
    prefix: int = 0,
    executor: Executor | None = None,
    max_regions: int | None = None,
    max_seconds: float | None = None,
    max_bytes: int | None = None,
    progress: Listener = session_listener,
) -> PatternStream:
    """Hand out every activation pattern once, in batches, keeping none.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Arrays are read as stored.
    within : Cone, optional
        Only the patterns met inside this open cone.
    method : Method, optional
        `Auto` by default.
    prefix : int
        Cut the work into units by this many leading hyperplanes; each is proved by itself.
    executor : concurrent.futures.Executor, optional
        Threads, processes or many machines that work a few pieces ahead.  The order stays the
        same.  A piece whose worker is lost is begun again.
    max_regions, max_seconds, max_bytes : optional
        Stop after so many patterns, so much time, so many bytes of packed patterns.
    progress : Listener, optional
        Called with the number of regions so far (the total is Cover's bound).

    Returns
    -------
    PatternStream
        Iterate over it for batches ``packed, witnesses``; then ask for its ``completion``.

    Raises
    ------
    ProofError
        At the end, when the number of patterns is not that of the arrangement.
    WorkerError
        When a piece of work is lost again and again.

    Notes
    -----
    *Exactness.* Every pattern is checked against its integer witness before it is handed
    out; the number of all is proved.  See `StreamCompletion` for what is not checked.

    *Cost.* Time and order are the method's; memory is that of a few pieces, about 2 * 10^4
    patterns here and at most 2 * 10^6 for each worker of an executor.

    *Growth.* ``N * n * r**2`` for n rows of rank r with N patterns.

    Examples
    --------
    >>> stream = stream_patterns([[1, 0], [0, 1], [1, 1]])
    >>> sum(len(batch) for batch in stream), stream.completion.summary()
    (6, 'all 6 patterns, each checked against its witness; complete by cover, if the method repeats none')
    """
    arrangement = as_arrangement(data)
    if within is not None:
        arrangement = arrangement.restricted_to(within)
    method = Auto() if method is None else method
    if not isinstance(method, Method):
        raise ArgumentError(f"method = {method!r} must be an instance, like method=Sweep()")
    require_limits(max_regions=max_regions, max_seconds=max_seconds, max_bytes=max_bytes)
    plan = plan_units(arrangement, prefix=prefix)
    tally = _Tally(arrangement, plan.units)
    row = (arrangement.shape[0] + 7) // 8
    # The smaller of two limits on the number of patterns is the one that stops.
    bounds = [
        (bound, limit)
        for bound, limit in (
            (max_regions, Limit.REGIONS),
            (None if max_bytes is None else max_bytes // max(row, 1), Limit.BYTES),
        )
        if bound is not None
    ]

    runs: list[JobRun] = []

    def workload() -> Workload:
        return runs[0].workload if runs else Workload()

    def batches() -> Iterator[Batch | StreamEnd]:
        # The clock starts with the first batch that is asked for.
        deadline = math.inf if max_seconds is None else time.monotonic() + max_seconds
        meter = Meter(progress, "streaming", "regions", cover_number(arrangement), bounded=True)
        most, by_number = min(bounds, key=lambda pair: pair[0], default=(None, Limit.REGIONS))
        jobs = plan_jobs(arrangement, repeat(method), plan.units)
        runs.append(JobRun(arrangement, jobs, executor))
        try:
            for found in runs[0].until(deadline):
                if isinstance(found, TimeUp):
                    yield tally.stopped(Limit.SECONDS)
                    return
                for batch in tally.batches(found):
                    if most is not None and tally.count + len(batch) > most:
                        kept = _first(batch, most - tally.count)
                        tally.count += len(kept)
                        if len(kept):
                            yield kept
                        yield tally.stopped(by_number)
                        return
                    tally.count += len(batch)
                    meter.advance(len(batch))
                    yield batch
        finally:
            meter.finish(workload().summary())
        proofs = tuple(part.proof for part in tally.proved(len(plan.units)))
        yield StreamCompletion(Completion(tally.count, plan, proofs), tally.statistics)

    return PatternStream(arrangement, batches(), workload)


class _Tally:
    """What has gone by, unit by unit."""

    def __init__(self, arrangement: Arrangement, units: tuple[Cone, ...]) -> None:
        self._arrangement = arrangement
        self._units = units
        self._found = [0] * len(units)
        self._unit = 0
        self.count = 0
        self.statistics = Statistics()

    def batches(self, found: Found) -> Iterator[Batch]:
        """Yield what was found, antipodes included, and count it to its unit."""
        self._unit = found.unit
        for proved in found.proved:
            self.statistics += proved.statistics
            batch = expanded(self._arrangement, proved.batch)
            self._found[found.unit] += len(batch)
            yield batch

    def proved(self, finished: int) -> Iterator[ProvedUnit]:
        """Yield the proofs of the first units."""
        for unit, count in zip(self._units[:finished], self._found, strict=False):
            proof = ByCheapest().prove(self._arrangement, unit, count, None)
            if proof is None:
                raise ProofError(
                    f"{count} patterns of {unit.describe()} went by, and that is not their "
                    "number; try another method="
                )
            yield ProvedUnit(unit, count, proof)

    def stopped(self, limit: Limit) -> StreamStopped:
        """Return the end by a limit, with the units before the one it fell in."""
        units = tuple(self.proved(self._unit))
        return StreamStopped(limit, self.count, units, self.statistics)


def _first(batch: Batch, count: int) -> Batch:
    witnesses = batch.witnesses
    points = witnesses.points[:count]
    return Batch(batch.packed[:count], Witnesses(points, witnesses.columns, witnesses.dimension))
