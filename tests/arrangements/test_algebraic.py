"""Rows over number fields: against the literature, rational rows, and Whitney's theorem in SymPy."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo import Matrix, exact, matrices

import arrangements as ar
from arrangements.exact import NumberField

ROOT2 = sympy.sqrt(2)
GOLDEN = (1 + sympy.sqrt(5)) / 2


def simplicial(sides: int) -> ar.AlgebraicArrangement:
    """A(2m, 1): the sides of a regular polygon of m sides, and its axes of symmetry."""
    turn = 2 * sympy.pi / sides

    # In the coordinates of two neighbouring corners everything lies in Q(2 cos(2 pi / m)).
    def sine(k: int) -> Any:
        return (
            sympy.chebyshevu(abs(k) - 1, sympy.cos(turn)) * sympy.sign(k) if k else sympy.Integer(0)
        )

    rows = []
    for k in range(sides):
        # The side between corners k and k + 1, the axis between them, and that through corner k.
        rows.append([sympy.cos(turn) + 1, *_direction(sine, k, k + 1, 1)])
        rows.append([sympy.Integer(0), *_direction(sine, k, k + 1, -1)])
        rows.append([sympy.Integer(0), *_direction(sine, k - 1, k + 1, -1)])
    return ar.AlgebraicArrangement(rows)


def _direction(sine: Any, first: int, second: int, sign: int) -> list[Any]:
    """The functional c_first + sign * c_second in the basis dual to corners 0 and 1."""
    # Corner k is (-s(k - 1) c_0 + s(k) c_1) / s(1), with s(k) = sin(k t) / sin(t).
    here, there = ((-sine(k - 1), sine(k)) for k in (first, second))
    coordinates = [a + sign * b for a, b in zip(here, there, strict=True)]
    # As a functional: products with c_0 and c_1, whose products are 1 and cos(t).
    cosine = sine(2) / 2
    return [
        sympy.expand(coordinates[0] + coordinates[1] * cosine),
        sympy.expand(coordinates[0] * cosine + coordinates[1]),
    ]


def test_the_icosahedron_and_the_600_cell() -> None:
    # Coxeter: the exponents are 1, 5, 9 and 1, 11, 19, 29; the orders 120 and 14,400.
    for k, exponents in ((3, (1, 5, 9)), (4, (1, 11, 19, 29))):
        arrangement = ar.catalogue.type_h(k)
        expected = [
            sum(map(math.prod, itertools.combinations(exponents, size))) for size in range(k + 1)
        ]
        assert list(arrangement.betti_numbers()) == expected
        assert arrangement.count_regions() == math.prod(e + 1 for e in exponents)
    assert len(ar.enumerate_algebraic(ar.catalogue.type_h(3))) == 120
    for k in (2, 5):
        with pytest.raises(ar.ArgumentError, match="type H exists for 3 and 4"):
            ar.catalogue.type_h(k)


@pytest.mark.thorough
def test_the_600_cell_is_listed() -> None:
    assert len(ar.enumerate_algebraic(ar.catalogue.type_h(4))) == 14_400


@pytest.mark.parametrize("sides", [5, 7, 8])
def test_regular_polygons(sides: int) -> None:
    # Gruenbaum: the simplicial arrangement A(2m, 1) has m double and m (m - 1) / 2 triple points,
    # and one where m lines meet: in space 2 m (m + 1) regions.
    arrangement = simplicial(sides)
    assert arrangement.hyperplane_count == 2 * sides
    assert arrangement.count_regions() == 2 * sides * (sides + 1)
    assert len(ar.enumerate_algebraic(arrangement)) == 2 * sides * (sides + 1)


@given(matrices(max_rows=7, max_columns=3))
@settings(max_examples=25)
def test_rational_rows_are_those_of_an_arrangement(rows: Matrix) -> None:
    try:
        floats = [[float(entry) for entry in row] for row in exact(rows)]
    except OverflowError:
        return
    usual = ar.Arrangement(exact(rows))
    found = ar.AlgebraicArrangement(exact(rows))
    assert (found.rank, found.hyperplane_count) == (usual.rank, usual.hyperplane_count)
    assert found.columns == usual.columns
    assert found.row_class.tolist() == usual.row_class.tolist()
    assert found.orientation.tolist() == usual.orientation.tolist()
    assert found.betti_numbers() == ar.betti_numbers(usual)
    weights = np.random.default_rng(0).integers(-9, 10, (4, usual.shape[1]))
    assert found.signs(weights).tolist() == usual.data.signs(weights).tolist()
    try:
        listed = ar.enumerate_algebraic(found)
    except ar.ProofError:
        # Floats may not tell what lies close together: then nothing is returned.
        assert ar.near_degeneracy(usual) or np.abs(floats).max() > 1e6
        return
    assert listed.packed.tolist() == ar.enumerate_patterns(usual).packed.tolist()


def whitney(rows: list[list[Any]]) -> int:
    """Regions by Whitney's theorem: sum of (-1)^(|S| - rank S) over the sets S of rows."""
    total = 0
    for size in range(len(rows) + 1):
        for subset in itertools.combinations(rows, size):
            matrix = sympy.Matrix(subset) if subset else sympy.zeros(0, 1)
            rank = matrix.rank(simplify=sympy.radsimp) if subset else 0
            total += (-1) ** (size - rank)
    return total


