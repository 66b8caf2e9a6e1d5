"""Bugs that were found and mended: each test states what has to go on holding."""

from __future__ import annotations

import gc
import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracles.families import small_grid
from tamper.forging import rebuilt, with_plan, with_proof

import arrangements as ar

GRID = small_grid()
EMPTY = ar.Cone(((1, 0), (-1, 0)))
HALVES = [[1, 0], [0, 1], [1, 1]]


def test_patterns_with_too_few_bytes_are_refused() -> None:
    eight = [[1, 0], [0, 1], [1, 1], [1, 2], [2, 1], [1, -1], [3, 1], [1, 3]]
    patterns = ar.enumerate_patterns(eight * 2)
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, packed=patterns.packed[:, :1].copy())


def test_patterns_with_too_many_bytes_are_refused() -> None:
    patterns = ar.enumerate_patterns([*GRID, *GRID])
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, packed=np.c_[patterns.packed, patterns.packed[:, 0]])


def test_witnesses_on_a_repeated_column_are_refused() -> None:
    patterns = ar.enumerate_patterns(HALVES)
    points = patterns.witnesses.points
    split = np.c_[points[:, 0] + 9, np.full(len(points), -9), points[:, 1]]
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, witnesses=ar.Witnesses(split, (0, 0, 1), 2))


def test_witnesses_of_another_dimension_are_refused() -> None:
    patterns = ar.enumerate_patterns(HALVES)
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, witnesses=replace(patterns.witnesses, dimension=5))


def test_a_pattern_that_does_not_exist_is_refused() -> None:
    # x_3 = x_1 + x_2 forbids (+, +, -); 2^62 + 2^62 wraps to a negative word.
    patterns = ar.enumerate_patterns(HALVES, proof=ar.ByCount())
    index, forged = patterns.find([True, True, True]), [True, True, False]
    assert index is not None
    activations = patterns.activations()
    activations[index] = forged
    packed = np.packbits(activations, axis=1, bitorder="little")
    points = patterns.witnesses.points.astype(object)
    points[index] = np.int64(2**62), np.int64(2**62)
    order = np.lexsort(packed.T[::-1])
    with pytest.raises(ar.ProofError):
        rebuilt(
            patterns,
            packed=packed[order],
            witnesses=replace(patterns.witnesses, points=points[order]),
        )


@pytest.mark.parametrize("size", [1.0, 1e30])
def test_witnesses_that_are_floats_are_refused(size: float) -> None:
    patterns = ar.enumerate_patterns(HALVES)
    points = patterns.witnesses.points * size
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, witnesses=replace(patterns.witnesses, points=points))


@pytest.mark.parametrize("prefix", [-1, 9])
def test_a_prefix_out_of_range_is_refused(prefix: int) -> None:
    patterns = ar.enumerate_patterns(HALVES, prefix=2 if prefix < 0 else 3)
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, completion=with_plan(patterns, prefix=prefix))


def test_multipliers_with_more_factors_than_rows_are_refused() -> None:
    patterns = ar.enumerate_patterns(HALVES, proof=ar.ByTree())
    tree = patterns.completion.proofs[0]
    assert isinstance(tree, ar.TreeProof)
    longer = replace(tree.multipliers[0], factors=(*tree.multipliers[0].factors, 1))
    multipliers = (longer, *tree.multipliers[1:])
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, completion=with_proof(patterns, multipliers=multipliers))


def test_a_proved_list_cannot_be_changed_through_the_arrays_it_was_made_from() -> None:
    patterns = ar.enumerate_patterns(HALVES)
    mine = patterns.packed.copy()
    proved = rebuilt(patterns, packed=mine[:])
    before = proved.activations().tolist()
    if mine.flags.writeable:
        mine[0] = 7
    assert proved.activations().tolist() == before


@pytest.mark.parametrize("rows", [HALVES, [[0, 0]]])
def test_empty_cones_are_proved_by_tree(rows: list[list[int]]) -> None:
    # (What should count as a proof here: multipliers with 0 as their target, perhaps.)
    assert len(ar.enumerate_patterns(rows, within=EMPTY, proof=ar.ByTree())) == 0


def test_an_empty_cone_can_be_cut_into_no_units() -> None:
    assert len(ar.enumerate_patterns(HALVES, within=EMPTY, prefix=2)) == 0


@pytest.mark.parametrize("entry", [float("nan"), float("inf"), "a"])
def test_cones_refuse_what_is_no_integer(entry: Any) -> None:
    with pytest.raises(ar.ArgumentError, match=r"normals\[0\]"):
        ar.Cone.from_normals([[entry, 1]])


def test_zero_weights_on_data_of_more_than_64_bits() -> None:
    # A dead neuron on ordinary floats: the primitive row of 0.0001 and 1 is beyond 2^63.
    data = ar.DataMatrix.from_array([[1e-4, 1.0]])
    assert data.signs([[0.0, 0.0]]).tolist() == [[0]]


def test_data_of_thousands_of_digits_can_be_described_and_saved(tmp_path: Path) -> None:
    data = ar.DataMatrix.from_decimals([["1e5000", "1"], ["1", "1"]])
    patterns = ar.enumerate_patterns(data)
    assert "2 x 2" in repr(data)
    ar.save_patterns(patterns, tmp_path / "p.npz")
    assert len(ar.load_patterns(tmp_path / "p.npz")) == 4


def test_a_scale_divided_by_zero_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    ar.save_patterns(ar.enumerate_patterns(GRID), path)
    with np.load(path) as archive:
        arrays = dict(archive)
    record = json.loads(arrays["record"].tobytes())
    record["scales"][0] = "1/0"
    arrays["record"] = np.frombuffer(json.dumps(record).encode("ascii"), dtype=np.uint8)
    np.savez(path, **arrays)
    with pytest.raises(ar.FileError):
        ar.load_patterns(path)


def test_an_npy_file_under_another_name_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "p.npz").open("wb") as stream:
        np.save(stream, np.arange(3))
    with pytest.raises(ar.FileError):
        ar.load_patterns(tmp_path / "p.npz")


def test_a_record_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    patterns = ar.enumerate_patterns(GRID)
    np.savez(
        tmp_path / "p.npz",
        packed=patterns.packed,
        witnesses=patterns.witnesses.to_words(),
        record=np.frombuffer(b"[" * 100_000, dtype=np.uint8),
    )
    with pytest.raises(ar.FileError):
        ar.load_patterns(tmp_path / "p.npz")


def test_a_file_with_any_byte_changed_is_refused_or_means_the_same(tmp_path: Path) -> None:
    patterns = ar.enumerate_patterns(HALVES, proof=ar.ByTree())
    path = tmp_path / "p.npz"
    ar.save_patterns(patterns, path)
    content = path.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 0xFF
        path.write_bytes(changed)
        try:
            loaded = ar.load_patterns(path)
        except (ar.FileError, ar.ProofError):
            continue
        assert loaded.packed.tobytes() == patterns.packed.tobytes()
        assert loaded.arrangement.data.integers == patterns.arrangement.data.integers


def test_a_truncated_file_is_refused_and_closed(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    ar.save_patterns(ar.enumerate_patterns(GRID), path)
    path.write_bytes(path.read_bytes()[:-10])
    gc.collect()
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with pytest.raises(ar.FileError):
            ar.load_patterns(path)
        gc.collect()
    assert [warning.category for warning in heard] == []


def test_linear_programs_print_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    ar.enumerate_patterns(HALVES, method=ar.Incremental())
    assert capfd.readouterr() == ("", "")
