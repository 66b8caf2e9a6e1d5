"""Arrangements: classes of rows, frames, cones, units, and what they refuse."""

from __future__ import annotations

import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zoo import Matrix, exact, matrices, matrices_and_normals

import arrangements as ar


@given(matrices())
def test_rows_of_one_class_are_multiples_with_the_sign_of_their_orientation(rows: Matrix) -> None:
    arrangement = ar.Arrangement(rows)
    matrix = exact(rows)
    for i, row in enumerate(matrix):
        label, sign = int(arrangement.row_class[i]), int(arrangement.orientation[i])
        if not any(row):
            assert (label, sign) == (-1, 0)
            continue
        first = matrix[arrangement.representatives[label]]
        pivot = next(j for j, entry in enumerate(first) if entry)
        factor = row[pivot] / first[pivot]
        assert [factor * x for x in first] == row
        assert sign == (1 if factor > 0 else -1)
        assert arrangement.representatives[label] <= i


def test_classes_by_hand() -> None:
    arrangement = ar.Arrangement([[0, 0], [-2, 4], [1, 0], [1, -2], [3, 0], [-1, 2]])
    assert arrangement.row_class.tolist() == [-1, 0, 1, 0, 1, 0]
    assert arrangement.orientation.tolist() == [0, 1, 1, -1, 1, 1]
    assert arrangement.normals == ((-1, 2), (1, 0))
    assert arrangement.representatives == (1, 2)


@given(matrices_and_normals(), st.data())
def test_a_point_of_the_frame_keeps_its_products(
    drawn: tuple[Matrix, list[tuple[int, ...]]], data: st.DataObject
) -> None:
    rows, normals = drawn
    arrangement = ar.Arrangement(rows)
    frame = arrangement.frame(ar.Cone.from_normals(normals))
    point = data.draw(st.lists(st.integers(-4, 4), min_size=frame.rho, max_size=frame.rho))
    weight = frame.lift(point)
    for inside, outside in (
        (frame.hyperplanes, arrangement.normals),
        (frame.normals, tuple(normals)),
    ):
        for short, whole in zip(inside, outside, strict=True):
            here = sum(int(x) * p for x, p in zip(short, point, strict=True))
            there = sum(x * w for x, w in zip(whole, weight, strict=True))
            # A row of the frame is divided by the gcd of what is kept of it.
            assert (here > 0) - (here < 0) == (there > 0) - (there < 0)


def test_read_only_classes() -> None:
    arrangement = ar.Arrangement([[1, 0], [0, 1]])
    for array in (arrangement.row_class, arrangement.orientation):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5


def test_affine_reads_numbers_exactly() -> None:
    arrangement = ar.Arrangement.affine([[Fraction(1, 3), 0.5]], [0.25])
    assert arrangement.data.fractions == ((Fraction(1, 3), Fraction(1, 2), Fraction(1, 4)),)
    assert arrangement.domain == ar.Cone(((0, 0, 1),))


def test_affine_lines_by_hand() -> None:
    # Two parallel lines and a crossing one: 6 regions; a triangle: 7; a point on R: 2.
    strip = ar.Arrangement.affine([[1, 0], [1, 0], [0, 1]], [0, -1, 0])
    triangle = ar.Arrangement.affine([[1, 0], [0, 1], [1, 1]], [0, 0, -1])
    point = ar.Arrangement.affine([[2]], [1])
    # A constant row has no hyperplane in R^d; its sign is that of the offset.
    constant = ar.Arrangement.affine([[0]], [-1])
    for arrangement, count in ((strip, 6), (triangle, 7), (point, 2), (constant, 1)):
        assert ar.count_regions(arrangement) == len(ar.enumerate_patterns(arrangement)) == count
    assert [False] in ar.enumerate_patterns(constant)


def test_cones_of_another_dimension_are_refused() -> None:
    cone = ar.Cone(((1, 2, 3),))
    message = r"normal 0 has 3 entries where the data has 2 columns"
    with pytest.raises(ar.ArgumentError, match=message):
        ar.Arrangement([[1, 0]], domain=cone)
    for question in (ar.count_regions, ar.enumerate_patterns, ar.plan_units):
        with pytest.raises(ar.ArgumentError, match=message):
            question([[1, 0]], within=cone)


def test_cones_take_integers_only() -> None:
    assert ar.Cone.from_normals([[1.0, 2]]) == ar.Cone(((1, 2),))
    with pytest.raises(ar.ArgumentError, match=r"normals\[1\].*not an integer.*denominator"):
        ar.Cone.from_normals([[1, 2], [0.5, 1]])
    with pytest.raises(ar.ArgumentError, match=r"normals\[1\] has 1 entries"):
        ar.Cone.from_normals([[1, 2], [1]])


def test_cones_intersect_and_say_what_they_are() -> None:
    one, two = ar.Cone(((1, 0),)), ar.Cone(((0, 1), (1, 0)))
    assert (one & two).normals == ((1, 0), (0, 1))
    assert ar.Cone().is_whole_space
    assert [cone.describe() for cone in (ar.Cone(), one, two)] == [
        "the whole space",
        "cone of 1 half-space",
        "cone of 2 half-spaces",
    ]


@pytest.mark.parametrize("prefix", [-1, 4])
def test_a_prefix_is_a_number_of_hyperplanes(prefix: int) -> None:
    with pytest.raises(ar.ArgumentError, match=f"prefix = {prefix}[ ,]"):
        ar.plan_units([[1, 0], [0, 1], [1, 1], [2, 2], [0, 0]], prefix=prefix)


def test_units_and_methods_can_be_pickled() -> None:
    plan = ar.plan_units([[1, 0], [0, 1], [1, 1]], prefix=2)
    assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301 - our own bytes
    method = pickle.loads(pickle.dumps(ar.Incremental()))  # noqa: S301 - our own bytes
    assert len(ar.enumerate_patterns([[1, 0], [0, 1]], method=method)) == 4


def test_general_position_is_counted_by_cover_in_a_half_space() -> None:
    # By hand: three lines through the origin of the plane, and a half-plane cut by two.
    rows = [[1, 0], [0, 1], [1, 1]]
    half = ar.Arrangement(rows, domain=ar.Cone(((1, 0),)))
    assert ar.cover_number(half) == ar.count_regions(half) == 3
    other = ar.Arrangement(rows, domain=ar.Cone(((1, -1),)))
    assert ar.cover_number(other) == ar.count_regions(other) == 4
