"""Claims of pairs: two checkers that share no code prove them whole, and never anything false once changed."""

from __future__ import annotations

import random
import struct
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracles import claim_mutations
from oracles.standalone import checker, judge, refusal
from package_claims import by_package

import convex_program as cx
from convex_program.evidence.definite import is_semidefinite

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("pairs_*.claim"))
_SAMPLES = 400


def assert_true(data: bytes, folder: Path) -> None:
    """No sampled neuron exceeds beta along the dual vector, in floats."""
    path = folder / "changed.claim"
    path.write_bytes(data)
    claim = cx.load_claim(path)
    rng, rows = np.random.default_rng(0), np.array(claim.features, dtype=float)
    v = claim.dual.scale * np.array(claim.dual.vector)
    on, off = map(float, claim.activation)
    u = np.vstack([rng.normal(size=(_SAMPLES, rows.shape[1])), rows, -rows])
    u = u[u.any(axis=1)]
    for _ in range(4):  # towards larger values
        u /= np.linalg.norm(u, axis=1)[:, np.newaxis]
        z = u @ rows.T
        slopes = v * np.where(z > 0, on, -off)
        assert (np.abs((slopes * z).sum(axis=1)) <= float(claim.beta) * (1 + 1e-9)).all()
        u = np.sign((slopes * z).sum(axis=1))[:, np.newaxis] * (slopes @ rows) + 1e-12


def remade(path: Path, **changes: Any) -> bytes:
    """Return a golden file with other entries of its evidence."""
    head, parts, packing = claim_mutations.taken(path.read_bytes())
    del head["body"]
    head["evidence"].update(changes)
    return claim_mutations.claim_writer.assemble(head, parts, packing)


def with_floats(path: Path, name: str, change: Any) -> bytes:
    """Return a golden file with other numbers in a section."""
    head, parts, packing = claim_mutations.taken(path.read_bytes())
    del head["body"]
    count = (len(parts[name]) - 1) // 8
    values = list(struct.unpack(f"<{count}d", parts[name][1:]))
    change(values)
    parts[name] = b"d" + struct.pack(f"<{len(values)}d", *values)
    return claim_mutations.claim_writer.assemble(head, parts, packing)


