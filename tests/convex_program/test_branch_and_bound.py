"""What only branch and bound has: nodes and their limit, orthants and their number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from convex_zoo import a_few
from hypothesis import given
from hypothesis import strategies as st
from oracles.pricing import KINDS, Matrix, Vector, data, exceeds, h_cells

import convex_program as cx
from convex_program.pricing import ReducedRows, ladder, priced_rows, signed_rows
from convex_program.pricing.cone_search import ConeSearch, orthants

PricingStatus = cx.PricingStatus


def price(
    X: Matrix,
    v: Vector,
    *,
    floor: float = 0.0,
    tol: float = 1e-9,
    **limits: Any,
) -> cx.Pricing:
    method = cx.BranchAndBound(tolerance=tol, **limits)
    return method.price_rows(ReducedRows.of(X), v, floor=floor)


@a_few(1)
@given(st.integers(0, 10**9), st.integers(0, 60))
def test_limits_return_valid_bounds_and_say_so(seed: int, nodes: int) -> None:
    rng = np.random.default_rng(seed)
    X, v = rng.standard_normal((40, 4)), rng.standard_normal(40)
    full = price(X, v, tol=1e-10)
    cut = price(X, v, tol=1e-10, node_limit=nodes)
    assert cut.bound >= full.value
    assert cut.status in (PricingStatus.NODE_LIMIT, PricingStatus.CLOSED)
    if cut.status is PricingStatus.CLOSED:
        assert cut.bound == full.bound
    else:
        assert cut.bound > full.bound


def test_a_search_cut_short_says_so() -> None:
    rng = np.random.default_rng(3)
    X, v = rng.standard_normal((60, 6)), rng.standard_normal(60)
    late = price(X, v, time_limit=0.02)
    assert late.status is PricingStatus.TIME_LIMIT
    for u in rng.standard_normal((50, 6)):
        assert not exceeds(X, v, u, late.bound)


def test_a_floor_saves_nodes() -> None:
    rng = np.random.default_rng(4)
    X, v = rng.standard_normal((50, 4)), rng.standard_normal(50)
    full = price(X, v, tol=1e-12)
    assert price(X, v, floor=1.3 * full.bound, tol=1e-12).nodes < full.nodes


def test_a_negative_node_limit_and_too_many_dimensions_are_refused() -> None:
    with pytest.raises(cx.ArgumentError, match="node_limit"):
        cx.BranchAndBound(node_limit=-1)
    with pytest.raises(cx.ArgumentError, match="rank 21"):
        price(np.eye(21), np.ones(21))


@a_few(2)
@given(st.integers(0, 10**9), st.sampled_from(KINDS), st.integers(2, 4), st.integers(1, 8))
def test_a_loose_level_is_kept_and_never_below_the_truth(
    seed: int, kind: str, d: int, n: int
) -> None:
    """Far above the rounding, rows are settled wherever the level allows it."""
    rng = np.random.default_rng(seed)
    X, v = data(kind, n, d, rng), rng.standard_normal(n)
    unit = 2.0**900 if kind == "huge" else 1e-300 if kind == "tiny" else 1.0
    true, best = h_cells(X / unit, v)
    slack = 1e-11 * np.abs(v) @ np.linalg.norm(X / unit, axis=1) + 1e-300
    for tol in (0.5, 0.05, 1e-3):
        for floor in (0.0, 0.9 * true, 1.1 * true):
            found = price(X, v, floor=floor * unit, tol=tol)
            assert found.status is PricingStatus.CLOSED
            assert found.bound / unit <= max(floor, true) * (1 + tol) + slack
            assert best is None or not exceeds(X / unit, v, best, found.bound / unit)


@pytest.mark.parametrize("kind", KINDS)
def test_rungs_change_no_answer(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole ladder, where straight on would have been enough."""
    rng = np.random.default_rng(5)
    X, v = data(kind, 9, 4, rng), rng.standard_normal(9)
    straight = price(X, v)
    monkeypatch.setattr(ladder, "_PART", 1e-9)
    monkeypatch.setattr(ladder, "_FIRST_QUOTA", 3)
    climbed = price(X, v, node_limit=10**9)
    assert climbed.status is straight.status is PricingStatus.CLOSED
    assert climbed.bound == pytest.approx(straight.bound, rel=1e-8)


