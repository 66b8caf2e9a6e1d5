"""The exact simplex method: every answer carries its own proof, checked by hand here."""

from __future__ import annotations

import math

from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles.feasibility import is_feasible
from zoo import exact

from arrangements.exact import (
    EmptyCone,
    Inside,
    conic_combination,
    interior_point,
    push_across,
)

Row = tuple[int, ...]
ENTRY = st.one_of(st.integers(-3, 3), st.integers(-(10**30), 10**30))


@st.composite
def systems(draw: st.DrawFn, *, most: int = 7) -> tuple[list[Row], Row]:
    width = draw(st.integers(1, 4))
    row = st.tuples(*[ENTRY] * width)
    rows = draw(st.lists(row, max_size=most))
    if rows and draw(st.booleans()):
        # A target inside the cone, often on its boundary.
        factors = draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
        target = tuple(
            sum(f * r[c] for f, r in zip(factors, rows, strict=True)) for c in range(width)
        )
        return rows, target
    return rows, draw(row)


def dot(a: Row, b: Row) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True))


def check_answer(generators: list[Row], target: Row) -> None:
    answer = conic_combination(generators, target)
    if isinstance(answer, Inside):
        assert answer.scale > 0
        assert all(factor > 0 for factor in answer.factors)
        assert len(set(answer.rows)) == len(answer.rows) == len(answer.factors)
        assert len(answer.rows) <= len(target)
        total = [0] * len(target)
        for index, factor in zip(answer.rows, answer.factors, strict=True):
            for column, entry in enumerate(generators[index]):
                total[column] += factor * entry
        assert tuple(total) == tuple(answer.scale * entry for entry in target)
    else:
        assert all(dot(answer.functional, generator) >= 0 for generator in generators)
        assert dot(answer.functional, target) < 0


@given(systems())
@settings(max_examples=200)
@example(([], (1,)))
@example(([], (0, 0)))
@example(([(0, 0)], (1, 0)))
@example(([(1, 0), (-1, 0)], (-5, 0)))
@example(([(1, 0), (1, 0), (2, 0)], (3, 0)))
def test_conic_combination_proves_its_answer(system: tuple[list[Row], Row]) -> None:
    check_answer(*system)


@given(systems(most=6))
@settings(max_examples=200)
@example(([], (0,)))
@example(([(0, 0)], (1, 1)))
@example(([(1, 0), (0, 0)], (1, 1)))
def test_interior_points_exist_exactly_when_elimination_says_so(
    system: tuple[list[Row], Row],
) -> None:
    normals, target = system
    point = interior_point(normals, len(target))
    assert isinstance(point, EmptyCone) != is_feasible(exact(normals))
    if isinstance(point, EmptyCone):
        assert min(point.factors) > 0
        chosen = [normals[row] for row in point.rows]
        for entries in zip(*chosen, strict=True):
            assert dot(entries, point.factors) == 0
    else:
        assert len(point) == len(target)
        assert all(dot(normal, point) > 0 for normal in normals)


@given(systems(most=6), st.integers(-3, 3))
@settings(max_examples=200)
@example(([], (0,)), 1)
@example(([(0, 0)], (1, 1)), 1)
@example(([(1, 0), (-1, 0)], (1, 1)), 0)
def test_a_point_to_begin_with_changes_no_answer(system: tuple[list[Row], Row], scale: int) -> None:
    normals, target = system
    near = tuple(scale * entry for entry in target)
    point = interior_point(normals, len(target), near=near)
    assert isinstance(point, EmptyCone) == isinstance(
        interior_point(normals, len(target)), EmptyCone
    )
    if isinstance(point, EmptyCone):
        assert min(point.factors) > 0
        for entries in zip(*(normals[row] for row in point.rows), strict=True):
            assert dot(entries, point.factors) == 0
    else:
        assert all(dot(normal, point) > 0 for normal in normals)


@given(systems())
@settings(max_examples=200)
def test_pushing_across_stays_inside(system: tuple[list[Row], Row]) -> None:
    normals, target = system
    point = interior_point(normals, len(target))
    if isinstance(point, EmptyCone):
        return
    answer = conic_combination(normals, target)
    if isinstance(answer, Inside):
        return
    moved = push_across(point, answer.functional, target)
    assert all(dot(normal, moved) > 0 for normal in normals)
    assert dot(target, moved) < 0
    assert math.gcd(*moved) == 1


@given(systems(most=5), st.permutations(range(5)))
def test_order_of_generators_does_not_decide(
    system: tuple[list[Row], Row], order: list[int]
) -> None:
    generators, target = system
    shuffled = [generators[i] for i in order if i < len(generators)]
    assert type(conic_combination(generators, target)) is type(conic_combination(shuffled, target))


def test_degenerate_pivots_do_not_cycle() -> None:
    # Many tied ratios: the columns of Kuhn's and Beale's kind of example.
    generators = [(1, -2, -1), (2, -3, -1), (-3, 1, 1), (-4, 1, 2), (0, 0, 1), (1, 1, 1)] * 3
    for target in [(0, 0, 1), (1, 0, 0), (-1, -1, -1), (0, 1, 0)]:
        check_answer(generators, target)
