"""Patterns at weight vectors: the compiled filter, numpy and exact integers agree."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zoo import Matrix, huge_exponents, matrices

import arrangements as ar
from arrangements import realization
from arrangements.packing import sorted_order
from arrangements.realization import as_words, patterns_of_words, realized
from arrangements.witnesses import Witnesses

entries = st.one_of(
    st.integers(-3, 3),
    st.integers(-(2**53) - 2, 2**53 + 2),
    st.sampled_from([-(2**63), 2**63 - 1, 2**53, -(2**53) - 1]),
)


def both_ways(rows: Matrix, points: list[list[int]]) -> None:
    arrangement = ar.Arrangement(rows)
    d = arrangement.shape[1]
    weights = [tuple(point[:d]) for point in points]
    table = Witnesses.from_points(weights, tuple(range(d)), d)
    exact = [
        [sum(Fraction(x) * w for x, w in zip(row, weight, strict=True)) for row in rows]
        for weight in weights
    ]
    active = np.array([[value >= 0 for value in values] for values in exact])
    interior = [
        all(value for value, row in zip(values, rows, strict=True) if any(row)) for values in exact
    ]
    packed = np.packbits(active, axis=1, bitorder="little")
    wrong = packed.copy()
    n = len(rows)
    for index in range(len(wrong)):
        wrong[index, index % n // 8] ^= 1 << index % n % 8
    for loaded in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(realization, "kernels_are_loaded", lambda loaded=loaded: loaded)
            found = realized(arrangement, table, packed)
            other = realized(arrangement, table, wrong)
        assert found.interior.tolist() == other.interior.tolist() == interior
        # On a boundary no pattern is claimed.
        assert found.right[found.interior].all()
        assert not other.right[found.interior].any()


@given(
    matrices(max_rows=8),
    st.lists(st.lists(entries, min_size=6, max_size=6), min_size=1, max_size=6),
)
def test_the_filter_and_integers_agree(rows: Matrix, points: list[list[int]]) -> None:
    both_ways(rows, points)


@given(
    huge_exponents(max_rows=5),
    st.lists(st.lists(entries, min_size=6, max_size=6), min_size=1, max_size=4),
)
def test_they_agree_on_huge_exponents(rows: Matrix, points: list[list[int]]) -> None:
    both_ways(rows, points)


def test_a_product_within_its_bound_goes_to_integers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realization, "kernels_are_loaded", lambda: True)
    large = 2**52
    # large * (large + 1) - (large + 1) * large + 1: the one is lost in floats.
    rows = [[large + 1, -large, 1]]
    points = [(large, large + 1, 1), (large, large + 1, -1), (large, large + 1, 0), (1, 0, 0)]
    packed = np.array([[1], [0], [0], [1]], np.uint8)
    found = realized(ar.Arrangement(rows), Witnesses.from_points(points, (0, 1, 2), 3), packed)
    assert found.decided.tolist() == [False, False, False, True]
    assert found.interior.tolist() == [True, True, False, True]
    assert found.right.tolist()[:2] == [True, True]


@given(
    st.integers(1, 27).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, 3), min_size=width, max_size=width), min_size=1, max_size=60
        )
    ),
    st.integers(1, 5),
)
def test_compiled_sorting_sorts(rows: list[list[int]], threads: int) -> None:
    packed = np.array(rows, np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("arrangements.packing._WORTH_COMPILING", 0)
        patch.setattr("arrangements.packing._WORTH_SHARING", 0)
        order = sorted_order(packed, threads)
    assert packed[order].tolist() == sorted(rows)
    assert sorted(order.tolist()) == list(range(len(rows)))


@given(
    st.lists(st.integers(-70, 70), min_size=1, max_size=150),
    st.integers(0, 2**32),
)
def test_rows_take_the_sides_of_their_hyperplanes(places: list[int], seed: int) -> None:
    # Row i lies on the hyperplane |places[i]|, reversed when it is negative; 0 is a zero row.
    moment = [[np.sign(k), k, abs(k) * k] for k in places]
    arrangement = ar.Arrangement(moment)
    sides = np.random.default_rng(seed).integers(0, 2, (5, arrangement.hyperplane_count)) == 1
    expected = np.packbits(arrangement.activations_of_sides(sides), axis=1, bitorder="little")
    if arrangement.hyperplane_count:
        assert patterns_of_words(arrangement, as_words(sides)).tolist() == expected.tolist()