small = st.tuples(st.integers(-2, 2), st.integers(-1, 1))


@given(st.lists(st.lists(small, min_size=3, max_size=3), min_size=1, max_size=4))
@settings(max_examples=12, deadline=None)
def test_rows_over_the_square_root_of_two(rows: list[list[tuple[int, int]]]) -> None:
    field = NumberField([-2, 0, 1], 1.4)
    found = ar.AlgebraicArrangement(rows, field)
    values = [[a + b * ROOT2 for a, b in row] for row in rows]
    nonzero = [values[i] for i in found.representatives]
    assert found.count_regions() == whitney(nonzero)
    again = ar.AlgebraicArrangement(values)
    assert again.betti_numbers() == found.betti_numbers()
    assert again.row_class.tolist() == found.row_class.tolist()
    listed = ar.enumerate_algebraic(found)
    for index in range(0, len(listed), 5):
        weight = listed.witness(index)
        for row, active in zip(values, listed.activations()[index], strict=True):
            product = sympy.expand(sum(x * w for x, w in zip(row, weight, strict=True)))
            assert bool(product > 0) == bool(active) or product == 0


def test_parallel_rows_and_zero_rows() -> None:
    rows = [[1, GOLDEN], [GOLDEN, GOLDEN + 1], [-GOLDEN, -(GOLDEN**2)], [0, 0], [2, 1]]
    found = ar.AlgebraicArrangement(rows)
    assert found.row_class.tolist() == [0, 0, 0, -1, 1]
    assert found.orientation.tolist() == [1, 1, -1, 0, 1]
    assert ar.enumerate_algebraic(found).activations().tolist() == [
        [active, active, not active, True, other]
        for active, other in sorted(
            itertools.product((False, True), repeat=2),
            key=lambda pair: sum(
                bit << place
                for place, bit in enumerate([pair[0], pair[0], not pair[0], True, pair[1]])
            ),
        )
    ]
    assert len(ar.enumerate_algebraic(ar.AlgebraicArrangement([[0, 0]]))) == 1


def test_several_roots_share_one_field() -> None:
    found = ar.AlgebraicArrangement([[ROOT2, 1], [sympy.sqrt(3), sympy.sqrt(6)], [1, 0.5]])
    assert found.field.degree == 4
    # The first two are parallel: sqrt(3) * (sqrt(2), 1) = (sqrt(6), sqrt(3)) is not, though.
    assert found.hyperplane_count == 3
    twin = ar.AlgebraicArrangement([[ROOT2, 1], [sympy.sqrt(6), sympy.sqrt(3)]])
    assert twin.hyperplane_count == 1


