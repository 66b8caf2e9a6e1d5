"""Claim files that were damaged or made to harm: refused, with one clear error and little memory."""

from __future__ import annotations

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convex_program as cx

GOLDEN = Path(__file__).parent.parent / "golden"
FILES = sorted(GOLDEN.glob("*.claim"))
NAMED = [pytest.param(path, id=path.stem) for path in FILES]


def parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    head, _, body = data.partition(b"\n")
    return json.loads(head), body


def whole(head: dict[str, Any], body: bytes) -> bytes:
    return json.dumps(head).encode() + b"\n" + body


def refused(data: bytes, folder: Path) -> None:
    path = folder / "changed.claim"
    path.write_bytes(data)
    with pytest.raises(cx.ClaimError):
        cx.verify(cx.load_claim(path))


@pytest.mark.parametrize("path", NAMED)
def test_cut_off_anywhere(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    for length in {0, 1, *range(2, len(data), max(1, len(data) // 60)), len(data) - 1}:
        refused(data[:length], tmp_path)
    refused(data + b"\0", tmp_path)


@pytest.mark.parametrize("path", NAMED)
def test_changed_bytes_are_refused_or_prove_what_is_claimed(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    honest = cx.verify(cx.load_claim(path))
    rng = np.random.default_rng(len(data))
    changed = tmp_path / "changed.claim"
    for _ in range(300):
        damaged = bytearray(data)
        damaged[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
        changed.write_bytes(bytes(damaged))
        try:
            claim = cx.load_claim(changed)
            found = cx.verify(claim)
        except cx.ClaimError:
            continue
        assert found.upper <= claim.upper
        assert found.lower >= claim.lower
        if (
            claim.features == cx.load_claim(path).features
            and claim.beta == cx.load_claim(path).beta
        ):
            assert found.lower <= honest.upper or claim.targets != cx.load_claim(path).targets


SIZES: list[Callable[[dict[str, Any]], Any]] = [
    lambda head: head["body"][0].update(bytes=10**15),
    lambda head: head["body"][0].update(unpacked=10**15),
    lambda head: head["body"][0].update(bytes=-1),
    lambda head: head["body"][0].update(bytes=True),
    lambda head: head["body"][0].update(packing="lzma"),
    lambda head: head["body"][0].update(name="../../etc/passwd"),
    lambda head: head["body"].append(head["body"][0]),
    lambda head: head["body"].pop(),
    lambda head: head["problem"].update(rows=10**9),
    lambda head: head["problem"].update(columns=10**9),
    lambda head: head["problem"].update(rows=0),
    lambda head: head["network"].update(width=10**12),
    lambda head: head["network"].update(output_bias=float("nan")),
    lambda head: head["dual"].update(scale=float("inf")),
    lambda head: head["dual"].update(scale=-1.0),
    lambda head: head["dual"].update(scale="1"),
    lambda head: head["problem"].update(beta="1e999999999"),
    lambda head: head["problem"].update(beta="-1"),
    lambda head: head["problem"].update(beta="1/0"),
    lambda head: head["problem"].update(loss="poem"),
    lambda head: head["problem"].update(sha256="0" * 64),
    lambda head: head["problem"].update(where="elsewhere"),
    lambda head: head["problem"].update(more=1),
    lambda head: head["evidence"].update(kind="faith"),
    lambda head: head["evidence"].update(grid=10**9),
    lambda head: head["evidence"].update(grid=1.5),
    lambda head: head["evidence"].update(merged=[[0, 0, "1"]]),
    lambda head: head["evidence"].update(basis=[["1"] * 40]),
    lambda head: head.update(lower="1000000"),
    lambda head: head.update(upper="0"),
    lambda head: head.update(upper="20/4"),
    lambda head: head.update(upper="+100"),
    lambda head: head.update(upper=" 100"),
    lambda head: head.update(schema=2),
    lambda head: head.update(schema=True),
    lambda head: head.pop("dual"),
]


@pytest.mark.parametrize("number", range(len(SIZES)))
def test_what_the_head_says_is_not_believed(number: int, tmp_path: Path) -> None:
    head, body = parts((GOLDEN / "cones_squared.claim").read_bytes())
    SIZES[number](head)
    tracemalloc.start()
    refused(whole(head, body), tmp_path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 50 << 20


def test_a_bomb_does_not_go_off(tmp_path: Path) -> None:
    head, body = parts((GOLDEN / "cones_squared.claim").read_bytes())
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(1 << 28)) + packer.flush()
    first = head["body"][0]
    rest = body[first["bytes"] :]
    for size in (1 << 28, 1 << 24, 1 << 20, 100):
        first.update(bytes=len(bomb), unpacked=size, packing="deflate")
        tracemalloc.start()
        refused(whole(head, bomb + rest), tmp_path)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 60 << 20


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 200_000 + b"\n",
        b'{"kind":' * 200_000 + b"\n",
        b'{"kind": "relu-arrangements claim", "kind": "x"}\n',
        b"\n",
        b"\xff\xfe\n",
        pickle.dumps({"kind": "relu-arrangements claim"}) + b"\n",
    ],
    ids=["deep", "deep objects", "twice", "nothing", "no text", "pickle"],
)
def test_heads_that_are_none(text: bytes, tmp_path: Path) -> None:
    refused(text, tmp_path)


def test_an_archive_is_not_unpickled(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.savez(stream, a=np.array([{"a": 1}], dtype=object))
    refused(stream.getvalue(), tmp_path)


@pytest.mark.parametrize("tree", [b"\x80" * 100, b"\0" + b"\xff" * 20, b"", b"\1" * 100_000])
def test_trees_without_end(tree: bytes, tmp_path: Path) -> None:
    head, body = parts((GOLDEN / "cones_squared.claim").read_bytes())
    last = head["body"][-1]
    assert last["name"] == "tree"
    body = body[: len(body) - last["bytes"]] + tree
    last.update(bytes=len(tree), unpacked=len(tree), packing="none")
    refused(whole(head, body), tmp_path)


WRITER = """
import sys, time
import convex_program as cx
claim = cx.load_claim(sys.argv[1])
print("ready", flush=True)
while True:
    cx.save_claim(claim, sys.argv[2])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on this system")
def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "kept.claim"
    source = GOLDEN / "cones_free.claim"
    target.write_bytes((GOLDEN / "cones_squared.claim").read_bytes())
    for wait in (0.0, 0.003, 0.01, 0.03):
        with subprocess.Popen(  # noqa: S603 - this very interpreter
            [sys.executable, "-c", WRITER, source, target],
            stdout=subprocess.PIPE,
            env=dict(os.environ),
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(wait)
            process.kill()
        cx.verify(cx.load_claim(target))


def test_data_left_out_are_asked_for(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X, y = np.round(rng.standard_normal((8, 3)), 2), np.round(rng.standard_normal(8), 2)
    problem = cx.TrainingProblem(X, y, 0.2, sample_weight=[1, 2] * 4)
    claim = cx.global_optimum(problem, level=cx.Level.PROVED).claim()
    path = tmp_path / "lean.claim"
    cx.save_claim(claim, path, where="the lab's server")
    with pytest.raises(cx.ClaimError, match="the lab's server"):
        cx.load_claim(path)
    assert cx.load_claim(path, problem) == claim
    other = cx.TrainingProblem(X + 1, y, 0.2, sample_weight=[1, 2] * 4)
    with pytest.raises(cx.ClaimError, match="hash"):
        cx.load_claim(path, other)
    unweighted = cx.TrainingProblem(X, y, 0.2)
    with pytest.raises(cx.ClaimError, match="weights"):
        cx.load_claim(path, unweighted)
