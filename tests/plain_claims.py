"""Claims as the first versions wrote them: schema 0, which is still read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import arrangements as ar
import convex_program as cx


def save_plain(claim: cx.Claim, path: Path) -> None:
    path.write_text(json.dumps(plain_record(claim), indent=1, allow_nan=False))


def plain_record(claim: cx.Claim) -> dict[str, Any]:
    patterns = claim.patterns
    assert patterns is not None
    return {
        "kind": "relu-arrangements claim",
        "schema": 0,
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
            "packed": [row.hex() for row in patterns.packed],
            "witnesses": [[ar.integer_text(entry) for entry in w] for w in patterns.witnesses],
            "completion": patterns.completion,
        },
    }
