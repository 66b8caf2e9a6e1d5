"""Portions of compiled work: as long as Ctrl-C may wait, whatever a step takes."""

from __future__ import annotations

import pytest

from convex_program import clock
from convex_program.clock import Portions


@pytest.mark.parametrize("step", [1e-6, 1e-4, 1e-2, 1.0])
def test_portions_come_to_last_about_as_long_as_wanted(
    step: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(clock.time, "perf_counter", lambda: now[0])
    portions = Portions()
    for _ in range(30):
        size = portions.begin()
        now[0] += size * step
        portions.end(whole=True)
    assert size == 1 or size * step <= 0.5
    assert size == 50_000 or size * step >= 0.125


def test_portions_that_ended_early_say_nothing_of_longer_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock.time, "perf_counter", lambda: 0.0)
    portions = Portions()
    first = portions.begin()
    for _ in range(30):
        portions.end(whole=False)
    assert portions.begin() == first
