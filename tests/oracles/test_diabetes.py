"""Fifty rows of the diabetes data: 2,450 patterns where Cover allows 2,452.

Rows 18, 33 and 47 have the same s5 = 4.4427, so their three points lie on one line.  The
line is parallel to an axis, and therefore any map of single columns keeps it, rounding
included: equal numbers stay equal.  A slanted line does not survive (last test).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from oracles.matroid import cover_formula, planar_count, rank
from oracles.reading import listed
from sklearn.datasets import load_diabetes

import arrangements as ar

ROWS, BMI, S5 = 50, 2, 8
REGIONS = 2450


@cache
def raw() -> npt.NDArray[np.float64]:
    return np.asarray(load_diabetes(scaled=False).data[:ROWS][:, [BMI, S5]])


@cache
def decimals() -> ar.Arrangement:
    # The shortest text of a float that was read from decimals is those decimals.
    texts = [[repr(float(bmi)), repr(float(s5)), "1"] for bmi, s5 in raw()]
    return ar.Arrangement(ar.DataMatrix.from_decimals(texts))


def standardized() -> npt.NDArray[np.float64]:
    columns = raw()
    return np.c_[(columns - columns.mean(axis=0)) / columns.std(axis=0), np.ones(ROWS)]


def test_one_triple_is_collinear_and_cover_is_two_more() -> None:
    assert raw()[[18, 33, 47], 1].tolist() == [4.4427] * 3
    assert len(set(map(tuple, raw().tolist()))) == ROWS
    assert cover_formula(ROWS, 3) == ar.cover_number(decimals()) == 2452
    exact_points = [(row[0], row[1]) for row in decimals().data.fractions]
    assert planar_count(exact_points) == REGIONS


@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize("scope", [ROWS, 442])
def test_every_way_of_standardizing_keeps_the_count(ddof: int, scope: int) -> None:
    everyone = load_diabetes(scaled=False).data[:scope][:, [BMI, S5]]
    columns = (raw() - everyone.mean(axis=0)) / everyone.std(axis=0, ddof=ddof)
    assert ar.count_regions(np.c_[columns, np.ones(ROWS)]) == REGIONS


def test_stored_floats_and_decimals_have_the_same_count() -> None:
    assert ar.count_regions(decimals()) == REGIONS
    assert ar.count_regions(np.c_[raw(), np.ones(ROWS)]) == REGIONS


def test_enumeration_of_decimals_and_of_standardized_floats_gives_the_same_patterns() -> None:
    exact_list = ar.enumerate_patterns(decimals(), proof=ar.ByTree())
    float_list = ar.enumerate_patterns(standardized(), proof=ar.ByCount())
    assert len(exact_list) == len(float_list) == REGIONS
    # Shifting and scaling columns is an invertible column map when there is a bias, up to
    # rounding; the patterns agree because no rounding changes a side here.
    assert listed(exact_list) == listed(float_list)


def test_a_slanted_line_does_not_survive_floating_point() -> None:
    # 0.1, 0.2, 0.3 are in arithmetic progression as decimals and not as stored floats.
    texts = [["0", "0.1", "1"], ["1", "0.2", "1"], ["2", "0.3", "1"]]
    floats = [[float(text) for text in row] for row in texts]
    assert ar.count_regions(ar.Arrangement(ar.DataMatrix.from_decimals(texts))) == 6
    assert ar.count_regions(floats) == 8
    assert planar_count([(row[0], row[1]) for row in floats]) == 8


def test_rank_two_as_floats_and_one_as_decimals() -> None:
    floats = ar.Arrangement([[0.1, 0.3], [0.3, 0.9]])
    texts = ar.Arrangement(ar.DataMatrix.from_decimals([["0.1", "0.3"], ["0.3", "0.9"]]))
    assert (floats.rank, texts.rank) == (2, 1)
    assert rank([[0.1, 0.3], [0.3, 0.9]]) == 2
    assert (ar.count_regions(floats), ar.count_regions(texts)) == (4, 2)
    assert (len(ar.enumerate_patterns(floats)), len(ar.enumerate_patterns(texts))) == (4, 2)
