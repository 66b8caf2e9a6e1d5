"""The catalogue against the literature: formulas, group orders, published tables."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest
from oracles import families, matroid
from oracles.families import KNOWN

import arrangements as ar
from arrangements import catalogue


def regions(arrangement: ar.Arrangement) -> int:
    return ar.count_regions(arrangement)


@pytest.mark.parametrize("k", range(2, 8))
def test_reflections(k: int) -> None:
    assert regions(catalogue.braid(k)) == math.factorial(k)
    assert regions(catalogue.type_b(k)) == 2**k * math.factorial(k)
    assert regions(catalogue.type_d(k)) == 2 ** (k - 1) * math.factorial(k)
    assert regions(catalogue.boolean(k)) == 2**k


def test_exceptional_groups() -> None:
    # Orders of the Weyl groups, with half as many rows as roots.
    expected = {6: (36, 51_840), 7: (63, 2_903_040)}
    for k, (rows, order) in expected.items():
        arrangement = catalogue.type_e(k)
        assert (arrangement.shape[0], arrangement.rank) == (rows, k)
        assert regions(arrangement) == order
    eight = catalogue.type_e(8)
    assert (eight.hyperplane_count, eight.rank) == (120, 8)
    assert (catalogue.type_f4().hyperplane_count, regions(catalogue.type_f4())) == (24, 1152)


@pytest.mark.thorough
def test_the_largest_exceptional_group() -> None:
    assert regions(catalogue.type_e(8)) == 696_729_600


@pytest.mark.parametrize(
    ("name", "family", "largest"),
    [
        ("threshold_functions", catalogue.threshold, 5),
        ("resonance", catalogue.resonance, 5),
    ],
)
def test_published_tables(name: str, family: Callable[[int], ar.Arrangement], largest: int) -> None:
    for k, count in KNOWN[name]["k"].items():
        if int(k) <= largest:
            assert regions(family(int(k))) == count


@pytest.mark.parametrize("k", range(2, 6))
def test_affine_families(k: int) -> None:
    assert regions(catalogue.shi(k)) == (k + 1) ** (k - 1)
    assert regions(catalogue.catalan(k)) == math.factorial(2 * k) // math.factorial(k + 1)
    trees = sum(math.comb(k, i) * (i + 1) ** (k - 1) for i in range(k + 1))
    assert regions(catalogue.linial(k)) == trees // 2**k


def test_rows_are_those_of_the_definitions() -> None:
    for mine, theirs in (
        (catalogue.braid(5), families.braid(5)),
        (catalogue.type_b(3), families.type_b(3)),
        (catalogue.threshold(3), families.threshold(3)),
        (catalogue.resonance(4), families.resonance(4)),
        (catalogue.cyclic(6, 4), families.moment_curve(6, 4)),
        (catalogue.grid(2, 3), families.small_grid()),
    ):
        assert mine.data == ar.DataMatrix.from_array(theirs)


@pytest.mark.parametrize(("rows", "rank"), [(1, 1), (4, 2), (9, 3), (8, 5), (3, 6), (12, 4)])
def test_general_position(rows: int, rank: int) -> None:
    expected = matroid.cover_formula(rows, min(rank, rows)) if rank > 1 else 2
    assert regions(catalogue.cyclic(rows, rank)) == expected
    assert regions(catalogue.generic(rows, rank, seed=5)) == expected


@pytest.mark.parametrize("m", range(3, 9))
def test_near_pencil(m: int) -> None:
    # 2 (m - 1) sectors of the pencil, each cut in two.
    assert regions(catalogue.near_pencil(m)) == 4 * (m - 1)


@pytest.mark.parametrize("sizes", [(5,), (2, 3), (3, 3), (4, 2)])
def test_grids(sizes: tuple[int, ...]) -> None:
    arrangement = catalogue.grid(*sizes)
    if len(sizes) == 1:
        assert regions(arrangement) == 2 * sizes[0]
    else:
        points = list(itertools.product(*map(range, sizes)))
        assert regions(arrangement) == matroid.planar_count([(p[0], p[1]) for p in points])


def test_regions_of_a_graph_are_its_acyclic_orientations() -> None:
    graphs = [
        (4, [(0, 1), (1, 2), (2, 3), (3, 0)]),
        (5, [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4)]),
        (4, list(itertools.combinations(range(4), 2))),
        (3, [(0, 1), (0, 1)]),
    ]
    for vertices, edges in graphs:
        simple = sorted(set(edges))
        acyclic = sum(
            _is_acyclic(vertices, [(a, b) if forward else (b, a) for (a, b), forward in pairs])
            for choice in itertools.product((True, False), repeat=len(simple))
            for pairs in [list(zip(simple, choice, strict=True))]
        )
        assert regions(catalogue.graphical(vertices, edges)) == acyclic


def _is_acyclic(vertices: int, arcs: list[tuple[int, int]]) -> bool:
    """Some order of the vertices agrees with every arc."""
    return any(
        all(order.index(a) < order.index(b) for a, b in arcs)
        for order in itertools.permutations(range(vertices))
    )


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: catalogue.braid(1), "k = 1"),
        (lambda: catalogue.threshold(0), "k = 0"),
        (lambda: catalogue.type_e(5), "6, 7 and 8"),
        (lambda: catalogue.graphical(3, [(0, 3)]), "no edge"),
        (lambda: catalogue.graphical(3, []), "edges is empty"),
        (catalogue.grid, "sizes is empty"),
        (lambda: catalogue.grid(2, 0), "sizes = 0"),
        (lambda: catalogue.near_pencil(2), "m = 2"),
        (lambda: catalogue.generic(2, 2, seed=-1), "seed = -1"),
        (lambda: catalogue.generic(2, 2, largest=2**70), "below 2\\*\\*62"),
    ],
)
def test_refusals(make: Callable[[], ar.Arrangement], word: str) -> None:
    with pytest.raises(ar.ArgumentError, match=word):
        make()
