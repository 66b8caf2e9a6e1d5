"""Parts of a pattern store: Parquet files, made by whoever works and written by one.

The one place for pyarrow.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arrangements.arrangement import Arrangement
from arrangements.dispatch import TimeUp
from arrangements.enumeration import Batch, Job, Statistics, expanded, run_job
from arrangements.errors import FileError
from arrangements.exact import IntegerMatrix, integer_text, integer_value
from arrangements.packing import Packed
from arrangements.store.manifest import MANIFEST, SCHEMA, Part
from arrangements.witnesses import Witnesses

PATTERN = "pattern"
"""The column of packed patterns."""
EXACT = "witness"
"""The column of witnesses that machine words do not hold, as text."""
_ROWS = 1 << 17
"""Patterns to a row group: what has to be read to see one of them."""
_LAYOUT = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": False,
    "write_statistics": False,
    "write_page_checksum": True,
}
_TEMPORARY = ".tmp"


@dataclass(frozen=True, slots=True)
class Group:
    """The pieces of work that make one part."""

    index: int
    jobs: tuple[Job, ...]

    @property
    def digest(self) -> str:
        """A hash of the pieces: another plan, another hash."""
        text = repr([(job.unit, job.method.identity(), job.piece) for job in self.jobs])
        return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, eq=False, slots=True)
class MadePart:
    """A part as it comes from a worker: its record, and the content of its file."""

    part: Part
    content: bytes


def need_pyarrow() -> None:
    """Raise FileError unless pyarrow is installed."""
    try:
        import pyarrow.parquet  # noqa: F401 - whether it is there
    except ImportError:
        raise FileError(
            "pattern stores need pyarrow: pip install 'relu-arrangements[store]'"
        ) from None


def make_part(
    arrangement: Arrangement, group: Group, *, witnesses: bool, deadline: float = math.inf
) -> MadePart | TimeUp:
    """Run a group's pieces and write what they find into a Parquet file in memory.

    When `time.monotonic` passes the deadline before the end, there is no part.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    counts: dict[int, int] = {}
    statistics = Statistics()
    late = False

    def batches() -> Iterator[Batch]:
        nonlocal statistics, late
        for job in group.jobs:
            for found in run_job(arrangement, job):
                if time.monotonic() > deadline:
                    late = True
                    return
                for proved in found.proved:
                    statistics += proved.statistics
                    batch = expanded(arrangement, proved.batch)
                    counts[job.unit] = counts.get(job.unit, 0) + len(batch)
                    if len(batch):
                        yield batch

    schema = _schema(arrangement, witnesses=witnesses)
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, schema, **_LAYOUT) as writer:
        for table in _tables(batches(), schema, witnesses=witnesses):
            writer.write_table(table, row_group_size=_ROWS)
    if late:
        return TimeUp()
    content = sink.getvalue().to_pybytes() if sum(counts.values()) else b""
    checksum = hashlib.sha256(content).hexdigest()
    units = tuple(sorted(counts.items()))
    part = Part(group.index, group.digest, units, len(content), checksum, statistics)
    return MadePart(part, content)


def write_part(folder: Path, made: MadePart) -> None:
    """Put a part's file in its place: written aside, waited for, renamed.

    Raises
    ------
    FileError
        When the disk is full or the folder cannot be written; nothing is left behind.
    """
    if not made.content:
        return
    target = folder / made.part.name
    aside = folder / f".{made.part.name}.{os.getpid()}{_TEMPORARY}"
    try:
        try:
            with aside.open("wb") as stream:
                stream.write(made.content)
                stream.flush()
                os.fsync(stream.fileno())
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(f"{target} cannot be written: {error.strerror}") from None


def remove_strays(folder: Path, parts: Iterable[Part]) -> None:
    """Remove part files that the manifest does not know, and what a killed run was writing."""
    known = {part.name for part in parts}
    for path in folder.iterdir():
        aside = path.name.startswith((".part-", f".{MANIFEST}."))
        if aside or (path.match("part-*.parquet") and path.name not in known):
            path.unlink()


def is_whole(folder: Path, part: Part) -> bool:
    """Return whether a part's file is there, and byte for byte what was written.

    Raises
    ------
    FileError
        When it is there and cannot be read.
    """
    if not part.size:
        return True
    path = folder / part.name
    try:
        if path.stat().st_size != part.size:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == part.checksum
    except FileNotFoundError:
        return False
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}") from None


