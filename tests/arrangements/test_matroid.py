"""Dependence among rows, against definitions: all subsets, all permutations."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import matroid
from oracles.brute_force import all_patterns
from zoo import Matrix, exact, matrices

import arrangements as ar
from arrangements.counting.residues import ResidueRows
from arrangements.matroid import dependence


def cancels(rows: Matrix, circuit: ar.Circuit) -> bool:
    integers = ar.DataMatrix.from_array(rows).integers
    terms = [
        [c * x for x in integers[i]]
        for i, c in zip(circuit.rows, circuit.coefficients, strict=True)
    ]
    return not any(map(sum, zip(*terms, strict=True))) and all(circuit.coefficients)


@given(matrices(max_rows=7, max_columns=4))
@settings(max_examples=60)
def test_general_position(rows: Matrix) -> None:
    r = matroid.rank(rows)
    independent = all(
        matroid.rank([rows[i] for i in chosen]) == size
        for size in range(r + 1)
        for chosen in itertools.combinations(range(len(rows)), size)
    )
    answer = ar.is_general_position(rows)
    assert bool(answer) == independent
    assert answer.rank == r
    if answer.dependence is not None:
        assert len(answer.dependence.rows) <= r
        assert cancels(rows, answer.dependence)
        assert answer.dependence.rows in matroid.circuits(rows)


small_rows = st.lists(st.tuples(*[st.integers(-3, 3)] * 4).map(list), min_size=3, max_size=9)


@given(
    st.tuples(small_rows, st.just(67))
    | st.tuples(matrices(max_rows=9, max_columns=4), st.just(2**31))
)
def test_compiled_search_of_dependent_rows(case: tuple[Matrix, int]) -> None:
    # Modulo primes below 67 rows look dependent that are not.
    rows, limit = case
    arrangement = ar.Arrangement(rows)
    hyperplanes = [tuple(row) for row in arrangement.frame().hyperplanes.tolist()]
    assume(arrangement.rank > 2)
    expected = dependence._search(hyperplanes, arrangement.rank)
    found = None
    while found is None:
        prepared = ResidueRows(hyperplanes, limit)
        found = dependence.search_residues(prepared, ar.Meter(ar.silent, "", ""))
        limit = 2**30
    assert bool(found) == (expected is not None)
    for some in (found, expected):
        if some:
            assert matroid.rank([hyperplanes[i] for i in some]) < len(some) <= arrangement.rank


def test_a_search_that_takes_too_long_is_refused() -> None:
    with pytest.raises(ar.ArgumentError, match=r"limit = 1,000, .*take_rows"):
        ar.is_general_position(np.random.default_rng(0).normal(size=(40, 12)), limit=1_000)


def test_general_position_of_iris_sized_data() -> None:
    generator = np.random.default_rng(0)
    points = generator.integers(-(10**6), 10**6, (120, 3)).astype(object)
    rows = np.c_[points, np.ones(120, dtype=object)]
    assert ar.is_general_position(rows)
    # The last point moves into the plane of three others.
    rows[119, :3] = rows[17, :3] + 2 * rows[60, :3] - 2 * rows[99, :3]
    answer = ar.is_general_position(rows)
    assert not answer
    assert answer.dependence is not None
    assert answer.dependence.rows == (17, 60, 99, 119)
    assert "rows 17, 60, 99, 119 are dependent" in answer.summary()


@given(matrices(max_rows=6, max_columns=4))
@settings(max_examples=40)
def test_circuits(rows: Matrix) -> None:
    found = ar.circuits(rows)
    assert {circuit.rows for circuit in found} == matroid.circuits(rows)
    assert len({circuit.rows for circuit in found}) == len(found)
    assert all(cancels(rows, circuit) for circuit in found)
    assert all(circuit.coefficients[0] > 0 for circuit in found)


@given(matrices(max_rows=6, max_columns=4))
@settings(max_examples=40)
def test_cocircuits(rows: Matrix) -> None:
    r = matroid.rank(rows)
    found = ar.cocircuits(rows)
    matrix = exact(rows)
    for cocircuit in found:
        values = [sum(x * w for x, w in zip(row, cocircuit.point, strict=True)) for row in matrix]
        assert tuple((v > 0) - (v < 0) for v in values) == cocircuit.signs
        assert next(sign for sign in cocircuit.signs if sign) == 1
    zeros = {tuple(i for i, s in enumerate(c.signs) if s == 0) for c in found}
    assert zeros == {flat for flat, rank in matroid.flats(rows).items() if r and rank == r - 1}
    assert len(zeros) == len(found)


@given(matrices(max_rows=6, max_columns=4))
@settings(max_examples=40)
def test_circuits_are_orthogonal_to_cocircuits(rows: Matrix) -> None:
    for circuit in ar.circuits(rows):
        for cocircuit in ar.cocircuits(rows):
            products = {
                (1 if c > 0 else -1) * cocircuit.signs[i]
                for i, c in zip(circuit.rows, circuit.coefficients, strict=True)
            }
            assert products == {0} or {-1, 1} <= products


@given(matrices(max_rows=6, max_columns=3))
@settings(max_examples=40)
def test_chirotope(rows: Matrix) -> None:
    orientation = ar.chirotope(rows)
    arrangement = ar.Arrangement(rows)
    kept = [[row[c] for c in arrangement.columns] for row in exact(rows)]
    r = matroid.rank(rows)
    assert len(orientation.signs) == math.comb(len(rows), r)
    for chosen in itertools.permutations(range(len(rows)), r):
        value = matroid.determinant([kept[i] for i in chosen])
        assert orientation(*chosen) == (value > 0) - (value < 0)
    if r > 1:
        assert orientation(*[0] * r) == 0


def test_limits_and_wrong_rows_are_refused() -> None:
    rows = np.eye(6, dtype=int)
    with pytest.raises(ar.ArgumentError, match="limit = 10"):
        ar.circuits(rows, limit=10)
    with pytest.raises(ar.ArgumentError, match="limit = 0"):
        ar.chirotope(rows, limit=0)
    with pytest.raises(ar.ArgumentError, match="rows = "):
        ar.chirotope(rows)(0, 1)
    with pytest.raises(ar.ArgumentError, match="distinct and between 0 and 5"):
        ar.is_shattered(rows, [0, 6])
    with pytest.raises(ar.ArgumentError, match="distinct"):
        ar.is_shattered(rows, [0, 0])
    for wrong in ([0.5, 1.7], ["0"], 3):
        with pytest.raises(ar.ArgumentError, match="must be a sequence of row numbers"):
            ar.is_shattered(rows, wrong)  # type: ignore[arg-type]


@given(matrices(max_rows=6, max_columns=3), st.data())
@settings(max_examples=60)
def test_shattering(rows: Matrix, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), unique=True, min_size=1, max_size=4))
    patterns = all_patterns([rows[i] for i in chosen])
    answer = ar.is_shattered(rows, chosen)
    assert bool(answer) == (len(patterns) == 2 ** len(chosen))
    if answer.dependence is None:
        assert answer.missing == ()
        return
    assert cancels(rows, answer.dependence)
    labels = dict(answer.missing)
    assert set(labels) <= set(chosen)
    assert not any(
        all(p[chosen.index(i)] == label for i, label in labels.items()) for p in patterns
    )


@given(matrices(max_rows=6, max_columns=3))
@settings(max_examples=40)
def test_the_largest_shattered_set(rows: Matrix) -> None:
    chosen = ar.largest_shattered_set(rows)
    assert ar.is_shattered(rows, chosen)
    larger = itertools.combinations(range(len(rows)), len(chosen) + 1)
    assert not any(ar.is_shattered(rows, some) for some in larger)
    shattered = [
        some
        for some in itertools.combinations(range(len(rows)), len(chosen))
        if matroid.rank([rows[i] for i in some]) == len(chosen)
    ]
    assert chosen == min(shattered)