def test_there_are_golden_files() -> None:
    assert len(GOLDEN) >= 2


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_files_are_proved_by_both(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    one, two = judge(data), by_package(data, tmp_path)
    assert one is not None
    assert two is not None
    for a, b in zip(one[:2], (two.upper, two.lower), strict=True):
        assert abs(a - b) * 2**140 <= max(1, abs(a))
    assert two.level is cx.Level.PROVED
    assert_true(data, tmp_path)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_bounds_say_no_more_than_is_proved(path: Path, tmp_path: Path) -> None:
    for key, step in (("upper", -1), ("lower", 1)):
        head, parts, packing = claim_mutations.taken(path.read_bytes())
        head[key] = str(Fraction(head[key]) + step * Fraction(1, 10**20))
        del head["body"]
        data = claim_mutations.claim_writer.assemble(head, parts, packing)
        assert judge(data) is None
        assert by_package(data, tmp_path) is None


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_matrix_beyond_its_margin_is_refused(path: Path, tmp_path: Path) -> None:
    """More weight on squares of p or m, and lower levels, than the factorization has room for."""
    lines = claim_mutations.taken(path.read_bytes())[0]["evidence"]["lines"]
    half = lines * (lines + 1) // 2

    def heavier(at: int) -> Any:
        def change(values: list[float]) -> None:
            values[at] += max(map(abs, values))

        return change

    def lower(values: list[float]) -> None:
        for at in (0, 1, len(values) // 2, len(values) // 2 + 1):
            values[at] *= 0.5

    changed = [with_floats(path, "pairs", heavier(at)) for at in (0, half)]
    for data in (*changed, with_floats(path, "singles", lower)):
        assert "not seen to be semidefinite" in refusal(data)
        assert by_package(data, tmp_path) is None


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_negative_multipliers_and_long_vectors_are_refused(path: Path, tmp_path: Path) -> None:
    lines = claim_mutations.taken(path.read_bytes())[0]["evidence"]["lines"]
    half = lines * (lines + 1) // 2
    # of P, M and E away from its diagonal; of L_1, b and c
    places = [("pairs", at) for at in (1, half + 1, 2 * half + 1)]
    places += [("singles", at) for at in (1, 2, 2 + lines)]
    for name, at in places:

        def below(values: list[float], at: int = at) -> None:
            values[at] = -1e-3 * max(map(abs, values))

        data = with_floats(path, name, below)
        assert "negative" in refusal(data)
        assert by_package(data, tmp_path) is None

    def longer(values: list[float]) -> None:
        values[2 + 2 * lines] = 2.0 * max(map(abs, values[2 : 2 + lines]))

    data = with_floats(path, "singles", longer)
    assert "longer" in refusal(data)
    assert by_package(data, tmp_path) is None


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_heads_that_do_not_fit_are_refused(path: Path, tmp_path: Path) -> None:
    lines = claim_mutations.taken(path.read_bytes())[0]["evidence"]["lines"]
    for changes in (
        {"lines": lines + 1}, {"lines": lines - 1}, {"lines": True}, {"lines": None}, {"lines": -1},
        {"grid": 5000}, {"grid": 0.5}, {"grid": True}, {"kind": "cones"}, {"more": 1},
    ):  # fmt: skip
        data = remade(path, **changes)
        assert judge(data) is None, changes
        assert by_package(data, tmp_path) is None, changes
    whole = path.read_bytes()
    for schema in (b"1", b"2", b"4"):
        data = whole.replace(b'"schema": 3', b'"schema": ' + schema, 1)
        assert data != whole
        assert judge(data) is None
        assert by_package(data, tmp_path) is None
    free = whole.replace(b'"hidden_bias": "decayed"', b'"hidden_bias": "free"', 1)
    assert free != whole
    assert judge(free) is None
    assert by_package(free, tmp_path) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float, tmp_path: Path) -> None:
    for name in ("pairs", "singles"):

        def spoil(values: list[float]) -> None:
            values[-1] = value

        data = with_floats(GOLDEN[0], name, spoil)
        assert judge(data) is None
        assert by_package(data, tmp_path) is None


def test_whatever_is_changed_nothing_false_is_proved(tmp_path: Path) -> None:
    """Checkers may differ on matrices that are nearly singular; what either accepts is true."""
    rng, met = random.Random(5), Counter[Any]()  # noqa: S311 - repeatable
    files = [path.read_bytes() for path in GOLDEN]
    for _ in range(150):
        head, parts, packing = claim_mutations.taken(rng.choice(files))
        del head["body"]
        name = rng.choice(["pairs", "singles", "singles", "vector"])
        count = (len(parts[name]) - 1) // 8
        values = list(struct.unpack(f"<{count}d", parts[name][1:]))
        for _ in range(rng.choice([1, 3])):
            at = rng.randrange(count) if rng.random() < 0.7 else rng.randrange(min(count, 4))
            values[at] *= rng.choice([0.0, 0.5, 0.9, 0.999, 1.001, 1.1, 2.0, -1.0])
        parts[name] = b"d" + struct.pack(f"<{count}d", *values)
        data = claim_mutations.claim_writer.assemble(head, parts, packing)
        one, two = judge(data), by_package(data, tmp_path)
        met["proved" if one is not None else "refused"] += 1
        if one is not None or two is not None:
            assert_true(data, tmp_path)
    assert min(met["proved"], met["refused"]) > 10


def test_both_checkers_decide_alike_on_matrices_with_room() -> None:
    rng = np.random.default_rng(2)
    for size in (1, 2, 5, 12):
        for _ in range(20):
            G = rng.integers(-(2**30), 2**30, (size, size + 1)).astype(object)
            G = G * np.array([[1 << int(k)] for k in rng.integers(0, 60, size)], dtype=object)
            gram = G @ G.T
            assert is_semidefinite(gram)
            assert checker.definite(gram.tolist())
            # a direction in which the matrix is negative
            e = np.array([int(x) for x in rng.integers(-9, 10, size)], dtype=object)
            e[0] = e[0] or 1
            value, length = int(e @ gram @ e), int(e @ e)
            lower = gram * length * length - (2 * value + 1) * np.outer(e, e)
            assert not is_semidefinite(lower)
            assert not checker.definite(lower.tolist())
