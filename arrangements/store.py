"""Complete pattern lists on disk: NPZ without pickles, proved again on loading."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from arrangements.arrangement import Arrangement
from arrangements.errors import FileError, ProofError
from arrangements.exact import fraction_text, fraction_value, integer_text, integer_value
from arrangements.io import atomic_write
from arrangements.matrix import DataMatrix
from arrangements.packing import Packed
from arrangements.patterns import CompletePatterns
from arrangements.proof import (
    Completion,
    CountProof,
    CoverProof,
    Multipliers,
    Proof,
    TreeProof,
    UnitPlan,
)
from arrangements.units import Cone
from arrangements.witnesses import Witnesses

_DATA_KEYS = frozenset({"schema", "rows", "scales", "columns"})
_PROOF_KEYS = frozenset({"count", "within", "prefix", "units", "proofs"})

SCHEMA = 0
"""Version of the layout; 0 may change without notice, other versions are refused."""


def save_patterns(patterns: CompletePatterns, path: str | Path) -> None:
    """Write a complete list to an NPZ file, whole or not at all.

    The file holds the packed patterns, the witnesses as two's complement words, and a
    JSON text with the exact data and the proof.  It holds no pickles.
    """
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
    data = patterns.arrangement.data
    return {
        "schema": SCHEMA,
        "rows": [[integer_text(entry) for entry in row] for row in data.integers],
        "scales": [fraction_text(scale) for scale in data.scales],
        "columns": list(patterns.witnesses.columns),
        **completion_record(patterns.completion),
    }


def load_patterns(path: str | Path) -> CompletePatterns:
    """Read a list written by `save_patterns` and check its proof again.

    Raises
    ------
    FileError
        When the file is missing, truncated, of another kind or of an unknown schema.
    ProofError
        When its contents do not prove what they claim.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}") from None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            packed, words = archive["packed"], archive["witnesses"]
            text = archive["record"].tobytes()
        record = json.loads(text)
        _check_schema(path, record)
        data = DataMatrix(
            tuple(tuple(integer_value(entry) for entry in row) for row in record["rows"]),
            tuple(fraction_value(scale) for scale in record["scales"]),
        )
        completion = read_completion({key: record[key] for key in _PROOF_KEYS})
        columns = tuple(int(column) for column in record["columns"])
        witnesses = Witnesses.from_words(words.astype(np.uint64), columns, data.shape[1])
    except (FileError, ProofError):
        raise
    except Exception as error:
        # Damaged archives fail in zipfile, zlib, numpy or json in many ways, all of which
        # mean the same to the user; numpy's advice to allow pickles is not passed on.
        raise FileError(
            f"{path} is not a whole pattern file ({type(error).__name__}); "
            "write it again with save_patterns"
        ) from error
    return _proved(data, packed, witnesses, completion)


def _check_schema(path: str | Path, record: Any) -> None:
    if isinstance(record, dict) and record.get("schema") != SCHEMA:
        raise FileError(
            f"{path} has schema {record.get('schema')!r}; this version reads schema {SCHEMA}"
        )
    _expect_keys(record, _DATA_KEYS | _PROOF_KEYS)


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


def completion_record(completion: Completion) -> dict[str, Any]:
    """Return the proof of a complete list as plain JSON values.

    Integers are written as text, since they may exceed what JSON readers keep exactly.
    """
    plan = completion.plan
    return {
        "count": completion.count,
        "within": _texts(plan.within),
        "prefix": plan.prefix,
        "units": [_texts(unit) for unit in plan.units],
        "proofs": [_proof_record(proof) for proof in completion.proofs],
    }


def read_completion(record: dict[str, Any]) -> Completion:
    """Undo `completion_record`; nothing is checked here beyond the layout."""
    _expect_keys(record, _PROOF_KEYS)
    plan = UnitPlan(
        _cone(record["within"]),
        int(record["prefix"]),
        tuple(_cone(unit) for unit in record["units"]),
    )
    proofs = tuple(_read_proof(proof) for proof in record["proofs"])
    return Completion(int(record["count"]), plan, proofs)


def _expect_keys(record: Any, keys: frozenset[str]) -> None:
    """Raise ValueError unless a record is a dict with exactly these keys."""
    if not isinstance(record, dict) or set(record) != keys:
        raise ValueError(f"a record needs exactly the keys {', '.join(sorted(keys))}")


def _texts(cone: Cone) -> list[list[str]]:
    return [[integer_text(entry) for entry in normal] for normal in cone.normals]


def _cone(record: list[list[str]]) -> Cone:
    return Cone(tuple(tuple(integer_value(entry) for entry in normal) for normal in record))


def _proof_record(proof: Proof) -> dict[str, Any]:
    if isinstance(proof, CoverProof):
        return {"kind": "cover", "count": proof.count}
    if isinstance(proof, CountProof):
        return {"kind": "count", "count": proof.count}
    return {
        "kind": "tree",
        "steps": proof.steps.hex(),
        "multipliers": [
            [
                integer_text(item.scale),
                list(item.rows),
                [integer_text(factor) for factor in item.factors],
            ]
            for item in proof.multipliers
        ],
    }


def _read_proof(record: dict[str, Any]) -> Proof:
    kind = record["kind"]
    if kind == "cover":
        return CoverProof(int(record["count"]))
    if kind == "count":
        return CountProof(int(record["count"]))
    if kind != "tree":
        raise ValueError(f"unknown proof {kind!r}")
    return TreeProof(
        bytes.fromhex(record["steps"]),
        tuple(
            Multipliers(
                integer_value(scale), tuple(map(int, rows)), tuple(map(integer_value, factors))
            )
            for scale, rows, factors in record["multipliers"]
        ),
    )
