"""Exact rank, columns, null vectors, restriction and products."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import matroid

from arrangements.exact import (
    aside,
    independent_columns,
    integer_matrix,
    magnitude,
    null_space,
    null_vector,
    primitive_of_integers,
    products,
    rank,
    restrict,
    scaled_float,
)

ENTRY = st.one_of(st.integers(-2, 2), st.integers(-(10**25), 10**25))
LIMIT = 2**63 - 1


@st.composite
def integer_rows(draw: st.DrawFn, least: int = 1) -> list[tuple[int, ...]]:
    width = draw(st.integers(1, 4))
    return draw(st.lists(st.tuples(*[ENTRY] * width), min_size=least, max_size=5))


@given(integer_rows())
def test_rank_equals_gaussian_elimination(rows: list[tuple[int, ...]]) -> None:
    assert rank(rows) == matroid.rank(rows)


@given(integer_rows())
def test_columns_are_the_first_that_raise_the_rank(rows: list[tuple[int, ...]]) -> None:
    expected = [
        j
        for j in range(len(rows[0]))
        if matroid.rank([row[: j + 1] for row in rows])
        > (matroid.rank([row[:j] for row in rows]) if j else 0)
    ]
    assert list(independent_columns(rows)) == expected


@given(integer_rows())
def test_null_vectors_are_dependencies_and_unique(rows: list[tuple[int, ...]]) -> None:
    found = null_vector(rows)
    if len(rows) - matroid.rank(rows) != 1:
        assert found is None
    else:
        assert found is not None
        assert any(found)
        for column in range(len(rows[0])):
            assert sum(z * row[column] for z, row in zip(found, rows, strict=True)) == 0


@given(integer_rows(least=2), st.data())
def test_restriction_keeps_values_up_to_a_positive_factor(
    rows: list[tuple[int, ...]], data: st.DataObject
) -> None:
    hyperplane, others = rows[0], rows[1:]
    if not any(hyperplane):
        return
    pivot = next(j for j, entry in enumerate(hyperplane) if entry)
    width = len(hyperplane)
    free = data.draw(st.lists(st.integers(-5, 5), min_size=width - 1, max_size=width - 1))
    # The point of the hyperplane with these other coordinates, times |h_pivot|.
    rest = sum(
        h * w for h, w in zip(hyperplane[:pivot] + hyperplane[pivot + 1 :], free, strict=True)
    )
    sign = 1 if hyperplane[pivot] > 0 else -1
    scaled = [abs(hyperplane[pivot]) * w for w in free]
    point = [*scaled[:pivot], -sign * rest, *scaled[pivot:]]
    assert sum(h * w for h, w in zip(hyperplane, point, strict=True)) == 0
    for row, restricted in zip(others, restrict(others, hyperplane), strict=True):
        there = sum(x * w for x, w in zip(row, point, strict=True))
        here = sum(x * w for x, w in zip(restricted, free, strict=True))
        assert (there > 0) == (here > 0)
        assert (there < 0) == (here < 0)
        assert primitive_of_integers(restricted) == restricted


@pytest.mark.parametrize(
    "large", [2**31, 2**32, 3037000499, 3037000500, 2**62, LIMIT, 2**63, 2**64]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_products_are_exact_at_the_bound_and_past_it(large: int, sign: int) -> None:
    # 3037000499 is the integer square root of 2^63 - 1.
    for other in (1, 2, large, max(1, LIMIT // large), LIMIT // large + 1):
        rows, vectors = [(large, sign)], [(sign * other, -other)]
        result = products(integer_matrix(vectors, 2), integer_matrix(rows, 2))
        assert int(result[0, 0]) == sign * large * other - sign * other


@given(st.lists(st.tuples(ENTRY, ENTRY), max_size=4), st.lists(st.tuples(ENTRY, ENTRY), max_size=4))
@settings(max_examples=60)
def test_products_equal_sums(vectors: list[tuple[int, int]], rows: list[tuple[int, int]]) -> None:
    result = products(integer_matrix(vectors, 2), integer_matrix(rows, 2))
    assert result.shape == (len(vectors), len(rows))
    assert [[int(x) for x in line] for line in result] == [
        [v[0] * r[0] + v[1] * r[1] for r in rows] for v in vectors
    ]


@pytest.mark.parametrize("entry", [LIMIT, -LIMIT, LIMIT + 1, -LIMIT - 1, -LIMIT - 2, 10**40])
def test_integer_matrices_hold_any_integer(entry: int) -> None:
    matrix = integer_matrix([(entry, 0)], 2)
    assert int(matrix[0, 0]) == entry
    assert magnitude(matrix) == abs(entry)


def test_magnitude_of_the_most_negative_word() -> None:
    assert magnitude(np.array([[-(2**63), 5]], dtype=np.int64)) == 2**63
    assert magnitude(np.empty((0, 3), dtype=np.int64)) == 0


@given(st.lists(st.integers(-(10**320), 10**320), min_size=1, max_size=4))
def test_scaled_floats_are_of_size_one(row: list[int]) -> None:
    floats = scaled_float(row)
    assert max(map(abs, floats)) <= 1
    if any(row):
        assert max(map(abs, floats)) >= 0.5
    for entry, value in zip(row, floats, strict=True):
        assert value == 0 or (entry > 0) == (value > 0)


LOW_RANK = [[i * j, i + j, i - 2 * j, 1] for i in range(4) for j in range(3)]


@pytest.mark.parametrize("executable", [sys.executable, "/bin/false", "/nowhere/python"])
def test_long_eliminations_are_the_same_elsewhere(
    executable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another interpreter fails or is missing, they are done here."""
    rows = [*LOW_RANK, [10**40 * entry for entry in LOW_RANK[5]]]
    here = independent_columns(rows), null_space(rows, 4)
    monkeypatch.setattr(aside, "_LONG", 0)
    monkeypatch.setattr(sys, "executable", executable)
    assert (independent_columns(rows), null_space(rows, 4)) == here


def test_errors_of_long_eliminations_are_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "_LONG", 0)
    with pytest.raises(ValueError, match="invalid literal"):
        aside.aside(int, "seven")


def test_ctrl_c_is_answered_during_a_call_that_never_ends() -> None:
    code = (
        "import time\nfrom arrangements.exact.aside import aside\n"
        "print('working', flush=True)\naside(time.sleep, 3600)"
    )
    process = subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"working\n"
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGINT
    assert b"KeyboardInterrupt" in complaint
