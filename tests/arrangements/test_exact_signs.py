"""Signs by filtered floats against products of Python integers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from arrangements.exact import exact_signs, integer_matrix
from arrangements.exact.limbs import limb_signs

Row = tuple[int, ...]


def defined(vectors: list[Row], rows: list[Row]) -> list[list[int]]:
    """Return the signs as the definition has them."""
    values = [[sum(a * b for a, b in zip(w, x, strict=True)) for x in rows] for w in vectors]
    return [[(value > 0) - (value < 0) for value in line] for line in values]


small = st.integers(-3, 3)
word = st.integers(-(2**62), 2**62)
near = st.builds(lambda base, off: base + off, st.sampled_from([2**50, 2**53, -(2**53)]), small)
long = st.integers(-(2**200), 2**200)


def tables(entries: st.SearchStrategy[int]) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.tuples(entries, entries, entries), min_size=1, max_size=6)


@given(tables(small | near | word), tables(small | near | word | long))
def test_words_against_rows_of_any_length(vectors: list[Row], rows: list[Row]) -> None:
    assert exact_signs(integer_matrix(vectors, 3), rows).tolist() == defined(vectors, rows)


@given(tables(long), tables(small | long))
def test_long_vectors(vectors: list[Row], rows: list[Row]) -> None:
    assert exact_signs(integer_matrix(vectors, 3), rows).tolist() == defined(vectors, rows)


@given(st.tuples(near, near, near))
def test_orthogonal_vectors_are_zero_and_their_neighbours_are_not(row: Row) -> None:
    a, b, c = row
    vectors = [(-b, a, 0), (-b + 1, a, 0), (0, -c, b), (0, -c, b + 1)]
    signs = exact_signs(integer_matrix(vectors, 3), [row])
    assert signs.tolist() == defined(vectors, [row])
    assert signs[0, 0] == 0
    assert signs[1, 0] != 0


def test_many_vectors_in_several_chunks() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.integers(-(2**40), 2**40, (3000, 3))
    rows = [tuple(row) for row in rng.integers(-(2**60), 2**60, (97, 3)).tolist()]
    expected = np.sign(vectors.astype(object) @ np.array(rows, dtype=object).T)
    assert np.array_equal(exact_signs(vectors, rows), expected.astype(np.int8))


edges = st.sampled_from(
    [s * 2**k + d for s in (1, -1) for k in (0, 23, 24, 47, 48, 95, 96) for d in (-1, 0, 1)]
)


@given(tables(small | near | long | edges), tables(small | near | word | edges))
def test_digits_decide_long_products(vectors: list[Row], rows: list[Row]) -> None:
    left, right = (np.array(table, dtype=object) for table in (vectors, rows))
    signs = limb_signs(left, right)
    assert signs is not None
    assert signs.tolist() == defined(vectors, rows)


def test_digits_are_left_where_there_are_too_many() -> None:
    assert limb_signs(np.array([[2**1000]], object), np.array([[2**500]], object)) is None
    assert exact_signs(np.array([[2**1000]], object), [(-(2**500),)]).tolist() == [[-1]]
    wide = np.ones((1, 40), object)
    assert limb_signs(wide, wide) is None
