"""Lists of patterns: order, lookup, witnesses, antipodes, subsets, progress, files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.brute_force import all_patterns
from oracles.families import small_grid
from oracles.reading import listed, realized
from zoo import Matrix, matrices

import arrangements as ar

NINE = [[x, y, 1] for x in range(3) for y in range(3)]


def key(pattern: tuple[bool, ...]) -> bytes:
    """Return the packed bytes: bit j % 8 of byte j // 8 is row j."""
    result = bytearray((len(pattern) + 7) // 8)
    for j, bit in enumerate(pattern):
        result[j // 8] |= bit << (j % 8)
    return bytes(result)


@given(matrices())
def test_patterns_are_sorted_by_packed_bytes(rows: Matrix) -> None:
    patterns = ar.enumerate_patterns(rows)
    keys = [key(pattern) for pattern in listed(patterns)]
    assert keys == sorted(keys)
    assert [row.tobytes() for row in patterns.packed] == keys


def test_more_than_eight_rows_are_packed_and_sorted() -> None:
    patterns = ar.enumerate_patterns(NINE)
    keys = [key(pattern) for pattern in listed(patterns)]
    assert keys == sorted(keys)
    assert [row.tobytes() for row in patterns.packed] == keys
    assert patterns.packed.shape == (len(patterns), 2)


@given(matrices(max_rows=4), st.data())
def test_membership_and_lookup(rows: Matrix, data: st.DataObject) -> None:
    patterns = ar.enumerate_patterns(rows)
    real = all_patterns(rows)
    n = len(rows)
    asked = tuple(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    assert (asked in patterns) == (asked in real)
    for index, pattern in enumerate(patterns):
        assert patterns.find(pattern) == index
        assert pattern.tolist() == pattern.tolist()
        assert pattern.tolist() == patterns[index - len(patterns)].tolist()


def test_indices_and_shapes_out_of_range() -> None:
    patterns = ar.enumerate_patterns(small_grid())
    for question in (patterns.__getitem__, patterns.witness, patterns.antipode):
        for index in (len(patterns), -len(patterns) - 1):
            with pytest.raises(IndexError, match="of 28"):
                question(index)
    with pytest.raises(ar.ArgumentError, match="6 rows"):
        patterns.find([True] * 5)


def test_antipodes_are_of_the_whole_space_only() -> None:
    half = ar.enumerate_patterns(small_grid(), within=ar.Cone(((0, 0, 1),)))
    with pytest.raises(ar.ArgumentError, match="whole space"):
        half.antipode(0)


def test_zero_rows_only() -> None:
    patterns = ar.enumerate_patterns([[0, 0], [0, 0]])
    assert listed(patterns) == [(True, True)]
    assert patterns.witness(0) == (0, 0)
    assert patterns.antipode(0) == 0
    assert ar.count_regions([[0, 0], [0, 0]]) == ar.cover_number([[0, 0]]) == 1


def test_what_a_list_says_of_itself() -> None:
    patterns = ar.enumerate_patterns(small_grid(), proof=ar.ByTree())
    assert repr(patterns) == "CompletePatterns(28 patterns of 6 rows, proved by tree)"
    assert "proved by tree" in patterns.summary()
    assert patterns.completion.kind == "tree"


@given(matrices(max_rows=4), st.data())
def test_subsets_hold_what_they_are_given_once(rows: Matrix, data: st.DataObject) -> None:
    n = len(rows)
    pattern = st.lists(st.booleans(), min_size=n, max_size=n).map(tuple)
    given_patterns = data.draw(st.lists(pattern, min_size=1, max_size=6))
    subset = ar.PatternSubset.from_activations(rows, given_patterns)
    assert listed(subset) == sorted(set(given_patterns), key=key)
    assert subset.origin is ar.Origin.GIVEN
    assert "not claimed complete" in repr(subset)


def test_subsets_refuse_other_shapes_and_disorder() -> None:
    with pytest.raises(ar.ArgumentError, match=r"not \(N, 2\)"):
        ar.PatternSubset.from_activations([[1, 0], [0, 1]], [[True] * 3])
    arrangement = ar.Arrangement([[1, 0], [0, 1]])
    for packed in ([[1], [1]], [[2], [1]]):
        with pytest.raises(ar.ArgumentError, match="sorted"):
            ar.PatternSubset(arrangement, np.array(packed, dtype=np.uint8), ar.Origin.GIVEN)


def test_samples_are_reproducible_and_real() -> None:
    first, again = (ar.sample_patterns(small_grid(), 200, seed=7) for _ in range(2))
    assert first.packed.tobytes() == again.packed.tobytes()
    assert first.origin is ar.Origin.SAMPLED
    assert set(listed(first)) <= all_patterns(small_grid())
    with pytest.raises(ar.ArgumentError, match="gates = 0"):
        ar.sample_patterns(small_grid(), 0, seed=7)
    half = ar.Arrangement([[1, 0]], domain=ar.Cone(((0, 1),)))
    with pytest.raises(ar.ArgumentError, match="whole space"):
        ar.sample_patterns(half, 3, seed=7)


def test_progress_is_told_and_ends_at_the_number_found() -> None:
    events: list[ar.Progress] = []
    patterns = ar.enumerate_patterns(small_grid(), progress=events.append)
    assert events[0].done == 0
    assert events[-1].done == len(patterns) == 28
    assert events[-1].total == ar.cover_number(small_grid())
    assert events[-1].bounded
    counted: list[ar.Progress] = []
    ar.count_regions(small_grid(), progress=counted.append)
    assert (counted[-1].done, counted[-1].total) == (6, 6)


def test_an_interrupted_enumeration_can_be_run_again() -> None:
    class Stop(Exception):  # noqa: N818 - it is no error
        pass

    def stop(event: ar.Progress) -> None:
        if event.stage == "enumerating" and event.done:
            raise Stop

    with pytest.raises(Stop):
        ar.enumerate_patterns(small_grid(), progress=stop)
    assert len(ar.enumerate_patterns(small_grid())) == 28


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_write_leaves_what_was_there(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "p.npz"
    path.write_bytes(b"before")

    def interrupted() -> None:
        with ar.atomic_write(path) as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(error):
        interrupted()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_list_every_time() -> None:
    # Deterministic per method: witnesses and trees too.
    first, again = (ar.enumerate_patterns(NINE, proof=ar.ByTree()) for _ in range(2))
    assert first.packed.tobytes() == again.packed.tobytes()
    assert first.completion == again.completion
    assert [first.witness(i) for i in range(9)] == [again.witness(i) for i in range(9)]


def test_witnesses_realize_their_patterns_on_nine_points() -> None:
    patterns = ar.enumerate_patterns(NINE)
    for index, pattern in enumerate(listed(patterns)):
        assert realized(NINE, patterns.witness(index)) == pattern
