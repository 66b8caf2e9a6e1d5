"""Compiled counting, made to run on small data, against brute force and Whitney's sum."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracles import matroid
from oracles.brute_force import all_patterns
from zoo import Matrix, matrices, matrices_and_normals

import arrangements as ar
from arrangements.counting import front

PATCHED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


@pytest.fixture(autouse=True)
def always_compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Compile whatever can be, and record whether anything was."""
    used: list[bool] = []
    original = front.unit_counter

    def recorded(*args: object) -> object:
        counter = original(*args)  # type: ignore[arg-type]
        used.append(counter is not None)
        return counter

    monkeypatch.setattr(front, "_WORTH_COMPILING", 0)
    monkeypatch.setattr(front, "_WORTH_CALLING", 0)
    monkeypatch.setattr(front, "unit_counter", recorded)
    yield used
    assert any(used), "no count was compiled: this test tests nothing"


@PATCHED
@given(matrices(max_rows=7, max_columns=4))
def test_the_whole_space(rows: Matrix) -> None:
    assert ar.count_regions(rows) == matroid.whitney_count(rows)


@PATCHED
@given(matrices_and_normals(max_rows=5, max_columns=4))
def test_cones(drawn: tuple[Matrix, list[tuple[int, ...]]]) -> None:
    rows, normals = drawn
    cone = ar.Cone.from_normals(normals)
    assert ar.count_regions(rows, within=cone) == len(all_patterns(rows, normals))


@PATCHED
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=4, max_size=25))
def test_lines_of_the_plane(points: list[tuple[int, int]]) -> None:
    rows = [[x, y, 1] for x, y in points]
    assert ar.count_regions(rows) == matroid.planar_count(points)
