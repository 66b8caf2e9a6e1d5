"""A claim of a bound that is only rigorous: its time limit, coarser proofs, Ctrl-C."""

from __future__ import annotations

import signal
from typing import Any

import numpy as np
import pytest

import arrangements as ar
import convex_program as cx
from convex_program.optimum import cones


@pytest.fixture(scope="module")
def best() -> cx.GlobalOptimum:
    """An optimum whose bound is rigorous, with trees of some kilobytes."""
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((15, 4)), rng.standard_normal(15)
    return cx.global_optimum(
        cx.TrainingProblem(X, y, 0.5), level=cx.Level.RIGOROUS, solver=cx.WorkingSet(1e-10)
    )


def proves(claim: Any, best: cx.GlobalOptimum, gap: float) -> None:
    found = cx.verify(claim)
    assert claim.cones is not None
    assert found.relative_gap <= gap
    assert found.lower <= best.upper


def test_a_negative_limit_is_refused(best: cx.GlobalOptimum) -> None:
    with pytest.raises(cx.ArgumentError, match="time_limit = -1"):
        best.claim(time_limit=-1)
    with pytest.raises(cx.ArgumentError, match="time_limit = nan"):
        best.claim(time_limit=float("nan"))


def test_sharp_trees_that_do_not_end_are_followed_by_coarse_ones(
    best: cx.GlobalOptimum, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The coarse proof is checked like any other, and its gap is no secret."""
    certify, asked = cones.certify_on_cones, []

    def without_end(*given: Any, **limits: Any) -> Any:
        asked.append(limits["tolerance"])
        return None if limits["tolerance"] < 1e-10 else certify(*given, **limits)

    monkeypatch.setattr(cones, "certify_on_cones", without_end)
    claim = best.claim(time_limit=60.0)
    assert asked == [1e-11, 1e-9]
    proves(claim, best, 3e-9)


def test_trees_larger_than_usual_are_written_after_all(
    best: cx.GlobalOptimum, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cones, "_usual_size", lambda _problem: 1)
    proves(best.claim(), best, 1e-9)


def test_no_time_is_a_refusal_in_words(best: cx.GlobalOptimum) -> None:
    with pytest.raises(cx.ClaimError, match=r"came to no end.*time.*more time"):
        best.claim(time_limit=0.0)


def test_control_c_ends_the_proof(best: cx.GlobalOptimum) -> None:
    def press(event: Any) -> None:
        if isinstance(event, ar.Progress):
            signal.raise_signal(signal.SIGINT)

    # a program that a script starts in the background ignores the signal
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            best.claim(progress=press)
    finally:
        signal.signal(signal.SIGINT, before)
