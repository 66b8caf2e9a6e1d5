"""{0,1}^3 x 1 cut by three rows: 20+13+13+6+6+13+13+20 regions, each unit proved alone."""

from __future__ import annotations

from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest
from oracles.brute_force import all_patterns
from oracles.families import threshold
from oracles.reading import listed

import arrangements as ar

CUBE = threshold(3)
SIZES = [20, 13, 13, 6, 6, 13, 13, 20]
PREFIX = 3


def cut() -> ar.UnitPlan:
    return ar.plan_units(CUBE, prefix=PREFIX)


def test_eight_units_of_the_published_sizes() -> None:
    assert [ar.count_regions(CUBE, within=unit) for unit in cut().units] == SIZES


@pytest.mark.parametrize("prover", [ar.ByCount(), ar.ByTree()])
def test_every_unit_is_proved_alone(prover: ar.Prover) -> None:
    expected = all_patterns(CUBE)
    parts = [ar.enumerate_patterns(CUBE, within=unit, proof=prover) for unit in cut().units]
    assert [len(part) for part in parts] == SIZES
    seen = [pattern for part in parts for pattern in listed(part)]
    assert len(seen) == len(set(seen)) == len(expected)
    assert set(seen) == expected


@pytest.mark.parametrize("prover", [ar.ByCount(), ar.ByTree()])
def test_the_whole_is_proved_by_its_units(prover: ar.Prover) -> None:
    patterns = ar.enumerate_patterns(CUBE, prefix=PREFIX, proof=prover)
    assert len(patterns) == sum(SIZES)
    assert len(patterns.completion.proofs) == len(SIZES)
    if isinstance(prover, ar.ByCount):
        assert [proof.count for proof in patterns.completion.proofs] == SIZES


def check_executor(executor: Executor) -> None:
    alone = ar.enumerate_patterns(CUBE, prefix=PREFIX, proof=ar.ByTree())
    shared = ar.enumerate_patterns(CUBE, prefix=PREFIX, proof=ar.ByTree(), executor=executor)
    assert shared.completion == alone.completion
    assert listed(shared) == listed(alone)
    assert [shared.witness(i) for i in range(len(shared))] == [
        alone.witness(i) for i in range(len(alone))
    ]


def test_threads_give_the_same_list() -> None:
    with ThreadPoolExecutor(2) as executor:
        check_executor(executor)


def test_processes_give_the_same_list() -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        check_executor(executor)
