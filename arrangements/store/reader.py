"""Reading a pattern store: batches, single patterns and membership, nothing loaded whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.arguments import path_of
from arrangements.arrangement import Arrangement
from arrangements.enumeration import ProvedUnit, Statistics
from arrangements.errors import ArgumentError
from arrangements.packing import Activations, Packed, pack, unpack
from arrangements.proof import Completion, UnitPlan
from arrangements.store.fingerprint import fingerprints
from arrangements.store.manifest import Manifest, Part, read_manifest
from arrangements.store.parts import PartFile, need_pyarrow
from arrangements.witnesses import Witnesses

_OPEN_FILES = 16


@dataclass(frozen=True, eq=False)
class StoredBatch:
    """Some patterns of a store, one after another.

    Parameters
    ----------
    start : int
        The index of the first.
    packed : (k, ceil(n / 8)) uint8
    witnesses : Witnesses or None
        When the store has them and they were asked for.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import arrangements as ar
    >>> with TemporaryDirectory() as folder:
    ...     store = ar.store_patterns([[1, 0], [0, 1]], folder).store
    ...     print([(batch.start, len(batch)) for batch in store.batches()])
    [(0, 4)]
    """

    start: int
    packed: Packed
    witnesses: Witnesses | None = None

    def __len__(self) -> int:
        """Return the number of patterns."""
        return len(self.packed)


class PatternStore:
    """Patterns on disk, complete or not; made by `store_patterns`, opened by `open_patterns`.

    Patterns are numbered from 0 in the order of the parts.  That order does not depend on who
    did the work, and is not that of their bytes.

    Notes
    -----
    *Exactness.* Each pattern was checked against an integer witness before it was written, and
    the number of all is proved.  `verify_patterns` checks what lies on the disk.

    *Cost.* Opening reads the manifest.  A pattern by its index costs reading 2^17 patterns, a
    question of membership reading all of them, however many patterns it is about.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import arrangements as ar
    >>> with TemporaryDirectory() as folder:
    ...     store = ar.store_patterns([[1, 0], [0, 1]], folder).store
    ...     print(len(store), store.is_complete, store.contains([[True, False]]).tolist())
    4 True [True]
    """

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        width = (manifest.plan.data.shape[0] + 7) // 8
        # Opened once for each store that is open: a part made again is another file.
        self._open = lru_cache(maxsize=_OPEN_FILES)(
            lambda part: PartFile(manifest.folder, part, width)
        )

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._manifest.folder

    @cached_property
    def arrangement(self) -> Arrangement:
        """The data and the domain, as the manifest has them."""
        plan = self._manifest.plan
        return Arrangement(plan.data, domain=plan.units.within)

    @property
    def completion(self) -> Completion | None:
        """The number of patterns, the units and their proofs; None while it is unfinished."""
        return self._manifest.completion

    @property
    def is_complete(self) -> bool:
        """Whether every pattern was written, and their number proved."""
        return self.completion is not None

    @property
    def has_witnesses(self) -> bool:
        """Whether weight vectors are stored too."""
        return self._manifest.plan.witnesses

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that found the patterns."""
        return tuple(dict.fromkeys(self._manifest.plan.methods))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The finished parts, in their order."""
        parts = self._manifest.parts
        return tuple(parts[index] for index in sorted(parts))

    @cached_property
    def _ends(self) -> npt.NDArray[np.int64]:
        return np.cumsum([part.count for part in self.parts], dtype=np.int64)

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)

    @cached_property
    def statistics(self) -> Statistics:
        """How the witnesses were proved."""
        return sum((part.statistics for part in self.parts), Statistics())

    @property
    def unit_plan(self) -> UnitPlan:
        """The units the work was cut into, proved or not."""
        return self._manifest.plan.units

    @property
    def units(self) -> tuple[ProvedUnit, ...]:
        """The units with their counts and proofs; none while the store is unfinished."""
        if self.completion is None:
            return ()
        counts = self.unit_counts()
        plan = self.completion.plan
        return tuple(
            ProvedUnit(*each)
            for each in zip(plan.units, counts, self.completion.proofs, strict=True)
        )

    def unit_counts(self) -> list[int]:
        """Return how many patterns of each unit are stored."""
        counts = [0] * len(self.unit_plan.units)
        for part in self.parts:
            for unit, count in part.units:
                counts[unit] += count
        return counts

    def __len__(self) -> int:
        """Return the number of patterns that are stored."""
        return int(self._ends[-1]) if len(self._ends) else 0

    def batches(self, *, witnesses: bool = False) -> Iterator[StoredBatch]:
        """Yield all patterns in their order, up to 2^17 at once.

        Parameters
        ----------
        witnesses : bool
            Read weight vectors too.

        Raises
        ------
        FileError
            When a part is missing or damaged.
        """
        if witnesses and not self.has_witnesses:
            raise ArgumentError(
                f"witnesses = True, but {self.folder} holds none; store_patterns writes them "
                "when it is given witnesses=True"
            )
        frame = self.arrangement.frame() if witnesses else None
        start = 0
        for part in self.parts:
            if not part.count:
                continue
            file = self._open(part)
            for group in range(len(file.ends)):
                packed = file.packed(group)
                points = (
                    None if frame is None else file.witnesses(group, frame.columns, frame.dimension)
                )
                yield StoredBatch(start, packed, points)
                start += len(packed)

    def __getitem__(self, index: int) -> Activations:
        """Return pattern `index` as n booleans."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"pattern {index} of {len(self)}")
        return np.asarray(self.take([index % len(self)])[0])

    def take(self, indices: Any) -> Activations:
        """Return chosen patterns as booleans of shape (k, n).

        Parameters
        ----------
        indices : sequence of k int
            From 0 to ``len(self) - 1``; in any order, repeated or not.
        """
        chosen = np.asarray(indices, dtype=np.int64).reshape(-1)
        if len(chosen) and not 0 <= chosen.min() <= chosen.max() < len(self):
            raise IndexError(f"patterns are numbered from 0 to {len(self) - 1}")
        n = self.arrangement.shape[0]
        packed = np.empty((len(chosen), (n + 7) // 8), np.uint8)
        places = np.searchsorted(self._ends, chosen, side="right")
        for place in np.unique(places):
            part = self.parts[place]
            file = self._open(part)
            here = np.flatnonzero(places == place)
            inner = chosen[here] - (self._ends[place] - part.count)
            groups = np.searchsorted(file.ends, inner, side="right")
            for group in np.unique(groups):
                rows = file.packed(int(group))
                those = groups == group
                packed[here[those]] = rows[inner[those] - (file.ends[group] - len(rows))]
        return unpack(packed, n)

    def sample(self, count: int, *, seed: int) -> Activations:
        """Return distinct patterns drawn uniformly from those stored, shape (count, n).

        Parameters
        ----------
        count : int
            At most ``len(self)``.
        seed : int
        """
        if not 0 <= count <= len(self):
            raise ArgumentError(f"count = {count}: the store holds {len(self)} patterns")
        rng = np.random.default_rng(seed)
        return self.take(rng.choice(len(self), size=count, replace=False, shuffle=True))

    def contains(self, patterns: Any) -> npt.NDArray[np.bool_]:
        """Return which of k patterns are stored, in one pass over the store.

        Parameters
        ----------
        patterns : array-like of bool, shape (k, n)
        """
        table = np.asarray(patterns, dtype=np.bool_)
        n = self.arrangement.shape[0]
        if table.ndim != 2 or table.shape[1] != n:  # noqa: PLR2004 - a table has two axes
            raise ArgumentError(f"patterns has shape {table.shape}, not (k, {n})")
        wanted = pack(table)
        marks = fingerprints(wanted)
        missing = {row.tobytes() for row in wanted}
        found: set[bytes] = set()
        for batch in self.batches():
            if not missing:
                break
            # Equal patterns have equal fingerprints; the bytes decide.
            for index in np.flatnonzero(np.isin(fingerprints(batch.packed), marks)):
                row = batch.packed[index].tobytes()
                if row in missing:
                    missing.remove(row)
                    found.add(row)
        return np.array([row.tobytes() in found for row in wanted], dtype=np.bool_)

    def __contains__(self, pattern: object) -> bool:
        """Return whether a pattern of n booleans is stored."""
        return bool(self.contains(np.asarray(pattern, dtype=np.bool_)[np.newaxis])[0])

    def summary(self) -> str:
        """Say in a few lines what is stored, and whether that is everything."""
        n, d = self.arrangement.shape
        if self.completion is None:
            state = "unfinished: store_patterns with resume=True (--resume) goes on"
        else:
            state = (
                f"complete by {self.completion.kind}, if the method repeats none; "
                "verify_patterns checks that too"
            )
        return (
            f"{len(self):,} activation patterns of {n} rows in {d} dimensions "
            f"(rank {self.arrangement.rank}, {self.arrangement.hyperplane_count} distinct "
            f"hyperplanes)\n{state}"
        )

    def __repr__(self) -> str:
        """One line: how many, of how many rows, whether complete."""
        state = "unfinished" if self.completion is None else f"proved by {self.completion.kind}"
        return (
            f"PatternStore({len(self)} patterns of {self.arrangement.shape[0]} rows "
            f"in {self.folder}, {state})"
        )


def open_patterns(folder: str | Path) -> PatternStore:
    """Open a folder of patterns that `store_patterns` has written, finished or not.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    PatternStore
        Its `completion` is None while it is unfinished.

    Raises
    ------
    FileError
        When the folder is no store, or its manifest is damaged.

    Notes
    -----
    *Growth.* ``n * r`` for n rows of rank r.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from arrangements import store_patterns
    >>> with TemporaryDirectory() as folder:
    ...     _ = store_patterns([[1, 0], [0, 1], [1, 1]], f"{folder}/plane")
    ...     store = open_patterns(f"{folder}/plane")
    ...     len(store), store.completion.kind, [True, True, False] in store
    (6, 'cover', False)
    """
    need_pyarrow()
    return PatternStore(read_manifest(path_of("folder", folder)))