class PartFile:
    """A part's file, opened for reading.

    Raises
    ------
    FileError
        When it is missing or damaged.
    """

    def __init__(self, folder: Path, part: Part, width: int) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._path = folder / part.name
        self._damage = (pa.ArrowException, OSError, ValueError)
        try:
            self._file = pq.ParquetFile(self._path, page_checksum_verification=True)
            metadata = self._file.metadata
            field = self._file.schema_arrow.field(PATTERN)
        except (*self._damage, KeyError) as error:
            raise self._damaged(error) from None
        if metadata.num_rows != part.count or field.type != pa.binary(width):
            raise self._damaged(ValueError(f"{metadata.num_rows} rows of {field.type}"))
        sizes = [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)]
        self.ends = np.cumsum(sizes, dtype=np.int64)

    def packed(self, group: int) -> Packed:
        """Return the patterns of one row group."""
        (column,) = self._read(group, [PATTERN]).column(0).chunks
        width = column.type.byte_width
        _, content = column.buffers()
        table = np.frombuffer(content, np.uint8, len(column) * width, column.offset * width)
        return table.reshape(len(column), width)

    def witnesses(self, group: int, columns: tuple[int, ...], dimension: int) -> Witnesses:
        """Return the witnesses of one row group."""
        names = [witness_name(column) for column in columns]
        table = self._read(group, [*names, EXACT])
        texts = table.column(EXACT)
        exact = np.flatnonzero(texts.is_valid().to_numpy())
        arrays = [table.column(name).fill_null(0).to_numpy() for name in names]
        points: IntegerMatrix = np.empty((len(table), len(columns)), np.int64)
        for place, array in enumerate(arrays):
            points[:, place] = array
        if len(exact):
            points = points.astype(object)
            for index in exact:
                points[index] = [integer_value(word) for word in texts[int(index)].as_py().split()]
        return Witnesses(points, columns, dimension)

    def _read(self, group: int, names: list[str]) -> Any:
        try:
            return self._file.read_row_group(group, columns=names).combine_chunks()
        except self._damage as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> FileError:
        return FileError(
            f"{self._path} is missing or damaged ({error}); the same command with --resume "
            "(or store_patterns with resume=True) makes it again"
        )


def witness_name(column: int) -> str:
    """Return the name of the column that holds one entry of the witnesses."""
    return f"w{column}"


def _schema(arrangement: Arrangement, *, witnesses: bool) -> Any:
    import pyarrow as pa

    fields = [pa.field(PATTERN, pa.binary((arrangement.shape[0] + 7) // 8), nullable=False)]
    if witnesses:
        columns = arrangement.frame().columns
        fields += [pa.field(witness_name(column), pa.int64()) for column in columns]
        fields.append(pa.field(EXACT, pa.string()))
    return pa.schema(fields, metadata={"arrangements": json.dumps(_description(arrangement))})


def _description(arrangement: Arrangement) -> dict[str, Any]:
    """Return what a reader of one file has to know."""
    n, d = arrangement.shape
    return {
        "schema": SCHEMA,
        "rows": n,
        "columns": d,
        "rank": arrangement.rank,
        "hyperplanes": arrangement.hyperplane_count,
        "row_class": arrangement.row_class.tolist(),
        "orientation": arrangement.orientation.tolist(),
        "data_sha256": arrangement.data.digest,
        "bit_order": "row j is bit j % 8, counted from the lowest, of byte j // 8",
    }


def _tables(batches: Iterator[Batch], schema: Any, *, witnesses: bool) -> Iterator[Any]:
    """Yield batches as tables of a row group each."""
    waiting: list[Any] = []
    rows = 0
    for batch in batches:
        waiting.append(_table(batch, schema, witnesses=witnesses))
        rows += len(batch)
        if rows >= _ROWS:
            yield _joined(waiting)
            waiting, rows = [], 0
    if waiting:
        yield _joined(waiting)


def _joined(tables: list[Any]) -> Any:
    import pyarrow as pa

    return pa.concat_tables(tables).combine_chunks()


def _table(batch: Batch, schema: Any, *, witnesses: bool) -> Any:
    import pyarrow as pa

    packed = np.ascontiguousarray(batch.packed)
    buffers = [None, pa.py_buffer(packed)]
    columns = [pa.FixedSizeBinaryArray.from_buffers(schema.field(0).type, len(packed), buffers)]
    if witnesses:
        columns += _witness_columns(batch.witnesses.points)
    return pa.table(columns, schema=schema)


def _witness_columns(points: IntegerMatrix) -> list[Any]:
    """Return machine words, and texts of the witnesses that do not fit."""
    import pyarrow as pa

    if points.dtype == np.int64:
        columns = [pa.array(np.ascontiguousarray(points[:, k])) for k in range(points.shape[1])]
        return [*columns, pa.nulls(len(points), pa.string())]
    low, high = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    fits = [all(low <= entry <= high for entry in row) for row in points]
    words = [
        [int(entry) if fit else None for entry, fit in zip(points[:, k], fits, strict=True)]
        for k in range(points.shape[1])
    ]
    texts = [
        None if fit else " ".join(map(integer_text, row))
        for row, fit in zip(points, fits, strict=True)
    ]
    return [*(pa.array(column, pa.int64()) for column in words), pa.array(texts, pa.string())]
