"""Data that are degenerate but for their last digits."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import matroid
from zoo import Matrix, exact, integer_grids, matrices

import arrangements as ar


@pytest.mark.parametrize(("n", "d", "rank"), [(15, 8, 7), (30, 5, 2), (6, 4, 3)])
@pytest.mark.parametrize("seed", range(5))
def test_a_rounded_product_has_a_lower_numerical_rank(n: int, d: int, rank: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    product = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, d))
    near = ar.near_degeneracy(product)
    assert near
    assert (near.rank, near.numerical_rank) == (min(n, d), rank)
    assert near.ratio < 1e-13
    assert f"--rank {rank}" in near.summary()
    back = ar.nearest_of_rank(product, near.numerical_rank)
    assert matroid.rank([list(row) for row in back.data.fractions]) == rank
    assert back.distance < 1e-12
    assert not ar.near_degeneracy(back.data)
    # Generic of that rank: Cover's number, and the sliver regions are gone.
    assert ar.count_regions(back.data) == ar.region_bound(n, rank)


@given(integer_grids(max_rows=8, max_columns=4))
def test_small_integers_hang_on_no_digits(rows: Matrix) -> None:
    near = ar.near_degeneracy(rows)
    assert not near
    assert near.rank == near.numerical_rank == matroid.rank(rows)
    assert near.summary() == "nothing hangs on digits below 1e-12"


def test_units_of_columns_and_rows_do_not_matter() -> None:
    rows = np.random.default_rng(0).normal(size=(12, 4))
    scaled = rows * [1e-20, 1.0, 1e9, 1e40] * 10.0 ** np.arange(-6, 6)[:, np.newaxis]
    assert not ar.near_degeneracy(scaled)


def test_pairs_and_triples_that_only_rounding_tells_apart() -> None:
    pair = [[1, 2, 3], [0.1, 0.2, 0.3], [-1, 5, 2], [0, 1, 7], [10.0, 20.0, 30.000000000000004]]
    near = ar.near_degeneracy([*pair, [0, 0, 0]])
    assert near.parallel == ((0, 1), (0, 4), (1, 4))
    first, second = np.array([0.1, 0.7, 1.0]), np.array([0.9, 0.2, 1.0])
    third = 0.3 * first + 0.7 * second
    exact_triple = [[1, 0, 0], [0, 1, 0], [1, 1, 0]]
    near = ar.near_degeneracy([first, *np.array(exact_triple, float), second, third])
    assert near.dependent == ((0, 4, 5),)
    assert near.numerical_rank == 3
    assert "like rows 0, 4 and 5" in near.summary()
    # The exact triple is no near one.
    assert not ar.near_degeneracy(exact_triple)


@given(matrices(max_rows=6, max_columns=4), st.integers(1, 4))
def test_the_nearest_matrix_has_that_rank_and_that_distance(rows: Matrix, rank: int) -> None:
    largest = matroid.rank(rows)
    if rank > largest:
        with pytest.raises(ar.ArgumentError, match=f"rank = {rank} must be"):
            ar.nearest_of_rank(rows, rank)
        return
    near = ar.nearest_of_rank(rows, rank)
    assert matroid.rank([list(row) for row in near.data.fractions]) == rank
    before, after = exact(rows), near.data.fractions
    changes = [
        (j, abs(a - b))
        for given_, found in zip(before, after, strict=True)
        for j, (a, b) in enumerate(zip(given_, found, strict=True))
    ]
    assert near.distance == max(change for _, change in changes)
    assert all(change == Fraction(0) for j, change in changes if j in near.kept)
    assert len(near.kept) == (rank if rank < largest else len(rows[0]))


@pytest.mark.parametrize("rank", [0, -1, True, 2.0, "2"])
def test_a_rank_that_is_none_is_refused(rank: object) -> None:
    with pytest.raises(ar.ArgumentError, match="integer from 1 to 2"):
        ar.nearest_of_rank([[1, 2], [3, 4]], rank)  # type: ignore[arg-type]


def test_a_list_says_what_it_hangs_on() -> None:
    rows = [[0.1, 0.3], [0.3, 0.9], [1.0, 0.0]]
    assert "numerical rank" not in ar.enumerate_patterns(rows).summary()
    assert "parallel but for rounding, like rows 0 and 1" in ar.enumerate_patterns(rows).summary()
    assert "\nexact rank 2, numerical rank 1" in ar.enumerate_patterns(rows[:2]).summary()


@pytest.mark.parametrize("within", [ar.Cone(), ar.Cone(((1, 0, 0, 0, -1),))])
@pytest.mark.parametrize("seed", range(3))
def test_slivers_are_swept_as_linear_programs_find_them(within: ar.Cone, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.round(rng.normal(size=(9, 3)) @ rng.normal(size=(3, 5)), 15)

    swept = ar.enumerate_patterns(rows, within=within, method=ar.Sweep())
    listed = ar.enumerate_patterns(rows, within=within, method=ar.Incremental())
    assert swept.packed.tolist() == listed.packed.tolist()
