"""Compiled counting against counting in Python integers, at its bounds and past them."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import arrangements as ar
from arrangements.counting import compiled
from arrangements.counting.integers import lines, unit_betti
from arrangements.exact import primitive_of_integers

Rows = list[tuple[int, ...]]


def threshold(k: int) -> Rows:
    return [(*point, 1) for point in itertools.product((0, 1), repeat=k)]


def compiled_total(rows: Rows, normals: Rows) -> int:
    counter = compiled.unit_counter(rows, normals, len(rows[0]))
    assert counter is not None
    return 1 + sum(sum(counter(last)) for last in range(len(rows)))


def integer_total(rows: Rows, normals: Rows) -> int:
    return 1 + sum(sum(unit_betti(rows, normals, len(rows[0]), last)) for last in range(len(rows)))


entries = st.integers(-3, 3)
spatial_rows = st.integers(3, 4).flatmap(
    lambda d: st.lists(st.tuples(*[entries] * d).map(primitive_of_integers), min_size=1, max_size=9)
)


@given(spatial_rows)
def test_floats_and_residues_agree_with_integers(rows: Rows) -> None:
    distinct = [*lines(rows), *np.eye(len(rows[0]), dtype=int).tolist()]
    distinct = lines([tuple(map(int, row)) for row in distinct])
    expected = integer_total(distinct, [])
    assert compiled_total(distinct, []) == expected
    residues = compiled._residue_counter(distinct)
    assert 1 + sum(sum(residues(last)) for last in range(len(distinct))) == expected


@given(spatial_rows, st.integers(1, 3))
def test_cones_agree_with_integers(rows: Rows, count: int) -> None:
    d = len(rows[0])
    normals = [tuple(1 if i <= j else -1 for i in range(d)) for j in range(min(count, d))]
    distinct = lines([*rows, *(tuple(map(int, row)) for row in np.eye(d, dtype=int))])
    assert compiled_total(distinct, normals) == integer_total(distinct, normals)


@pytest.mark.parametrize("size", [2**20, 2**24, 2**25, 2**26, 2**27, 2**31, 2**40, 2**200])
def test_nearly_parallel_rows_on_both_sides_of_the_float_bound(size: int) -> None:
    rows = [
        (1, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
        (size, size - 1, 1),
        (size - 1, size - 2, 1),
        (size - 2, size - 3, 1),
        (size + 1, size, 1),
    ]
    # 2 (|row|^2) < 2^53 with |row| about 2^0.5 size.
    assert compiled.fits_floats(rows) == (size <= 2**25)
    assert compiled_total(rows, []) == integer_total(rows, [])


@pytest.mark.parametrize("bits", [60, 500, 2000])
def test_a_shear_by_huge_integers_changes_nothing(bits: int) -> None:
    sheared = [
        (a + (b << bits), b + (c << bits), c + (e << bits), e) for a, b, c, e in threshold(3)
    ]
    assert not compiled.fits_floats(sheared)
    assert compiled_total(sheared, []) == 104


def test_two_threads_count_what_one_does() -> None:
    rows = [point for point in itertools.product((0, 1), repeat=6) if any(point)]
    with ThreadPoolExecutor(2) as threads:
        assert ar.count_regions(rows, executor=threads) == 1_066_044


def test_edited_kernels_get_another_cache(tmp_path: object) -> None:
    from pathlib import Path

    from arrangements.kernel_cache import sources_digest

    folder = Path(str(tmp_path))
    (folder / "callee.py").write_text("def f(): return 1\n")
    (folder / "caller.py").write_text("from callee import f\n")
    before = sources_digest(folder)
    (folder / "callee.py").write_text("def f(): return 2\n")
    assert sources_digest(folder) != before
