"""Proofs as plain JSON values, and back: what every kind of file keeps of them."""

from __future__ import annotations

from typing import Any

from arrangements.exact import fraction_text, fraction_value, integer_text, integer_value
from arrangements.matrix import DataMatrix
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

PROOF_KEYS = frozenset({"count", "within", "prefix", "units", "proofs"})
DATA_KEYS = frozenset({"rows", "scales"})
PLAN_KEYS = frozenset({"within", "prefix", "units"})


def data_record(data: DataMatrix) -> dict[str, Any]:
    """Return exact data as plain JSON values."""
    return {
        "rows": [[integer_text(entry) for entry in row] for row in data.integers],
        "scales": [fraction_text(scale) for scale in data.scales],
    }


def read_data(record: dict[str, Any]) -> DataMatrix:
    """Undo `data_record`."""
    return DataMatrix(
        tuple(tuple(integer_value(entry) for entry in row) for row in record["rows"]),
        tuple(fraction_value(scale) for scale in record["scales"]),
    )


def plan_record(plan: UnitPlan) -> dict[str, Any]:
    """Return the units of a plan as plain JSON values."""
    return {
        "within": _texts(plan.within),
        "prefix": plan.prefix,
        "units": [_texts(unit) for unit in plan.units],
    }


def read_plan(record: dict[str, Any]) -> UnitPlan:
    """Undo `plan_record`."""
    return UnitPlan(
        _cone(record["within"]),
        int(record["prefix"]),
        tuple(_cone(unit) for unit in record["units"]),
    )


def completion_record(completion: Completion) -> dict[str, Any]:
    """Return the proof of a complete list as plain JSON values.

    Integers are written as text, since they may exceed what JSON readers keep exactly.

    Examples
    --------
    >>> import arrangements as ar
    >>> completion = ar.enumerate_patterns([[1, 0], [0, 1]]).completion
    >>> sorted(ar.completion_record(completion))[:1]
    ['count']

    Notes
    -----
    *Growth.* ``n * r`` for n rows of rank r.
    """
    return {
        "count": completion.count,
        **plan_record(completion.plan),
        "proofs": [proof_record(proof) for proof in completion.proofs],
    }


def read_completion(record: dict[str, Any]) -> Completion:
    """Undo `completion_record`; nothing is checked here beyond the layout."""
    expect_keys(record, PROOF_KEYS)
    proofs = tuple(read_proof(proof) for proof in record["proofs"])
    return Completion(int(record["count"]), read_plan(record), proofs)


def expect_keys(record: Any, keys: frozenset[str]) -> None:
    """Raise ValueError unless a record is a dict with exactly these keys."""
    if not isinstance(record, dict) or set(record) != keys:
        raise ValueError(f"a record needs exactly the keys {', '.join(sorted(keys))}")


def _texts(cone: Cone) -> list[list[str]]:
    return [[integer_text(entry) for entry in normal] for normal in cone.normals]


def _cone(record: list[list[str]]) -> Cone:
    return Cone(tuple(tuple(integer_value(entry) for entry in normal) for normal in record))


def proof_record(proof: Proof) -> dict[str, Any]:
    """Return the proof of one unit as plain JSON values."""
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


def read_proof(record: dict[str, Any]) -> Proof:
    """Undo `proof_record`; nothing is checked here beyond the layout."""
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
