"""Files that mean harm: one clear refusal each, soon, and without much memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oracles import claim_examples, claim_mutations, claim_writer
from oracles.standalone import FILE, judge, refusal

VALID = claim_examples.example(2, "squared", "decayed", "none")
HEAD, PARTS, _ = claim_mutations.taken(VALID)


def made(head: dict[str, Any] | None = None, packing: str = "none", **parts: Any) -> bytes:
    """Return the valid claim with another head or other sections."""
    head = {k: v for k, v in {**HEAD, **(head or {})}.items() if k != "body"}
    return claim_writer.assemble(head, {**PARTS, **parts}, packing)


def with_body(change: Callable[[list[Any]], object]) -> bytes:
    """Return the valid claim with another list of sections."""
    line, _, body = made().partition(b"\n")
    head = json.loads(line)
    change(head["body"])
    return json.dumps(head).encode() + b"\n" + body


def problem(**changes: Any) -> bytes:
    return made({"problem": {**HEAD["problem"], **changes}})


def bomb() -> bytes:
    """Return a claim whose tree unpacks to a gigabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1024)) + packer.flush()
    return section("tree", packed, 1 << 30)


def section(name: str, packed: bytes, unpacked: int, packing: str = "deflate") -> bytes:
    """Return the valid claim with one section replaced as it is stored."""
    line, _, body = made().partition(b"\n")
    head, at = json.loads(line), 0
    for entry in head["body"]:
        if entry["name"] == name:
            body = body[:at] + packed + body[at + entry["bytes"] :]
            entry.update(bytes=len(packed), unpacked=unpacked, packing=packing)
            break
        at += entry["bytes"]
    return json.dumps(head).encode() + b"\n" + body


def chain(depth: int, node: bytes = b"\x02\x80\x01") -> bytes:
    """Return a tree that is divided and divided, generators growing by 2^64 each time."""
    return node * depth


CASES = {
    "empty": (b"", "not JSON"),
    "zeros": (bytes(1000), "not JSON"),
    "another kind": (b'{"kind": "pickle"}\n', "not a claim"),
    "unknown schema": (VALID.replace(b'"schema": 1', b'"schema": 9'), "none from 0 to 3"),
    "a head of many lines": (json.dumps(HEAD, indent=1).encode(), "is one line"),
    "JSON of an unknown schema": (
        json.dumps({**HEAD, "schema": 9}, indent=1).encode(),
        "none from 0 to 3",
    ),
    "cut in the head": (VALID[:300], "cut off"),
    "cut in the body": (VALID[:-1], "fill the file"),
    "more at the end": (VALID + b"\0", "fill the file"),
    "endless head": (VALID[:60] + b" " * (1 << 24), "longer than 16 MiB"),
    "deep JSON": (VALID[:60] + b"[" * 100_000 + b"\n", "not JSON"),
    "deep old file": (b"[" * 100_000, "not JSON"),
    "NaN": (VALID.replace(b'"output_bias": 0.0', b'"output_bias": NaN'), "NaN"),
    "infinity": (VALID.replace(b'"output_bias": 0.0', b'"output_bias": 1e999'), "not a float"),
    "a key twice": (VALID.replace(b'"network": ', b'"network": 1, "network": '), "stands twice"),
    "not ASCII": (VALID.replace(b'"network"', '"netwörk"'.encode()), "not JSON"),
    "a long number": (made({"upper": "9" * 150_000}), "not a rational text"),
    "an exponent": (made({"upper": "1e999999999"}), "not a rational"),
    "a reducible quotient": (made({"upper": "2/4"}), "lowest terms"),
    "divided by zero": (made({"upper": "1/0"}), "lowest terms"),
    "a missing key": (made({"dual": {}}), "exactly the keys"),
    "a key too many": (made({"dual": {"scale": 1.0, "more": 1}}), "exactly the keys"),
    "a list for an object": (made({"problem": [1]}), "exactly the keys"),
    "true for a size": (problem(rows=True), "index or size"),
    "huge sizes": (problem(rows=2**27, columns=2**19), "sections|floats|numbers"),
    "beta zero": (problem(beta="0"), "beta"),
    "an unknown loss": (problem(loss="__import__"), "unknown"),
    "a list as a loss": (problem(loss=["squared"]), "unknown"),
    "a path as where": (problem(where="../../etc/passwd"), "list of the right length"),
    "another hash": (problem(sha256="0" * 64), "sha256"),
    "a negative size": (with_body(lambda body: body[0].update(bytes=-1)), "index or size"),
    "a size beyond the file": (with_body(lambda body: body[-1].update(bytes=1 << 40, unpacked=1 << 40)), "fill the file"),
    "sizes that differ": (with_body(lambda body: body[-1].update(unpacked=1)), "two sizes"),
    "a section twice": (with_body(lambda body: body.append(body[-1])), "right length"),
    "sections in disorder": (with_body(lambda body: body.reverse()), "the sections are not"),
    "a packing by name": (with_body(lambda body: body[0].update(packing="pickle")), "packing"),
    "pickled features": (made(features=b"\x80\x04\x95" + bytes(50)), "unknown kind"),
    "a denominator of zero": (made(features=b"i\x01\x01\0" + bytes(20)), "denominator"),
    "a varint without end": (made(features=b"i" + b"\xff" * 100), "does not end"),
    "a denominator beyond the section": (made(features=b"i\x01" + b"\xff" * 8 + b"\x01"), "denominator|integers"),
    "a bomb": (bomb(), "unpacked of a section"),
    "not deflated": (section("tree", b"\xff" * 100, 100), "deflate"),
    "a deflate stream that ends early": (section("tree", zlib.compress(bytes(100), 9)[2:-4], 200), "ends early|deflate"),
    "a deflate stream and more": (section("vector", claim_writer.deflated(PARTS["vector"]) + b"\0", len(PARTS["vector"])), "deflate"),
    "no trees": (made(tree=b""), "end early"),
    "trees twice": (made(tree=PARTS["tree"] * 2), "go on after"),
    "a shift without end": (made(tree=b"\0" + b"\xff" * 50), "does not end"),
    "a huge shift": (made(tree=b"\0\xff\xff\x7f\1" + bytes(50)), "shift"),
    "a wide leaf": (made(tree=b"\0\0\xff" + bytes(500)), "width"),
    "more fractions than lines": (made(tree=b"\0\0\0" + b"\0" + b"\xff" * 8 + b"\x7f" + bytes(50)), "fraction|bound"),
    "a pair that is not": (made(tree=b"\xfe" + bytes(50)), "divided"),
    "a grid out of range": (made({"evidence": {**HEAD["evidence"], "grid": 10**6}}), "grid"),
    "merged with itself": (made({"evidence": {**HEAD["evidence"], "merged": [[0, 0, "1"]]}}), "merged"),
    "a basis of rank 0": (made({"evidence": {**HEAD["evidence"], "basis": []}}), "basis"),
    "a dependent basis": (made({"evidence": {**HEAD["evidence"], "basis": [["1"] * len(PARTS)] * 2}}), "basis"),
}  # fmt: skip


