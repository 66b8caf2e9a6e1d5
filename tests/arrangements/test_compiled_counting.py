"""Compiled counting against counting in Python integers, at its bounds and past them."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zoo import Matrix, matrices

import arrangements as ar
from arrangements.counting import compiled
from arrangements.counting.integers import lines, unit_betti
from arrangements.counting.residues import ResidueRows
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
    assert (
        residue_total(compiled._Residues(partial(ResidueRows, distinct)), len(distinct)) == expected
    )


def residue_total(counter: compiled._Residues, rows: int) -> int:
    return 1 + sum(sum(counter(last)) for last in range(rows))


@given(spatial_rows, st.sampled_from([41, 67, 131]))
def test_ties_modulo_a_small_prime_are_compared_modulo_others(rows: Rows, limit: int) -> None:
    # Modulo 37 rows agree, and vanish on flats, that do not over the integers.
    distinct = lines([*rows, *(tuple(map(int, row)) for row in np.eye(len(rows[0]), dtype=int))])
    counter = compiled._Residues(partial(ResidueRows, distinct))
    counter._tries.insert(0, ResidueRows(distinct, limit))
    assert residue_total(counter, len(distinct)) == integer_total(distinct, [])


def test_a_false_tie_in_the_plane_is_no_tie() -> None:
    # On the plane of the last row the first two agree modulo 37 only.
    rows = [(1, 1, 0), (1, 38, 0), (0, 1, 0), (0, 0, 1)]
    small = ResidueRows(rows, 38)
    assert small.exact.field[0, 0] == 37
    assert sum(compiled._residue_unit(small, 3) or []) == 6 == sum(unit_betti(rows, [], 3, 3))


def test_searches_left_and_taken_up_again_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = threshold(4)
    for counted in (
        compiled.unit_counter(rows, [], 5),
        compiled._Residues(partial(ResidueRows, rows)),
    ):
        assert counted is not None
        at_once = [counted(last) for last in range(len(rows))]
        monkeypatch.setattr(compiled, "_BUDGET", 1)
        assert [counted(last) for last in range(len(rows))] == at_once
        monkeypatch.undo()
    in_cone = compiled.unit_counter(rows, [(1, 0, 0, 0, 0)], 5)
    assert in_cone is not None
    at_once = [in_cone(last) for last in range(len(rows))]
    monkeypatch.setattr(compiled, "_BUDGET", 1)
    assert [in_cone(last) for last in range(len(rows))] == at_once


@given(matrices(max_rows=9, max_columns=2), st.lists(st.tuples(entries, entries), max_size=3))
def test_the_plane_is_counted_as_recursion_counts_it(rows: Matrix, normals: Rows) -> None:
    wide = [[*row, 0][:2] for row in rows]
    domain = ar.Cone(tuple(normals))
    listed = ar.enumerate_patterns(ar.Arrangement(wide, domain=domain), method=ar.Incremental())
    assert ar.count_regions(ar.Arrangement(wide, domain=domain)) == len(listed)


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