def test_fields() -> None:
    golden = NumberField([-1, -1, 1], 1.6)
    assert golden.sign((0, 0)) == 0
    # Fibonacci's quotients lie on both sides in turn.
    assert [golden.sign((-b, a)) for a, b in ((1, 1), (1, 2), (2, 3), (3, 5))] == [1, -1, 1, -1]
    fibonacci = [1, 1]
    while len(fibonacci) < 500:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    assert golden.sign((-fibonacci[-1], fibonacci[-2])) == -golden.sign(
        (-fibonacci[-2], fibonacci[-3])
    )
    conjugate = NumberField([-1, -1, 1], -0.6)
    assert conjugate != golden
    assert conjugate.sign((0, 1)) == -1
    assert pickle.loads(pickle.dumps(conjugate)) == conjugate  # noqa: S301 - our own bytes
    low = golden.enclosure(300)
    assert Fraction(low, 2**300) ** 2 < Fraction(low, 2**300) + 1 < Fraction(low + 1, 2**299) ** 2
    for polynomial, says in (
        ([1, 0, 1], "no real root"),
        ([-1, 0, 1], "is a product"),
        ([1], "degree one"),
        ([1, 2], "end with 1"),
    ):
        with pytest.raises(ar.ArgumentError, match=says):
            NumberField(polynomial, 1)


def test_what_is_refused() -> None:
    for rows, says in (
        ([[sympy.pi, 1]], "row 0, column 0: pi is not a real algebraic number"),
        ([[1, sympy.I]], "row 0, column 1: I is not"),
        ([[sympy.Symbol("x"), 1]], "row 0, column 0: x"),
        ([[1, 2], [1]], "row 1 has 1 entries"),
        ([], "empty"),
        ([["a", 1]], "row 0, column 0: 'a'"),
    ):
        with pytest.raises(ar.DataError, match=says):
            ar.AlgebraicArrangement(rows)
    golden = NumberField([-1, -1, 1], 1.6)
    for entry in ((1, 2, 3), (0.5,), 3):
        with pytest.raises(ar.DataError, match=r"row 0, column 0: .* is not up to 2 integers"):
            ar.AlgebraicArrangement([[entry]], golden)
    with pytest.raises(ar.DataError, match="irrational; AlgebraicArrangement keeps it"):
        ar.Arrangement([[ROOT2, 1]])
    with pytest.raises(ar.DataError, match="counted by its own"):
        ar.count_regions(ar.AlgebraicArrangement([[ROOT2, 1]]))


def test_what_floats_cannot_tell_is_not_listed() -> None:
    # Three lines through a point of the plane, but for the sixtieth digit.
    close = ar.AlgebraicArrangement([[1, 0, 0], [0, 1, 0], [ROOT2, 1, Fraction(1, 10**60)]])
    assert close.count_regions() == 8
    with pytest.raises(ar.ProofError, match="patterns, but 8 regions"):
        ar.enumerate_algebraic(close)


def test_forged_lists_are_refused() -> None:
    good = ar.enumerate_algebraic(ar.AlgebraicArrangement([[1, 0], [0, 1], [1, GOLDEN]]))
    arrangement, packed, points = good.arrangement, good.packed, good.points
    forged = [
        (packed[:-1], points[:-1], "5 patterns, but 6 regions"),
        (packed[::-1], points[::-1], "not sorted"),
        (packed, points[::-1], "does not realize"),
        (packed, np.zeros_like(points), "lies on a hyperplane"),
        (packed, points[:-1], "do not fit"),
    ]
    for table, witnesses, says in forged:
        with pytest.raises(ar.ProofError, match=says):
            ar.AlgebraicPatterns(arrangement, table, witnesses)
