"""Deliberate mistakes in counting or in enumeration: verification must notice each.

Enumeration and counting share nothing above `exact`, so a mistake in one contradicts the
other.  Each mutation here replaces one function of one of them; a mutation that no
longer exists (a renamed function) fails the test, so that the list stays alive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from oracles.families import moment_curve, small_grid, threshold, type_b

import arrangements as ar
from arrangements import prove
from arrangements.counting import compiled, integers
from arrangements.counting import front as counting
from arrangements.enumeration import double_description, front, incremental, proving

GRID = small_grid()
CUBE = threshold(3)
GENERAL = moment_curve(6, 3)
Patch = pytest.MonkeyPatch

refused = pytest.mark.parametrize("prover", [ar.ByCount(), ar.ByTree(), ar.ByCheapest()])


def changed(patch: Patch, place: Any, name: str, change: Callable[..., Any]) -> None:
    """Replace ``place.name`` by ``change(original, *arguments)``."""
    original = getattr(place, name)
    patch.setattr(place, name, lambda *args, **kwargs: change(original, *args, **kwargs))


def noticed(rows: list[list[int]], prover: ar.Prover, **options: Any) -> None:
    with pytest.raises(ar.ProofError):
        ar.enumerate_patterns(rows, proof=prover, **options)


# Mistakes of the enumeration.


@refused
@pytest.mark.parametrize("victim", [0, 3, -1])
def test_one_leaf_is_dropped(monkeypatch: Patch, prover: ar.Prover, victim: int) -> None:
    def drop(original: Callable[..., Iterator[Any]], *args: Any, **kwargs: Any) -> Iterator[Any]:
        leaves = list(original(*args, **kwargs))
        del leaves[victim]
        return iter(leaves)

    changed(monkeypatch, incremental._Search, "leaves", drop)
    noticed(GRID, prover)


@refused
def test_one_leaf_is_listed_twice(monkeypatch: Patch, prover: ar.Prover) -> None:
    def repeat(original: Callable[..., Iterator[Any]], *args: Any, **kwargs: Any) -> Iterator[Any]:
        leaves = list(original(*args, **kwargs))
        return iter([*leaves, leaves[0]])

    changed(monkeypatch, incremental._Search, "leaves", repeat)
    noticed(GRID, prover)


@refused
def test_one_leaf_takes_the_place_of_another(monkeypatch: Patch, prover: ar.Prover) -> None:
    def swap(original: Callable[..., Iterator[Any]], *args: Any, **kwargs: Any) -> Iterator[Any]:
        leaves = list(original(*args, **kwargs))
        return iter([*leaves[:-1], leaves[0]])

    changed(monkeypatch, incremental._Search, "leaves", swap)
    noticed(GRID, prover)


@refused
def test_the_far_side_is_believed_empty_once(monkeypatch: Patch, prover: ar.Prover) -> None:
    calls: list[int] = []

    def forget(original: Callable[..., Any], search: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(0)
        answer = original(search, *args, **kwargs)
        return None if len(calls) == 4 else answer

    changed(monkeypatch, incremental._Search, "_far_side", forget)
    noticed(GENERAL, prover)


@refused
def test_antipodes_are_forgotten(monkeypatch: Patch, prover: ar.Prover) -> None:
    def half(original: Callable[..., Any], *args: Any, mirrored: bool) -> Any:
        del mirrored
        return original(*args, mirrored=False)

    changed(monkeypatch, incremental, "_batch", half)
    noticed(GRID, prover, method=ar.Incremental())


@refused
def test_witnesses_are_not_negated_for_antipodes(monkeypatch: Patch, prover: ar.Prover) -> None:
    def same(original: Callable[..., Any], *arguments: Any) -> None:
        original(*arguments)
        _, _, points, _ = arguments
        half = len(points) // 2
        points[half:] = points[:half][::-1]

    changed(monkeypatch, front, "_sort_and_mirror", same)
    noticed(GRID, prover)


@refused
def test_nudges_go_the_wrong_way(monkeypatch: Patch, prover: ar.Prover) -> None:
    def back(original: Callable[..., Any], search: Any, witness: Any, direction: Any) -> Any:
        return original(search, witness, tuple(-x for x in direction))

    expected = ar.enumerate_patterns(CUBE).packed.tobytes()
    changed(monkeypatch, incremental._Search, "_nudged", back)
    # Witnesses that miss their region are replaced by the exact simplex method ...
    found = ar.enumerate_patterns(CUBE, method=ar.Incremental(), proof=prover)
    assert found.packed.tobytes() == expected
    # ... and without that the list is refused.
    changed(monkeypatch, proving, "_interior", lambda _original, _inner, rows, *_: rows[0])
    noticed(CUBE, prover, method=ar.Incremental())


@refused
def test_pushes_stop_short(monkeypatch: Patch, prover: ar.Prover) -> None:
    # Without floating-point proposals every far side is reached by an exact push.
    monkeypatch.setattr(incremental, "rounded_inside", lambda *_: None)
    assert len(ar.enumerate_patterns(GRID, proof=prover)) == 28

    def short(original: Callable[..., Any], interior: Any, functional: Any, target: Any) -> Any:
        del original, functional, target
        return interior

    changed(monkeypatch, incremental, "push_across", short)
    noticed(GRID, prover)


def test_multipliers_lose_a_row(monkeypatch: Patch) -> None:
    def lose(original: Callable[..., Any], scale: int, rows: Any, factors: Any) -> Any:
        return original(scale, rows[1:], factors[1:])

    changed(monkeypatch, incremental, "Multipliers", lose)
    noticed(GRID, ar.ByTree())
    # Another proof does not use them.
    assert len(ar.enumerate_patterns(GRID, proof=ar.ByCount())) == 28


@refused
def test_one_unit_is_left_out(monkeypatch: Patch, prover: ar.Prover) -> None:
    def short(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        plan = original(*args, **kwargs)
        return ar.UnitPlan(plan.within, plan.prefix, plan.units[1:])

    changed(monkeypatch, front, "plan_units", short)
    noticed(GRID, prover, prefix=2)


@refused
def test_one_unit_is_worked_on_twice(monkeypatch: Patch, prover: ar.Prover) -> None:
    def twice(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        plan = original(*args, **kwargs)
        return ar.UnitPlan(plan.within, plan.prefix, (plan.units[0], *plan.units[:-1]))

    changed(monkeypatch, front, "plan_units", twice)
    noticed(GRID, prover, prefix=2)


# Floating point may propose anything: the answer stays right.


@refused
def test_useless_proposals_change_nothing(monkeypatch: Patch, prover: ar.Prover) -> None:
    expected = ar.enumerate_patterns(GRID).packed.tobytes()
    for point in (None, (1, 0, 0), (0, 0, 0)):
        with monkeypatch.context() as patch:
            changed(
                patch,
                incremental.CrossingProgram,
                "solve",
                lambda _original, _program, point=point: (
                    incremental.ForcingRows(())
                    if point is None
                    else incremental.CrossingPoint(incremental.np.array(point, dtype=float))
                ),
            )
            found = ar.enumerate_patterns(GRID, proof=prover)
            assert found.packed.tobytes() == expected


def test_proposals_turned_round_change_nothing(monkeypatch: Patch) -> None:
    expected = ar.enumerate_patterns(CUBE).packed.tobytes()

    def turned(original: Callable[..., Any], program: Any) -> Any:
        proposal = original(program)
        if isinstance(proposal, incremental.CrossingPoint):
            return incremental.CrossingPoint(-proposal.point)
        return incremental.ForcingRows(tuple(reversed(proposal.rows))[:1])

    changed(monkeypatch, incremental.CrossingProgram, "solve", turned)
    assert ar.enumerate_patterns(CUBE, proof=ar.ByTree()).packed.tobytes() == expected


Found = Iterator[tuple[Any, Any]]


def drop_region(regions: list[tuple[Any, Any]]) -> None:
    words, points = regions[-1]
    regions[-1] = words[1:], points[1:]


def repeat_region(regions: list[tuple[Any, Any]]) -> None:
    words, points = regions[-1]
    regions.append((words[:1], points[:1]))


def replace_region(regions: list[tuple[Any, Any]]) -> None:
    words, points = regions[-1]
    words[-1], points[-1] = words[0], points[0]


def turn_witness_round(regions: list[tuple[Any, Any]]) -> None:
    words, _ = regions[-1]
    words[0] ^= 1


@pytest.mark.parametrize(
    "mistake", [drop_region, repeat_region, replace_region, turn_witness_round]
)
@pytest.mark.parametrize("cone", [ar.Cone(), ar.Cone(((1, 2, 5, 1), (0, 1, 1, 1)))])
def test_double_description_makes_a_mistake(
    monkeypatch: Patch, cone: ar.Cone, mistake: Callable[[list[tuple[Any, Any]]], None]
) -> None:
    def wrong(original: Callable[..., Found], rows: Any, *args: Any) -> Found:
        regions = list(original(rows, *args))
        if len(rows) >= len(CUBE):
            mistake(regions)
        return iter(regions)

    changed(monkeypatch, double_description, "_regions", wrong)
    noticed(CUBE, ar.ByCheapest(), method=ar.DoubleDescription(), within=cone)


def test_double_description_loses_a_chamber(monkeypatch: Patch) -> None:
    def lose(original: Callable[..., Iterator[Any]], *args: Any) -> Iterator[Any]:
        return iter(list(original(*args))[1:])

    changed(monkeypatch, double_description, "_chambers", lose)
    noticed(CUBE, ar.ByCheapest(), method=ar.DoubleDescription())


# Mistakes of the count: a right list is then refused, and no wrong list is accepted.


def count_is_noticed(rows: list[list[int]], **options: Any) -> None:
    noticed(rows, ar.ByCount(), **options)


@pytest.mark.parametrize("cone", [None, ar.Cone(((1, 2, 5),))])
def test_restriction_with_the_wrong_sign(monkeypatch: Patch, cone: ar.Cone | None) -> None:
    def wrong(original: Callable[..., Any], rows: Any, hyperplane: Any) -> Any:
        pivot = next(column for column, entry in enumerate(hyperplane) if entry)
        flipped = tuple(-x if c != pivot else x for c, x in enumerate(hyperplane))
        return original(rows, flipped)

    changed(monkeypatch, integers, "restrict", wrong)
    count_is_noticed(
        CUBE if cone is None else GRID,
        within=ar.Cone() if cone is None else ar.Cone(((1, 2, 5), (-1, 3, 2))),
    )


def test_parallel_restrictions_are_counted_twice(monkeypatch: Patch) -> None:
    changed(monkeypatch, integers, "lines", lambda _original, rows: [r for r in rows if any(r)])
    count_is_noticed(GRID)


def test_opposite_restrictions_are_counted_twice(monkeypatch: Patch) -> None:
    changed(
        monkeypatch,
        integers,
        "lines",
        lambda _original, rows: list(dict.fromkeys(r for r in rows if any(r))),
    )
    count_is_noticed(type_b(3))


def test_a_hyperplane_is_forgotten_by_the_count(monkeypatch: Patch) -> None:
    changed(monkeypatch, integers, "lines", lambda original, rows: original(rows[1:]))
    count_is_noticed(GRID)


def test_empty_cones_are_counted(monkeypatch: Patch) -> None:
    changed(monkeypatch, integers, "interior_point", lambda _original, _n, d: (0,) * d)
    count_is_noticed(GRID, within=ar.Cone(((1, 2, 5), (-1, 3, 2))))


@pytest.mark.parametrize("cone", [ar.Cone(), ar.Cone(((1, 2, 5),))])
@pytest.mark.parametrize("mistake", [-1, 1])
def test_a_compiled_unit_is_off_by_one(monkeypatch: Patch, cone: ar.Cone, mistake: int) -> None:
    monkeypatch.setattr(counting, "_WORTH_COMPILING", 0)
    monkeypatch.setattr(counting, "_WORTH_CALLING", 0)
    assert len(ar.enumerate_patterns(GRID, within=cone, proof=ar.ByCount())) > 0

    def off(original: Callable[..., Any], *args: Any) -> Callable[[int], list[int]]:
        counter = original(*args)

        def wrong(last: int) -> list[int]:
            first, *others = counter(last)
            return [first + (mistake if last == 3 else 0), *others]

        return wrong

    changed(monkeypatch, counting, "unit_counter", off)
    count_is_noticed(GRID, within=cone)


def test_compiled_counting_believes_all_entries_small(monkeypatch: Patch) -> None:
    # In float64 the thin region between these two rows does not exist.
    monkeypatch.setattr(counting, "_WORTH_COMPILING", 0)
    monkeypatch.setattr(counting, "_WORTH_CALLING", 0)
    large = 2**60
    rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [large + 1, large, 1], [large, large - 1, 1]]
    rows += [[large - 1, large - 2, 1], [large + 2, large + 1, 1]]
    assert len(ar.enumerate_patterns(rows, proof=ar.ByCount())) > 0
    monkeypatch.setattr(compiled, "fits_floats", lambda _rows: True)
    count_is_noticed(rows)


def test_a_wrong_cover_number_is_noticed(monkeypatch: Patch) -> None:
    # Too small by two: a list that is two short would claim to be complete ...
    changed(monkeypatch, prove, "cover_number", lambda original, data: original(data) - 2)
    with pytest.raises(ar.ProofError):
        ar.enumerate_patterns(GENERAL, proof=ar.ByCover())
    # ... too large: the list that is complete would not.
    monkeypatch.undo()
    changed(monkeypatch, prove, "cover_number", lambda original, data: original(data) + 2)
    with pytest.raises(ar.ProofError):
        ar.enumerate_patterns(GENERAL, proof=ar.ByCover())
    # The count steps in, and is right.
    assert len(ar.enumerate_patterns(GENERAL)) == 32


def test_a_prover_that_lies_is_noticed() -> None:
    class Liar(ar.Prover):
        def prove(self, arrangement: Any, unit: Any, count: int, tree: Any) -> ar.CountProof:
            del arrangement, unit, tree
            return ar.CountProof(count)

    class Lazy(ar.Incremental):
        def run(self, arrangement: Any, unit: Any) -> Any:
            batches = list(super().run(arrangement, unit))
            batch = batches[0]
            keep = range(1, len(batch.packed))
            yield ar.Batch(batch.packed[1:], batch.witnesses.take(list(keep)))
            return None

    with pytest.raises(ar.ProofError):
        ar.enumerate_patterns(GRID, method=Lazy(), proof=Liar())
    with pytest.raises(ar.ProofError):
        ar.enumerate_patterns(GRID, method=Lazy())
