"""Claims on disk: read back equal, and refused when they are not whole."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from convex_zoo import a_few, solved, wild_problems
from hypothesis import given
from plain_claims import save_plain

import convex_program as cx


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("claims") / "claim.json"
    problem = cx.TrainingProblem([[1.0, 2.0], [0.0, 1.0]], [1.0, -1.0], 0.1)
    save_plain(cx.global_optimum(problem).claim(), path)
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


@a_few(2)
@given(problem=wild_problems(max_rows=4))
def test_a_claim_reads_back_equal(
    tmp_path_factory: pytest.TempPathFactory, problem: cx.TrainingProblem
) -> None:
    path = tmp_path_factory.mktemp("claim") / "claim.json"
    claim = solved(problem).claim()
    cx.save_claim(claim, path)
    assert cx.load_claim(path) == claim
    assert cx.load_claim(path, problem) == claim
    save_plain(claim, path)
    assert cx.load_claim(path) == claim
    assert cx.verify(cx.load_claim(path)) == cx.verify(claim)


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another kind": lambda r: {**r, "kind": "poem"},
    "no kind": lambda r: {key: value for key, value in r.items() if key != "kind"},
    "another schema": lambda r: {**r, "schema": 1},
    "no schema": lambda r: {key: value for key, value in r.items() if key != "schema"},
    "schema as text": lambda r: {**r, "schema": "0"},
    "no problem": lambda r: {key: value for key, value in r.items() if key != "problem"},
    "no dual": lambda r: {key: value for key, value in r.items() if key != "dual"},
    "no patterns": lambda r: {key: value for key, value in r.items() if key != "patterns"},
    "no upper": lambda r: {key: value for key, value in r.items() if key != "upper"},
    "upper not a number": lambda r: {**r, "upper": "many"},
    "upper over zero": lambda r: {**r, "upper": "1/0"},
    "lower a list": lambda r: {**r, "lower": []},
    "network null": lambda r: {**r, "network": None},
    "packed not hexadecimal": lambda r: {**r, "patterns": {**r["patterns"], "packed": ["zz"]}},
    "a list": lambda r: [r],
    "a number": lambda _: 3,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_spoilt_record_is_refused(
    record: dict[str, Any], tmp_path: Path, change: Callable[[dict[str, Any]], Any]
) -> None:
    path = tmp_path / "claim.json"
    path.write_text(json.dumps(change(record)))
    with pytest.raises(cx.ClaimError, match=r"claim\.json"):
        cx.load_claim(path)


@pytest.mark.parametrize("text", ["", "{", "\x00\x01", "[" * 100_000], ids=repr)
def test_what_is_not_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "claim.json"
    path.write_text(text)
    with pytest.raises(cx.ClaimError, match=r"claim\.json"):
        cx.load_claim(path)


def test_a_truncated_file_is_refused(record: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "claim.json"
    text = json.dumps(record)
    for length in (1, len(text) // 2, len(text) - 1):
        path.write_text(text[:length])
        with pytest.raises(cx.ClaimError, match="not whole JSON"):
            cx.load_claim(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(cx.ClaimError, match="no such file"):
        cx.load_claim(tmp_path / "nothing.json")


def test_a_claim_that_was_edited_reads_but_does_not_verify(
    record: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "claim.json"
    path.write_text(json.dumps({**record, "lower": record["upper"]}))
    with pytest.raises(cx.ClaimError, match="dual value"):
        cx.verify(cx.load_claim(path))


def test_floats_keep_every_digit(tmp_path: Path) -> None:
    path = tmp_path / "claim.json"
    values = [0.1, 1 / 3, 5e-324, -0.0, 1.7e150]
    problem = cx.TrainingProblem(np.eye(5), values, 0.1)
    claim = cx.certify(cx.Network(np.diag([0.1, 1 / 3, 5e-324, 7.0, 1.0]), values), problem).claim()
    cx.save_claim(claim, path)
    assert cx.load_claim(path).network == claim.network
    assert cx.load_claim(path).targets == claim.targets


@pytest.mark.parametrize("save", [cx.save_claim, save_plain], ids=["schema 1", "schema 0"])
def test_a_pipe_is_read_once(tmp_path: Path, save: Callable[[cx.Claim, Path], None]) -> None:
    claim = cx.global_optimum(cx.TrainingProblem([[1.0, 2.0]], [1.0], 0.1)).claim()
    file, pipe = tmp_path / "file", tmp_path / "pipe"
    save(claim, file)
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(file.read_bytes()), daemon=True)
    writer.start()
    assert cx.load_claim(pipe) == claim
    writer.join(10)
