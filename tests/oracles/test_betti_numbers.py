"""Betti numbers, flats and bounded regions against Whitney's sums, NBC sets and the literature."""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import families, matroid
from oracles.families import KNOWN, Rows
from zoo import Matrix, matrices

import arrangements as ar
from arrangements.counting import front


def by_exponents(exponents: list[int]) -> tuple[int, ...]:
    """Return the coefficients of the product of 1 + e t: a free arrangement's (Terao)."""
    numbers = [1]
    for e in exponents:
        numbers = [a + e * b for a, b in zip([*numbers, 0], [0, *numbers], strict=True)]
    return tuple(numbers)


@pytest.mark.parametrize("k", range(2, 8))
def test_braid(k: int) -> None:
    assert ar.betti_numbers(families.braid(k)) == by_exponents(list(range(1, k)))


@pytest.mark.parametrize("k", range(1, 6))
def test_type_b(k: int) -> None:
    assert ar.betti_numbers(families.type_b(k)) == by_exponents(list(range(1, 2 * k, 2)))


@pytest.mark.parametrize(("m", "r"), [(4, 2), (10, 3), (8, 4), (11, 5), (40, 4)])
def test_general_position(m: int, r: int) -> None:
    expected = (*(math.comb(m, k) for k in range(r)), math.comb(m - 1, r - 1))
    assert ar.betti_numbers(families.moment_curve(m, r)) == expected


def test_resonance_seven() -> None:
    with ThreadPoolExecutor(2) as threads:
        betti = ar.betti_numbers(families.resonance(7), executor=threads)
    assert list(betti) == KNOWN["resonance_7_betti"]["betti"]
    assert sum(betti) == KNOWN["resonance"]["k"]["7"]


@given(matrices(max_rows=7, max_columns=4))
@settings(max_examples=30)
def test_whitney_and_nbc(rows: Matrix) -> None:
    betti = list(ar.betti_numbers(rows))
    assert betti == matroid.nbc_numbers(rows)
    signed = [(-1) ** k * number for k, number in enumerate(betti)]
    assert signed == matroid.whitney_numbers(rows)
    chi = ar.characteristic_polynomial(rows)
    d = len(rows[0])
    assert [int(chi.coeff_monomial(chi.gen ** (d - k))) for k in range(len(signed))] == signed
    assert abs(int(chi.eval(-1))) == ar.count_regions(rows)


