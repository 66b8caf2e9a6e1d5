"""Freeness, broken circuits and distances against theorems, literature and definitions."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction

import networkx as nx
import pytest
import sympy
from hypothesis import given, settings
from oracles import matroid
from zoo import Matrix, exact, matrices

import arrangements as ar
from arrangements import catalogue

FREE = [
    # Exponents of reflection arrangements are the degrees of the invariants less one.
    ("A4", catalogue.braid(5), (0, 1, 2, 3, 4)),
    ("B4", catalogue.type_b(4), (1, 3, 5, 7)),
    ("D4", catalogue.type_d(4), (1, 3, 3, 5)),
    ("F4", catalogue.type_f4(), (1, 5, 7, 11)),
    ("boolean", catalogue.boolean(4), (1, 1, 1, 1)),
    ("a plane and nothing else", ar.Arrangement([[0, 0, 2]]), (0, 0, 1)),
    ("nothing", ar.Arrangement([[0, 0]]), (0, 0)),
    # Athanasiadis 1996: cones of Shi arrangements are free with exponents 0, 1, k, ..., k.
    ("cone of Shi", ar.cone(catalogue.shi(4)), (0, 1, 4, 4, 4)),
]


@pytest.mark.parametrize(("data", "exponents"), [f[1:] for f in FREE], ids=[f[0] for f in FREE])
def test_exponents_of_the_literature(data: ar.Arrangement, exponents: tuple[int, ...]) -> None:
    found = ar.freeness(data)
    assert (found.verdict, found.exponents) == (ar.Verdict.FREE, exponents)
    t = sympy.Symbol("t")
    product = sympy.prod([t - e for e in exponents])
    assert ar.characteristic_polynomial(data).as_expr().expand() == sympy.expand(product)


def test_not_free_by_terao() -> None:
    # Generic arrangements of more hyperplanes than their rank are never free.
    assert ar.freeness(catalogue.generic(6, 3)).verdict is ar.Verdict.NOT_FREE
    assert ar.freeness(catalogue.generic(5, 4)).exponents is None


def test_undecided_says_so() -> None:
    found = ar.freeness(catalogue.type_f4(), limit=0)
    assert found.verdict is ar.Verdict.UNDECIDED
    assert "limit = 0" in found.summary()


def test_integer_roots_alone_do_not_make_it_free() -> None:
    # chi = (t - 1)(t - 3)^2, yet no line has four points, so no restriction has a polynomial
    # that divides it: Terao's theorem and the division theorem are silent.
    rows = next(
        [list(row) for row in chosen]
        for chosen in itertools.combinations(
            [
                (1, 0, 0),
                (0, 1, 0),
                (0, 0, 1),
                *itertools.product((1,), (-1, 1, 2), (-1, 1, 2)),
                (1, 1, 0),
                (1, 0, 1),
            ],
            7,
        )
        if ar.betti_numbers([list(row) for row in chosen]) == (1, 7, 15, 9)
        and all(
            ar.betti_numbers(ar.restriction([list(row) for row in chosen], k))[1] != 4
            for k in range(7)
        )
    )
    assert ar.freeness(rows).verdict is ar.Verdict.UNDECIDED


SUPERSOLVABLE = [
    (catalogue.braid(5), True),
    (catalogue.type_b(4), True),
    (catalogue.boolean(4), True),
    # Of the reflection arrangements A, B and rank two are (Stanley), D4 and F4 are not.
    (catalogue.type_d(4), False),
    (catalogue.generic(5, 3), False),
    (catalogue.type_f4(), False),
]


@pytest.mark.parametrize(("data", "is_supersolvable"), SUPERSOLVABLE)
def test_supersolvable_arrangements(data: ar.Arrangement, *, is_supersolvable: bool) -> None:
    chain = ar.modular_chain(data)
    assert (chain is not None) == is_supersolvable
    if chain is None:
        return
    steps = tuple(sorted(len(b) - len(a) for a, b in itertools.pairwise(chain)))
    found = ar.freeness(data)
    # A supersolvable arrangement is free, with the steps of the chain for exponents.
    assert found.exponents is not None
    assert tuple(e for e in found.exponents if e) == steps


@given(matrices(max_rows=6, max_columns=4))
@settings(max_examples=40)
def test_modular_flats_by_their_ranks(rows: Matrix) -> None:
    chain = ar.modular_chain(rows)
    arrangement = ar.Arrangement(rows)
    data = exact(rows)

    def rank(members: frozenset[int]) -> int:
        return matroid.rank([list(data[i]) for i in members]) if members else 0  # type: ignore[misc]

    every = frozenset(arrangement.representatives)
    closed = {
        frozenset(i for i in every if rank(chosen | {i}) == rank(chosen))
        for size in range(len(every) + 1)
        for chosen in map(frozenset, itertools.combinations(sorted(every), size))
    }

    def is_modular(flat: frozenset[int], top: frozenset[int]) -> bool:
        # By definition: r(X) + r(Y) = r(X join Y) + r(X meet Y) for all flats Y of the interval.
        return all(
            rank(flat) + rank(other) == rank(flat | other) + rank(flat & other)
            for other in closed
            if other <= top
        )

    def supersolvable(top: frozenset[int]) -> bool:
        below = [f for f in closed if f < top and rank(f) == rank(top) - 1]
        return not top or any(is_modular(f, top) and supersolvable(f) for f in below)

    assert (chain is not None) == supersolvable(every)
    if chain is not None:
        flats = list(map(frozenset, chain))
        assert flats[-1] == every
        assert all(
            is_modular(a, b) and rank(b) == rank(a) + 1 for a, b in itertools.pairwise(flats)
        )


@given(matrices(max_rows=6, max_columns=4))
@settings(max_examples=60)
def test_sets_without_broken_circuits(rows: Matrix) -> None:
    arrangement = ar.Arrangement(rows)
    names = arrangement.representatives
    data = exact(rows)

    def rank(members: tuple[int, ...]) -> int:
        return matroid.rank([list(data[i]) for i in members]) if members else 0  # type: ignore[misc]

    subsets = [c for k in range(len(names) + 1) for c in itertools.combinations(names, k)]
    circuits = [
        c
        for c in subsets
        if rank(c) < len(c)
        and all(rank(p) == len(p) for p in itertools.combinations(c, len(c) - 1))
    ]
    broken = [set(c[1:]) for c in circuits]
    expected = [s for s in subsets if not any(b <= set(s) for b in broken)]
    found = ar.nbc_sets(rows)
    assert [s for level in found for s in level] == expected
    # Whitney: their numbers are the Betti numbers.
    assert tuple(map(len, found)) == ar.betti_numbers(rows)
    assert ar.poincare_polynomial(rows).eval(1) == ar.count_regions(rows)


@pytest.mark.parametrize(
    ("data", "exponents"), [(catalogue.braid(4), (1, 2, 3)), (catalogue.type_b(3), (1, 3, 5))]
)
def test_distances_in_reflection_arrangements(
    data: ar.Arrangement, exponents: tuple[int, ...]
) -> None:
    # Solomon 1966: lengths in a reflection group.
    t = sympy.Symbol("t")
    product = sympy.prod([sum(t**k for k in range(e + 1)) for e in exponents])
    expected = tuple(map(int, reversed(sympy.Poly(product, t).all_coeffs())))
    patterns = ar.enumerate_patterns(data)
    assert {ar.distance_enumerator(patterns, base) for base in range(len(patterns))} == {expected}


@given(matrices(max_rows=6, max_columns=3))
@settings(max_examples=30)
def test_the_poset_of_regions_by_definition(rows: Matrix) -> None:
    patterns = ar.enumerate_patterns(rows)
    base = len(patterns) // 2
    poset = ar.poset_of_regions(patterns, base)
    names = patterns.arrangement.representatives
    sides = patterns.activations()[:, list(names)].tolist()
    apart = [
        {h for h, (a, b) in enumerate(zip(s, sides[base], strict=True)) if a != b} for s in sides
    ]
    below = {(i, j) for i in range(len(sides)) for j in range(len(sides)) if apart[i] < apart[j]}
    assert set(nx.transitive_closure(poset).edges) == below
    ranks = [len(each) for each in apart]
    assert [poset.nodes[i]["rank"] for i in range(len(sides))] == ranks
    assert list(ar.distance_enumerator(patterns, base)) == [
        ranks.count(k) for k in range(max(ranks) + 1)
    ]


def test_the_determinant_of_the_varchenko_matrix() -> None:
    # Zagier 1992, for the braid arrangement of three lines with one weight q.
    q = sympy.Symbol("q")
    matrix = ar.varchenko_matrix(ar.enumerate_patterns(catalogue.braid(3)), [q, q, q])
    assert sympy.expand(matrix.det(method="berkowitz")) == sympy.expand(
        (1 - q**2) ** 6 * (1 - q**6)
    )
    # Varchenko 1993, four lines, exact weights: a factor for each line and each vertex.
    weights = [Fraction(1, k) for k in (2, 3, 5, 7)]
    fan = ar.enumerate_patterns([[1, 0], [0, 1], [1, 1], [1, -1]])
    exact_weights = [sympy.Rational(w.numerator, w.denominator) for w in weights]
    origin = sympy.prod(exact_weights) ** 2
    expected = sympy.prod([(1 - w**2) ** 2 for w in exact_weights]) * (1 - origin) ** 2
    assert ar.varchenko_matrix(fan, exact_weights).det() == expected


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: ar.nbc_sets(catalogue.braid(5), limit=3), "raise limit="),
        (lambda: ar.freeness(catalogue.shi(3)), "cone"),
        (lambda: ar.modular_chain(catalogue.shi(3)), "cone"),
        (lambda: ar.distance_enumerator(ar.enumerate_patterns([[1]]), 2), "0 to 1"),
        (lambda: ar.poset_of_regions(ar.enumerate_patterns([[1]]), -1), "base"),
        (lambda: ar.varchenko_matrix(ar.enumerate_patterns([[1]]), [1, 2]), "give one for each"),
        (lambda: ar.varchenko_matrix(ar.enumerate_patterns([[1]]), limit=1), "raise limit="),
    ],
)
def test_refusals(call: Callable[[], object], word: str) -> None:
    with pytest.raises(ar.ArgumentError, match=word):
        call()
