"""Pattern files: what is saved comes back, what is changed or cut off is refused."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracles.families import small_grid
from oracles.reading import listed
from zoo import Matrix, huge_exponents, matrices

import arrangements as ar
from arrangements.store import file_record

GRID = small_grid()
Record = dict[str, Any]


def write(path: Path, patterns: ar.CompletePatterns, record: Record, **arrays: Any) -> None:
    """Write a pattern file from parts, as a forger would."""
    content = {"packed": patterns.packed, "witnesses": patterns.witnesses.to_words(), **arrays}
    text = json.dumps(record).encode("ascii")
    np.savez(path, record=np.frombuffer(text, dtype=np.uint8), **content)


def check_roundtrip(patterns: ar.CompletePatterns, path: Path) -> None:
    ar.save_patterns(patterns, path)
    loaded = ar.load_patterns(path)
    assert listed(loaded) == listed(patterns)
    assert loaded.completion == patterns.completion
    assert loaded.arrangement.data == patterns.arrangement.data
    assert loaded.arrangement.domain == patterns.arrangement.domain
    assert [loaded.witness(i) for i in range(len(loaded))] == [
        patterns.witness(i) for i in range(len(patterns))
    ]


@given(matrices(max_rows=5), st.sampled_from([ar.ByCount(), ar.ByTree(), ar.ByCheapest()]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_roundtrip(tmp_path: Path, rows: Matrix, prover: ar.Prover) -> None:
    check_roundtrip(ar.enumerate_patterns(rows, proof=prover), tmp_path / "p.npz")


@given(huge_exponents(max_rows=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_roundtrip_of_huge_exponents(tmp_path: Path, rows: Matrix) -> None:
    check_roundtrip(ar.enumerate_patterns(rows, proof=ar.ByTree()), tmp_path / "p.npz")


def test_roundtrip_of_units_and_domains(tmp_path: Path) -> None:
    cone = ar.Cone(((1, 2, 5), (0, 1, 1)))
    for prefix in (0, 2):
        for prover in (ar.ByCount(), ar.ByTree()):
            patterns = ar.enumerate_patterns(GRID, within=cone, prefix=prefix, proof=prover)
            check_roundtrip(patterns, tmp_path / "p.npz")


@pytest.mark.parametrize("bits", [62, 63, 64, 65, 127, 128, 129, 1000])
def test_roundtrip_of_witnesses_around_word_boundaries(tmp_path: Path, bits: int) -> None:
    # The sliver between w_2 = 0 and w_2 = 2^-bits w_1 needs a witness of that many bits.
    rows = [[0, 1], [1, -(2**bits)], [1, 0]]
    patterns = ar.enumerate_patterns(rows)
    largest = max(abs(x) for i in range(len(patterns)) for x in patterns.witness(i))
    assert largest >= 2**bits
    check_roundtrip(patterns, tmp_path / "p.npz")


@pytest.mark.parametrize(
    "entries", [[2**63 - 1, -(2**63)], [2**63, -(2**63) - 1], [2**127, -(2**127)], [0, -1]]
)
def test_words_keep_extreme_integers(entries: list[int]) -> None:
    table = ar.Witnesses.from_points([(entry, -entry) for entry in entries], (0, 2), 3)
    back = ar.Witnesses.from_words(table.to_words(), (0, 2), 3)
    assert [back[i] for i in range(len(entries))] == [(entry, 0, -entry) for entry in entries]


def test_a_saved_file_holds_no_pickle_and_loads_without(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    ar.save_patterns(ar.enumerate_patterns([[1, 2**70], [0, 1], [1, 0]]), path)
    with np.load(path, allow_pickle=False) as archive:
        assert {archive[name].dtype.kind for name in archive} == {"u"}


def test_saving_replaces_a_file_and_leaves_no_other(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    path.write_bytes(b"old")
    ar.save_patterns(ar.enumerate_patterns(GRID), path)
    assert len(ar.load_patterns(path)) == len(ar.enumerate_patterns(GRID))
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_a_file_error(tmp_path: Path) -> None:
    with pytest.raises(ar.FileError, match="nowhere"):
        ar.save_patterns(ar.enumerate_patterns(GRID), tmp_path / "nowhere" / "p.npz")
    with pytest.raises(ar.FileError, match="no such file"):
        ar.load_patterns(tmp_path / "nothing.npz")


class Bomb:
    """Unpickling this writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["packed", "witnesses", "record"])
def test_pickles_are_never_executed(tmp_path: Path, name: str) -> None:
    patterns = ar.enumerate_patterns(GRID)
    path, fuse = tmp_path / "p.npz", tmp_path / "exploded"
    arrays = {
        "packed": patterns.packed,
        "witnesses": patterns.witnesses.to_words(),
        "record": np.frombuffer(json.dumps(file_record(patterns)).encode("ascii"), dtype=np.uint8),
    }
    bomb = np.empty(1, dtype=object)
    bomb[0] = Bomb(fuse)
    np.savez(path, **{**arrays, name: bomb})
    with pytest.raises(ar.FileError):
        ar.load_patterns(path)
    assert not fuse.exists()


def test_a_bare_pickle_is_refused_unopened(tmp_path: Path) -> None:
    path, fuse = tmp_path / "p.npz", tmp_path / "exploded"
    path.write_bytes(pickle.dumps(Bomb(fuse)))
    with pytest.raises(ar.FileError):
        ar.load_patterns(path)
    assert not fuse.exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"1,2,3\n", b"\x93NUMPY", bytes(1000)])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.npz"
    path.write_bytes(content)
    with pytest.raises(ar.FileError, match=r"p\.npz"):
        ar.load_patterns(path)


