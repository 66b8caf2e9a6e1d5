"""Reflections against root systems of the literature; one chamber against all regions."""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from zoo import Matrix, matrices

import arrangements as ar
from arrangements import catalogue
from arrangements.progress import silent
from arrangements.symmetry.chamber import count_by_chamber, supports_chamber
from arrangements.symmetry.mirrors import Mirrors, find_mirrors

ROOT_SYSTEMS = [
    # Roots up to sign, walls of a chamber, order of the group.
    ("A5", catalogue.braid(6), 15, 5, 720),
    ("B4", catalogue.type_b(4), 16, 4, 384),
    ("F4 from D4, by triality", catalogue.type_d(4), 24, 4, 1152),
    ("F4", catalogue.type_f4(), 24, 4, 1152),
    ("E6", catalogue.type_e(6), 36, 6, 51_840),
    ("B5 from {0,1}^4 x 1", catalogue.threshold(4), 25, 5, 3840),
    ("A5 from resonance 5", catalogue.resonance(5), 15, 5, 720),
    # B2 of the square, and the map to the opposite point composed with the opposite map.
    ("B2 x A1 from a square of points", catalogue.grid(3, 3), 5, 3, 16),
]


def mirrors_of(data: object) -> Mirrors:
    found = find_mirrors(ar.as_arrangement(data))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("arrangement", "roots", "walls", "order"),
    [system[1:] for system in ROOT_SYSTEMS],
    ids=[system[0] for system in ROOT_SYSTEMS],
)
def test_known_reflection_groups(
    arrangement: ar.Arrangement, roots: int, walls: int, order: int
) -> None:
    found = mirrors_of(arrangement)
    assert (len(found.roots), len(found.simple), found.order) == (roots, walls, order)
    # A wall alone is kept by its reflection, all of them by the whole group.
    assert {found.fixing((wall,)) for wall in range(walls)} == {2}
    assert found.fixing(tuple(range(walls))) == order


def test_what_has_no_reflections() -> None:
    assert find_mirrors(catalogue.generic(20, 4)) is None
    assert find_mirrors(ar.Arrangement([[0, 0]])) is None
    # Too large to look for them in machine words.
    assert find_mirrors(ar.Arrangement([[10**9, 1, 0], [1, 10**9, 0], [3, 3, 1]])) is None


def orbits_of_regions(arrangement: ar.Arrangement) -> int:
    """The orbits of all regions under the reflections in the walls, by union-find over the list."""
    found = mirrors_of(arrangement)
    sides = ar.enumerate_patterns(ar.Arrangement(found.rows)).activations().tolist()
    place = {tuple(side): index for index, side in enumerate(sides)}
    parent = list(range(len(sides)))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for side, index in list(place.items()):
        for reflection in found.reflections:
            image = tuple(
                side[to] == (sign > 0)
                for to, sign in zip(reflection.images, reflection.signs, strict=True)
            )
            parent[root(index)] = root(place[image])
    return len({root(index) for index in range(len(sides))})


@pytest.mark.parametrize(
    "arrangement",
    [
        catalogue.threshold(3),
        catalogue.resonance(4),
        catalogue.type_f4(),
        catalogue.grid(3, 3),
        ar.Arrangement([[2, 1, 0], [1, 2, 0], [1, 1, 3], [1, -1, 1], [-1, 1, 1]]),
    ],
)
def test_a_chamber_meets_one_region_of_each_orbit(arrangement: ar.Arrangement) -> None:
    found = mirrors_of(arrangement)
    chamber = ar.Cone(tuple(found.roots[index] for index in found.simple))
    meet = ar.enumerate_patterns(ar.Arrangement(found.rows), within=chamber)
    assert len(meet) == orbits_of_regions(arrangement)


@st.composite
def symmetric(draw: st.DrawFn) -> Matrix:
    """Rows with all their images under permutations, and perhaps signs, of the coordinates."""
    rows = draw(matrices(max_rows=2, max_columns=3))
    signs = [1, -1] if draw(st.booleans()) else [1]
    return [
        [sign * row[j] for j, sign in zip(order, chosen, strict=True)]
        for row in rows
        for order in itertools.permutations(range(len(rows[0])))
        for chosen in itertools.product(signs, repeat=len(rows[0]))
    ]


@given(symmetric())
@example([[1, 2, 3], [2, 1, 3], [1, 1, 1], [0, 0, 1]])
@settings(max_examples=60)
def test_counting_in_a_chamber(rows: Matrix) -> None:
    arrangement = ar.Arrangement(rows)
    found = find_mirrors(arrangement)
    assume(found is not None)
    assert found is not None
    assume(supports_chamber(found))
    assert count_by_chamber(found, None, silent) == ar.count_regions(arrangement)


@pytest.mark.parametrize(
    ("arrangement", "count"),
    [
        # Threshold functions (Muroga) and maximal unbalanced families (Billera et al.).
        (catalogue.threshold(6), 15_028_134),
        (catalogue.threshold(7), 8_378_070_864),
        (catalogue.resonance(7), 347_326_352),
        (catalogue.braid(8), math.factorial(8)),
    ],
)
def test_counts_of_the_literature(arrangement: ar.Arrangement, count: int) -> None:
    assert ar.count_by_symmetry(arrangement) == count


@pytest.mark.thorough
def test_threshold_functions_of_eight_variables() -> None:
    assert ar.count_by_symmetry(catalogue.threshold(8)) == 17_561_539_552_946


def test_parts_of_a_chamber_go_to_workers() -> None:
    events: list[ar.Progress] = []
    with ThreadPoolExecutor(2) as executor:
        counted = ar.count_by_symmetry(
            catalogue.resonance(6), executor=executor, progress=events.append
        )
    assert counted == 1_066_044
    assert events[-1].stage == "counting in a chamber"
