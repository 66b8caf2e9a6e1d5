"""Two checkers that share no code agree on claims with trees, whole and changed."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles import claim_examples, claim_mutations
from oracles import cone_claims as page
from oracles.standalone import Bounds, judge

_EXAMPLES = 40
_TURNED = 6
_SAMPLES = 200


def second(data: bytes) -> Bounds | None:
    """Return what the second checker says: bounds, or None."""
    try:
        return page.check(data)
    except Exception:  # noqa: BLE001 - any failure is a refusal
        return None


def agree(data: bytes) -> Bounds | None:
    """Return what both checkers find; fail where they differ."""
    one, two = judge(data), second(data)
    assert (one is None) == (two is None), (one, two)
    if one is None:
        return None
    close = [
        abs(a - b) <= abs(a) / 2**140 + Fraction(1, 2**140) for a, b in zip(one, two, strict=True)
    ]
    assert all(close)
    assert one[2] == two[2]
    return one


@pytest.mark.parametrize("loss", claim_examples.LOSSES)
@pytest.mark.parametrize("hidden_bias", ["decayed", "free"])
@pytest.mark.parametrize("output_bias", ["none", "free", "decayed"])
def test_every_kind_of_claim_is_proved(loss: str, hidden_bias: str, output_bias: str) -> None:
    for seed in range(2):
        data = claim_examples.example(seed, loss, hidden_bias, output_bias, lengths=seed == 1)
        assert agree(data) is not None
        assert_true(data)


@pytest.mark.parametrize("seed", range(6))
def test_claims_along_turned_axes_are_proved(seed: int) -> None:
    data = claim_examples.turned(seed, lengths=seed > 3)
    assert agree(data) is not None
    assert_true(data)


def test_changed_claims_are_refused_or_prove_what_they_say() -> None:
    run(400, seed=0)


@pytest.mark.thorough
def test_many_changed_claims() -> None:
    run(12_000, seed=1)


def run(count: int, seed: int) -> Counter[Any]:
    """Change claims; return how many of each kind were changed and how many still prove something."""
    rng, met = random.Random(seed), Counter()  # noqa: S311 - repeatable
    examples = [
        claim_examples.example(1000 * seed + k, lengths=k % 4 == 0) for k in range(_EXAMPLES)
    ]
    examples += [claim_examples.turned(1000 * seed + k) for k in range(_TURNED)]
    for _ in range(count):
        data, kind = claim_mutations.mutated(rng, rng.choice(examples))
        met[kind] += 1
        if agree(data) is not None:
            met[kind, "proved"] += 1
            assert_true(data)
    for kind in ("tree", "head", "data"):
        assert 0 < met[kind, "proved"] < met[kind] / 2
    return met


def assert_true(data: bytes) -> None:
    """What is claimed holds for sampled neurons and networks, in floats."""
    claim, (x, y, s, hidden, output, v, _) = page.read(data)
    p, rng = claim["problem"], np.random.default_rng(0)
    free = p["hidden_bias"] == "free"
    on, off = (float(Fraction(a)) for a in p["activation"])
    rows, dual = np.array(x, float), np.array(v, float) * claim["dual"]["scale"]
    u = np.vstack([rng.normal(size=(_SAMPLES, rows.shape[1])), np.eye(rows.shape[1])])
    if free:  # the bias runs over the kinks
        k = rng.integers(0, len(rows), size=len(u))
        u[:, -1] = -(rows[k, :-1] * u[:, :-1]).sum(axis=1)
    size = np.linalg.norm(u[:, :-1] if free else u, axis=1)
    z = rows @ u.T
    reached = np.abs(dual @ np.where(z > 0, on * z, -off * z))
    beta, scale = float(Fraction(p["beta"])), np.abs(dual) @ np.abs(rows).max(axis=1)
    assert (reached <= beta * size + 1e-9 * (scale + 1) * (size + np.abs(u).max(axis=1))).all()
    problem = (
        x,
        y,
        s,
        Fraction(p["beta"]),
        tuple(map(Fraction, p["activation"])),
        free,
        p["output_bias"],
        (
            p["loss"],
            {k: Fraction(q) for k, q in p["loss_parameters"].items()},
        ),
    )
    if p["loss"] == "interpolation":
        return
    bias = Fraction(claim["network"]["output_bias"])
    for factor in (Fraction(0), Fraction(1, 2), Fraction(1)):
        scaled = [[factor * w for w in row] for row in hidden], [factor * a for a in output]
        assert page.cost(problem, *scaled, factor * bias) >= Fraction(claim["lower"])
