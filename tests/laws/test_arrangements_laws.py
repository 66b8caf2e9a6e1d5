"""What must not change, or must change predictably, when the data changes."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import matroid
from oracles.reading import listed
from zoo import Matrix, exact, matrices, matrices_and_normals

import arrangements as ar

POSITIVE = st.sampled_from([Fraction(1, 3), Fraction(1), Fraction(5), Fraction(10**20)])


def patterns_of(rows: Matrix) -> list[tuple[bool, ...]]:
    return listed(ar.enumerate_patterns(rows))


@given(matrices(), st.data())
def test_permuting_rows_permutes_bits(rows: Matrix, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(rows))))
    permuted = patterns_of([rows[i] for i in order])
    expected = {tuple(pattern[i] for i in order) for pattern in patterns_of(rows)}
    assert set(permuted) == expected


@given(matrices(), st.data())
def test_scaling_rows_by_positive_numbers_changes_nothing(
    rows: Matrix, data: st.DataObject
) -> None:
    scales = data.draw(st.lists(POSITIVE, min_size=len(rows), max_size=len(rows)))
    scaled = [[s * x for x in row] for s, row in zip(scales, exact(rows), strict=True)]
    assert patterns_of(scaled) == patterns_of(rows)
    assert ar.DataMatrix.from_array(scaled).digest == ar.DataMatrix.from_array(rows).digest
    assert ar.DataMatrix.from_array(scaled).fractions == tuple(map(tuple, scaled))


@given(matrices(), st.data())
def test_negating_a_row_flips_its_bit(rows: Matrix, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(rows) - 1))
    flipped = [[-x for x in row] if i == index else row for i, row in enumerate(rows)]
    moves = any(exact(rows)[index])
    expected = {
        tuple(bit != (moves and i == index) for i, bit in enumerate(pattern))
        for pattern in patterns_of(rows)
    }
    assert set(patterns_of(flipped)) == expected


@given(matrices(), st.data())
def test_invertible_column_maps_change_nothing(rows: Matrix, data: st.DataObject) -> None:
    d = len(rows[0])
    row_of_map = st.lists(st.integers(-3, 3), min_size=d, max_size=d)
    change = data.draw(st.lists(row_of_map, min_size=d, max_size=d))
    assume(matroid.rank(change) == d)
    mapped = [
        [sum(row[k] * change[k][j] for k in range(d)) for j in range(d)] for row in exact(rows)
    ]
    assert patterns_of(mapped) == patterns_of(rows)


@given(matrices(), st.data())
def test_dependent_columns_change_nothing(rows: Matrix, data: st.DataObject) -> None:
    factors = data.draw(st.lists(st.integers(-3, 3), min_size=len(rows[0]), max_size=len(rows[0])))
    wider = [[sum(f * x for f, x in zip(factors, row, strict=True)), *row] for row in exact(rows)]
    assert patterns_of(wider) == patterns_of(rows)


@given(matrices())
def test_regions_come_in_antipodal_pairs(rows: Matrix) -> None:
    found = ar.enumerate_patterns(rows)
    moving = [any(row) for row in exact(rows)]
    patterns = listed(found)
    for index, pattern in enumerate(patterns):
        opposite = tuple(bit != moves for bit, moves in zip(pattern, moving, strict=True))
        assert patterns[found.antipode(index)] == opposite
        assert found.antipode(found.antipode(index)) == index
    if any(moving):
        assert len(found) % 2 == 0


@given(matrices(max_rows=7, max_columns=4))
def test_deletion_and_restriction(rows: Matrix) -> None:
    # r(A) = r(A - H) + r(A restricted to H), with H the last hyperplane, when it is new.
    matrix = exact(rows)
    last = matrix[-1]
    if matroid.hyperplanes(rows) == matroid.hyperplanes(rows[:-1] or [[0] * len(last)]):
        return
    column = next(j for j, entry in enumerate(last) if entry)
    restricted = [
        [x - row[column] / last[column] * h for x, h in zip(row, last, strict=True)]
        for row in matrix[:-1]
    ]
    deleted = ar.count_regions(matrix[:-1]) if matrix[:-1] else 1
    assert ar.count_regions(matrix) == deleted + (ar.count_regions(restricted) if restricted else 1)


@given(matrices(max_rows=7, max_columns=4), st.integers(0, 6))
def test_units_add_up(rows: Matrix, prefix: int) -> None:
    arrangement = ar.Arrangement(rows)
    plan = ar.plan_units(arrangement, prefix=min(prefix, arrangement.hyperplane_count))
    assert sum(
        ar.count_regions(arrangement, within=unit) for unit in plan.units
    ) == ar.count_regions(arrangement)


@given(matrices_and_normals())
def test_a_hyperplane_cuts_a_cone_in_two(drawn: tuple[Matrix, list[tuple[int, ...]]]) -> None:
    # Regions of A and g inside a cone are those on the two sides of g.
    rows, normals = drawn
    assume(normals and any(normals[0]))
    g, cone = normals[0], ar.Cone.from_normals(normals[1:])
    sides = [ar.Cone((g,)), ar.Cone((tuple(-x for x in g),))]
    counted = [ar.count_regions(rows, within=cone & side) for side in sides]
    assert sum(counted) == ar.count_regions([*exact(rows), list(g)], within=cone)


@given(matrices_and_normals())
def test_a_smaller_cone_holds_fewer_patterns(drawn: tuple[Matrix, list[tuple[int, ...]]]) -> None:
    rows, normals = drawn
    cones = [ar.Cone.from_normals(normals[:k]) for k in range(len(normals) + 1)]
    lists = [set(listed(ar.enumerate_patterns(rows, within=cone))) for cone in cones]
    assert all(inner <= outer for outer, inner in pairwise(lists))


@given(matrices())
def test_adding_rows_refines(rows: Matrix) -> None:
    # Forgetting the last row maps the regions onto the regions without it.
    if len(rows) > 1:
        forgotten = {pattern[:-1] for pattern in patterns_of(rows)}
        assert forgotten == set(patterns_of(rows[:-1]))


@given(matrices(), st.integers(0, 2**32 - 1))
def test_samples_are_among_the_patterns(rows: Matrix, seed: int) -> None:
    # Gaussian floats never lie on a hyperplane of these sizes exactly.
    sample = ar.sample_patterns(rows, 20, seed=seed)
    assert set(listed(sample)) <= set(patterns_of(rows))
