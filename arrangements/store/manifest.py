"""The manifest of a pattern store: JSON lines, the plan first, then a line a finished part.

A part's line is written after the part lies whole on the disk, and is itself waited for.  So
whatever kills a run, the lines say what is done; a last line that was cut off is left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arrangements.enumeration import Statistics
from arrangements.errors import FileError
from arrangements.io import atomic_write
from arrangements.io.strict_json import parse_json
from arrangements.matrix import DataMatrix
from arrangements.proof import Completion, UnitPlan
from arrangements.store.records import (
    DATA_KEYS,
    PLAN_KEYS,
    data_record,
    expect_keys,
    plan_record,
    proof_record,
    read_data,
    read_plan,
    read_proof,
)

KIND = "arrangements patterns"
SCHEMA = 0
"""Version of the layout; 0 may change without notice, other versions are refused."""
MANIFEST = "_manifest.jsonl"
"""Names that begin with an underscore or a dot are left alone by readers of data sets."""
_LOCK = ".lock"

_HEAD_KEYS = DATA_KEYS | PLAN_KEYS | {"kind", "schema", "methods", "witnesses", "group"}
_PART_KEYS = frozenset({"part", "jobs", "units", "bytes", "sha256", "statistics"})
_END_KEYS = frozenset({"parts", "proofs"})


@dataclass(frozen=True)
class StorePlan:
    """What a store is to hold, and how the work is cut: an interrupted run needs the same.

    Parameters
    ----------
    data : DataMatrix
    units : UnitPlan
    methods : tuple of str
        The identity of the method of each unit.
    witnesses : bool
        Whether weight vectors are stored too.
    group : int
        About how many regions make a part.
    """

    data: DataMatrix
    units: UnitPlan
    methods: tuple[str, ...]
    witnesses: bool
    group: int


@dataclass(frozen=True, slots=True)
class Part:
    """One finished part of a store.

    Parameters
    ----------
    index : int
    jobs : str
        A hash of the pieces of work whose patterns it holds.
    units : tuple of (int, int)
        Numbers of units, and of the patterns that belong to each.
    size : int
        Bytes of its file; 0 for a part without patterns, which has none.
    checksum : str
        SHA-256 of the file.
    statistics : Statistics

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import arrangements as ar
    >>> with TemporaryDirectory() as folder:
    ...     run = ar.store_patterns([[1, 0], [0, 1]], folder)
    ...     print([(part.index, part.count) for part in run.store.parts])
    [(0, 4)]
    """

    index: int
    jobs: str
    units: tuple[tuple[int, int], ...]
    size: int
    checksum: str
    statistics: Statistics

    @property
    def count(self) -> int:
        """Number of patterns."""
        return sum(count for _, count in self.units)

    @property
    def name(self) -> str:
        """Name of its file."""
        return part_name(self.index)


def part_name(index: int) -> str:
    """Return the name of a part's file."""
    return f"part-{index:07d}.parquet"


@dataclass(frozen=True)
class Manifest:
    """What a store's manifest says.

    Parameters
    ----------
    folder : Path
    plan : StorePlan
    parts : dict of int to Part
    completion : Completion or None
        None while the store is unfinished.
    """

    folder: Path
    plan: StorePlan
    parts: dict[int, Part]
    completion: Completion | None = None


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Keep other processes from writing to a store; the system ends it with the process.

    Raises
    ------
    FileError
        When another process writes to it, or the folder cannot be written.
    """
    try:
        stream = (folder / _LOCK).open("ab")
    except OSError as error:
        raise FileError(f"{folder} cannot be written: {error.strerror}") from None
    with stream:
        try:
            import fcntl
        except ImportError:  # pragma: no cover - Windows has no such lock
            yield
            return
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FileError(
                f"{folder} is being written by another process; wait for it, or stop it"
            ) from None
        except OSError:
            # Some file systems have no locks.
            pass
        yield


def write_manifest(manifest: Manifest) -> None:
    """Write a manifest anew, whole or not at all."""
    with atomic_write(manifest.folder / MANIFEST) as stream:
        stream.write(_line(_head_record(manifest.plan)))
        for index in sorted(manifest.parts):
            stream.write(_line(_part_record(manifest.parts[index])))
        stream.flush()
        os.fsync(stream.fileno())


def append_part(folder: Path, part: Part) -> None:
    """Add the line of a finished part, and wait until the disk has it."""
    _append(folder, _part_record(part))


def append_end(folder: Path, parts: int, completion: Completion) -> None:
    """Add the last line: how many parts there are, and the proofs of the units."""
    record = {"parts": parts, "proofs": [proof_record(proof) for proof in completion.proofs]}
    _append(folder, record)


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest; a last line that was cut off is left out.

    Raises
    ------
    FileError
        When there is none, or it contradicts itself; the message names the line.
    """
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileError(f"{folder} is no pattern store: it has no {MANIFEST}") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}") from None
    lines = content[: content.rfind(b"\n") + 1].splitlines()
    if not lines:
        raise FileError(f"{path} has no whole line; remove {folder} and begin again")
    plan = _read_head(path, lines[0])
    parts: dict[int, Part] = {}
    completion = None
    for number, line in enumerate(lines[1:], 2):
        try:
            record = parse_json(line)
            if completion is not None:
                raise ValueError("the store had ended before")  # noqa: TRY301 - one report for all
            if isinstance(record, dict) and set(record) == _END_KEYS:
                completion = _read_end(record, plan, parts)
                continue
            part = _read_part(record, plan)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise FileError(f"{path}, line {number} is not what it should be: {error}") from None
        known = parts.get(part.index)
        if known is not None and (known.jobs, known.units) != (part.jobs, part.units):
            raise FileError(f"{path}, line {number}: part {part.index} stands there twice")
        parts[part.index] = part
    return Manifest(folder, plan, parts, completion)


