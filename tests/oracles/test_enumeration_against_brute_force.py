"""Enumeration equals brute force as a set, and counting equals its size, on every family."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles import matroid
from oracles.brute_force import all_patterns
from oracles.reading import listed, realized
from zoo import FAMILIES, Matrix, exact, matrices, matrices_and_normals

import arrangements as ar

THOROUGH = settings.get_current_profile_name() == "thorough"
PROVERS = [ar.ByCheapest(), ar.ByCount(), ar.ByTree()]


def check(rows: Matrix, prover: ar.Prover) -> None:
    expected = all_patterns(rows)
    found = ar.enumerate_patterns(rows, proof=prover)
    patterns = listed(found)
    assert len(patterns) == len(set(patterns)), "a pattern is listed twice"
    assert set(patterns) == expected
    assert len(found) == len(expected) == found.completion.count
    for index, pattern in enumerate(patterns):
        assert realized(rows, found.witness(index)) == pattern
    arrangement = ar.Arrangement(rows)
    assert ar.count_regions(arrangement) == len(expected)
    assert arrangement.rank == matroid.rank(rows)
    assert arrangement.hyperplane_count == matroid.hyperplanes(rows)
    assert len(expected) <= ar.cover_number(arrangement)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_up_to_five_rows(family: str) -> None:
    @given(FAMILIES[family](max_rows=5, max_columns=3), st.sampled_from(PROVERS))
    @settings(max_examples=300 if THOROUGH else 25)
    def run(rows: Matrix, prover: ar.Prover) -> None:
        check(rows, prover)

    run()


@given(matrices(max_rows=7, max_columns=4), st.sampled_from(PROVERS))
@settings(max_examples=200 if THOROUGH else 20)
def test_up_to_seven_rows_in_four_dimensions(rows: Matrix, prover: ar.Prover) -> None:
    check(rows, prover)


@pytest.mark.thorough
@given(matrices(max_rows=10, max_columns=3), st.sampled_from(PROVERS))
@settings(max_examples=40)
def test_up_to_ten_rows(rows: Matrix, prover: ar.Prover) -> None:
    check(rows, prover)


@given(matrices_and_normals(max_rows=5, max_columns=3))
@settings(max_examples=1000 if THOROUGH else 150)
@example(([[1, 0, 0], [0, 1, 0]], [(0, 0, 1)]))
@example(([[1, 0, 0], [0, 1, 0]], [(1, 0, 1), (-1, 0, 1)]))
@example(([[1, 0], [2, 0]], [(1, 0), (-1, 0)]))
@example(([[0, 0], [0, 0]], [(1, 2)]))
@example(([[1, 1]], [(0, 0)]))
def test_inside_cones(drawn: tuple[Matrix, list[tuple[int, ...]]]) -> None:
    # Many of these cones have normals outside the row space of the data, or are empty.
    rows, normals = drawn
    cone = ar.Cone.from_normals(normals)
    expected = all_patterns(rows, normals)
    arrangement = ar.Arrangement(rows, domain=cone)
    found = ar.enumerate_patterns(arrangement)
    assert set(listed(found)) == expected
    assert len(found) == len(expected)
    assert ar.count_regions(arrangement) == len(expected)
    assert ar.count_regions(rows, within=cone) == len(expected)
    assert ar.cover_number(arrangement) >= len(expected)
    for index, pattern in enumerate(listed(found)):
        witness = found.witness(index)
        assert realized(rows, witness) == pattern
        assert all(
            sum(g * w for g, w in zip(normal, witness, strict=True)) > 0 for normal in normals
        )


@given(matrices(max_rows=4, max_columns=2), st.data())
def test_affine_arrangements(normals: Matrix, data: st.DataObject) -> None:
    # Regions of {a_i.x + b_i = 0} are those of the rows (a_i, b_i) where the last is positive.
    n, d = len(normals), len(normals[0])
    offsets = data.draw(st.lists(st.integers(-2, 2), min_size=n, max_size=n))
    rows = [[*row, offset] for row, offset in zip(exact(normals), offsets, strict=True)]
    expected = all_patterns(rows, [(0,) * d + (1,)])
    arrangement = ar.Arrangement.affine(normals, offsets)
    assert set(listed(ar.enumerate_patterns(arrangement))) == expected
    assert ar.count_regions(arrangement) == len(expected)


@given(matrices(max_rows=5, max_columns=3), st.integers(0, 4))
def test_units_partition_the_patterns(rows: Matrix, prefix: int) -> None:
    arrangement = ar.Arrangement(rows)
    prefix = min(prefix, arrangement.hyperplane_count)
    whole = ar.enumerate_patterns(arrangement, prefix=prefix)
    assert set(listed(whole)) == all_patterns(rows)
    plan = whole.completion.plan
    parts = [listed(ar.enumerate_patterns(arrangement, within=unit)) for unit in plan.units]
    assert sum(map(len, parts)) == len(whole)
    assert set().union(*parts) == set(listed(whole))
    assert [len(part) for part in parts] == [
        ar.count_regions(arrangement, within=unit) for unit in plan.units
    ]
