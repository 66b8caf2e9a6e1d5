"""Sweeping without a kernel: the same cells in the same order, or nothing where floats do not do."""

from __future__ import annotations

import math
import threading
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from zoo import Matrix, huge_exponents, matrices

import arrangements as ar
from arrangements.enumeration.sweep import cells as sweep_cells
from arrangements.enumeration.sweep import source as sweep_source
from arrangements.enumeration.sweep.simple import frame_bounds, simple_vertices

PARALLEL_PLANES = [[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1]]
"""Three planes through one line."""


def swept(rows: Any, *, compiled: bool, within: ar.Cone | None = None) -> list[ar.Cells]:
    """Return all cells, by the kernel or without it, from a workspace of their own."""
    data = ar.Arrangement(rows)
    sweep = ar.Sweep()
    cone = data.domain if within is None else within
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_cells, "_LOCAL", threading.local())
        patch.setattr(sweep_cells, "is_compiled", lambda _folder, _kernel: compiled)
        return [
            cells
            for piece in sweep.pieces(data, cone)
            for cells in sweep.cells(data, ar.Cursor(piece))
        ]


def joined(cells: list[ar.Cells], name: str) -> list[list[int]]:
    return [row for some in cells for row in getattr(some, name).tolist()]


def assert_same(rows: Any, within: ar.Cone | None = None) -> None:
    plain, compiled = (swept(rows, compiled=flag, within=within) for flag in (False, True))
    assert joined(plain, "words") == joined(compiled, "words")
    assert joined(plain, "through") == joined(compiled, "through")


@given(matrices(max_rows=8))
def test_the_same_cells_in_the_same_order(rows: Matrix) -> None:
    assume(ar.Arrangement(rows).rank >= 1)
    assert_same(rows)


@given(huge_exponents(max_rows=6))
@settings(max_examples=25)
def test_huge_exponents(rows: Matrix) -> None:
    assume(ar.Arrangement(rows).rank >= 1)
    assert_same(rows)


@pytest.mark.parametrize("shape", [(3, 1), (9, 2), (70, 3), (12, 4), (13, 6)])
@pytest.mark.parametrize("whole", [False, True])
def test_general_position(shape: tuple[int, int], whole: bool) -> None:  # noqa: FBT001
    rng = np.random.default_rng(shape)
    rows = rng.integers(-99, 100, shape) if whole else rng.standard_normal(shape)
    assert_same(rows)


def test_inside_a_cone() -> None:
    rows = np.random.default_rng(0).standard_normal((12, 4))
    assert_same(rows, ar.Cone(((1, 0, 0, 0), (0, 1, -1, 0))))


def test_the_kernel_is_not_called_for_general_position(monkeypatch: pytest.MonkeyPatch) -> None:
    import arrangements.kernels

    monkeypatch.delattr(arrangements.kernels, "sweep_unit")
    rows = np.random.default_rng(0).standard_normal((20, 4))
    cells = swept(rows, compiled=False)
    assert 2 * len(joined(cells, "words")) == 2 * sum(math.comb(19, k) for k in range(4))
    with pytest.raises(ImportError, match="sweep_unit"):
        swept(PARALLEL_PLANES, compiled=False)


def test_a_list_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(1).standard_normal((20, 5))
    monkeypatch.setattr(sweep_cells, "_LOCAL", threading.local())
    monkeypatch.setattr(sweep_cells, "is_compiled", lambda _folder, _kernel: False)
    found = ar.enumerate_patterns(rows, method=ar.Sweep())
    assert len(found) == ar.count_regions(rows)


def test_a_long_sweep_compiles() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_cells, "is_compiled", lambda _folder, _kernel: False)
        assert sweep_cells.worth_no_kernel(40, 5)
        assert not sweep_cells.worth_no_kernel(150, 5)


@given(matrices(max_rows=7), st.integers(0, 3))
def test_what_is_said_is_exact(rows: Matrix, seed: int) -> None:
    # Against fractions: the vertex solved for exactly, the sides of all rows evaluated there.
    data = ar.Arrangement(rows)
    assume(data.rank == data.shape[1] >= 2)
    lines = [tuple(map(int, row)) for row in data.frame(data.domain).hyperplanes]
    source = sweep_source.make_source(lines, seed)
    floats, flag = sweep_source.rows_and_flag(source, lines)
    found = simple_vertices(floats, flag, 0, (), 1)
    assume(found is not None)
    assert found is not None
    functionals = exact_flag(lines, seed)
    for word, through in zip(found.words[:, 0], found.through[:, 0], strict=True):
        basis = [i for i in range(len(lines)) if int(through) >> i & 1]
        vertex = solve([functionals[0], *(lines[i] for i in basis)], 0)
        for i, row in enumerate(lines):
            if i in basis:
                edge = solve([functionals[0], *(lines[k] for k in basis)], 1 + basis.index(i))
                value = product(functionals[1], edge)
            else:
                value = product(row, vertex)
            assert value != 0
            assert (value > 0) == bool(int(word) >> i & 1)


def exact_flag(lines: list[tuple[int, ...]], seed: int) -> list[list[int]]:
    """Return the functionals of a source's flag, up to positive factors and column scales."""
    basis = sweep_source.integer_flag(lines, seed)
    if basis is not None:
        return sweep_source.functionals(basis)
    flag = sweep_source.random_flag(len(lines[0]), 2**20, seed)
    shifts = sweep_source.column_shifts(lines)
    return [[c << max(shifts) >> s for c, s in zip(row, shifts, strict=True)] for row in flag]


def product(row: Any, vector: list[Fraction]) -> Fraction:
    return sum((entry * value for entry, value in zip(row, vector, strict=True)), Fraction(0))


def solve(matrix: list[Any], place: int) -> list[Fraction]:
    """Return x with ``matrix @ x`` the unit vector of a place, by Gauss and Jordan."""
    size = len(matrix)
    table = [[*map(Fraction, row), Fraction(k == place)] for k, row in enumerate(matrix)]
    for c in range(size):
        pivot = next(i for i in range(c, size) if table[i][c])
        table[c], table[pivot] = table[pivot], table[c]
        table[c] = [entry / table[c][c] for entry in table[c]]
        for i in range(size):
            if i != c and table[i][c]:
                table[i] = [a - table[i][c] * b for a, b in zip(table[i], table[c], strict=True)]
    return [row[size] for row in table]


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(0, 40))
@settings(max_examples=60)
def test_bounds_hold(seed: int, rank: int, thin: int) -> None:
    # Nearly dependent rows: the last is a sum of the others, moved by a power of two.
    rng = np.random.default_rng(seed)
    matrix = rng.uniform(-1, 1, (rank, rank)) / rank
    if rank > 1:
        matrix[-1] = matrix[:-1].mean(axis=0) + 2.0**-thin * matrix[-1]
    frame = np.linalg.inv(matrix)
    bounds = frame_bounds(matrix[np.newaxis], frame[np.newaxis])
    assume(bounds is not None)
    assert bounds is not None
    row = rng.uniform(-1, 1, rank)
    for c in range(rank):
        exact = product(map(Fraction, row), solve([list(map(Fraction, r)) for r in matrix], c))
        assert abs(Fraction(float(row @ frame[:, c])) - exact) <= Fraction(float(bounds[0, c]))


def test_frames_that_are_no_inverses_have_no_bounds() -> None:
    assert frame_bounds(np.eye(3)[np.newaxis], 2 * np.eye(3)[np.newaxis]) is None
    assert frame_bounds(np.eye(3)[np.newaxis], np.full((1, 3, 3), np.inf)) is None
