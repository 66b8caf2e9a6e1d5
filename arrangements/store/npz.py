"""Complete pattern lists in one file: NPZ without pickles, proved again on loading."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from arrangements.arrangement import Arrangement
from arrangements.errors import ArgumentError, FileError
from arrangements.io import atomic_write
from arrangements.io.archives import Archive
from arrangements.io.files import MOST_BYTES, file_error
from arrangements.io.strict_json import parse_json
from arrangements.matrix import DataMatrix
from arrangements.packing import Packed
from arrangements.patterns import CompletePatterns
from arrangements.proof import Completion
from arrangements.store.format import PatternFormat
from arrangements.store.records import (
    DATA_KEYS,
    PROOF_KEYS,
    completion_record,
    data_record,
    expect_keys,
    read_completion,
    read_data,
)
from arrangements.witnesses import Witnesses

_ARRAYS = ("packed", "witnesses", "record")
_LARGEST_RATIO = 64
"""By how much lists are compressed at most; deflate makes a thousandth of zeros."""
_KEYS = frozenset({"schema", "columns"}) | DATA_KEYS | PROOF_KEYS

SCHEMA = 0
"""Version of the layout; 0 may change without notice, other versions are refused."""


def save_patterns(patterns: CompletePatterns, path: str | Path) -> None:
    """Write a complete list to an NPZ file, whole or not at all.

    The file holds the packed patterns, the witnesses as two's complement words, and a
    JSON text with the exact data and the proof.  It holds no pickles.

    Raises
    ------
    ArgumentError
        When the name does not end in ``.npz``: other forms have other functions.
    FileError
        When the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import arrangements as ar
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ar.save_patterns(ar.enumerate_patterns([[1, 0], [0, 1]]), folder + "/patterns.npz")

    Notes
    -----
    *Growth.* ``N * n`` for n rows with N patterns.
    """
    if PatternFormat.of(path) is not PatternFormat.NPZ:
        raise ArgumentError(
            f"{path} does not end in .npz; store_patterns writes folders of Parquet files"
        )
    record = file_record(patterns)
    with atomic_write(path) as stream:
        np.savez_compressed(
            stream,
            packed=patterns.packed,
            witnesses=patterns.witnesses.to_words(),
            record=np.frombuffer(json.dumps(record).encode("ascii"), dtype=np.uint8),
        )


def file_record(patterns: CompletePatterns) -> dict[str, Any]:
    """Return the exact data and the proof of a list as plain JSON values."""
    return {
        "schema": SCHEMA,
        **data_record(patterns.arrangement.data),
        "columns": list(patterns.witnesses.columns),
        **completion_record(patterns.completion),
    }


def load_patterns(path: str | Path) -> CompletePatterns:
    """Read a list written by `save_patterns` and check its proof again.

    Raises
    ------
    FileError
        When the file is missing, truncated, of another kind or of an unknown schema, or its
        arrays declare more than 1 GiB and more than 64 times the file's own size.
    ProofError
        When its contents do not prove what they claim.

    Examples
    --------
    >>> import tempfile
    >>> import arrangements as ar
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ar.save_patterns(ar.enumerate_patterns([[1, 0], [0, 1]]), folder + "/patterns.npz")
    ...     len(ar.load_patterns(folder + "/patterns.npz"))
    4

    Notes
    -----
    *Growth.* ``N * n * r`` for n rows of rank r with N patterns.
    """
    try:
        stream = Path(path).open("rb")  # noqa: SIM115 - errors of opening are told apart
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except OSError as error:
        raise file_error(f"{path} cannot be read", error) from None
    with stream:
        most = max(MOST_BYTES, _LARGEST_RATIO * os.fstat(stream.fileno()).st_size)
        archive = Archive(path, stream, most=most, entry=1)
        if missing := sorted(set(_ARRAYS) - set(archive.names)):
            raise FileError(f"{path} is not a whole pattern file: it has no {missing[0]}")
        arrays = archive.read(_ARRAYS)
    packed, words, text = (arrays[name] for name in _ARRAYS)
    try:
        record = parse_json(_of_kind(text, "record", np.uint8, 1).tobytes())
        _check_schema(path, record)
        data = read_data(record)
        completion = read_completion({key: record[key] for key in PROOF_KEYS})
        columns = tuple(int(column) for column in record["columns"])
        words = _of_kind(words, "witnesses", np.uint64, 3)
        witnesses = Witnesses.from_words(words, columns, data.shape[1])
        packed = _of_kind(packed, "packed", np.uint8, 2)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise FileError(
            f"{path} is not a whole pattern file ({type(error).__name__}: {error}); "
            "write it again with save_patterns"
        ) from error
    return _proved(data, packed, witnesses, completion)


def _of_kind(array: np.ndarray, name: str, dtype: Any, axes: int) -> np.ndarray:
    """Return an array, whatever its byte order, after refusing other types and shapes."""
    if array.dtype.newbyteorder("=") != dtype or array.ndim != axes:
        raise ValueError(f"{name} is of type {array.dtype} and has {array.ndim} axes")
    return array.astype(dtype, copy=False)


def _check_schema(path: str | Path, record: Any) -> None:
    if isinstance(record, dict) and record.get("schema") != SCHEMA:
        raise FileError(
            f"{path} has schema {record.get('schema')!r}; this version reads schema {SCHEMA}"
        )
    expect_keys(record, _KEYS)


def rebuild_patterns(
    data: DataMatrix,
    record: dict[str, Any],
    packed: Sequence[bytes],
    witnesses: Sequence[tuple[int, ...]],
) -> CompletePatterns:
    """Build a complete list from plain values, checking its proof.

    Parameters
    ----------
    data : DataMatrix
    record : dict
        As `completion_record` returns it.
    packed : sequence of bytes
        The packed patterns in order.
    witnesses : sequence of tuples of d int
        One a pattern.

    Raises
    ------
    ProofError
        When the values do not prove what they claim.
    ValueError, TypeError, KeyError
        When they do not even have the right form.

    Notes
    -----
    *Growth.* ``N * n * r`` for n rows of rank r with N patterns.

    Examples
    --------
    >>> import arrangements as ar
    >>> patterns = ar.enumerate_patterns([[1, 0], [0, 1], [1, 1]])
    >>> record = ar.completion_record(patterns.completion)
    >>> packed = [bytes(row) for row in patterns.packed]
    >>> witnesses = [patterns.witness(k) for k in range(len(patterns))]
    >>> ar.rebuild_patterns(patterns.arrangement.data, record, packed, witnesses)
    CompletePatterns(6 patterns of 3 rows, proved by cover)
    """
    completion = read_completion(record)
    n, d = data.shape
    table = np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(len(packed), (n + 7) // 8)
    points = Witnesses.from_points(list(witnesses), tuple(range(d)), d)
    return _proved(data, table, points, completion)


def _proved(
    data: DataMatrix, packed: Packed, witnesses: Witnesses, completion: Completion
) -> CompletePatterns:
    arrangement = Arrangement(data, domain=completion.plan.within)
    return CompletePatterns(arrangement, packed, witnesses, completion)
