"""Schema 0: one JSON file with every number written out.  It is read, and no longer written."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import arrangements as ar
from convex_program.claim import Claim, DualClaim, NetworkClaim, PatternClaim
from convex_program.io.claims.packed import cell, number, rational

OLD_SCHEMA = 0


def read_plain(record: dict[str, Any]) -> Claim:
    """Return the claim of a record; errors of any kind mean that it is none."""
    problem, network = record["problem"], record["network"]
    dual, patterns = record["dual"], record["patterns"]
    return Claim(
        features=tuple(tuple(rational(value) for value in row) for row in problem["features"]),
        targets=tuple(rational(value) for value in problem["targets"]),
        weights=_weights(problem.get("weights")),
        beta=rational(problem["beta"]),
        loss=str(problem["loss"]),
        loss_parameters={
            str(name): rational(value)
            for name, value in dict(problem.get("loss_parameters", {})).items()
        },
        activation=_activation(problem),
        hidden_bias=str(problem.get("hidden_bias", "decayed")),
        output_bias=str(problem["output_bias"]),
        network=NetworkClaim(
            tuple(tuple(number(w) for w in row) for row in network["hidden"]),
            tuple(number(a) for a in network["output"]),
            number(network["output_bias"]),
        ),
        patterns=PatternClaim(
            tuple(bytes.fromhex(row) for row in patterns["packed"]),
            tuple(tuple(ar.integer_value(entry) for entry in w) for w in patterns["witnesses"]),
            dict(patterns["completion"]),
        ),
        dual=DualClaim(
            tuple(number(v) for v in dual["vector"]),
            number(dual["scale"]),
            tuple(cell(item) for item in dual["cells"]),
        ),
        upper=rational(record["upper"]),
        lower=rational(record["lower"]),
    )


def _weights(values: Any) -> tuple[Fraction, ...] | None:
    return None if values is None else tuple(rational(value) for value in values)


def _activation(problem: dict[str, Any]) -> tuple[Fraction, Fraction]:
    """Return the slopes; older files say "architecture": "relu" instead."""
    if "activation" not in problem and problem.get("architecture") == "relu":
        return Fraction(1), Fraction(0)
    on, off = problem["activation"]
    return rational(on), rational(off)