@pytest.mark.parametrize("name", ["packed", "witnesses", "record"])
def test_a_file_without_a_part_is_refused(tmp_path: Path, name: str) -> None:
    whole, path = tmp_path / "whole.npz", tmp_path / "p.npz"
    ar.save_patterns(ar.enumerate_patterns(GRID), whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for entry in source.namelist():
            if entry != f"{name}.npy":
                target.writestr(entry, source.read(entry))
    with pytest.raises(ar.FileError):
        ar.load_patterns(path)


def changed_records(record: Record) -> dict[str, Record]:
    """Return records that differ in one place, in ways that matter."""
    rows = record["rows"]
    negated = [[str(-int(x)) for x in rows[0]], *rows[1:]]
    proof = record["proofs"][0]
    changes: dict[str, Record] = {
        "schema": {"schema": 1},
        "schema text": {"schema": "0"},
        "a row negated": {"rows": negated},
        "a row left out": {"rows": rows[1:]},
        "a row too many": {"rows": [*rows, ["3", "7", "5"]]},
        "a row not primitive": {"rows": [["0", "0", "2"], *rows[1:]]},
        "rows exchanged": {"rows": [rows[1], rows[0], *rows[2:]]},
        "an entry no number": {"rows": [["x", "0", "1"], *rows[1:]]},
        "no rows": {"rows": []},
        "a scale negative": {"scales": ["-1", *record["scales"][1:]]},
        "a scale missing": {"scales": record["scales"][1:]},
        "columns exchanged": {"columns": [1, 0, 2]},
        "a column missing": {"columns": [0, 1]},
        "a column out of range": {"columns": [0, 1, 3]},
        "count": {"count": record["count"] + 2},
        "within": {"within": [["1", "0", "0"]]},
        "prefix": {"prefix": 1},
        "no units": {"units": []},
        "another unit": {"units": [[["1", "0", "0"]]]},
        "two units": {"units": record["units"] * 2},
        "no proofs": {"proofs": []},
        "two proofs": {"proofs": record["proofs"] * 2},
        "unknown proof": {"proofs": [{**proof, "kind": "trust me"}]},
        "cover instead": {"proofs": [{"kind": "cover", "count": record["count"]}]},
        "count of the proof": {"proofs": [{"kind": "count", "count": record["count"] + 2}]},
    }
    if proof["kind"] == "tree":
        scale, indices, factors = proof["multipliers"][0]
        rest = proof["multipliers"][1:]
        changes |= {
            "steps": {"proofs": [{**proof, "steps": proof["steps"][:-2]}]},
            "steps no hex": {"proofs": [{**proof, "steps": "zz"}]},
            "multiplier scale": {
                "proofs": [
                    {**proof, "multipliers": [[str(int(scale) + 1), indices, factors], *rest]}
                ]
            },
            "multiplier short": {"proofs": [{**proof, "multipliers": [[scale, indices], *rest]}]},
            "multipliers gone": {"proofs": [{**proof, "multipliers": []}]},
        }
    return {name: {**record, **change} for name, change in changes.items()}


@pytest.mark.parametrize("prover", [ar.ByTree(), ar.ByCount()])
def test_a_record_changed_in_any_field_is_refused(tmp_path: Path, prover: ar.Prover) -> None:
    patterns = ar.enumerate_patterns(GRID, proof=prover)
    record = file_record(patterns)
    path = tmp_path / "p.npz"
    write(path, patterns, record)
    assert listed(ar.load_patterns(path)) == listed(patterns)
    for name, changed in changed_records(record).items():
        write(path, patterns, changed)
        try:
            ar.load_patterns(path)
        except (ar.FileError, ar.ProofError):
            continue
        pytest.fail(f"a file with {name} was accepted")
    for missing in record:
        write(path, patterns, {key: value for key, value in record.items() if key != missing})
        with pytest.raises(ar.FileError):
            ar.load_patterns(path)


def test_arrays_changed_in_a_file_are_refused(tmp_path: Path) -> None:
    patterns = ar.enumerate_patterns(GRID)
    record = file_record(patterns)
    words = patterns.witnesses.to_words()
    path = tmp_path / "p.npz"
    changes: list[dict[str, Any]] = [
        {"packed": patterns.packed[1:]},
        {"packed": patterns.packed[::-1]},
        {"packed": patterns.packed ^ np.uint8(1)},
        {"packed": patterns.packed.ravel()},
        {"packed": np.empty((0, 1), dtype=np.uint8)},
        {"witnesses": words[1:]},
        {"witnesses": words[::-1]},
        {"witnesses": words[:, ::-1]},
        {"witnesses": words[..., 0]},
        {"witnesses": words * np.uint64(0)},
    ]
    for change in changes:
        write(path, patterns, record, **change)
        with pytest.raises((ar.FileError, ar.ProofError)):
            ar.load_patterns(path)


def test_rebuilding_from_plain_values_checks_again() -> None:
    patterns = ar.enumerate_patterns(GRID, proof=ar.ByTree())
    data = patterns.arrangement.data
    record = ar.completion_record(patterns.completion)
    packed = [row.tobytes() for row in patterns.packed]
    witnesses = [patterns.witness(i) for i in range(len(patterns))]
    back = ar.rebuild_patterns(data, json.loads(json.dumps(record)), packed, witnesses)
    assert listed(back) == listed(patterns)
    with pytest.raises(ar.ProofError):
        ar.rebuild_patterns(data, record, packed[1:], witnesses[1:])
    fewer = {**record, "count": record["count"] - 1}
    with pytest.raises(ar.ProofError):
        ar.rebuild_patterns(data, fewer, packed[1:], witnesses[1:])
    with pytest.raises(ar.ProofError):
        ar.rebuild_patterns(data, record, packed, witnesses[::-1])
