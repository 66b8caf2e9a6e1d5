"""The sweep against the incremental method: the same patterns, proved by other means."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo import Matrix, huge_exponents, matrices

import arrangements as ar
from arrangements.enumeration import auto
from arrangements.enumeration.base import Restart
from arrangements.enumeration.sweep import method as sweep_method
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

    def run(
        self, arrangement: ar.Arrangement, unit: ar.Cone
    ) -> Generator[ar.Batch, None, ar.TreeProof | None]:
        for batch in ar.Sweep().run(arrangement, unit):
            order = np.arange(len(batch.packed))[self.keep]
            if self.twice:
                order = np.concatenate([order, order[:1]])
            yield ar.Batch(batch.packed[order], batch.witnesses.take(order))

    def estimate_seconds(self, arrangement: ar.Arrangement, regions: int) -> float:
        return ar.Sweep().estimate_seconds(arrangement, regions)


@pytest.mark.parametrize(
    ("keep", "twice"), [(slice(1, None), False), (slice(None), True), (slice(1, None), True)]
)
def test_a_lost_or_repeated_region_is_noticed(keep: slice, twice: bool) -> None:  # noqa: FBT001
    with pytest.raises(ar.ProofError):
        ar.enumerate_patterns(cube(3), method=Mistaken(keep, twice=twice))


def test_a_flag_in_special_position_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    honest = sweep_method.make_source

    def special(rows: Any, seed: int) -> Any:
        tried.append(seed)
        if seed < 2:
            raise Restart(ar.Sweep(seed + 1))
        return honest(rows, seed)

    monkeypatch.setattr(sweep_method, "make_source", special)
    assert len(ar.enumerate_patterns(cube(3), method=ar.Sweep())) == 104
    assert tried == [0, 1, 2]


def test_auto_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = ar.Arrangement(cube(2)), ar.Arrangement(cube(5))
    medium = ar.Arrangement(np.random.default_rng(0).standard_normal((50, 3)))
    method, reason = ar.Auto().choose(small, small.domain)
    assert isinstance(method, ar.Incremental)
    assert "seconds" in reason
    for compiled in (False, True):
        monkeypatch.setattr(auto, "sweep_is_compiled", lambda answer=compiled: answer)
        method, reason = ar.Auto().choose(large, large.domain)
        assert isinstance(method, ar.Sweep)
        method, reason = ar.Auto().choose(medium, medium.domain)
        assert isinstance(method, ar.Sweep if compiled else ar.Incremental)
    cone = ar.Cone(((1, 0, 0, 0, 0, 0), (0, 1, 0, 0, 0, 0)))
    method, reason = ar.Auto().choose(large, cone)
    assert isinstance(method, ar.Incremental)
    assert "cone" in reason


def test_sweeping_needs_a_seed_that_is_not_negative() -> None:
    with pytest.raises(ar.ArgumentError, match="seed = -1"):
        ar.Sweep(-1)
