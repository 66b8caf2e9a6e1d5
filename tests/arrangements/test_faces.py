"""Faces of all dimensions against trying all vectors of signs."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from oracles import families, matroid
from oracles.brute_force import all_patterns
from oracles.covectors import all_covectors
from zoo import Matrix, exact, matrices, matrices_and_normals

import arrangements as ar


def dimension(rows: Matrix, signs: tuple[int, ...]) -> int:
    zero = [row for row, sign in zip(rows, signs, strict=True) if sign == 0]
    return len(rows[0]) - (matroid.rank(zero) if zero else 0)


@given(matrices(max_rows=5, max_columns=3))
@settings(max_examples=60)
def test_faces(rows: Matrix) -> None:
    found = ar.faces(rows)
    listed = [tuple(map(int, signs)) for signs in found.signs]
    expected = all_covectors(rows)
    assert set(listed) == expected
    assert len(listed) == len(expected)
    assert found.dimensions.tolist() == [dimension(rows, signs) for signs in listed]
    assert sorted(zip(found.dimensions.tolist(), listed, strict=True)) == list(
        zip(found.dimensions.tolist(), listed, strict=True)
    )
    for signs, point in zip(listed, found.points, strict=True):
        values = [sum(x * int(w) for x, w in zip(row, point, strict=True)) for row in exact(rows)]
        assert tuple((v > 0) - (v < 0) for v in values) == signs
    counts = Counter(dimension(rows, signs) for signs in expected)
    f = tuple(counts[k] for k in range(len(rows[0]) + 1))
    assert found.f_vector == ar.f_vector(rows) == f


@given(matrices_and_normals(max_rows=4, max_columns=3))
@settings(max_examples=50)
def test_faces_inside_a_cone(drawn: tuple[Matrix, list[tuple[int, ...]]]) -> None:
    rows, normals = drawn
    arrangement = ar.Arrangement(rows, domain=ar.Cone.from_normals(normals))
    expected = all_covectors(rows, normals)
    if not expected:
        with pytest.raises(ar.ArgumentError, match="empty domain"):
            ar.faces(arrangement)
        return
    found = ar.faces(arrangement)
    assert {tuple(map(int, signs)) for signs in found.signs} == expected
    assert ar.f_vector(arrangement) == found.f_vector
    for normal in normals:
        assert all(
            sum(g * int(w) for g, w in zip(normal, p, strict=True)) > 0 for p in found.points
        )


@given(matrices_and_normals(max_rows=5, max_columns=3))
@settings(max_examples=60)
def test_boundary_patterns(drawn: tuple[Matrix, list[tuple[int, ...]]]) -> None:
    rows, normals = drawn
    everywhere = {tuple(s >= 0 for s in signs) for signs in all_covectors(rows, normals)}
    expected = everywhere - all_patterns(rows, normals)
    arrangement = ar.Arrangement(rows, domain=ar.Cone.from_normals(normals))
    if not everywhere:
        with pytest.raises(ar.ArgumentError, match="empty domain"):
            ar.boundary_patterns(arrangement)
        return
    found = ar.boundary_patterns(arrangement)
    assert set(map(tuple, found.activations().tolist())) == expected
    assert found.origin is ar.Origin.BOUNDARY


def test_patterns_of_all_weights_of_five_rows() -> None:
    rows = [[1, 0], [2, 0], [-1, 0], [0, 0], [1, 1]]
    assert len(ar.enumerate_patterns(rows)) + len(ar.boundary_patterns(rows)) == 6


@pytest.mark.parametrize("seed", range(6))
def test_in_general_position_only_the_origin_adds_a_pattern(seed: int) -> None:
    # All ones, and exactly when no half-space holds all rows.
    rows = np.random.default_rng(seed).standard_normal((6, 3))
    found = ar.boundary_patterns(rows).activations()
    if tuple([True] * 6) in all_patterns(rows.tolist()):
        assert len(found) == 0
    else:
        assert found.tolist() == [[True] * 6]


def test_with_a_bias_no_flat_is_looked_at() -> None:
    rows = np.c_[np.random.default_rng(0).standard_normal((200, 9)), np.ones(200)]
    assert len(ar.boundary_patterns(rows, limit=0)) == 0


@pytest.mark.parametrize("k", range(2, 6))
def test_faces_of_the_braid_arrangement_are_ordered_set_partitions(k: int) -> None:
    # j! S(k, j) of them have dimension j.
    stirling = {2: (1, 1), 3: (1, 3, 1), 4: (1, 7, 6, 1), 5: (1, 15, 25, 10, 1)}[k]
    expected = [0, *(math.factorial(j + 1) * s for j, s in enumerate(stirling))]
    assert ar.f_vector(families.braid(k)) == tuple(expected)


@pytest.mark.parametrize(
    ("rows", "simplicial"),
    [
        (families.braid(5), True),
        (families.type_b(4), True),
        (np.eye(4, dtype=int), True),
        (families.resonance(3), True),
        (families.threshold(3), False),
        (families.small_grid(), False),
        (families.moment_curve(5, 3), False),
        ([[0, 0]], True),
        ([[2], [-1]], True),
    ],
)
def test_simplicial_families(rows: Matrix, simplicial: bool) -> None:  # noqa: FBT001 - an expected value
    assert bool(ar.is_simplicial(rows)) == simplicial


@given(matrices(max_rows=6, max_columns=3))
@settings(max_examples=50)
def test_simpliciality_is_having_r_walls(rows: Matrix) -> None:
    patterns = all_patterns(rows)
    classes = [
        np.flatnonzero(ar.Arrangement(rows).row_class == h)
        for h in range(matroid.hyperplanes(rows))
    ]

    def walls(pattern: tuple[bool, ...]) -> int:
        flips = (tuple(b ^ (i in rows_) for i, b in enumerate(pattern)) for rows_ in classes)
        return sum(flip in patterns for flip in flips)

    answer = ar.is_simplicial(rows)
    assert bool(answer) == all(walls(pattern) == matroid.rank(rows) for pattern in patterns)
    assert answer.regions == len(patterns)
    assert 2 * answer.facets == sum(map(walls, patterns))


def test_limits_and_domains_are_refused() -> None:
    with pytest.raises(ar.ArgumentError, match="raise limit="):
        ar.faces(families.braid(4), limit=74)
    assert len(ar.faces(families.braid(4), limit=75)) == 75
    with pytest.raises(ar.ArgumentError, match="whole space"):
        ar.is_simplicial(ar.Arrangement.affine([[1]], [1]))
