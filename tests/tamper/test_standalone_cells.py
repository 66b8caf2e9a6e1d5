"""Claims over listed cells under the standalone checker: of both schemas, whole and changed."""

from __future__ import annotations

import copy
import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracles import claim_mutations, claim_writer
from oracles.standalone import judge, refusal
from plain_claims import save_plain

import arrangements as ar
import convex_program as cx
from convex_program.io import load_claim, save_claim

PROOFS = {"cover or count": None, "count": ar.ByCount(), "tree": ar.ByTree()}
ROWS = {
    "general": [
        [1.0, 2.0, 1.0],
        [0.5, -1.0, 1.0],
        [3.0, 0.25, 1.0],
        [-1.0, -2.0, 1.0],
        [0.0, 1.0, 1.0],
    ],
    "special": [[1, -1, 1], [1, 0, 1], [0, 1, 1], [0, 0, 1], [2, -1, 1], [2, -1, 1]],
    "zero and opposite rows": [[1, 0], [0, 0], [-2, 0], [1, 1], [0, 3]],
    "low rank": [[1, 1, 2], [2, 2, 4], [1, 0, 1], [0, 1, 1]],
}
SETTINGS = {
    "plain": {},
    "labels": {"loss": cx.Logistic(), "output_bias": cx.FreeBias()},
    "hinge": {"loss": cx.SquaredHinge(), "activation": cx.LeakyReLU("1/10")},
    "absolute": {
        "loss": cx.Absolute(),
        "activation": cx.AbsoluteValue(),
        "output_bias": cx.DecayedBias(),
    },
    "huber": {"loss": cx.Huber(1), "weighted": True},
    "free hidden bias": {"hidden_bias": cx.FreeHiddenBias(), "output_bias": cx.FreeBias()},
}


def claimed(rows: list[list[float]], setting: str, proof: Any, tmp_path: Path) -> bytes:
    """Return a claim of the package as the bytes of schema 0."""
    options = dict(SETTINGS[setting])
    weights = (
        [Fraction(k % 3 + 1, 2) for k in range(len(rows))]
        if options.pop("weighted", None)
        else None
    )
    labels = setting in ("labels", "hinge")
    y = (
        [1 if k % 2 else -1 for k in range(len(rows))]
        if labels
        else [Fraction(3 * k % 7, 4) for k in range(len(rows))]
    )
    problem = cx.TrainingProblem(rows, y, "1/8", sample_weight=weights, **options)
    patterns = ar.enumerate_patterns(rows, **({"proof": proof} if proof else {}))
    found = cx.global_optimum(problem, patterns=patterns).claim()
    save_plain(found, tmp_path / "claim.json")
    save_claim(found, tmp_path / "claim.bin")
    return (tmp_path / "claim.json").read_bytes()


def converted(data: bytes) -> bytes:
    """Return a claim of schema 0 with cells as one of schema 1."""
    old = json.loads(data)
    p, network, dual, patterns = (old[key] for key in ("problem", "network", "dual", "patterns"))
    flat = [a for row in p["features"] for a in row]
    columns = [
        p["features"],
        [[a] for a in p["targets"]],
        *([[[a] for a in p["weights"]]] if p["weights"] else []),
    ]
    text = "".join(
        ",".join(a for part in row for a in part) + "\n" for row in zip(*columns, strict=True)
    )
    kept = ("loss", "loss_parameters", "activation", "hidden_bias", "output_bias", "beta")
    head = {
        "kind": old["kind"], "schema": 1, "upper": old["upper"], "lower": old["lower"],
        "problem": {
            "rows": len(p["features"]), "columns": len(p["features"][0]), **{k: p[k] for k in kept},
            "weighted": bool(p["weights"]), "where": None,
            "sha256": claim_mutations.hashlib.sha256(text.encode()).hexdigest(),
        },
        "network": {"width": len(network["output"]), "output_bias": network["output_bias"]},
        "dual": {"scale": dual["scale"]},
        "evidence": {"kind": "cells", "cells": len(patterns["packed"])},
    }  # fmt: skip
    exact = lambda texts: claim_writer.numbers([Fraction(a) for a in texts], "i")  # noqa: E731
    floats = lambda values: claim_writer.numbers(values, "d")  # noqa: E731
    parts = {"features": exact(flat), "targets": exact(p["targets"])}
    if p["weights"]:
        parts["weights"] = exact(p["weights"])
    parts["hidden"] = floats([a for row in network["hidden"] for a in row])
    parts |= {"output": floats(network["output"]), "vector": floats(dual["vector"])}
    parts["patterns"] = b"".join(bytes.fromhex(text) for text in patterns["packed"])
    for name, value in (
        ("witnesses", patterns["witnesses"]),
        ("completion", patterns["completion"]),
    ):
        parts[name] = json.dumps(value).encode()
    parts["multipliers"] = json.dumps(dual["cells"]).encode()
    return claim_writer.assemble(head, parts, "deflate")