def test_a_stopped_search_is_about_as_tight_as_its_last_rung(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(6)
    X = rng.standard_normal((40, 6))
    v = rng.standard_normal(40)
    full = price(X, v)
    assert full.status is PricingStatus.CLOSED
    monkeypatch.setattr(ladder, "_PART", 0.01)
    monkeypatch.setattr(ladder, "_FIRST_QUOTA", 10)
    seen = []
    for nodes in (0, full.nodes // 8, full.nodes // 4, full.nodes // 2):
        cut = price(X, v, node_limit=nodes)
        assert cut.status is PricingStatus.NODE_LIMIT
        assert cut.bound >= full.value
        seen.append(cut.bound / full.value)
    assert seen == sorted(seen, reverse=True)
    assert seen[0] > 4
    assert seen[-1] < 2.1


def test_memory_does_not_grow_with_the_nodes() -> None:
    """Depth first: the stack of a cone is as deep as its divisions, whatever was visited."""
    rng = np.random.default_rng(7)
    rows = signed_rows(ReducedRows.of(rng.standard_normal((60, 6))), rng.standard_normal(60), 1)
    nodes = 0
    for orthant in orthants(6):
        job = ConeSearch(rows, orthant, 0.0, 1e-9)
        while not job.done:
            job.run(job.nodes + 50, 0.0, np.inf)
            assert job.state[0] < 200
        nodes += job.nodes
    assert nodes > 3_000


@pytest.mark.parametrize("tiny", [0.0, 1e-14, -1e-14, 1e-10, 1e-6])
def test_values_met_are_values_of_f(tiny: float) -> None:
    """A row that hardly counts once made a direction look better than every bound."""
    X = np.array([[0.0, -2, -1, 1], [-2, 1, 0, 1], [1, 1, -1, 1]])
    problem = cx.TrainingProblem(X, [0, 0, 0], 1, activation=cx.AbsoluteValue())
    v = np.array([-1.60732963e-02, 1.60732963e-02, tiny])
    found = priced_rows(problem.gauge).price(cx.BranchAndBound(1e-10, node_limit=10_000), v)
    assert found.status is cx.PricingStatus.CLOSED
    directions = found.directions / np.linalg.norm(found.directions, axis=1)[:, None]
    met = np.abs(v @ np.abs(X @ directions.T))
    assert found.values == pytest.approx(met, rel=1e-9)
    assert met.max() <= found.value <= found.bound <= met.max() * (1 + 1e-8)


def halfway(seed: int) -> ConeSearch:
    rng = np.random.default_rng(seed)
    rows = signed_rows(ReducedRows.of(rng.standard_normal((50, 5))), rng.standard_normal(50), 1)
    job = ConeSearch(rows, np.ones(5), 0.0, 1e-9)
    job.run(40, 0.0, np.inf)
    assert not job.done
    return job


@pytest.mark.parametrize("seed", range(5))
def test_divided_and_joined_at_once_nothing_has_happened(seed: int) -> None:
    job, undisturbed = halfway(seed), halfway(seed)
    part = job.split()
    assert part is not None
    assert job.state[0] + part.state[0] == undisturbed.state[0]
    job.join(part)
    for search in (job, undisturbed):
        search.run(10**9, 0.0, np.inf)
    assert (job.nodes, job.bound, job.incumbent) == (
        undisturbed.nodes,
        undisturbed.bound,
        undisturbed.incumbent,
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("nodes", [0, 10, 10**9])
def test_halves_searched_apart_bound_the_whole(seed: int, nodes: int) -> None:
    job, whole = halfway(seed), halfway(seed)
    before = job.nodes
    part = job.split()
    assert part is not None
    part.run(nodes, 0.0, np.inf)
    job.run(before + nodes, 0.0, np.inf)
    searched = part.nodes + job.nodes
    job.join(part)
    assert job.nodes == searched
    assert job.done == (nodes == 10**9)
    whole.run(10**9, 0.0, np.inf)
    assert job.bound >= whole.incumbent
    # Whichever half was not searched to its end is open in the whole.
    job.run(10**9, 0.0, np.inf)
    assert job.done
    assert job.bound == pytest.approx(whole.bound, rel=3e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_long_searches_are_divided_and_answer_the_same(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(8)
    X, v = data(kind, 30, 5, rng), rng.standard_normal(30)
    straight = price(X, v)
    monkeypatch.setattr(ladder, "_LONG", 0)
    monkeypatch.setattr(ladder, "_FIRST_QUOTA", 5)
    monkeypatch.setattr(ladder, "_LAST_QUOTA", 5)
    divided = price(X, v)
    assert divided.status is straight.status
    assert divided.bound == pytest.approx(straight.bound, rel=3e-9)
    for nodes in (7, 60, straight.nodes // 2):
        assert price(X, v, node_limit=nodes).bound >= straight.value


def test_divided_searches_take_fewer_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each round is as long as its longest errand, however many workers there are."""
    rng = np.random.default_rng(9)
    X, v = rng.standard_normal((50, 6)), rng.standard_normal(50)
    monkeypatch.setattr(ladder, "_LONG", 0)
    monkeypatch.setattr(ladder, "_FIRST_QUOTA", 20)
    monkeypatch.setattr(ladder, "_LAST_QUOTA", 20)
    rounds = 0
    divide = ladder._divided

    def counted(batch: list[Any]) -> list[Any]:
        nonlocal rounds
        rounds += 1
        return divide(batch)

    monkeypatch.setattr(ladder, "_divided", counted)
    taken = {}
    for crew in (0, 16):
        rounds = 0
        monkeypatch.setattr(ladder, "_CREW", crew)
        price(X, v)
        taken[crew] = rounds
    assert taken[16] < 0.8 * taken[0]
