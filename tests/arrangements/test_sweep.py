"""The sweep against the incremental method: the same patterns, proved by other means."""

from __future__ import annotations

import itertools
import pickle
import threading
from collections.abc import Generator, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo import Matrix, huge_exponents, matrices

import arrangements as ar
from arrangements.enumeration.sweep import cells as sweep_cells
from arrangements.enumeration.sweep import pieces as sweep_pieces
from arrangements.enumeration.sweep import source as sweep_source


def same(left: ar.CompletePatterns, right: ar.CompletePatterns) -> None:
    assert left.packed.tolist() == right.packed.tolist()


def cube(k: int) -> list[list[int]]:
    return [[*point, 1] for point in itertools.product((0, 1), repeat=k)]


@given(matrices(max_rows=9), st.integers(0, 3))
def test_sweep_and_incremental_list_the_same(rows: Matrix, seed: int) -> None:
    same(
        ar.enumerate_patterns(rows, method=ar.Sweep(seed)),
        ar.enumerate_patterns(rows, method=ar.Incremental(), proof=ar.ByTree()),
    )


@given(huge_exponents(max_rows=6))
@settings(max_examples=25)
def test_huge_exponents_are_swept_right(rows: Matrix) -> None:
    same(
        ar.enumerate_patterns(rows, method=ar.Sweep()),
        ar.enumerate_patterns(rows, method=ar.Incremental()),
    )


@given(matrices(max_rows=8))
def test_a_float_source_finds_what_an_integer_source_does(rows: Matrix) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_source, "integer_flag", lambda _rows, _seed: None)
        swept = ar.enumerate_patterns(rows, method=ar.Sweep())
    same(swept, ar.enumerate_patterns(rows, method=ar.Incremental()))


@given(
    matrices(max_rows=7), st.lists(st.lists(st.integers(-2, 2), min_size=6, max_size=6), max_size=3)
)
def test_cones_are_swept_right(rows: Matrix, directions: list[list[int]]) -> None:
    d = ar.Arrangement(rows).shape[1]
    cone = ar.Cone(tuple(tuple(direction[:d]) for direction in directions))
    same(
        ar.enumerate_patterns(rows, within=cone, method=ar.Sweep()),
        ar.enumerate_patterns(rows, within=cone, method=ar.Incremental()),
    )


@pytest.mark.parametrize("thin", [1e-14, 1e-40, 1e-300])
def test_thin_regions_are_found(thin: float) -> None:
    rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [1, 1 + thin, 1 - thin], [1, thin, 0]]
    same(
        ar.enumerate_patterns(rows, method=ar.Sweep()),
        ar.enumerate_patterns(rows, method=ar.Incremental()),
    )


@pytest.mark.parametrize("rows", [cube(4), np.random.default_rng(0).standard_normal((30, 4))])
def test_a_larger_list_is_proved(rows: Any) -> None:
    swept = ar.enumerate_patterns(rows, method=ar.Sweep())
    assert len(swept) == ar.count_regions(rows)


def test_units_add_up_to_the_whole() -> None:
    cut = ar.enumerate_patterns(cube(3), method=ar.Sweep(), prefix=3)
    same(cut, ar.enumerate_patterns(cube(3), method=ar.Sweep()))


class Mistaken(ar.Method):
    """A sweep that repeats or loses a region."""

    def __init__(self, keep: slice, *, twice: bool) -> None:
        self.keep, self.twice = keep, twice

    def pieces(self, arrangement: ar.Arrangement, cone: ar.Cone) -> Iterable[ar.Unit]:
        return ar.Sweep().pieces(arrangement, cone)

    def run(
        self, arrangement: ar.Arrangement, piece: ar.Unit
    ) -> Generator[ar.Batch, None, ar.TreeProof | None]:
        for batch in ar.Sweep().run(arrangement, piece):
            order = np.arange(len(batch.packed))[self.keep]
            if self.twice:
                order = np.concatenate([order, order[:1]])
            yield ar.Batch(batch.packed[order], batch.witnesses.take(order), batch.mirrored)

    def estimate_seconds(self, arrangement: ar.Arrangement, regions: int) -> float:
        return ar.Sweep().estimate_seconds(arrangement, regions)


lost_or_repeated = pytest.mark.parametrize(
    ("keep", "twice"), [(slice(1, None), False), (slice(None), True), (slice(2, None), True)]
)


@lost_or_repeated
def test_a_lost_or_repeated_region_is_noticed(keep: slice, twice: bool) -> None:  # noqa: FBT001
    with pytest.raises(ar.ProofError):
        ar.enumerate_patterns(cube(3), method=Mistaken(keep, twice=twice))


@lost_or_repeated
def test_a_stream_notices_a_wrong_number(keep: slice, twice: bool) -> None:  # noqa: FBT001
    stream = ar.stream_patterns(cube(3), method=Mistaken(keep, twice=twice))
    with pytest.raises(ar.ProofError, match="not their number"):
        list(stream)


def test_a_region_that_takes_the_place_of_another_is_noticed() -> None:
    with pytest.raises(ar.ProofError, match="listed twice"):
        ar.enumerate_patterns(cube(3), method=Mistaken(slice(1, None), twice=True))


SPECIAL = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


@given(st.permutations(range(4)), st.lists(st.sampled_from([-1, 1]), min_size=4, max_size=4))
@settings(max_examples=20)
def test_a_flag_in_special_position_is_perturbed(order: list[int], signs: list[int]) -> None:
    # Every functional of the flag is a row of the data, or parallel to one.
    flag = [[s * entry for entry in SPECIAL[i]] for i, s in zip(order, signs, strict=True)]
    rows = [*cube(3), *SPECIAL]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_source, "integer_flag", lambda _rows, _seed: flag)
        patch.setattr(sweep_cells, "_LOCAL", threading.local())
        swept = ar.enumerate_patterns(rows, method=ar.Sweep())
    same(swept, ar.enumerate_patterns(rows, method=ar.Incremental()))


