"""Every published count up to two million regions by enumeration and by counting, larger ones
by counting.  Nothing is cached: the numbers come from `known_counts.json` and its sources."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from oracles import families, matroid
from oracles.families import KNOWN, Rows

import arrangements as ar

COUNTED = 2_000_000
BY_NAME = {"threshold_functions": families.threshold, "resonance": families.resonance}


def published() -> list[tuple[str, Rows, int]]:
    cases = []
    for family, rows_of in BY_NAME.items():
        for k, count in KNOWN[family]["k"].items():
            if count <= COUNTED:
                cases.append((f"{family} {k}", rows_of(int(k)), count))
    cases += [(f"braid {k}", families.braid(k), math.factorial(k)) for k in range(2, 9)]
    cases += [(f"type B {k}", families.type_b(k), 2**k * math.factorial(k)) for k in range(1, 7)]
    cases += [
        (f"general position {m} x {r}", families.moment_curve(m, r), matroid.cover_formula(m, r))
        for m, r in ((4, 2), (10, 3), (8, 4), (7, 6), (11, 5))
    ]
    for index, case in enumerate(KNOWN["small_degenerate"]):
        rows = families.small_grid() if isinstance(case["rows"], str) else case["rows"]
        cases.append((f"small degenerate {index}", rows, case["regions"]))
    return cases


CASES = published()
IDS = [name for name, _, _ in CASES]


@pytest.mark.parametrize(("rows", "count"), [case[1:] for case in CASES], ids=IDS)
def test_counting(rows: Rows, count: int) -> None:
    assert ar.count_regions(rows) == count


@pytest.mark.parametrize(("rows", "count"), [case[1:] for case in CASES], ids=IDS)
def test_enumeration(rows: Rows, count: int) -> None:
    patterns = ar.enumerate_patterns(rows)
    assert len(patterns) == count
    assert len({row.tobytes() for row in patterns.packed}) == count


@pytest.mark.thorough
@pytest.mark.parametrize("family", BY_NAME)
def test_counting_sixteen_million(family: str) -> None:
    for k, count in KNOWN[family]["k"].items():
        if COUNTED < count < 20_000_000:
            assert ar.count_regions(BY_NAME[family](int(k))) == count


@pytest.mark.thorough
@pytest.mark.parametrize("family", BY_NAME)
def test_counting_up_to_ten_billion(family: str) -> None:
    # Resonance 7 in seconds, the threshold functions of seven variables in minutes.
    for k, count in KNOWN[family]["k"].items():
        if 20_000_000 < count < 10_000_000_000:
            with ThreadPoolExecutor(2) as threads:
                assert ar.count_regions(BY_NAME[family](int(k)), executor=threads) == count


@pytest.mark.thorough
def test_resonance_eight_by_symmetry() -> None:
    # Ten minutes: six million cones in 130 orbits.
    assert ar.count_by_symmetry(families.resonance(8)) == KNOWN["resonance"]["k"]["8"]


def test_the_grid_stays_below_cover() -> None:
    case = KNOWN["small_degenerate"][2]
    assert ar.cover_number(families.small_grid()) == case["cover"]
    assert ar.count_regions(families.small_grid()) == case["regions"]
