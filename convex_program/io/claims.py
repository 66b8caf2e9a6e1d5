"""Claims on disk: one JSON file with every number a verdict rests on.

Rationals are written "p/q" and long integers as text, because JSON readers need not keep
them; floats are written with all their digits, which read back to the same float.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import arrangements as ar
from arrangements.io.files import read_bytes
from arrangements.io.strict_json import parse_json
from convex_program.claim import CellClaim, Claim, DualClaim, NetworkClaim, PatternClaim
from convex_program.errors import ClaimError

SCHEMA = 0
"""Version of the layout; 0 may change without notice, other versions are refused."""

_KIND = "relu-arrangements claim"


def save_claim(claim: Claim, path: str | Path) -> None:
    """Write a claim as JSON, whole or not at all.

    Parameters
    ----------
    claim : Claim
    path : str or Path
    """
    text = json.dumps(_record(claim), indent=1, allow_nan=False)
    with ar.atomic_write(path) as stream:
        stream.write(text.encode("ascii"))


def load_claim(path: str | Path) -> Claim:
    """Read a claim; nothing in it is checked until `verify` does.

    Raises
    ------
    ClaimError
        When the file is missing, not a whole claim, or of an unknown schema.
    """
    try:
        record = parse_json(read_bytes(path))
    except ar.FileError as error:
        raise ClaimError(str(error)) from None
    except (ValueError, RecursionError) as error:
        raise ClaimError(f"{path} is not whole JSON ({error})") from None
    if not isinstance(record, dict) or record.get("kind") != _KIND:
        raise ClaimError(f"{path} is not a claim (its kind is not {_KIND!r})")
    if record.get("schema") != SCHEMA:
        raise ClaimError(
            f"{path} has schema {record.get('schema')!r}; this version reads schema {SCHEMA}"
        )
    try:
        return _read(record)
    except KeyError as error:
        raise ClaimError(f"{path} is not a whole claim: {error} is missing") from None
    except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ClaimError(f"{path} is not a claim this version reads ({error})") from None


def _record(claim: Claim) -> dict[str, Any]:
    return {
        "kind": _KIND,
        "schema": SCHEMA,
        "upper": ar.fraction_text(claim.upper),
        "lower": ar.fraction_text(claim.lower),
        "problem": {
            "loss": claim.loss,
            "loss_parameters": {
                name: ar.fraction_text(value) for name, value in claim.loss_parameters.items()
            },
            "activation": [ar.fraction_text(value) for value in claim.activation],
            "hidden_bias": claim.hidden_bias,
            "output_bias": claim.output_bias,
            "beta": ar.fraction_text(claim.beta),
            "targets": [ar.fraction_text(value) for value in claim.targets],
            "weights": None
            if claim.weights is None
            else [ar.fraction_text(value) for value in claim.weights],
            "features": [[ar.fraction_text(value) for value in row] for row in claim.features],
        },
        "network": {
            "hidden": claim.network.hidden,
            "output": claim.network.output,
            "output_bias": claim.network.output_bias,
        },
        "dual": {
            "vector": claim.dual.vector,
            "scale": claim.dual.scale,
            "cells": [[item.cell, item.sign, item.rows, item.values] for item in claim.dual.cells],
        },
        "patterns": {
            "packed": [row.hex() for row in claim.patterns.packed],
            "witnesses": [
                [ar.integer_text(entry) for entry in w] for w in claim.patterns.witnesses
            ],
            "completion": claim.patterns.completion,
        },
    }


def _read(record: dict[str, Any]) -> Claim:
    problem, network = record["problem"], record["network"]
    dual, patterns = record["dual"], record["patterns"]
    return Claim(
        features=tuple(tuple(_rational(value) for value in row) for row in problem["features"]),
        targets=tuple(_rational(value) for value in problem["targets"]),
        weights=_weights(problem.get("weights")),
        beta=_rational(problem["beta"]),
        loss=str(problem["loss"]),
        loss_parameters={
            str(name): _rational(value)
            for name, value in dict(problem.get("loss_parameters", {})).items()
        },
        activation=_activation(problem),
        hidden_bias=str(problem.get("hidden_bias", "decayed")),
        output_bias=str(problem["output_bias"]),
        network=NetworkClaim(
            tuple(tuple(_float(w) for w in row) for row in network["hidden"]),
            tuple(_float(a) for a in network["output"]),
            _float(network["output_bias"]),
        ),
        patterns=PatternClaim(
            tuple(bytes.fromhex(row) for row in patterns["packed"]),
            tuple(tuple(ar.integer_value(entry) for entry in w) for w in patterns["witnesses"]),
            dict(patterns["completion"]),
        ),
        dual=DualClaim(
            tuple(_float(v) for v in dual["vector"]),
            _float(dual["scale"]),
            tuple(
                CellClaim(
                    _int(cell),
                    _int(sign),
                    tuple(_int(row) for row in rows),
                    tuple(_float(value) for value in values),
                )
                for cell, sign, rows, values in dual["cells"]
            ),
        ),
        upper=_rational(record["upper"]),
        lower=_rational(record["lower"]),
    )


def _weights(values: Any) -> tuple[Fraction, ...] | None:
    return None if values is None else tuple(_rational(value) for value in values)


def _activation(problem: dict[str, Any]) -> tuple[Fraction, Fraction]:
    """Return the slopes; older files say "architecture": "relu" instead."""
    if "activation" not in problem and problem.get("architecture") == "relu":
        return Fraction(1), Fraction(0)
    on, off = problem["activation"]
    return _rational(on), _rational(off)


def _rational(value: Any) -> Fraction:
    # Fraction itself reads "1e999999999" too, and would not come back from it.
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a quotient written as text")
    return ar.fraction_value(value)


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is not finite")
    return float(value)


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not an integer")
    return value
