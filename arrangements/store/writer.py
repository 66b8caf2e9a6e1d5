"""Writing a pattern store: run what is missing, put parts in place, prove the whole."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from arrangements.arguments import path_of, require_limits
from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting import count_regions, cover_number
from arrangements.dispatch import Dispatcher, TimeUp, Workload
from arrangements.enumeration import (
    Auto,
    Job,
    Limit,
    Method,
    plan_jobs,
    plan_units,
)
from arrangements.errors import ArgumentError, FileError, ProofError
from arrangements.progress import Listener, Meter, Progress, session_listener
from arrangements.proof import Completion, CountProof, CoverProof, Proof, UnitPlan
from arrangements.store.manifest import (
    MANIFEST,
    Manifest,
    StorePlan,
    append_end,
    append_part,
    lock,
    read_manifest,
    write_manifest,
)
from arrangements.store.parts import (
    Group,
    MadePart,
    is_whole,
    make_part,
    need_pyarrow,
    remove_strays,
    write_part,
)
from arrangements.store.reader import PatternStore
from arrangements.units import Cone

_GROUP = 1 << 18
"""Regions of a part, about: what a killed run loses for each worker."""


@dataclass(frozen=True, eq=False, repr=False)
class StoreRun:
    """What a run of `store_patterns` has done.

    Parameters
    ----------
    store : PatternStore
    limit : Limit or None
        What stopped it before its end; None when the store is complete.
    added : int
        Patterns that this run has written.
    remade : int
        Parts that were missing or damaged, and were made again.
    workload : Workload
        Who did the work, and how evenly.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import arrangements as ar
    >>> with TemporaryDirectory() as folder:
    ...     first = ar.store_patterns([[1, 0], [0, 1]], folder)
    ...     again = ar.store_patterns([[1, 0], [0, 1]], folder, resume=True)
    >>> first.added, again.added, again.limit
    (4, 0, None)
    """

    store: PatternStore
    limit: Limit | None
    added: int
    remade: int
    workload: Workload

    def summary(self) -> str:
        """Say what is stored, and what this run did for it."""
        stopped = "" if self.limit is None else f"stopped by the limit of {self.limit.value}; "
        again = f", {self.remade:,} damaged parts made again" if self.remade else ""
        return (
            f"{self.store.summary()}\n{stopped}{self.added:,} patterns written by this run"
            f"{again}; {self.workload.summary()}"
        )

    def __repr__(self) -> str:
        """One line: the store, and why it stopped."""
        stopped = "" if self.limit is None else f", stopped by the limit of {self.limit.value}"
        return f"StoreRun({self.store!r}{stopped})"


def store_patterns(
    data: Any,
    folder: str | Path,
    *,
    within: Cone | None = None,
    method: Method | None = None,
    prefix: int = 0,
    witnesses: bool = False,
    resume: bool = False,
    executor: Executor | None = None,
    max_regions: int | None = None,
    max_seconds: float | None = None,
    max_bytes: int | None = None,
    progress: Listener = session_listener,
) -> StoreRun:
    """Write every activation pattern to a folder of Parquet files, in bounded memory.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Arrays are read as stored.
    folder : str or Path
        A new one, or an empty one; with `resume` one that holds an unfinished store.
    within : Cone, optional
        Only the patterns met inside this open cone.
    method : Method, optional
        `Auto` by default.  An interrupted run goes on with the methods it was begun with.
    prefix : int
        Cut the work into units by this many leading hyperplanes; each is proved by itself.
    witnesses : bool
        Store an integer weight vector for each pattern too: 8 bytes more for each column.
    resume : bool
        Go on with what is there: parts that are missing or damaged are made again.
    executor : concurrent.futures.Executor, optional
        Threads, processes or many machines; they need no access to the folder.
    max_regions, max_seconds, max_bytes : optional
        Stop after so many patterns and bytes in the folder, or so much time of this run.
        Finished parts stay.
    progress : Listener, optional
        Called with the number of patterns stored (the total is Cover's bound).

    Returns
    -------
    StoreRun
        Its ``store`` is complete unless its ``limit`` says what stopped it.

    Raises
    ------
    FileError
        When the folder holds something else, or what was begun there is not what is asked for;
        when it cannot be written, or the disk is full.  Finished parts stay.
    ProofError
        At the end, when the number of patterns is not that of the arrangement.
    WorkerError
        When a piece of work is lost again and again.

    Notes
    -----
    *Algorithm.* Pieces of work are put together to parts of about 2^18 regions.  A part is
    written aside, waited for and renamed; then the manifest gets its line.  Whatever stops a
    run loses the parts that were being made, and nothing else.

    *Exactness.* Each pattern is checked against an integer witness before it is written, and
    the number of all is proved at the end, as in `stream_patterns`.

    *Cost.* Time of the stream and a tenth to a half more; memory of a few parts for each worker.

    *Growth.* ``N * n * r`` for n rows of rank r with N patterns.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     run = store_patterns([[1, 0], [0, 1], [1, 1]], f"{folder}/plane")
    ...     len(run.store), run.store.is_complete, run.store.completion.kind
    (6, True, 'cover')
    """
    need_pyarrow()
    arrangement = as_arrangement(data)
    if within is not None:
        arrangement = arrangement.restricted_to(within)
    if method is not None and not isinstance(method, Method):
        raise ArgumentError(f"method = {method!r} must be an instance, like method=Sweep()")
    require_limits(max_regions=max_regions, max_seconds=max_seconds, max_bytes=max_bytes)
    deadline = math.inf if max_seconds is None else time.monotonic() + max_seconds
    units = plan_units(arrangement, prefix=prefix)
    target = path_of("folder", folder)
    begun = _begun(target, resume=resume)
    with lock(target):
        manifest = read_manifest(target) if begun else None
        if manifest is not None:
            _check_question(manifest, arrangement, units, witnesses=witnesses)
        methods = _methods(arrangement, units, method, manifest)
        if manifest is None:
            identities = tuple(each.identity() for each in methods)
            plan = StorePlan(arrangement.data, units, identities, witnesses, _GROUP)
            manifest = Manifest(target, plan, {})
            write_manifest(manifest)
        writer = _Writer(arrangement, manifest, deadline, progress)
        return writer.run(methods, executor, max_regions, max_bytes)


class _TimeUpError(Exception):
    """The time of a run is over, says its own listener; nobody else raises this."""


class _Writer:
    """One run: the manifest as it grows, and what was done."""

    def __init__(
        self,
        arrangement: Arrangement,
        manifest: Manifest,
        deadline: float,
        progress: Listener,
    ) -> None:
        self._arrangement = arrangement
        self._manifest = manifest
        self._deadline = deadline
        self._progress = progress
        self._workload = Workload()
        self._remade = 0
        self._before = 0
        self._planned = 0

    def run(
        self,
        methods: list[Method],
        executor: Executor | None,
        max_regions: int | None,
        max_bytes: int | None,
    ) -> StoreRun:
        try:
            self._check()
            limit = self._write(methods, executor, max_regions, max_bytes)
            if limit is None and self._manifest.completion is None:
                self._prove(executor)
        except _TimeUpError:
            limit = Limit.SECONDS
        store = PatternStore(self._manifest)
        return StoreRun(store, limit, len(store) - self._before, self._remade, self._workload)

    def _check(self) -> None:
        """Forget the parts that are missing or damaged, and whatever else lies there."""
        manifest = self._manifest
        meter = Meter(self._listen, "checking", "parts", len(manifest.parts))
        whole = {}
        for index, part in manifest.parts.items():
            if is_whole(manifest.folder, part):
                whole[index] = part
            meter.advance()
        meter.finish()
        self._remade = len(manifest.parts) - len(whole)
        completion = None if self._remade else manifest.completion
        self._manifest = replace(manifest, parts=whole, completion=completion)
        self._before = sum(part.count for part in whole.values())
        if completion is None:
            # Without the lines of what is lost, and without half a line at the end.
            write_manifest(self._manifest)
            remove_strays(manifest.folder, whole.values())

    def _write(
        self,
        methods: list[Method],
        executor: Executor | None,
        max_regions: int | None,
        max_bytes: int | None,
    ) -> Limit | None:
        """Make the parts that are missing; return what stopped it."""
        plan = self._manifest.plan
        if self._manifest.completion is not None:
            return None
        bound = cover_number(self._arrangement)
        meter = Meter(self._progress, "storing", "regions", bound, bounded=True)
        meter.advance(self._before)
        work: Dispatcher[Group, MadePart | TimeUp] = Dispatcher(
            partial(
                make_part,
                self._arrangement,
                witnesses=plan.witnesses,
                # The clock of another process or machine is another one.
                deadline=self._deadline if executor is None else math.inf,
            ),
            executor,
            ordered=False,
        )
        jobs = plan_jobs(self._arrangement, methods, plan.units.units)
        guess = bound // max(len(methods), 1)
        missing = self._missing(group_jobs(jobs, plan.group, guess))
        run = work.run_until(self._deadline, missing)
        try:
            limit = self._reached(max_regions, max_bytes)
            while limit is None and (answer := next(run, None)) is not None:
                made = answer if isinstance(answer, TimeUp) else answer[1]
                if isinstance(made, TimeUp):
                    return Limit.SECONDS
                self._keep(made)
                meter.advance(made.part.count)
                limit = self._reached(max_regions, max_bytes)
            # A limit that the last part has just reached stops nothing.
            done = len(self._manifest.parts) == self._planned and next(missing, None) is None
            return None if done else limit
        finally:
            run.close()
            self._workload = work.workload
            meter.finish(self._workload.summary())

    def _keep(self, made: MadePart) -> None:
        """Put a part on the disk, then into the manifest."""
        folder, parts = self._manifest.folder, self._manifest.parts
        try:
            write_part(folder, made)
            append_part(folder, made.part)
        except FileError as error:
            raise FileError(
                f"{error}; {len(parts):,} finished parts stay, and the same call with "
                "resume=True (--resume) goes on"
            ) from None
        parts[made.part.index] = made.part

    def _reached(self, max_regions: int | None, max_bytes: int | None) -> Limit | None:
        """Return the limit that what is stored has reached, if any."""
        parts = self._manifest.parts.values()
        if max_regions is not None and sum(part.count for part in parts) >= max_regions:
            return Limit.REGIONS
        if max_bytes is not None and sum(part.size for part in parts) >= max_bytes:
            return Limit.BYTES
        return None

    def _missing(self, groups: Iterable[Group]) -> Iterator[Group]:
        """Yield the groups that are no parts yet, after checking that the others are the same."""
        known = set(self._manifest.parts)
        for group in groups:
            self._planned += 1
            part = self._manifest.parts.get(group.index) if group.index in known else None
            if part is None:
                yield group
            elif part.jobs != group.digest:
                raise FileError(
                    f"part {group.index} in {self._manifest.folder} holds other pieces of work "
                    "than this version would put there; finish it with the version that began "
                    "it, or name another folder"
                )
            known.discard(group.index)
        if known:
            raise FileError(
                f"{self._manifest.folder} has parts {sorted(known)[:3]} that do not belong to the "
                "plan; name another folder"
            )

    def _prove(self, executor: Executor | None) -> None:
        """Prove that the patterns of each unit are all, and end the manifest."""
        manifest = self._manifest
        counts = PatternStore(manifest).unit_counts()
        units = manifest.plan.units
        proofs = tuple(
            self._proof(unit, count, executor)
            for unit, count in zip(units.units, counts, strict=True)
        )
        completion = Completion(sum(counts), units, proofs)
        append_end(manifest.folder, len(manifest.parts), completion)
        self._manifest = replace(manifest, completion=completion)

    def _proof(self, unit: Cone, count: int, executor: Executor | None) -> Proof:
        # What `ByCheapest` does, with many hands and a clock.
        if cover_number(self._arrangement.restricted_to(unit)) == count:
            return CoverProof(count)
        found = count_regions(
            self._arrangement, within=unit, executor=executor, progress=self._listen
        )
        if found != count:
            raise ProofError(
                f"{count} patterns of {unit.describe()} are in {self._manifest.folder}, and their "
                f"number is {found}; remove the folder and try another method="
            )
        return CountProof(count)

    def _listen(self, event: Progress) -> None:
        """Pass an event on; stop what takes longer than it may."""
        self._progress(event)
        if time.monotonic() > self._deadline:
            raise _TimeUpError


def group_jobs(jobs: Iterable[Job], size: int, guess: int) -> Iterator[Group]:
    """Yield successive jobs in groups of about so many regions.

    Parameters
    ----------
    jobs : iterable of Job
    size : int
    guess : int
        Regions of a piece that does not know.
    """
    waiting: list[Job] = []
    total, index = 0, 0
    for job in jobs:
        here = job.piece.size or guess
        if waiting and total + here > size:
            yield Group(index, tuple(waiting))
            waiting, total, index = [], 0, index + 1
        waiting.append(job)
        total += here
    if waiting:
        yield Group(index, tuple(waiting))


def _begun(folder: Path, *, resume: bool) -> bool:
    """Return whether a store was begun in a folder; make the folder when it is missing."""
    try:
        folder.mkdir(exist_ok=True)
        here = sorted(path.name for path in folder.iterdir())
    except FileExistsError:
        raise FileError(f"{folder} is a file; name a folder for the patterns") from None
    except OSError as error:
        raise FileError(f"{folder} cannot be written: {error.strerror}") from None
    if MANIFEST in here:
        if not resume:
            raise FileError(
                f"{folder} holds patterns already; resume=True (--resume) goes on with them, or "
                "name another folder"
            )
        return True
    if any(not name.startswith(".") for name in here):
        raise FileError(f"{folder} holds other files ({here[0]}, ...); name a new folder")
    return False


def _methods(
    arrangement: Arrangement, units: UnitPlan, method: Method | None, manifest: Manifest | None
) -> list[Method]:
    """Return the method of each unit: for a store that was begun the ones it was begun with."""
    asked = Auto() if method is None else method
    if manifest is None:
        return [asked.choice(arrangement, unit) for unit in units.units]
    begun = manifest.plan.methods
    if isinstance(asked, Auto):
        # Auto decides by what is compiled on a machine; the choice was made where it began.
        known = {each.identity(): each for each in _usual_methods()}
        with suppress(KeyError):
            return [known[identity] for identity in begun]
    chosen = [asked.choice(arrangement, unit) for unit in units.units]
    now = tuple(each.identity() for each in chosen)
    if now != begun:
        first = next((a for a, b in zip(begun, now, strict=False) if a != b), begun[0])
        raise FileError(
            f"{manifest.folder} was begun with the method {first}, this would go on with "
            f"{now[0] if now else asked!r}; give the same method= and version, or name another "
            "folder"
        )
    return chosen


def _usual_methods() -> Iterator[Method]:
    """Yield this package's methods with their usual settings: what Auto chooses from."""
    for kind in Method.__subclasses__():
        if kind is not Auto and kind.__module__.startswith(f"{__package__.partition('.')[0]}."):
            yield kind()


def _check_question(
    manifest: Manifest, arrangement: Arrangement, units: UnitPlan, *, witnesses: bool
) -> None:
    """Refuse to go on with what was another question, and say what differs."""
    begun, folder = manifest.plan, manifest.folder
    if begun.data.integers != arrangement.data.integers:
        raise FileError(
            f"{folder} holds patterns of other data (SHA-256 {begun.data.digest[:12]}... there, "
            f"{arrangement.data.digest[:12]}... here); name another folder"
        )
    if begun.units != units:
        raise FileError(
            f"{folder} was begun with prefix = {begun.units.prefix} in "
            f"{begun.units.within.describe()}, this asks for prefix = {units.prefix} in "
            f"{units.within.describe()}; ask for the same, or name another folder"
        )
    if begun.witnesses != witnesses:
        raise FileError(
            f"{folder} was begun with witnesses = {begun.witnesses}, this asks for "
            f"witnesses = {witnesses}; ask for the same, or name another folder"
        )