@given(matrices(max_rows=8), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_flags_of_tiny_entries_are_perturbed_where_they_must(rows: Matrix, random: Any) -> None:
    def tiny(rows: Any, _seed: int) -> Any:
        rank = len(rows[0])
        largest = max(abs(entry) for row in rows for entry in row)
        if (rank * largest) ** max(rank - 1, 1) * rank > 2**40:
            return None  # beyond what an integer source may hold
        while True:
            flag = [[random.randint(-1, 1) for _ in range(rank)] for _ in range(rank)]
            if np.linalg.matrix_rank(flag) == rank:
                return flag

    flags: dict[int, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            sweep_source,
            "integer_flag",
            lambda rows, seed: flags.setdefault(len(rows[0]), tiny(rows, seed)),
        )
        patch.setattr(sweep_cells, "_LOCAL", threading.local())
        swept = ar.enumerate_patterns(rows, method=ar.Sweep())
    same(swept, ar.enumerate_patterns(rows, method=ar.Incremental()))


@pytest.mark.parametrize("rows", [cube(3), SPECIAL, np.eye(3).tolist()])
def test_a_flag_that_is_special_even_then_is_refused(
    monkeypatch: pytest.MonkeyPatch, rows: list[list[int]]
) -> None:
    width = len(rows[0])
    unit = [[int(i == j) for j in range(width)] for i in range(width)]
    monkeypatch.setattr(sweep_source, "integer_flag", lambda _rows, _seed: unit)
    monkeypatch.setattr(sweep_source, "perturbed", lambda flag, _rows, _seed: flag)
    monkeypatch.setattr(sweep_cells, "_LOCAL", threading.local())
    with pytest.raises(ar.ArgumentError, match="seed = 0"):
        ar.enumerate_patterns(rows, method=ar.Sweep())


@given(matrices(max_rows=8), st.integers(1, 5))
def test_pieces_of_any_size_hold_every_region_once(rows: Matrix, size: int) -> None:
    expected = ar.enumerate_patterns(rows, method=ar.Incremental())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_pieces, "_SMALLEST", size)
        patch.setattr(sweep_cells, "CAPACITY", size)
        same(ar.enumerate_patterns(rows, method=ar.Sweep()), expected)


@given(matrices(max_rows=8), st.integers(1, 4))
def test_a_cursor_goes_on_where_it_stopped(rows: Matrix, size: int) -> None:
    arrangement = ar.Arrangement(rows)
    if arrangement.rank == 0:
        return
    sweep = ar.Sweep()
    whole, parts = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_cells, "CAPACITY", size)
        for piece in sweep.pieces(arrangement, arrangement.domain):
            assert isinstance(piece, ar.Flats)
            whole += [
                words
                for cells in sweep.cells(arrangement, ar.Cursor(piece))
                for words in cells.words.tolist()
            ]
            place: ar.Cursor | None = ar.Cursor(piece)
            while place is not None:
                place = pickle.loads(pickle.dumps(place))  # noqa: S301 - our own bytes
                assert place is not None
                first = next(sweep.cells(arrangement, place), None)
                parts += [] if first is None else first.words.tolist()
                place = None if first is None else first.after
    assert parts == whole
    assert 2 * len(whole) == ar.count_regions(arrangement)


def test_cells_come_with_their_vertex() -> None:
    arrangement = ar.Arrangement(cube(3))
    rows = np.array(arrangement.normals, float)
    sweep = ar.Sweep()
    for piece in sweep.pieces(arrangement, arrangement.domain):
        assert isinstance(piece, ar.Flats)
        for cells in sweep.cells(arrangement, ar.Cursor(piece)):
            sides = np.unpackbits(cells.words.view(np.uint8), axis=1, bitorder="little")[:, :8]
            values = cells.vertices @ rows.T
            clear = np.abs(values) > 1e-9 * np.abs(cells.vertices).max(axis=1, keepdims=True)
            assert ((values > 0) == sides)[clear].all()
            assert (((cells.directions @ rows.T) > 0) == sides)[~clear].all()


def test_a_sweep_runs_its_own_pieces_only() -> None:
    with pytest.raises(ar.ArgumentError, match="no piece of a sweep"):
        next(ar.Sweep().run(ar.Arrangement(cube(2)), ar.Cone()))


def test_sweeping_needs_a_seed_that_is_not_negative() -> None:
    with pytest.raises(ar.ArgumentError, match="seed = -1"):
        ar.Sweep(-1)


WORDS = st.integers(-(2**53) + 1, 2**53 - 1)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=20), st.data())
@settings(max_examples=60)
def test_exact_quotients_are_exact_to_the_last_bit(
    factors: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """(a b - c d) / q where both products are near 2**106 and the quotient is any word."""
    from arrangements.kernels.frame import exact_quotient

    for a, b, c in factors:
        if not c:
            continue
        # Of d's that leave an integer below 2**53: q divides a b - c d by construction.
        d = max(-(2**53) + 1, min(2**53 - 1, a * b // c))
        rest = a * b - c * d
        divisors = [q for q in (1, 3, 2**20, rest) if q and rest % q == 0 and abs(q) < 2**53]
        divisors = [q for q in divisors if abs(rest // q) < 2**53]
        if divisors:
            q = data.draw(st.sampled_from(divisors))
            assert int(exact_quotient(*map(float, (a, b, c, d, q)))) == rest // q
