"""Bugs found and not yet mended: each test states what should hold.

Every test here is expected to fail, strictly: when a bug is mended its test passes, the
suite says so, and the test moves (without the mark) to the file named in the comment.
"""

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
from oracles.reading import realized
from tamper.forging import rebuilt, with_plan, with_proof

import arrangements as ar

GRID = small_grid()
EMPTY = ar.Cone(((1, 0), (-1, 0)))
HALVES = [[1, 0], [0, 1], [1, 1]]


def bug(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


# To tests/tamper/test_patterns_records.py.


@bug("the width of packed patterns is not checked: numpy broadcasts one byte over two")
def test_patterns_with_too_few_bytes_are_refused() -> None:
    eight = [[1, 0], [0, 1], [1, 1], [1, 2], [2, 1], [1, -1], [3, 1], [1, 3]]
    patterns = ar.enumerate_patterns(eight * 2)
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, packed=patterns.packed[:, :1].copy())


@bug("ValueError instead of ProofError")
def test_patterns_with_too_many_bytes_are_refused() -> None:
    patterns = ar.enumerate_patterns([*GRID, *GRID])
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, packed=np.c_[patterns.packed, patterns.packed[:, 0]])


@bug("kept columns may repeat: the proof checks their sum, witness(i) returns the last")
def test_witnesses_on_a_repeated_column_are_refused() -> None:
    patterns = ar.enumerate_patterns(HALVES)
    points = patterns.witnesses.points
    split = np.c_[points[:, 0] + 9, np.full(len(points), -9), points[:, 1]]
    forged = ar.Witnesses(split, (0, 0, 1), 2)
    try:
        accepted = rebuilt(patterns, witnesses=forged)
    except ar.ProofError:
        return
    for index, pattern in enumerate(accepted):
        assert realized(HALVES, accepted.witness(index)) == tuple(pattern)


@bug("the dimension of the witnesses is not compared with the data")
def test_witnesses_of_another_dimension_are_refused() -> None:
    patterns = ar.enumerate_patterns(HALVES)
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, witnesses=replace(patterns.witnesses, dimension=5))


@bug("object arrays may hold 64-bit integers, which wrap: a pattern that is not one passes")
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
    witnesses = replace(patterns.witnesses, points=points).take(order)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with pytest.raises(ar.ProofError):
            rebuilt(patterns, packed=packed[order], witnesses=witnesses)


@bug("the type of witnesses is not checked, and large floats are multiplied inexactly")
@pytest.mark.parametrize("size", [1.0, 1e30])
def test_witnesses_that_are_floats_are_refused(size: float) -> None:
    patterns = ar.enumerate_patterns(HALVES)
    points = patterns.witnesses.points * size
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, witnesses=replace(patterns.witnesses, points=points))


@bug("a prefix below zero or past the last hyperplane is taken as a Python slice")
@pytest.mark.parametrize("prefix", [-1, 9])
def test_a_prefix_out_of_range_is_refused(prefix: int) -> None:
    patterns = ar.enumerate_patterns(HALVES, prefix=2 if prefix < 0 else 3)
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, completion=with_plan(patterns, prefix=prefix))


@bug("ValueError of zip instead of ProofError")
def test_multipliers_with_more_factors_than_rows_are_refused() -> None:
    patterns = ar.enumerate_patterns(HALVES, proof=ar.ByTree())
    tree = patterns.completion.proofs[0]
    assert isinstance(tree, ar.TreeProof)
    longer = replace(tree.multipliers[0], factors=(*tree.multipliers[0].factors, 1))
    multipliers = (longer, *tree.multipliers[1:])
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, completion=with_proof(patterns, multipliers=multipliers))


@bug("the list keeps the caller's memory: writing to its base changes a proved list")
def test_a_proved_list_cannot_be_changed_through_the_arrays_it_was_made_from() -> None:
    patterns = ar.enumerate_patterns(HALVES)
    mine = patterns.packed.copy()
    proved = rebuilt(patterns, packed=mine[:])
    before = proved.activations().tolist()
    if mine.flags.writeable:
        mine[0] = 7
    assert proved.activations().tolist() == before


# To tests/oracles/test_enumeration_against_brute_force.py and test_units.py.


@bug("an empty cone has a tree without leaves, which the check does not understand")
@pytest.mark.parametrize("rows", [HALVES, [[0, 0]]])
def test_empty_cones_are_proved_by_tree(rows: list[list[int]]) -> None:
    # (What should count as a proof here: multipliers with 0 as their target, perhaps.)
    assert len(ar.enumerate_patterns(rows, within=EMPTY, proof=ar.ByTree())) == 0


@bug("np.concatenate of no units: ValueError")
def test_an_empty_cone_can_be_cut_into_no_units() -> None:
    assert len(ar.enumerate_patterns(HALVES, within=EMPTY, prefix=2)) == 0


@bug("nan, infinities and text raise the ValueError or OverflowError of int()")
@pytest.mark.parametrize("entry", [float("nan"), float("inf"), "a"])
def test_cones_refuse_what_is_no_integer(entry: Any) -> None:
    with pytest.raises(ar.ArgumentError, match=r"normals\[0\]"):
        ar.Cone.from_normals([[entry, 1]])


# To tests/arrangements/test_exact_linear.py and test_data_matrix.py.


@bug("a zero factor makes the bound 0, and the other factor does not fit into int64")
def test_zero_weights_on_data_of_more_than_64_bits() -> None:
    # A dead neuron on ordinary floats: the primitive row of 0.0001 and 1 is beyond 2^63.
    data = ar.DataMatrix.from_array([[1e-4, 1.0]])
    assert data.signs([[0.0, 0.0]]).tolist() == [[0]]


@bug("Python refuses to print integers of more than 4300 digits")
def test_data_of_thousands_of_digits_can_be_described_and_saved(tmp_path: Path) -> None:
    data = ar.DataMatrix.from_decimals([["1e5000", "1"], ["1", "1"]])
    patterns = ar.enumerate_patterns(data)
    assert "2 x 2" in repr(data)
    ar.save_patterns(patterns, tmp_path / "p.npz")
    assert len(ar.load_patterns(tmp_path / "p.npz")) == 4


# To tests/tamper/test_patterns_files.py.


def record_changed(path: Path, **changes: Any) -> None:
    patterns = ar.enumerate_patterns(GRID)
    record = {**ar.completion_record(patterns), **changes}
    text = json.dumps(record).encode("ascii")
    np.savez(
        path,
        packed=patterns.packed,
        witnesses=patterns.witnesses.to_words(),
        record=np.frombuffer(text, dtype=np.uint8),
    )


@bug("ZeroDivisionError")
def test_a_scale_divided_by_zero_is_refused(tmp_path: Path) -> None:
    scales = ar.completion_record(ar.enumerate_patterns(GRID))["scales"]
    record_changed(tmp_path / "p.npz", scales=["1/0", *scales[1:]])
    with pytest.raises(ar.FileError):
        ar.load_patterns(tmp_path / "p.npz")


@bug("TypeError: np.load returns an array, which is no context manager")
def test_an_npy_file_under_another_name_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "p.npz").open("wb") as stream:
        np.save(stream, np.arange(3))
    with pytest.raises(ar.FileError):
        ar.load_patterns(tmp_path / "p.npz")


@bug("RecursionError of the JSON reader")
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


@bug("zlib.error and NotImplementedError of zipfile are not translated")
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


@bug("numpy.load leaves its file open when the archive is cut off: ResourceWarning")
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