def _append(folder: Path, record: dict[str, Any]) -> None:
    path = folder / MANIFEST
    try:
        with path.open("ab") as stream:
            stream.write(_line(record))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}") from None


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode("ascii") + b"\n"


def _head_record(plan: StorePlan) -> dict[str, Any]:
    return {
        "kind": KIND,
        "schema": SCHEMA,
        **data_record(plan.data),
        **plan_record(plan.units),
        "methods": list(plan.methods),
        "witnesses": plan.witnesses,
        "group": plan.group,
    }


def _read_head(path: Path, line: bytes) -> StorePlan:
    try:
        record = parse_json(line)
    except (ValueError, RecursionError):
        raise FileError(f"{path}, line 1 is not JSON: this is no pattern store") from None
    if not isinstance(record, dict) or record.get("kind") != KIND:
        raise FileError(f"{path}, line 1 does not say that this is a pattern store")
    if record.get("schema") != SCHEMA:
        raise FileError(
            f"{path} has schema {record.get('schema')!r}; this version reads schema {SCHEMA}"
        )
    try:
        expect_keys(record, _HEAD_KEYS)
        units = read_plan(record)
        plan = StorePlan(
            data=read_data(record),
            units=units,
            methods=tuple(map(str, record["methods"])),
            witnesses=bool(record["witnesses"]),
            group=_natural(record["group"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise FileError(f"{path}, line 1 is not the plan of a pattern store: {error}") from None
    if len(plan.methods) != len(units.units):
        raise FileError(f"{path}, line 1: {len(units.units)} units but {len(plan.methods)} methods")
    return plan


def _part_record(part: Part) -> dict[str, Any]:
    found = part.statistics
    return {
        "part": part.index,
        "jobs": part.jobs,
        "units": [list(unit) for unit in part.units],
        "bytes": part.size,
        "sha256": part.checksum,
        "statistics": [found.witnesses, found.fallbacks, found.repaired],
    }


def _read_part(record: Any, plan: StorePlan) -> Part:
    expect_keys(record, _PART_KEYS)
    units = tuple((_natural(unit), _natural(count)) for unit, count in record["units"])
    if any(unit >= len(plan.methods) for unit, _ in units):
        raise ValueError("a part of a unit that does not exist")
    part = Part(
        index=_natural(record["part"]),
        jobs=str(record["jobs"]),
        units=units,
        size=_natural(record["bytes"]),
        checksum=str(record["sha256"]),
        statistics=Statistics(*map(_natural, record["statistics"])),
    )
    if (part.count > 0) != (part.size > 0):
        raise ValueError(f"{part.count} patterns in {part.size} bytes")
    return part


def _read_end(record: dict[str, Any], plan: StorePlan, parts: dict[int, Part]) -> Completion:
    if sorted(parts) != list(range(_natural(record["parts"]))):
        raise ValueError(f"{len(parts)} of {record['parts']} parts stand above")
    proofs = tuple(read_proof(proof) for proof in record["proofs"])
    if len(proofs) != len(plan.methods):
        raise ValueError(f"{len(plan.methods)} units but {len(proofs)} proofs")
    return Completion(sum(part.count for part in parts.values()), plan.units, proofs)


def _natural(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is not a number from 0 on")
    return value