def test_the_valid_claim_is_proved() -> None:
    assert judge(VALID) == judge(made()) == judge(made(packing="deflate"))
    assert judge(VALID) is not None


@pytest.mark.parametrize("case", CASES)
def test_refused_with_a_reason(case: str) -> None:
    data, reason = CASES[case]
    tracemalloc.start()
    said = refusal(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert any(part in said for part in reason.split("|")), said
    assert "\n" not in said
    assert len(said) < 400
    # A head may be 16 MiB, and JSON of brackets takes nine times its size.
    assert peak < 200 << 20


def test_a_deep_tree_of_growing_numbers() -> None:
    claim = claim_examples.example(7, "squared", "decayed", "none")
    head, parts, _ = claim_mutations.taken(claim)
    rank = head["problem"]["columns"]
    assert rank > 1
    for node in (b"\x02\x80\x01", b"\x02\x7f", b"\x01"):
        parts["tree"] = chain(2000, node)
        said = refusal(claim_writer.assemble({k: head[k] for k in head if k != "body"}, parts))
        assert "divided" in said or "memory" in said


def run(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the checker as users do, with nothing but the standard library within reach."""
    command = [sys.executable, "-I", "-S", str(FILE), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # noqa: S603 - our file


def test_it_imports_the_standard_library_only(tmp_path: Path) -> None:
    (tmp_path / "good.claim").write_bytes(VALID)
    found = run(tmp_path / "good.claim", cwd=tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith("The claim is proved, over ")
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('check_claim', {str(FILE)!r})\n"
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)\n"
        "assert not {name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names) - {'__main__', '__mp_main__', 'check_claim'}\n"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)  # noqa: S603 - our text


def test_exit_codes(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.claim", tmp_path / "bad.claim"
    good.write_bytes(VALID)
    bad.write_bytes(VALID[:-1])
    refused = run(bad)
    assert refused.returncode == 1
    assert refused.stderr == "refused: the sections do not fill the file\n"
    assert refused.stdout == ""
    assert run(good, "--max-gap", "0").returncode == 1
    assert run(good, "--max-gap", "1e9").returncode == 0
    for wrong in (
        [],
        [tmp_path / "none"],
        [tmp_path],
        [good, "--data", "x.csv"],
        [good, "--nonsense"],
        [good, "--max-gap", "x"],
    ):
        assert run(*wrong).returncode == 2, wrong


def test_it_reads_no_more_memory_than_it_needs(tmp_path: Path) -> None:
    """A tree of many megabytes streams: the process stays small."""
    resource = pytest.importorskip("resource")
    claim = claim_examples.example(7, "squared", "decayed", "none")
    head, parts, _ = claim_mutations.taken(claim)
    # Leaves that say nothing are refused at the end only: the first tree is read as a whole.
    parts["tree"] = parts["tree"] + bytes(80 << 20)
    (tmp_path / "long.claim").write_bytes(
        claim_writer.assemble({k: head[k] for k in head if k != "body"}, parts)
    )
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))  # noqa: E731
    found = run(tmp_path / "long.claim", preexec_fn=limit, env={**os.environ})
    assert found.returncode == 1
    assert "go on after" in found.stderr
