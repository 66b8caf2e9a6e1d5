"""Lengths of trees let checkers share the work; a list that is wrong is refused, by all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from oracles import claim_examples
from oracles import cone_claims as page
from oracles.standalone import checker, judge

import convex_program as cx
from convex_program.dual import certify_on_cones
from convex_program.pricing import cone_proof

SEEDS = range(12)


def claim(seed: int) -> bytes:
    """Return a claim that says how long its trees are."""
    return claim_examples.example(seed, lengths=True)


def changed(data: bytes, change: Callable[[list[int]], Any]) -> bytes:
    """Return the file with another list."""
    line, _, body = data.partition(b"\n")
    head = json.loads(line)
    head["evidence"]["lengths"] = change(head["evidence"]["lengths"])
    return json.dumps(head).encode() + b"\n" + body


def refused(data: bytes, folder: Path) -> None:
    """Fail unless all three checkers refuse a file."""
    assert judge(data) is None
    with pytest.raises(Exception):  # noqa: B017, PT011 - any failure is a refusal
        page.check(data)
    path = folder / "changed.claim"
    path.write_bytes(data)
    with pytest.raises(cx.ClaimError):
        cx.verify(cx.load_claim(path))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_true_list_is_read_and_kept(seed: int, tmp_path: Path) -> None:
    data = claim(seed)
    bounds = judge(data)
    assert bounds is not None
    assert bounds[2] == page.check(data)[2]
    path = tmp_path / "c.claim"
    path.write_bytes(data)
    read = cx.load_claim(path)
    cx.verify(read)
    cx.save_claim(read, path)
    assert cx.load_claim(path) == read
    assert judge(path.read_bytes()) == bounds


WRONG: dict[str, Callable[[list[int]], Any]] = {
    "null": lambda _: None,
    "no list": sum,
    "too few": lambda sizes: sizes[:-1],
    "too many": lambda sizes: [*sizes, 0],
    "none": lambda _: [],
    "moved": lambda sizes: [sizes[0] + 1, sizes[1] - 1, *sizes[2:]],
    "negative": lambda sizes: [sizes[0] + 2 * sizes[1], -sizes[1], *sizes[2:]],
    "longer": lambda sizes: [*sizes[:-1], sizes[-1] + 1],
    "floats": lambda sizes: [*sizes[:-1], float(sizes[-1])],
    "texts": lambda sizes: [*sizes[:-1], str(sizes[-1])],
    "huge": lambda sizes: [2**80, *sizes[1:]],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_list_is_refused(name: str, tmp_path: Path) -> None:
    for seed in SEEDS:
        data = claim(seed)
        if json.loads(data.partition(b"\n")[0])["evidence"]["lengths"]:
            refused(changed(data, WRONG[name]), tmp_path)


def shares(data: bytes, processes: int, folder: Path) -> list[tuple[Any, int]]:
    """Return what each of some processes finds."""
    path = folder / "shared.claim"
    path.write_bytes(data)
    options = SimpleNamespace(claim=str(path), data=None, processes=processes, max_gap=None)
    return [checker.share(options, k) for k in range(processes)]


@pytest.mark.parametrize("processes", [2, 3])
def test_shares_make_up_the_whole(processes: int, tmp_path: Path) -> None:
    for seed in SEEDS:
        for data in (claim(seed), claim_examples.example(seed)):
            ((peak, leaves),) = shares(data, 1, tmp_path)
            found = shares(data, processes, tmp_path)
            assert max(part[0] for part in found) == peak
            assert sum(part[1] for part in found) == leaves


def test_a_wrong_list_is_refused_by_one_of_the_processes(tmp_path: Path) -> None:
    for seed in SEEDS:
        data = claim(seed)
        if not json.loads(data.partition(b"\n")[0])["evidence"]["lengths"]:
            continue
        with pytest.raises(checker.Refused):
            shares(changed(data, WRONG["moved"]), 2, tmp_path)


def test_large_trees_are_written_with_their_lengths(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    problem = cx.TrainingProblem(rng.standard_normal((12, 3)), rng.standard_normal(12), 0.5)
    vector = np.array(problem.exact_targets, dtype=float)
    found = {}
    for name, size in (("small", 1 << 20), ("large", 1)):
        monkeypatch.setattr(cone_proof, "_SHARED", size)
        found[name] = certify_on_cones(problem, vector)
    recorded = {name: item.evidence.record().cones for name, item in found.items() if item}
    assert recorded["small"].lengths is None
    lengths = recorded["large"].lengths
    assert len(lengths) == 16
    assert sum(lengths) == len(recorded["large"].tree)
    assert recorded["large"].tree == recorded["small"].tree
    wrong = replace(found["large"].evidence, lengths=(lengths[0] - 1, lengths[1] + 1, *lengths[2:]))
    with pytest.raises(cx.ClaimError, match="as long"):
        wrong.square(problem.exact, vector.tolist())
