"""Deletion and restriction, cones and products, bounded regions: numbers and lists."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import matroid
from oracles.brute_force import all_patterns
from zoo import Matrix, exact, matrices, matrices_and_normals

import arrangements as ar


@given(matrices_and_normals(max_rows=6, max_columns=4), st.data())
@settings(max_examples=60)
def test_deletion_and_restriction_add_up(
    drawn: tuple[Matrix, list[tuple[int, ...]]], data: st.DataObject
) -> None:
    rows, normals = drawn
    assume(len(rows[0]) > 1)
    arrangement = ar.Arrangement(rows, domain=ar.Cone.from_normals(normals))
    chosen = np.flatnonzero(arrangement.orientation).tolist()
    assume(chosen and arrangement.hyperplane_count > 1)
    row = data.draw(st.sampled_from(chosen))
    without, on = ar.deletion(arrangement, row), ar.restriction(arrangement, row)
    assert ar.count_regions(arrangement) == ar.count_regions(without) + ar.count_regions(on)
    # The lists: regions of A - H that H cuts are those of A^H, and occur twice in A.
    kept = np.flatnonzero(arrangement.row_class != arrangement.row_class[row])
    cut: dict[bytes, int] = {}
    for pattern in ar.enumerate_patterns(arrangement):
        key = pattern[kept].tobytes()
        cut[key] = cut.get(key, 0) + 1
    assert set(cut) == {pattern.tobytes() for pattern in ar.enumerate_patterns(without)}
    seen = {pattern[kept].tobytes() for pattern in ar.enumerate_patterns(on)}
    assert {key for key, times in cut.items() if times == 2} == seen


@given(matrices(max_rows=6, max_columns=3), st.data())
def test_localization_is_all_that_vanishes_on_the_flat(rows: Matrix, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=3, unique=True))
    local = ar.localization(rows, chosen)
    rank = matroid.rank([rows[i] for i in chosen])
    expected = [
        row for row in exact(rows) if matroid.rank([*(rows[i] for i in chosen), row]) == rank
    ]
    assert [list(row) for row in local.data.fractions] == expected


@given(matrices_and_normals(max_rows=6, max_columns=4))
def test_essentialization_changes_no_pattern(
    drawn: tuple[Matrix, list[tuple[int, ...]]],
) -> None:
    rows, normals = drawn
    assume(matroid.rank([*rows, *map(list, normals)]) > 0)
    arrangement = ar.Arrangement(rows, domain=ar.Cone.from_normals(normals))
    small = ar.essentialization(arrangement)
    assert small.shape[1] == matroid.rank([*rows, *map(list, normals)])
    before, after = ar.enumerate_patterns(arrangement), ar.enumerate_patterns(small)
    assert before.packed.tolist() == after.packed.tolist()


@given(matrices(max_rows=6, max_columns=3), st.data())
@settings(max_examples=60)
def test_decone_and_cone_are_opposite(rows: Matrix, data: st.DataObject) -> None:
    arrangement = ar.Arrangement(rows)
    chosen = np.flatnonzero(arrangement.orientation).tolist()
    assume(len(rows[0]) > 1 and arrangement.hyperplane_count > 1)
    row = data.draw(st.sampled_from(chosen))
    affine = ar.decone(arrangement, row)
    assert affine.is_affine
    assert 2 * ar.count_regions(affine) == ar.count_regions(arrangement)
    again = ar.cone(affine)
    assert ar.betti_numbers(again) == ar.betti_numbers(arrangement)
    # One of each pair: the one on the positive side of the row, without its hyperplane.
    kept = arrangement.row_class != arrangement.row_class[row]
    expected = {p[kept].tobytes() for p in ar.enumerate_patterns(arrangement) if p[row]}
    assert {p.tobytes() for p in ar.enumerate_patterns(affine)} == expected


@given(
    matrices_and_normals(max_rows=3, max_columns=2), matrices_and_normals(max_rows=3, max_columns=2)
)
@settings(max_examples=40)
def test_products_multiply(
    first: tuple[Matrix, list[tuple[int, ...]]], second: tuple[Matrix, list[tuple[int, ...]]]
) -> None:
    one, other = (
        ar.Arrangement(rows, domain=ar.Cone.from_normals(normals))
        for rows, normals in (first, second)
    )
    both = ar.product(one, other)
    expected = {p + q for p in all_patterns(*first) for q in all_patterns(*second)}
    listed = {tuple(map(bool, p)) for p in ar.enumerate_patterns(both)}
    assert listed == {tuple(map(bool, p)) for p in expected}
    assert ar.count_regions(both) == len(expected)


def test_semiorders_as_others_count_them() -> None:
    # Stanley 1996: semiorders of 3 and 5 elements; the relatively bounded ones as in Sage.
    for k, regions, bounded in ((3, 19, 7), (5, 2371, 751)):
        arrangement = ar.catalogue.semiorder(k)
        found = ar.boundedness(ar.enumerate_patterns(arrangement))
        assert len(found.patterns) == regions
        assert len(found.relatively_bounded) == bounded
        assert ar.count_relatively_bounded_regions(arrangement) == bounded
        assert found.bounded == ()
        assert ar.count_bounded_regions(arrangement) == 0
        essential = ar.essentialization(arrangement)
        lists = ar.boundedness(ar.enumerate_patterns(essential))
        assert lists.bounded == lists.relatively_bounded == found.relatively_bounded
        assert ar.count_bounded_regions(essential) == bounded


@given(matrices(max_rows=6, max_columns=3), st.data())
def test_bounded_lists_have_as_many_as_are_counted(rows: Matrix, data: st.DataObject) -> None:
    width = len(rows[0])
    offsets = data.draw(st.lists(st.integers(-3, 3), min_size=len(rows), max_size=len(rows)))
    arrangement = ar.Arrangement.affine(rows, offsets)
    found = ar.boundedness(ar.enumerate_patterns(arrangement))
    assert len(found.relatively_bounded) == ar.count_relatively_bounded_regions(arrangement)
    assert len(found.bounded) == ar.count_bounded_regions(arrangement)
    assert found.essential == (matroid.rank(rows) == width)
    everything = sorted((*found.relatively_bounded, *found.unbounded))
    assert everything == list(range(len(found.patterns)))


@given(matrices(max_rows=5, max_columns=2), st.data())
@settings(max_examples=50)
def test_bounded_regions_go_nowhere(rows: Matrix, data: st.DataObject) -> None:
    # By the definition: a region is unbounded iff its signs, with zeros allowed, go to infinity.
    offsets = data.draw(st.lists(st.integers(-2, 2), min_size=len(rows), max_size=len(rows)))
    found = ar.boundedness(ar.enumerate_patterns(ar.Arrangement.affine(rows, offsets)))
    steps = range(-9, 10)
    for index in found.relatively_bounded:
        pattern = found.patterns[index]
        for direction in itertools.product(steps, repeat=len(rows[0])):
            values = [
                sum(x * step for x, step in zip(row, direction, strict=True)) for row in exact(rows)
            ]
            signs = [
                value if active else -value for value, active in zip(values, pattern, strict=True)
            ]
            assert not any(values) or min(signs) < 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ar.deletion([[1, 0], [0, 0]], 1), "row = 1 is zero"),
        (lambda: ar.deletion([[1, 0]], 7), "row = 7 is no row"),
        (lambda: ar.deletion([[1, 0], [-1, 0]], 0), "every row lies"),
        (lambda: ar.restriction([[1], [2]], 0), "is a point"),
        (lambda: ar.localization([[1, 2]], []), "rows is empty"),
        (lambda: ar.essentialization([[0, 0]]), "rank 0"),
        (lambda: ar.cone([[1, 0]]), "not affine"),
        (lambda: ar.decone(ar.catalogue.shi(2), 0), "has a domain"),
        (lambda: ar.boundedness(ar.enumerate_patterns([[1, 0]])), "no affine slice"),
    ],
)
def test_what_cannot_be_is_refused(call: object, message: str) -> None:
    with pytest.raises(ar.ArgumentError, match=message):
        call()  # type: ignore[operator]
