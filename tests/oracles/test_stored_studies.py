"""The studies that the documentation shows: what can be checked again is, by other means."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from oracles import matroid

import arrangements as ar

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "data" / "study"
SHAPES = {"iris": (150, 5), "wine": (178, 5), "diabetes": (442, 4)}
NAMES = pytest.mark.parametrize("name", SHAPES)
ROUNDINGS: dict[str, ar.Rounding] = {
    rounding.name: rounding
    for rounding in (
        ar.NoRounding(),
        ar.RoundToFloat(),
        ar.RoundToDigits(3),
        ar.RoundToDigits(1),
        ar.Binarize(),
    )
}


@cache
def stored(name: str) -> ar.RankStudy:
    return ar.load_study(FOLDER / f"{name}.jsonl")


@NAMES
def test_they_are_whole_and_the_tables_are_theirs(name: str) -> None:
    study = stored(name)
    assert study.is_whole
    assert (study.plan.rows[-1], study.plan.max_rank, study.plan.bias) == (*SHAPES[name], True)
    assert (FOLDER / f"{name}.csv").read_text() == study.to_csv()
    assert study.plan.roundings == tuple(ROUNDINGS)


@NAMES
def test_their_matrices_can_be_made_again(name: str) -> None:
    study = stored(name)
    data = ar.datasets.load(name).matrix
    for case in study.select(rows=study.plan.rows[0], columns=study.plan.max_rank):
        matrix = study.matrix(data, case, ROUNDINGS[case.rounding])
        assert ar.count_regions(matrix) == case.regions


@NAMES
def test_two_columns_have_two_patterns_for_each_distinct_point(name: str) -> None:
    study = stored(name)
    data = ar.datasets.load(name).matrix
    for case in study.select(columns=2, rows=study.plan.rows[-1]):
        matrix = study.matrix(data, case, ROUNDINGS[case.rounding])
        assert case.regions == 2 * len(set(matrix.fractions))
    for case in study.select(columns=1):
        assert case.regions == 2


@NAMES
def test_three_columns_by_the_sum_over_lines(name: str) -> None:
    study = stored(name)
    data = ar.datasets.load(name).matrix
    for case in study.select(columns=3, rows=study.plan.rows[1]):
        matrix = study.matrix(data, case, ROUNDINGS[case.rounding])
        points = [(row[0], row[1]) for row in matrix.fractions]
        assert case.regions == matroid.planar_count(points)


def test_iris_with_a_bias() -> None:
    # 38,041,538 patterns by three programs written apart from each other; every reduction to
    # five columns is an invertible map, so that without rounding they agree.
    cases = stored("iris").select(rounding="exact", columns=5, rows=150)
    assert [case.regions for case in cases] == [38_041_538] * 3


def test_general_position_is_covers_number() -> None:
    for name in ("wine", "diabetes"):
        n, r = SHAPES[name]
        (case,) = stored(name).select(reduction="singular", rounding="exact", columns=r, rows=n)
        assert case.regions == matroid.cover_formula(n, r)


def test_what_one_column_of_two_values_costs() -> None:
    # The documentation's figure from Whitney numbers: 235 points lie in one plane, 207 in
    # another, and all else is general.  So two points make a line, and three a plane, except
    # these two planes; the Moebius value of a plane on m general points is -C(m - 1, 2).
    sex = [row[1] for row in ar.datasets.load("diabetes").matrix.fractions]
    first, n = sex.count(1), len(sex)
    second = n - first
    planes = [first, second]
    triples = math.comb(n, 3) - sum(math.comb(m, 3) for m in planes)
    third = triples + sum(math.comb(m - 1, 2) for m in planes)
    # Whitney numbers 1, n, C(n, 2), third; the last makes the alternating sum vanish.
    fourth = third - math.comb(n, 2) + n - 1
    expected = 1 + n + math.comb(n, 2) + third + fourth
    numbers = np.random.default_rng(0).integers(-(10**6), 10**6, (n, 2)).tolist()
    assert expected == 21_501_436
    rows = [[a, value, b, 1] for (a, b), value in zip(numbers, sex, strict=True)]
    assert ar.count_regions(rows) == expected
