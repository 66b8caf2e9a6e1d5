"""Symmetries against groups of the literature and brute force; counts with them against counts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from oracles import matroid
from zoo import Matrix, exact, matrices

import arrangements as ar
from arrangements import catalogue
from arrangements.symmetry.group import orbits

GROUPS = [
    # Orders of the automorphism groups of root systems, the opposite map included.
    ("A5", catalogue.braid(6), 2 * math.factorial(6)),
    ("B4", catalogue.type_b(4), 2**4 * math.factorial(4)),
    ("D4, with triality", catalogue.type_d(4), 1152),
    ("D5", catalogue.type_d(5), 2**5 * math.factorial(5)),
    ("F4", catalogue.type_f4(), 1152),
    ("E6, twice the Weyl group", catalogue.type_e(6), 2 * 51_840),
    ("E7", catalogue.type_e(7), 2_903_040),
    ("E8", catalogue.type_e(8), 696_729_600),
    ("boolean 5", catalogue.boolean(5), 2**5 * math.factorial(5)),
    # Subsets and their complements among k + 1 things whose numbers sum to zero.
    ("resonance 5", catalogue.resonance(5), 2 * math.factorial(6)),
    # {-1, 1}^(k + 1) up to the sign: the symmetries of the cube of one dimension more.
    ("threshold 4", catalogue.threshold(4), 2**5 * math.factorial(5)),
    ("general position", catalogue.generic(40, 4), 2),
    ("the 3 x 3 grid, a square", catalogue.grid(3, 3), 2 * 8),
]


@pytest.mark.parametrize(
    ("arrangement", "order"), [g[1:] for g in GROUPS], ids=[g[0] for g in GROUPS]
)
def test_known_groups(arrangement: ar.Arrangement, order: int) -> None:
    found = ar.find_symmetries(arrangement)
    assert (found.order, found.complete) == (order, True)
    assert len(closure(found)) == order if order < 2_000 else True


def closure(group: ar.Symmetries) -> set[tuple[tuple[int, int], ...]]:
    """All products of the generators, as signed images."""
    m = group.arrangement.hyperplane_count
    seen = {tuple((i, 1) for i in range(m))}
    queue = list(seen)
    for element in queue:
        for generator in group.generators:
            product = tuple((generator.images[i], side * generator.signs[i]) for i, side in element)
            if product not in seen:
                seen.add(product)
                queue.append(product)
    return seen


def by_definition(rows: Matrix) -> set[tuple[tuple[int, int], ...]]:
    """Every signed permutation of distinct hyperplanes that a linear map brings about."""
    firsts: list[list[object]] = []
    for row in exact(rows):
        if any(row) and all(matroid.rank([other, row]) == 2 for other in firsts):  # type: ignore[list-item]
            firsts.append(list(row))
    m = len(firsts)
    found = set()
    for images in itertools.permutations(range(m)):
        for signs in itertools.product((1, -1), repeat=m):
            beside = [
                [*row, *(sign * x for x in firsts[image])]  # type: ignore[operator]
                for row, image, sign in zip(firsts, images, signs, strict=True)
            ]
            if matroid.rank(beside) == matroid.rank(firsts):  # type: ignore[arg-type]
                found.add(tuple(zip(images, signs, strict=True)))
    return found


@given(matrices(max_rows=4, max_columns=3))
@example([[1, 0], [0, 1], [1, 1], [1, -1]])
@example([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])
@example([[0, 0]])
@settings(max_examples=25)
def test_the_whole_group_is_found(rows: Matrix) -> None:
    found = ar.find_symmetries(rows)
    expected = by_definition(rows)
    assert found.order == len(expected)
    assert closure(found) == expected


@given(matrices(max_rows=7, max_columns=4), st.integers(0, 3), st.integers(1, 3))
@settings(max_examples=40)
def test_counting_by_any_cut(rows: Matrix, level: int, parts: int) -> None:
    arrangement = ar.Arrangement(rows)
    whole = ar.find_symmetries(arrangement)
    assume(whole.levels)
    level = min(level, len(whole.levels) - 1)
    group = ar.Symmetries(arrangement, whole.levels[level:], whole.sizes[level:])
    pieces = orbits(arrangement.hyperplane_count, group.generators)
    cut = [index for orbit in pieces[:parts] for index in orbit]
    expected = ar.count_regions(arrangement)
    assert ar.count_by_symmetry(arrangement, symmetries=group, cut=cut) == expected
    assert ar.count_by_symmetry(arrangement) == expected


@pytest.mark.parametrize(
    ("arrangement", "parts"),
    [
        (catalogue.resonance(5), 1),
        (catalogue.resonance(6), 2),
        (catalogue.type_e(6), 0),
        (catalogue.grid(3, 4), 3),
        (catalogue.threshold(3), 0),
    ],
)
def test_counting_symmetric_arrangements(arrangement: ar.Arrangement, parts: int) -> None:
    group = ar.find_symmetries(arrangement)
    m = arrangement.hyperplane_count
    cut = [index for orbit in orbits(m, group.generators)[:parts] for index in orbit]
    events: list[ar.Progress] = []
    counted = ar.count_by_symmetry(arrangement, symmetries=group, cut=cut, progress=events.append)
    assert counted == ar.count_regions(arrangement)
    if parts:
        done = [event.total for event in events if event.stage == "counting by orbits"]
        # The cones are many more than their orbits: symmetry was used.
        assert done[-1] is not None
        assert 4 * done[-1] < ar.count_regions([arrangement.normals[index] for index in cut])


@pytest.mark.thorough
def test_resonance_seven() -> None:
    assert ar.count_by_symmetry(catalogue.resonance(7)) == 347_326_352


def test_too_little_effort_gives_a_smaller_group() -> None:
    found = ar.find_symmetries(catalogue.resonance(5), effort=12)
    assert not found.complete
    assert found.order < 1_440
    assert len(closure(found)) >= found.order
    assert "or more" in repr(found)
    assert ar.count_by_symmetry(catalogue.resonance(5), symmetries=found) == 11_292


def forged(images: list[int], signs: list[int]) -> ar.Symmetries:
    arrangement = ar.Arrangement([[1, 0], [0, 1], [1, 1], [1, -2]])
    generator = ar.SignedPermutation(tuple(images), tuple(signs))
    return ar.Symmetries(arrangement, ((generator,),), (2,))


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: forged([1, 0, 2, 3], [1, 1, 1, 1]), "no linear map brings about"),
        (lambda: forged([0, 1, 2, 3], [-1, 1, 1, 1]), "no linear map brings about"),
        (lambda: forged([0, 0, 2, 3], [1, 1, 1, 1]), "not a permutation"),
        (lambda: forged([1, 0, 2, 3], [1, 0, 1, 1]), "each 1 or -1"),
        (lambda: forged([1, 0], [1, 1]), "permutes 2 hyperplanes where"),
        (
            lambda: ar.find_symmetries(ar.Arrangement([[1, 0]], domain=ar.Cone(((1, 1),)))),
            "the whole space",
        ),
        (
            lambda: ar.count_by_symmetry(
                [[1, 0], [0, 1]], symmetries=ar.find_symmetries([[1, 0], [0, 2]])
            ),
            "another arrangement",
        ),
        (
            # The same rows: only the domain tells that these symmetries are none of it.
            lambda: ar.count_by_symmetry(
                ar.Arrangement([[1, 0], [0, 1]], domain=ar.Cone(((1, 0), (0, 1)))),
                symmetries=ar.find_symmetries([[1, 0], [0, 1]]),
                cut=[0, 1],
            ),
            "the whole space",
        ),
        (lambda: ar.count_by_symmetry([[1, 0], [0, 1]], cut=[0]), "take whole orbits"),
        (lambda: ar.count_by_symmetry([[1, 0], [0, 1]], cut=[2]), "counted from 0 to 1"),
    ],
)
def test_refusals(make: Callable[[], object], word: str) -> None:
    with pytest.raises(ar.ArgumentError, match=word):
        make()
