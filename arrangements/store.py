"""Complete pattern lists on disk: NPZ without pickles, proved again on loading."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from arrangements.arrangement import Arrangement
from arrangements.errors import FileError
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

SCHEMA = 0
"""Version of the layout; 0 may change without notice, other versions are refused."""


def save_patterns(patterns: CompletePatterns, path: str | Path) -> None:
    """Write a complete list to an NPZ file, whole or not at all.

    The file holds the packed patterns, the witnesses as two's complement words, and a
    JSON text with the exact data and the proof.  It holds no pickles.
    """
    record = completion_record(patterns)
    with atomic_write(path) as stream:
        np.savez_compressed(
            stream,
            packed=patterns.packed,
            witnesses=patterns.witnesses.to_words(),
            record=np.frombuffer(json.dumps(record).encode("ascii"), dtype=np.uint8),
        )


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
        with np.load(path, allow_pickle=False) as archive:
            packed = archive["packed"]
            words = archive["witnesses"]
            record = json.loads(archive["record"].tobytes())
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise FileError(f"{path} is not a whole pattern file ({error})") from None
    try:
        return _rebuild(packed, words, record)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise FileError(f"{path} is not a pattern file this version reads ({error})") from None


def _rebuild(packed: Any, words: Any, record: dict[str, Any]) -> CompletePatterns:
    stored = read_completion(record)
    width = stored.data.shape[1]
    witnesses = Witnesses.from_words(words.astype(np.uint64), stored.columns, width)
    return _proved(stored, packed.astype(np.uint8), witnesses)


def rebuild_patterns(
    record: dict[str, Any], packed: Sequence[bytes], witnesses: Sequence[tuple[int, ...]]
) -> CompletePatterns:
    """Build a complete list from plain values, checking its proof.

    Parameters
    ----------
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
    """
    stored = read_completion(record)
    n, d = stored.data.shape
    table = np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(len(packed), (n + 7) // 8)
    points = Witnesses.from_points(list(witnesses), tuple(range(d)), d)
    return _proved(stored, table.copy(), points)


def _proved(stored: StoredCompletion, packed: Packed, witnesses: Witnesses) -> CompletePatterns:
    arrangement = Arrangement(stored.data, domain=stored.completion.plan.within)
    return CompletePatterns(arrangement, packed, witnesses, stored.completion)


@dataclass(frozen=True, slots=True)
class StoredCompletion:
    """What `completion_record` holds, read back: data, kept columns, claim."""

    data: DataMatrix
    columns: tuple[int, ...]
    completion: Completion


def completion_record(patterns: CompletePatterns) -> dict[str, Any]:
    """Return data and proof of a complete list as plain JSON values.

    Integers are written as text, since they may exceed what JSON readers keep exactly.
    """
    plan = patterns.completion.plan
    data = patterns.arrangement.data
    return {
        "schema": SCHEMA,
        "rows": [[str(entry) for entry in row] for row in data.integers],
        "scales": [str(scale) for scale in data.scales],
        "columns": list(patterns.witnesses.columns),
        "count": patterns.completion.count,
        "within": _texts(plan.within),
        "prefix": plan.prefix,
        "units": [_texts(unit) for unit in plan.units],
        "proofs": [_proof_record(proof) for proof in patterns.completion.proofs],
    }


def read_completion(record: dict[str, Any]) -> StoredCompletion:
    """Undo `completion_record`; nothing is checked here beyond the layout."""
    if record["schema"] != SCHEMA:
        raise ValueError(f"schema {record['schema']!r} is not {SCHEMA}")
    data = DataMatrix(
        tuple(tuple(int(entry) for entry in row) for row in record["rows"]),
        tuple(Fraction(scale) for scale in record["scales"]),
    )
    plan = UnitPlan(
        _cone(record["within"]),
        int(record["prefix"]),
        tuple(_cone(unit) for unit in record["units"]),
    )
    proofs = tuple(_read_proof(proof) for proof in record["proofs"])
    return StoredCompletion(
        data,
        tuple(int(column) for column in record["columns"]),
        Completion(int(record["count"]), plan, proofs),
    )


def _texts(cone: Cone) -> list[list[str]]:
    return [[str(entry) for entry in normal] for normal in cone.normals]


def _cone(record: list[list[str]]) -> Cone:
    return Cone(tuple(tuple(int(entry) for entry in normal) for normal in record))


def _proof_record(proof: Proof) -> dict[str, Any]:
    if isinstance(proof, CoverProof):
        return {"kind": "cover", "count": proof.count}
    if isinstance(proof, CountProof):
        return {"kind": "count", "count": proof.count}
    return {
        "kind": "tree",
        "steps": proof.steps.hex(),
        "multipliers": [
            [str(item.scale), list(item.rows), [str(factor) for factor in item.factors]]
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
            Multipliers(int(scale), tuple(map(int, rows)), tuple(map(int, factors)))
            for scale, rows, factors in record["multipliers"]
        ),
    )