@given(matrices(max_rows=7, max_columns=4))
@settings(max_examples=30)
def test_compiled_kernels_give_the_same(rows: Matrix) -> None:
    expected = matroid.nbc_numbers(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(front, "_WORTH_COMPILING", 0)
        patch.setattr(front, "_WORTH_CALLING", 0)
        assert list(ar.betti_numbers(rows)) == expected


@given(matrices(max_rows=6, max_columns=3), st.data())
@settings(max_examples=30)
def test_affine_arrangements(normals: Matrix, data: st.DataObject) -> None:
    offsets = data.draw(st.lists(st.integers(-2, 2), min_size=len(normals), max_size=len(normals)))
    arrangement = ar.Arrangement.affine(normals, offsets)
    expected = matroid.affine_whitney_numbers(normals, offsets)
    signed = [(-1) ** k * number for k, number in enumerate(ar.betti_numbers(arrangement))]
    width = max(len(signed), len(expected))
    assert signed + [0] * (width - len(signed)) == expected + [0] * (width - len(expected))
    # Zaslavsky: in an essential arrangement |chi(1)| regions are bounded.
    essential = matroid.rank(normals) == len(normals[0])
    assert ar.count_bounded_regions(arrangement) == (abs(sum(expected)) if essential else 0)


@pytest.mark.parametrize(("m", "d"), [(1, 1), (5, 1), (6, 2), (3, 2), (2, 2), (7, 3)])
def test_bounded_regions_in_general_position(m: int, d: int) -> None:
    curve = families.moment_curve(m, d + 1)
    arrangement = ar.Arrangement.affine([row[1:] for row in curve], [row[0] for row in curve])
    assert ar.count_bounded_regions(arrangement) == math.comb(m - 1, d)


@given(matrices(max_rows=6, max_columns=2), st.data())
@settings(max_examples=20)
def test_bounded_regions_are_those_without_a_ray_at_infinity(
    normals: Matrix, data: st.DataObject
) -> None:
    offsets = data.draw(st.lists(st.integers(-2, 2), min_size=len(normals), max_size=len(normals)))
    arrangement = ar.Arrangement.affine(normals, offsets)
    if arrangement.frame().rho < arrangement.shape[1]:
        assert ar.count_bounded_regions(arrangement) == 0
        return
    patterns = ar.enumerate_patterns(arrangement)
    bounded = sum(
        all(ray[-1] > 0 for ray in ar.region(arrangement, pattern).rays) for pattern in patterns
    )
    assert ar.count_bounded_regions(arrangement) == bounded


@pytest.mark.parametrize(
    "data", [[[1, 0], [0, 1]], ar.Arrangement([[1, 0]], domain=ar.Cone(((1, 0), (0, 1))))]
)
def test_without_a_slice_nothing_is_bounded_or_not(data: Rows | ar.Arrangement) -> None:
    with pytest.raises(ar.ArgumentError, match="must be one half-space"):
        ar.count_bounded_regions(data)


def test_an_empty_cone_has_no_flats() -> None:
    nowhere = ar.Cone(((1, 0), (-1, 0)))
    assert ar.betti_numbers([[1, 0], [1, 1]], within=nowhere) == (0, 0, 0)


@pytest.mark.parametrize("size", [2**26, 2**80])
def test_huge_entries(size: int) -> None:
    rows = [[size**j * (i + j) + i**j for j in range(4)] for i in range(1, 9)]
    numbers = matroid.nbc_numbers(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(front, "_WORTH_COMPILING", 0)
        patch.setattr(front, "_WORTH_CALLING", 0)
        assert list(ar.betti_numbers(rows)) == numbers


@given(matrices(max_rows=6, max_columns=4))
@settings(max_examples=25)
def test_flats(rows: Matrix) -> None:
    closed = matroid.flats(rows)
    mu = matroid.moebius(closed)
    found = ar.flats(rows)
    assert {flat.rows: flat.rank for flat in found} == closed
    assert {flat.rows: flat.moebius for flat in found} == mu
    assert len(found) == len(closed)
    assert list(found.first_whitney_numbers) == matroid.whitney_numbers(rows)
    lattice = ar.intersection_lattice(found)
    assert {(a.rows, b.rows) for a, b in lattice.edges} == {
        (a, b)
        for a, b in itertools.permutations(closed, 2)
        if set(a) < set(b) and closed[b] == closed[a] + 1
    }


@given(matrices(max_rows=5, max_columns=3), st.data())
@settings(max_examples=25)
def test_flats_of_affine_arrangements(normals: Matrix, data: st.DataObject) -> None:
    offsets = data.draw(st.lists(st.integers(-2, 2), min_size=len(normals), max_size=len(normals)))
    found = ar.flats(ar.Arrangement.affine(normals, offsets))
    expected = matroid.affine_whitney_numbers(normals, offsets)
    numbers = [*found.first_whitney_numbers, *[0] * len(expected)]
    assert numbers[: len(expected)] == expected


def test_flats_of_the_braid_arrangement_are_set_partitions() -> None:
    found = ar.flats(families.braid(6))
    # Stirling numbers of the second kind and of the first.
    assert found.second_whitney_numbers == (1, 15, 65, 90, 31, 1)
    assert found.first_whitney_numbers == (1, -15, 85, -225, 274, -120)


def test_too_many_flats_and_empty_domains_are_refused() -> None:
    with pytest.raises(ar.ArgumentError, match="raise limit="):
        ar.flats(families.braid(5), limit=51)
    assert len(ar.flats(families.braid(5), limit=52)) == 52
    with pytest.raises(ar.ArgumentError, match="empty domain"):
        ar.flats(ar.Arrangement([[1, 0]], domain=ar.Cone(((1, 0), (-1, 0)))))
