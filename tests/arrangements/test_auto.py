"""The choice of an enumeration method, and its reason."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import arrangements as ar

SMALL = ar.Arrangement([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
SPECIAL = ar.Arrangement([[*point, 1] for point in itertools.product((0, 1), repeat=5)])
GENERIC = ar.Arrangement(np.random.default_rng(0).integers(-9, 10, (40, 5)))
FLOATS = ar.Arrangement(np.random.default_rng(0).standard_normal((40, 5)))
MEDIUM = ar.Arrangement(np.random.default_rng(0).standard_normal((50, 3)))


def cone(d: int) -> ar.Cone:
    return ar.Cone(tuple(tuple(int(i == j) for j in range(d)) for i in range(2)))


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    for method in (ar.Sweep, ar.DoubleDescription):
        monkeypatch.setattr(method, "is_ready", lambda _self: True)


@pytest.mark.parametrize(
    ("arrangement", "unit", "method", "reason"),
    [
        (SMALL, ar.Cone(), ar.Incremental, "seconds"),
        (SPECIAL, ar.Cone(), ar.DoubleDescription, "more hyperplanes"),
        (GENERIC, ar.Cone(), ar.Sweep, "neither"),
        (FLOATS, ar.Cone(), ar.Sweep, "neither"),
        (GENERIC, cone(5), ar.DoubleDescription, "outside the cone"),
        (FLOATS, cone(5), ar.Incremental, "too large"),
    ],
)
def test_auto_says_why(
    arrangement: ar.Arrangement, unit: ar.Cone, method: type[ar.Method], reason: str
) -> None:
    chosen, words = ar.Auto().choose(arrangement, unit)
    assert isinstance(chosen, method)
    assert reason in words


def test_a_half_space_outside_the_row_space_makes_no_vertex_special() -> None:
    rows = [[*map(int, row), 0] for row in GENERIC.data.integers]
    beside = ar.Arrangement(rows, domain=ar.Cone(((0, 0, 0, 0, 0, 1),)))
    chosen, _ = ar.Auto().choose(beside, beside.domain)
    assert isinstance(chosen, ar.Sweep)


def test_what_has_to_be_compiled_waits_for_work_that_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ar.Sweep, "is_ready", lambda _self: False)
    chosen, words = ar.Auto().choose(MEDIUM, MEDIUM.domain)
    assert isinstance(chosen, ar.Incremental)
    assert "compiling longer" in words
    chosen, _ = ar.Auto().choose(FLOATS, FLOATS.domain)
    assert isinstance(chosen, ar.Sweep)