def package_says(data: bytes, tmp_path: Path) -> tuple[Fraction, Fraction] | None:
    """Return what the package's own check of schema 0 finds, None for a refusal."""
    (tmp_path / "changed.json").write_bytes(data)
    try:
        found = cx.verify(load_claim(tmp_path / "changed.json"))
    except cx.ConvexProgramError:
        return None
    return found.upper, found.lower


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("rows", ROWS)
def test_every_proof_of_completeness(rows: str, proof: str, tmp_path: Path) -> None:
    data = claimed(ROWS[rows], "plain", PROOFS[proof], tmp_path)
    assert judge(data)[:2] == package_says(data, tmp_path)
    if not (rows == "low rank" and proof == "tree"):  # schema 0 leaves dependent columns out
        assert judge(converted(data)) == judge(data)
        assert judge((tmp_path / "claim.bin").read_bytes()) == judge(data)


@pytest.mark.parametrize("setting", SETTINGS)
def test_losses_and_biases(setting: str, tmp_path: Path) -> None:
    data = claimed(ROWS["general"], setting, None, tmp_path)
    one, two = judge(data), package_says(data, tmp_path)
    assert all(abs(a - b) < Fraction(1, 2**140) for a, b in zip(one[:2], two, strict=True))
    assert judge(converted(data)) == one


@pytest.mark.parametrize("setting", ["plain", "free hidden bias", "huber"])
@pytest.mark.parametrize("proof", PROOFS)
def test_changed_claims_are_refused_as_by_the_package(
    setting: str, proof: str, tmp_path: Path
) -> None:
    data, proved = claimed(ROWS["general"], setting, PROOFS[proof], tmp_path), 0
    rng = random.Random(0)  # noqa: S311 - repeatable
    for _ in range(60):
        claim = copy.deepcopy(json.loads(data))
        where, key = rng.choice(list(claim_mutations.places(claim)))
        where[key] = claim_mutations.changed(rng, where[key])
        text = json.dumps(claim).encode()
        one, two = judge(text), package_says(text, tmp_path)
        proved += one is not None
        # Leniences of schema 0: quotients that can be reduced, booleans, extra entries.
        assert two is not None or one is None, (where, key)
        assert one is None or one[:2] == two
    assert proved


def test_a_missing_pattern_is_refused(tmp_path: Path) -> None:
    for name, proof in PROOFS.items():
        claim = json.loads(claimed(ROWS["special"], "plain", proof, tmp_path))
        patterns, proofs = claim["patterns"], claim["patterns"]["completion"]["proofs"]
        patterns["packed"].pop(3), patterns["witnesses"].pop(3)
        claim["dual"]["cells"] = [
            [c - (c > 3), s, r, v] for c, s, r, v in claim["dual"]["cells"] if c != 3
        ]
        patterns["completion"]["count"] -= 1
        if "count" in proofs[0]:
            proofs[0]["count"] -= 1
        assert "patterns" in refusal(json.dumps(claim).encode()), name


def test_witnesses_decide_about_boundaries(tmp_path: Path) -> None:
    claim = json.loads(claimed(ROWS["general"], "plain", None, tmp_path))
    claim["patterns"]["witnesses"][2] = ["0", "0", "0"]
    assert "witness 2 lies on a hyperplane" in refusal(json.dumps(claim).encode())
    claim["patterns"]["witnesses"][2] = claim["patterns"]["witnesses"][3]
    assert "witness 2 has another pattern" in refusal(json.dumps(claim).encode())


def test_gaps_are_compared(tmp_path: Path) -> None:
    data = claimed(ROWS["general"], "plain", None, tmp_path)
    upper, lower, _ = judge(data)
    gap = (upper - lower) / upper
    assert np.isfinite(float(gap))
    assert judge(data, max_gap=gap) is not None
    assert "relative gap" in refusal(data, max_gap=gap * Fraction(999, 1000))
