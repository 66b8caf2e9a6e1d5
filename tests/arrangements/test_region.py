"""One region at a time, against brute force over sign vectors and known angles."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import families, matroid
from oracles.brute_force import all_patterns
from oracles.covectors import all_covectors
from zoo import Matrix, exact, matrices, matrices_and_normals

import arrangements as ar
from arrangements.region.rays import extreme_rays


def values(rows: Matrix, weight: tuple[int, ...]) -> list[Fraction]:
    return [
        sum((x * w for x, w in zip(row, weight, strict=True)), Fraction(0)) for row in exact(rows)
    ]


@given(matrices_and_normals(max_rows=5, max_columns=3))
@settings(max_examples=60)
def test_walls_are_the_flips_that_are_regions(
    drawn: tuple[Matrix, list[tuple[int, ...]]],
) -> None:
    rows, normals = drawn
    arrangement = ar.Arrangement(rows, domain=ar.Cone.from_normals(normals))
    patterns = all_patterns(rows, normals)
    for pattern in patterns:
        found = ar.region(arrangement, pattern)
        expected = {
            first
            for h, first in enumerate(arrangement.representatives)
            if tuple(b ^ bool(c == h) for b, c in zip(pattern, arrangement.row_class, strict=True))
            in patterns
        }
        assert set(found.walls) == expected
        assert all(tuple(found.neighbour(wall).tolist()) in patterns for wall in found.walls)
        inside = values(rows, found.interior)
        assert [v > 0 or not any(row) for v, row in zip(inside, rows, strict=True)] == list(pattern)
        assert all(v > 0 for v in values(normals, found.interior))
        assert all(v > 0 for v in values(list(found.normals), found.interior))
        assert 0 <= found.clearance <= math.pi / 2


@given(matrices(max_rows=6, max_columns=3))
@settings(max_examples=60)
def test_rays_are_the_smallest_faces_of_the_closure(rows: Matrix) -> None:
    arrangement = ar.Arrangement(rows)
    r = arrangement.rank
    lines = set(
        itertools.chain(*([c.signs, tuple(-s for s in c.signs)] for c in ar.cocircuits(rows)))
    )
    # Where signs are conformal the line lies in the closure.
    assert lines <= all_covectors(rows)
    for pattern in all_patterns(rows):
        found = ar.region(rows, pattern)
        expected = {
            signs
            for signs in lines
            if all(s >= 0 if on else s <= 0 for s, on in zip(signs, pattern, strict=True))
        }
        signs = [tuple((v > 0) - (v < 0) for v in values(rows, ray)) for ray in found.rays]
        assert set(signs) == expected
        assert len(signs) == len(expected)
        assert found.is_simplicial == (len(found.walls) == r)
        assert not r or len(found.rays) >= r


def test_a_region_in_many_dimensions() -> None:
    # The positive orthant of R^12 among 200 rows: positive rows cut nothing off it.
    generator = np.random.default_rng(0)
    rows = np.r_[generator.integers(1, 100, (188, 12)), np.eye(12, dtype=int)]
    found = ar.region(rows, [True] * 200)
    assert found.walls == tuple(range(188, 200))
    assert set(found.rays) == set(map(tuple, np.eye(12, dtype=int).tolist()))
    assert found.is_simplicial
    # All coordinates equal is best: sin(angle) = 1 / sqrt 12.
    assert found.clearance == pytest.approx(math.asin(12**-0.5), rel=1e-6)


def test_a_region_no_float_sees() -> None:
    thin = Fraction(1, 10**40)
    rows = [[1, 0], [1, thin], [0, 1]]
    found = ar.region(rows, [False, True, True])
    assert found.walls == (0, 1)
    assert 0 < found.clearance < 1e-40
    measure = ar.gaussian_measure(found)
    # The angle is 1e-40 up to its cube.
    assert measure.value == pytest.approx(1e-40 / (2 * math.pi), rel=1e-12, abs=0)
    # Here even its square is out of the range of floats.
    rows[1][1] = Fraction(1, 10**200)
    thinner = ar.region(rows, [False, True, True])
    assert ar.gaussian_measure(thinner).value == pytest.approx(
        1e-200 / (2 * math.pi), rel=1e-12, abs=0
    )


def test_records_speak() -> None:
    found = ar.region([[1, 0], [0, 1], [1, 1]], [1, 1, 1])
    assert repr(found) == "Region(3 of 3 rows active, 2 walls)"
    assert "2 walls (rows 0, 1)" in found.summary()
    record = found.to_json()
    assert (record["walls"], record["pattern"]) == ([0, 1], [1, 1, 1])
    assert record["rays"] == [["0", "1"], ["1", "0"]]
    assert not found.pattern.flags.writeable
    with pytest.raises(ar.ArgumentError, match="wall = 2"):
        found.neighbour(2)


@pytest.mark.parametrize(
    "labels", [[-1, 1], [1], [0.5, 1], "ab", [[0, 1]], [[0], [1, 1]], [2, 0], [None, 1]]
)
def test_labels_are_booleans(labels: object) -> None:
    with pytest.raises(ar.ArgumentError, match="2 booleans"):
        ar.realize_labelling([[1, 0], [0, 1]], labels)


def test_wrong_questions_are_refused() -> None:
    rows = [[1, 0], [0, 1], [1, 0], [0, 0]]
    with pytest.raises(ar.ArgumentError, match="realize_labelling"):
        ar.region(rows, [1, 1, 0, 1])
    with pytest.raises(ar.ArgumentError, match="hyperplane of row 1"):
        ar.region_of_weight(rows, [1, 0])
    with pytest.raises(ar.ArgumentError, match="end lies on"):
        ar.path_between(rows, [1, 1], [0, 1])
    half = ar.Arrangement(rows, domain=ar.Cone(((1, 0),)))
    with pytest.raises(ar.ArgumentError, match="outside"):
        ar.nearest_regions(half, [-1, 1])
    for wrong in ([1], [1, 2, 3], [math.nan, 1], [[1, 2]], "ab", 5):
        with pytest.raises(ar.ArgumentError, match=r"weight = .* must be 2 finite numbers"):
            ar.region_of_weight(rows, wrong)  # type: ignore[arg-type]
        with pytest.raises(ar.ArgumentError, match=r"end = .* must be 2 finite numbers"):
            ar.path_between(rows, [1, 1], wrong)  # type: ignore[arg-type]
    with pytest.raises(ar.ArgumentError, match="count = 0"):
        ar.nearest_regions(rows, [1, 1], count=0)
    with pytest.raises(ar.ArgumentError, match="sample_gaussian_measure"):
        ar.gaussian_measure(ar.region(np.eye(4, dtype=int), [1, 1, 1, 1]))
    corner = ar.region(rows, [1, 1, 1, 1])
    with pytest.raises(ar.ArgumentError, match="samples = 0"):
        ar.sample_gaussian_measure(corner, 0, seed=0)
    for confidence in (0.0, 1.0, math.nan):
        with pytest.raises(ar.ArgumentError, match="confidence"):
            ar.sample_gaussian_measure(corner, seed=0, confidence=confidence)


@given(matrices_and_normals(max_rows=5, max_columns=3))
@settings(max_examples=80)
def test_labellings(drawn: tuple[Matrix, list[tuple[int, ...]]]) -> None:
    rows, normals = drawn
    arrangement = ar.Arrangement(rows, domain=ar.Cone.from_normals(normals))
    patterns = all_patterns(rows, normals)
    for labels in itertools.product((False, True), repeat=len(rows)):
        answer = ar.realize_labelling(arrangement, labels)
        assert bool(answer) == (labels in patterns)
        if isinstance(answer, ar.Realization):
            signs = zip(values(rows, answer.weight), rows, labels, strict=True)
            assert all((v > 0) if on else (v < 0) for v, row, on in signs if any(row))
            assert all(v > 0 for v in values(normals, answer.weight))
            continue
        integers = arrangement.data.integers
        terms = [
            [f * (1 if labels[i] else -1) * x for x in integers[i]]
            for i, f in zip(answer.rows, answer.factors, strict=True)
        ]
        terms += [
            [f * g for g in arrangement.domain.normals[j]]
            for j, f in zip(answer.domain_normals, answer.domain_factors, strict=True)
        ]
        assert terms
        assert not any(map(sum, zip(*terms, strict=True)))
        assert min(*answer.factors, *answer.domain_factors, 1) > 0
        # A zero row contradicts nothing but the label false.
        assert not any(labels[i] and not any(integers[i]) for i in answer.rows)


def test_why_a_line_cannot_activate_only_the_middle_points() -> None:
    line = [[-2, 1], [-1, 1], [1, 1], [2, 1]]
    middle = [False, True, True, False]
    answer = ar.realize_labelling(line, middle)
    assert isinstance(answer, ar.Contradiction)
    assert len(answer.rows) == 3
    plane = [[-2, 0, 1], [-1, 1, 1], [1, 1, 1], [2, 0, 1]]
    assert ar.realize_labelling(plane, middle)


@given(matrices_and_normals(max_rows=5, max_columns=3))
@settings(max_examples=40)
def test_measures_up_to_rank_three_add_up(drawn: tuple[Matrix, list[tuple[int, ...]]]) -> None:
    rows, normals = drawn
    arrangement = ar.Arrangement(rows, domain=ar.Cone.from_normals(normals))
    measures = [
        ar.gaussian_measure(ar.region(arrangement, pattern))
        for pattern in all_patterns(rows, normals)
    ]
    total = math.fsum(measure.value for measure in measures)
    if not normals:
        assert abs(total - 1) <= math.fsum(measure.error for measure in measures)
    # One region more than the cone itself, cut by nothing.
    elif measures:
        whole = ar.region(ar.Arrangement([[0] * len(rows[0])], domain=arrangement.domain), [True])
        cone = ar.gaussian_measure(whole)
        error = math.fsum(measure.error for measure in measures) + cone.error
        assert abs(total - cone.value) <= error


@pytest.mark.parametrize("k", [2, 3, 4])
def test_braid_regions_are_equally_likely(k: int) -> None:
    rows = families.braid(k)
    for pattern in ar.enumerate_patterns(rows):
        measure = ar.gaussian_measure(ar.region(rows, pattern))
        assert abs(measure.value - 1 / math.factorial(k)) <= measure.error


def test_sampled_measures_enclose_the_measure() -> None:
    orthant = ar.region(np.eye(5, dtype=int), [True] * 5)
    found = [ar.sample_gaussian_measure(orthant, 2000, seed=s, confidence=0.9) for s in range(20)]
    assert sum(m.low <= 1 / 32 <= m.high for m in found) >= 18
    assert all(m.low < m.estimate < m.high for m in found)
    assert len({m.hits for m in found}) > 5


def test_sampled_measures_at_the_ends() -> None:
    never = ar.region([[1, 0], [1, Fraction(1, 10**30)]], [False, True])
    measure = ar.sample_gaussian_measure(never, 500, seed=0)
    assert (measure.hits, measure.low) == (0, 0.0)
    # With no hit KL(0, p) = -log(1 - p): high solves (1 - p)^500 = 0.005.
    assert measure.high == pytest.approx(1 - 0.005 ** (1 / 500))
    always = ar.sample_gaussian_measure(ar.region([[0, 0]], [True]), 500, seed=0)
    assert (always.hits, always.high) == (500, 1.0)
    assert ar.gaussian_measure(ar.region([[0, 0]], [True])) == ar.FormulaMeasure(1.0, 0.0)


WEIGHTS = st.lists(st.integers(-50, 50), min_size=3, max_size=3)


def squared_distance(signed: list[list[Fraction]], point: list[int]) -> Fraction:
    """Return the least squared distance to projections on subspaces that lie in the cone."""
    best = sum((Fraction(x * x) for x in point), Fraction(0))  # the origin lies in it
    for size in range(len(signed) + 1):
        for chosen in itertools.combinations(signed, size):
            basis: list[list[Fraction]] = []
            foot = [Fraction(x) for x in point]
            for row in chosen:
                rest = without(row, basis)
                if any(rest):
                    basis.append(rest)
            foot = without(foot, basis)
            if all(sum(g * u for g, u in zip(row, foot, strict=True)) >= 0 for row in signed):
                best = min(best, sum((u - x) ** 2 for u, x in zip(foot, point, strict=True)))
    return best


def without(vector: list[Fraction], orthogonal: list[list[Fraction]]) -> list[Fraction]:
    for q in orthogonal:
        factor = sum(a * b for a, b in zip(vector, q, strict=True)) / sum(b * b for b in q)
        vector = [a - factor * b for a, b in zip(vector, q, strict=True)]
    return vector


@given(matrices(max_rows=5, max_columns=3), st.data())
@settings(max_examples=40)
def test_nearest_regions(rows: Matrix, data: st.DataObject) -> None:
    weight = data.draw(WEIGHTS.map(lambda w: w[: len(rows[0])]))
    here = values(rows, tuple(weight))
    if any(v == 0 and any(row) for v, row in zip(here, rows, strict=True)) or not any(weight):
        return
    home = tuple(v >= 0 for v in here)
    distances = {}
    for pattern in all_patterns(rows) - {home}:
        signed = [
            [x if on else -x for x in row] for row, on in zip(exact(rows), pattern, strict=True)
        ]
        distances[pattern] = squared_distance(signed, weight)
    found = ar.nearest_regions(rows, weight, count=len(distances) + 1)
    patterns = [tuple(near.pattern.tolist()) for near in found]
    assert sorted(patterns) == sorted(distances)
    listed = [distances[pattern] for pattern in patterns]
    assert listed == sorted(listed)
    assert ar.region_of_weight(rows, weight).pattern.tolist() == list(home)
    if found:
        # The nearest of all lies behind the nearest hyperplane.
        moving = [(v, row) for v, row in zip(here, exact(rows), strict=True) if any(row)]
        assert listed[0] == min(v * v / sum(x * x for x in row) for v, row in moving)
    length = sum(x * x for x in weight)
    for near, square in zip(found, listed, strict=True):
        assert math.sin(near.angle) ** 2 == pytest.approx(float(square / length), rel=1e-9)
        assert list(near.rows) == np.flatnonzero(near.pattern != home).tolist()
    assert [
        tuple(n.pattern.tolist()) for n in ar.nearest_regions(rows, weight, count=2)
    ] == patterns[:2]


@given(matrices(max_rows=7, max_columns=3), st.data())
@settings(max_examples=60)
def test_paths(rows: Matrix, data: st.DataObject) -> None:
    start, end = (data.draw(WEIGHTS.map(lambda w: w[: len(rows[0])])) for _ in range(2))
    ends = [values(rows, tuple(w)) for w in (start, end)]
    if any(v == 0 and any(row) for vs in ends for v, row in zip(vs, rows, strict=True)):
        return
    path = ar.path_between(rows, start, end)
    assert path.start.tolist() == [v >= 0 for v in ends[0]]
    assert path.end.tolist() == [v >= 0 for v in ends[1]]
    changed = [row for crossing in path.crossings for row in crossing.rows]
    assert sorted(changed) == np.flatnonzero(path.start != path.end).tolist()
    times = [crossing.time for crossing in path.crossings]
    assert times == sorted(set(times))
    assert all(0 < time < 1 for time in times)
    for crossing, until in zip(path.crossings, [*times, Fraction(1)][1:], strict=True):
        middle = (crossing.time + until) / 2
        point = [(1 - middle) * a + middle * b for a, b in zip(start, end, strict=True)]
        assert crossing.pattern.tolist() == [v >= 0 for v in values(rows, tuple(point))]


@given(st.data())
@settings(max_examples=60)
def test_rays_are_the_feasible_null_vectors_of_independent_normals(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 4))
    entry = st.integers(-2, 2)
    inside = data.draw(st.tuples(*[st.integers(1, 5)] * width))
    drawn = data.draw(st.lists(st.tuples(*[entry] * width), min_size=width, max_size=9))
    values = [sum(g * w for g, w in zip(row, inside, strict=True)) for row in drawn]
    normals = [
        row if value > 0 else tuple(-g for g in row)
        for row, value in zip(drawn, values, strict=True)
        if value
    ]
    assume(matroid.rank([list(row) for row in normals]) == width)
    expected = set()
    for chosen in itertools.combinations(normals, width - 1):
        if width > 1 and matroid.rank([list(row) for row in chosen]) < width - 1:
            continue
        minors = [
            (-1) ** j * round(np.linalg.det([row[:j] + row[j + 1 :] for row in chosen]))
            if chosen
            else 1
            for j in range(width)
        ]
        for sign in (1, -1):
            ray = [sign * entry // math.gcd(*minors) for entry in minors]
            if all(sum(g * w for g, w in zip(row, ray, strict=True)) >= 0 for row in normals):
                expected.add(tuple(ray))
    assert extreme_rays(normals) == sorted(expected)
