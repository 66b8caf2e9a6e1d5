"""Regions thinner than floats: decimals read as floats have them at almost every vertex."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import arrangements as ar
from arrangements.enumeration import proving
from arrangements.exact import Corners, dot, exact_value, integer_matrix, null_vector, primitive


def decimals(n: int, d: int, seed: int, *, digits: int = 1) -> np.ndarray:
    """Return floats nearest to decimals of a few digits, and a column of ones."""
    rng = np.random.default_rng(seed)
    table = np.round(rng.integers(1, 10**digits * 3, (n, d)) / 10**digits, digits)
    return np.column_stack([table, np.ones(n)])


@pytest.mark.parametrize("seed", range(6))
def test_points_at_simple_vertices_have_the_sides_they_should_have(seed: int) -> None:
    rank = 2 + seed % 3
    table = decimals(9, rank - 1, seed)
    rows = [primitive([exact_value(entry) for entry in row])[0] for row in table]
    corners = Corners(rows)
    found = 0
    for through in combinations(range(9), rank - 1):
        vertex = null_vector(list(zip(*(rows[i] for i in through), strict=True)))
        values = [] if vertex is None else [dot(row, vertex) for row in rows]
        simple = sum(value == 0 for value in values) == rank - 1
        for bits in range(2 ** (rank - 1)):
            sides = np.array([value > 0 for value in values] or [True] * 9)
            sides[list(through)] = [bool(bits >> k & 1) for k in range(rank - 1)]
            for wanted in (sides, ~sides):
                point = corners.point(wanted, through)
                assert (point is None) == (not simple)
                if point is not None:
                    assert [dot(row, point) > 0 for row in rows] == wanted.tolist()
                    assert all(dot(row, point) for row in rows)
                    found += 1
    assert found >= 12


@pytest.mark.parametrize(("n", "d", "seed"), [(26, 3, 0), (24, 3, 1), (18, 4, 2), (40, 2, 3)])
def test_few_witnesses_are_left_to_the_simplex_method(
    n: int, d: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = decimals(n, d, seed)
    asked = 0
    interior = proving._interior

    def counted(*arguments: object) -> object:
        nonlocal asked
        asked += 1
        return interior(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(proving, "_interior", counted)
    stream = ar.stream_patterns(data, method=ar.Sweep())
    regions = sum(len(batch) for batch in stream)
    assert regions == ar.count_regions(data)
    statistics = stream.completion.statistics
    # Without points from vertices each of these is one run of the simplex method.
    assert statistics.repaired > 5
    assert asked <= statistics.repaired / 2


def test_regions_in_a_cone_are_found_at_their_vertices_too() -> None:
    data = decimals(20, 3, 0)
    cone = ar.Cone.from_normals([[1, 2, -1, 0], [0, 1, 1, -3]])
    whole = ar.enumerate_patterns(data, method=ar.Sweep())
    some = ar.enumerate_patterns(data, within=cone, method=ar.Sweep())
    other = ar.enumerate_patterns(data, within=cone, method=ar.Incremental())
    assert 0 < len(some) < len(whole)
    assert np.array_equal(some.packed, other.packed)
    for witnesses in (whole.witnesses, some.witnesses):
        assert witnesses.points.shape[1] == 4
    inner = integer_matrix(cone.normals, 4)
    assert ((some.witnesses.full().astype(object) @ inner.T.astype(object)) > 0).all()


def test_points_are_machine_words_where_the_region_is_wide_enough() -> None:
    # One long integer makes a table of millions of witnesses one of Python's integers.
    data = np.random.default_rng(0).standard_normal((40, 5))
    rows = [primitive([exact_value(entry) for entry in row])[0] for row in data]
    corners = Corners(rows)
    for through in combinations(range(7), 4):
        vertex = null_vector(list(zip(*(rows[i] for i in through), strict=True)))
        assert vertex is not None
        sides = np.array([dot(row, vertex) > 0 for row in rows])
        point = corners.point(sides, through)
        assert point is not None
        assert max(map(abs, point)) < 2**63
        assert [dot(row, point) > 0 for row in rows] == sides.tolist()


def test_lists_of_floats_in_general_position_have_machine_words() -> None:
    listed = ar.enumerate_patterns(
        np.random.default_rng(0).standard_normal((60, 4)), method=ar.Sweep()
    )
    assert listed.witnesses.points.dtype == np.int64
