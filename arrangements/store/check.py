"""Checking a pattern store again: files, patterns, distinctness, proofs, in bounded memory."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement
from arrangements.counting import count_regions, cover_number
from arrangements.errors import ArgumentError, FileError, ProofError
from arrangements.packing import Packed, pack
from arrangements.progress import Listener, Meter, session_listener
from arrangements.proof import Completion, CoverProof, TreeProof
from arrangements.prove import check_plan, inside
from arrangements.realization import realized
from arrangements.store.fingerprint import fingerprints
from arrangements.store.parts import is_whole
from arrangements.store.reader import PatternStore, StoredBatch, open_patterns
from arrangements.units import Cone

_WORD = 8
_COPIES = 2
"""Fingerprints are held in pieces and then together."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """What a check of a store has found to hold; what does not raises.

    Parameters
    ----------
    count : int
        Patterns in the store, distinct.
    complete : bool
        Whether they are proved to be all; False for an unfinished store.
    realized : bool
        Whether each was checked against a stored weight vector.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import arrangements as ar
    >>> with TemporaryDirectory() as folder:
    ...     store = ar.store_patterns([[1, 0], [0, 1]], folder, witnesses=True).store
    ...     print(ar.verify_patterns(store))
    StoreCheck(count=4, complete=True, realized=True)
    """

    count: int
    complete: bool
    realized: bool

    def summary(self) -> str:
        """Say what holds, and what that rests on."""
        realized = (
            "each realized by its witness"
            if self.realized
            else "each checked when it was written (no witnesses are stored)"
        )
        whole = "complete: their number is that of the arrangement"
        return (
            f"{self.count:,} patterns, distinct, {realized}\n"
            f"{whole if self.complete else 'unfinished: nothing is said of the rest'}"
        )


def verify_patterns(
    store: PatternStore | str | Path,
    *,
    memory: int = 1 << 30,
    executor: Executor | None = None,
    progress: Listener = session_listener,
) -> StoreCheck:
    """Check a store of patterns again, whatever wrote it.

    Parameters
    ----------
    store : PatternStore, str or Path
        One that is open, or its folder.
    memory : int
        Bytes that may be used to find a pattern that is there twice.  The store is read once for
        every ``memory / 16`` patterns.
    executor : concurrent.futures.Executor, optional
        Counts regions, where that is the proof.
    progress : Listener, optional

    Returns
    -------
    StoreCheck

    Raises
    ------
    FileError
        When a part is missing or damaged: its checksum differs.
    ProofError
        When a pattern is not realized by its witness, contradicts the parallel rows of the
        data, or is there twice; or when their number is not that of the arrangement.

    Notes
    -----
    *Exactness.* Equal patterns have equal fingerprints of 64 bits; patterns whose fingerprints
    are equal are compared byte by byte.  With witnesses everything is proved that a list in
    memory proves.  Without them, that each pattern is realized rests on the check before it
    was written, and on the checksums.

    *Cost.* Reading the store, sorting a word for each pattern, and an exact count.

    *Growth.* ``N * n`` for n rows with N patterns.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import arrangements as ar
    >>> with TemporaryDirectory() as folder:
    ...     run = ar.store_patterns([[1, 0], [0, 1], [1, 1]], folder, witnesses=True)
    ...     check = ar.verify_patterns(folder)
    >>> check.count, check.complete, check.realized
    (6, True, True)
    """
    if not isinstance(store, PatternStore):
        store = open_patterns(store)
    if memory < _WORD * _COPIES:
        raise ArgumentError(f"memory = {memory} bytes is too little")
    _check_files(store, progress)
    arrangement, plan = store.arrangement, store.unit_plan
    check_plan(arrangement, plan)
    _check_patterns(store, memory, progress)
    if store.completion is not None:
        _check_proofs(arrangement, store.completion, store.unit_counts(), executor, progress)
    return StoreCheck(len(store), store.is_complete, store.has_witnesses)


def _check_files(store: PatternStore, progress: Listener) -> None:
    meter = Meter(progress, "checking", "parts", len(store.parts))
    damaged = []
    for part in store.parts:
        if not is_whole(store.folder, part):
            damaged.append(part.name)
        meter.advance()
    meter.finish()
    if damaged:
        more = ", ..." if len(damaged) > _NAMED else ""
        raise FileError(
            f"{store.folder}: {', '.join(damaged[:_NAMED])}{more} missing or damaged; "
            "store_patterns with resume=True (--resume) makes them again"
        )


def _check_patterns(store: PatternStore, memory: int, progress: Listener) -> None:
    """Check each pattern by itself, and that none is there twice."""
    passes = max(1, -(-len(store) * _WORD * _COPIES // memory))
    meter = Meter(progress, "verifying", "patterns", passes * len(store))
    found = [0] * len(store.unit_plan.units)
    units = _unit_names(store)
    suspects: list[np.ndarray] = []
    for turn in range(passes):
        marks: list[np.ndarray] = []
        for batch in store.batches(witnesses=store.has_witnesses and turn == 0):
            if turn == 0:
                _check_batch(store, batch, units, found)
            here = fingerprints(batch.packed)
            marks.append(here[(here >> np.uint64(32)) % np.uint64(passes) == turn])
            meter.advance(len(batch))
        ordered = np.sort(np.concatenate(marks)) if marks else np.empty(0, np.uint64)
        suspects.append(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))
    meter.finish()
    twice = np.concatenate(suspects)
    if len(twice):
        _compare(store, twice)
    if found != store.unit_counts():
        raise ProofError(f"the units hold {found} patterns, not {store.unit_counts()}")


def _check_batch(
    store: PatternStore, batch: StoredBatch, units: dict[bytes, int], found: list[int]
) -> None:
    arrangement, packed = store.arrangement, batch.packed
    wrong = np.flatnonzero(_contradicts(arrangement, packed))
    if len(wrong):
        raise ProofError(
            f"pattern {batch.start + int(wrong[0])} contradicts parallel or zero rows of the data"
        )
    if batch.witnesses is not None:
        compared = realized(arrangement, batch.witnesses, packed)
        right = compared.right & compared.interior & inside(arrangement.domain, batch.witnesses)
        if not right.all():
            index = batch.start + int(np.flatnonzero(~right)[0])
            raise ProofError(f"the witness of pattern {index} does not realize it")
    first = arrangement.representatives[: store.unit_plan.prefix]
    sides = np.zeros((len(packed), len(first)), np.bool_)
    for place, row in enumerate(first):
        sides[:, place] = _bit(packed, row)
    names, counts = np.unique(pack(sides), axis=0, return_counts=True)
    for name, count in zip(names, counts, strict=True):
        unit = units.get(name.tobytes())
        if unit is None:
            raise ProofError(f"patterns from {batch.start} on lie in none of the units")
        found[unit] += int(count)


def _bit(packed: Packed, row: int) -> npt.NDArray[np.bool_]:
    """Return in which patterns a row is active."""
    return (packed[:, row // 8] >> np.uint8(row % 8) & np.uint8(1)).astype(np.bool_)


def _contradicts(arrangement: Arrangement, packed: Packed) -> npt.NDArray[np.bool_]:
    """Return which patterns have bits that no pattern of the data has.

    Rows of one hyperplane follow the first of them, zero rows are active, and no bit is set
    behind the last row.
    """
    n = arrangement.shape[0]
    wrong = np.zeros(len(packed), np.bool_)
    if n % 8:
        wrong |= packed[:, -1] >> np.uint8(n % 8) != 0
    leaders = set(arrangement.representatives)
    for row in range(n):
        if row in leaders:
            continue
        side = int(arrangement.orientation[row])
        if side == 0:
            wrong |= ~_bit(packed, row)
            continue
        leader = arrangement.representatives[arrangement.row_class[row]]
        wrong |= (_bit(packed, row) == _bit(packed, leader)) != (side > 0)
    return wrong


def _unit_names(store: PatternStore) -> dict[bytes, int]:
    """Return the number of each unit by the packed sides of the first hyperplanes."""
    plan = store.unit_plan
    rows = store.arrangement.normals[: plan.prefix]
    signed = [unit.normals[len(plan.within.normals) :] for unit in plan.units]
    sides = [[normal == row for normal, row in zip(each, rows, strict=True)] for each in signed]
    table = np.array(sides, np.bool_).reshape(len(signed), plan.prefix)
    return {name.tobytes(): index for index, name in enumerate(pack(table))}


def _compare(store: PatternStore, twice: np.ndarray) -> None:
    """Compare the patterns whose fingerprints are alike."""
    seen: dict[bytes, int] = {}
    for batch in store.batches():
        for index in np.flatnonzero(np.isin(fingerprints(batch.packed), twice)):
            row = batch.packed[index].tobytes()
            if row in seen:
                raise ProofError(
                    f"patterns {seen[row]} and {batch.start + int(index)} are the same"
                )
            seen[row] = batch.start + int(index)


def _check_proofs(
    arrangement: Arrangement,
    completion: Completion,
    counts: list[int],
    executor: Executor | None,
    progress: Listener,
) -> None:
    for unit, proof, count in zip(completion.plan.units, completion.proofs, counts, strict=True):
        if isinstance(proof, TreeProof):
            raise ProofError(f"{unit.describe()}: a store is not proved by trees")
        expected = (
            cover_number(arrangement.restricted_to(unit))
            if isinstance(proof, CoverProof)
            else _number(arrangement, unit, executor, progress)
        )
        if not proof.count == count == expected:
            raise ProofError(
                f"{unit.describe()} has {expected} patterns by the kind of its proof, which says "
                f"{proof.count}, and the store holds {count}"
            )


def _number(
    arrangement: Arrangement, unit: Cone, executor: Executor | None, progress: Listener
) -> int:
    return count_regions(arrangement, within=unit, executor=executor, progress=progress)
