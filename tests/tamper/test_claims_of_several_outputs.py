"""Claims of several outputs: two checkers that share no code agree on them, whole and changed."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracles import claim_mutations, matrix_claims
from oracles.standalone import Bounds, judge
from package_claims import by_package

import convex_program as cx

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("several_*.claim"))
_SAMPLES = 400


def agree(data: bytes, folder: Path) -> Bounds | None:
    """Return what both find; fail where they differ."""
    one, two = judge(data), by_package(data, folder)
    assert (one is None) == (two is None), (one, two)
    if one is None or two is None:
        return None
    for a, b in zip(one[:2], (two.upper, two.lower), strict=True):
        assert abs(a - b) * 2**140 <= max(1, abs(a))
    return one


def assert_true(data: bytes, folder: Path) -> None:
    """No sampled neuron exceeds beta along the dual vector, in floats."""
    path = folder / "changed.claim"
    path.write_bytes(data)
    claim = cx.load_claim(path)
    rng, rows = np.random.default_rng(0), np.array(claim.features, dtype=float)
    matrix = claim.dual.scale * np.array(claim.dual.vector).reshape(len(rows), -1)
    on, off = map(float, claim.activation)
    u = np.vstack([rng.normal(size=(_SAMPLES, rows.shape[1])), rows, -rows])
    free = claim.hidden_bias == "free"
    if free:
        k = rng.integers(0, len(rows), size=len(u))
        u[:, -1] = -(rows[k, :-1] * u[:, :-1]).sum(axis=1)
    size = np.linalg.norm(u[:, :-1] if free else u, axis=1)
    z = rows @ u.T
    image = np.linalg.norm(np.where(z > 0, on * z, -off * z).T @ matrix, axis=1)
    room = 1e-9 * (1 + np.abs(matrix).sum() * np.abs(rows).max()) * (size + np.abs(u).max(axis=1))
    assert (image <= float(claim.beta) * size + room).all()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_files_are_proved_by_both(path: Path, tmp_path: Path) -> None:
    assert agree(path.read_bytes(), tmp_path) is not None
    assert_true(path.read_bytes(), tmp_path)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_second_reader_of_the_page_finds_the_same(path: Path) -> None:
    found = judge(path.read_bytes())
    assert found is not None
    assert matrix_claims.peak(path.read_bytes()) == found[2]


def test_a_second_reader_refuses_the_same_trees() -> None:
    """Where the standalone checker accepts changed trees, so does it, and finds the same bound."""
    rng, met = random.Random(3), Counter[bool]()  # noqa: S311 - repeatable
    files = [path.read_bytes() for path in GOLDEN if path.stem != "several_near_optimum"]
    for _ in range(300):
        head, parts, packing = claim_mutations.taken(rng.choice(files))
        del head["body"]
        parts["tree"] = claim_mutations.raw(rng, parts["tree"])
        data = claim_mutations.claim_writer.assemble(head, parts, packing)
        found = judge(data)
        try:
            peak = matrix_claims.peak(data)
        except (AssertionError, IndexError, RecursionError):
            peak = None
        assert (None if found is None else found[2]) == peak
        met[found is None] += 1
    assert min(met.values()) > 5


def test_there_are_golden_files() -> None:
    assert len(GOLDEN) >= 4


def test_changed_claims_are_refused_or_prove_what_they_say(tmp_path: Path) -> None:
    run(400, 0, tmp_path)


@pytest.mark.thorough
def test_many_changed_claims(tmp_path: Path) -> None:
    run(10_000, 1, tmp_path)


def run(count: int, seed: int, folder: Path) -> None:
    rng, met = random.Random(seed), Counter[Any]()  # noqa: S311 - repeatable
    files = [path.read_bytes() for path in GOLDEN]
    for _ in range(count):
        data, kind = claim_mutations.mutated(rng, rng.choice(files))
        met[kind] += 1
        if agree(data, folder) is not None:
            met[kind, "proved"] += 1
            assert_true(data, folder)
    for kind in ("tree", "head"):
        assert 0 < met[kind, "proved"] < met[kind] / 2


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
@pytest.mark.parametrize("factor", [Fraction(99, 100), Fraction(1) - Fraction(1, 10**6), 0, -1])
def test_a_lower_level_is_refused(path: Path, factor: Any, tmp_path: Path) -> None:
    head, parts, packing = claim_mutations.taken(path.read_bytes())
    head["evidence"]["level"] = str(Fraction(head["evidence"]["level"]) * factor)
    del head["body"]
    data = claim_mutations.claim_writer.assemble(head, parts, packing)
    assert agree(data, tmp_path) is None


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_higher_bounds_are_refused(path: Path, tmp_path: Path) -> None:
    for key, step in (("upper", -1), ("lower", 1)):
        head, parts, packing = claim_mutations.taken(path.read_bytes())
        head[key] = str(Fraction(head[key]) + step * Fraction(1, 10**20))
        del head["body"]
        data = claim_mutations.claim_writer.assemble(head, parts, packing)
        assert agree(data, tmp_path) is None
