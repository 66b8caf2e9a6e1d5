"""Hypothesis strategies for data matrices of every shape of trouble, in one place.

A matrix is a list of rows of plain numbers (int, float or Fraction).  Every family is
a function of ``max_rows`` and ``max_columns`` that returns a strategy; `FAMILIES` lists
them by name and `matrices` draws from all.  `exact` gives the Fractions a matrix stores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

from hypothesis import strategies as st

Number: TypeAlias = int | float | Fraction
Matrix: TypeAlias = list[list[Number]]
Family: TypeAlias = Callable[..., st.SearchStrategy[Matrix]]

THIN = Fraction(1, 10**14)
"""Relative width of the slivers in `thin` matrices."""


def exact(rows: Sequence[Sequence[Number]]) -> list[list[Fraction]]:
    """Read every number as the rational it stores."""
    return [[Fraction(entry) for entry in row] for row in rows]


def _sizes(draw: st.DrawFn, max_rows: int, max_columns: int, least: int = 1) -> tuple[int, int]:
    columns = draw(st.integers(min(2, max_columns), max_columns))
    return draw(st.integers(least, max(least, max_rows))), columns


def _row(draw: st.DrawFn, columns: int, entries: st.SearchStrategy[Number]) -> list[Number]:
    return draw(st.lists(entries, min_size=columns, max_size=columns))


def _rows(draw: st.DrawFn, shape: tuple[int, int], entries: st.SearchStrategy[Number]) -> Matrix:
    return [_row(draw, shape[1], entries) for _ in range(shape[0])]


_SMALL = st.integers(-3, 3)
_WIDE = st.integers(-(10**6), 10**6)
_FLOATS = st.floats(-8, 8, allow_nan=False, allow_infinity=False, width=32)


@st.composite
def generic(draw: st.DrawFn, *, max_rows: int = 6, max_columns: int = 3) -> Matrix:
    """Large random integers: almost always in general position."""
    return _rows(draw, _sizes(draw, max_rows, max_columns), _WIDE)


@st.composite
def generic_floats(draw: st.DrawFn, *, max_rows: int = 6, max_columns: int = 3) -> Matrix:
    """Short binary floats."""
    return _rows(draw, _sizes(draw, max_rows, max_columns), _FLOATS)


@st.composite
def integer_grids(draw: st.DrawFn, *, max_rows: int = 6, max_columns: int = 3) -> Matrix:
    """Entries between -3 and 3: every kind of degeneracy at once."""
    return _rows(draw, _sizes(draw, max_rows, max_columns), _SMALL)


@st.composite
def _multiples(
    draw: st.DrawFn, factors: st.SearchStrategy[Number], max_rows: int, max_columns: int
) -> Matrix:
    rows = _rows(draw, _sizes(draw, max(1, max_rows - 2), max_columns), _SMALL)
    for _ in range(draw(st.integers(1, max(1, max_rows - len(rows))))):
        source = draw(st.sampled_from(rows))
        factor = draw(factors)
        rows.append([factor * entry for entry in source])
    return draw(st.permutations(rows))[:max_rows]


def parallel(*, max_rows: int = 6, max_columns: int = 3) -> st.SearchStrategy[Matrix]:
    """Some rows are positive multiples of others."""
    return _multiples(st.integers(1, 4), max_rows, max_columns)


def opposite(*, max_rows: int = 6, max_columns: int = 3) -> st.SearchStrategy[Matrix]:
    """Some rows are negative multiples of others."""
    return _multiples(st.integers(-4, -1), max_rows, max_columns)


def duplicates(*, max_rows: int = 6, max_columns: int = 3) -> st.SearchStrategy[Matrix]:
    """Some rows occur more than once."""
    return _multiples(st.just(1), max_rows, max_columns)


def zero_rows(*, max_rows: int = 6, max_columns: int = 3) -> st.SearchStrategy[Matrix]:
    """Some rows are zero, possibly all."""
    return _multiples(st.just(0), max_rows, max_columns)


@st.composite
def low_rank(draw: st.DrawFn, *, max_rows: int = 6, max_columns: int = 3) -> Matrix:
    """A product of two thin integer matrices: more columns than rank."""
    n, d = _sizes(draw, max_rows, max_columns)
    r = draw(st.integers(1, max(1, d - 1)))
    left, right = _rows(draw, (n, r), _SMALL), _rows(draw, (r, d), _SMALL)
    return [[sum(row[k] * right[k][j] for k in range(r)) for j in range(d)] for row in left]


@st.composite
def nearly_degenerate(draw: st.DrawFn, *, max_rows: int = 6, max_columns: int = 3) -> Matrix:
    """Floats whose last rows are rounded combinations of the others."""
    n, d = _sizes(draw, max_rows, max_columns, least=min(3, max_rows))
    tenths = st.integers(-9, 9).map(lambda k: k / 10)
    rows = _rows(draw, (max(1, n - 2), d), tenths)
    while len(rows) < n:
        first, second = draw(st.sampled_from(rows)), draw(st.sampled_from(rows))
        a, b = draw(tenths), draw(tenths)
        rows.append([a * x + b * y for x, y in zip(first, second, strict=True)])
    return rows


@st.composite
def thin(draw: st.DrawFn, *, max_rows: int = 6, max_columns: int = 3) -> Matrix:
    """Rows 1e-14 away from combinations of others: regions no float sees."""
    n, d = _sizes(draw, max_rows, max_columns, least=min(3, max_rows))
    rows = _rows(draw, (max(1, n - 2), d), _SMALL)
    while len(rows) < n:
        source, push = draw(st.sampled_from(rows)), _row(draw, d, st.integers(-1, 1))
        rows.append([x + THIN * e for x, e in zip(source, push, strict=True)])
    return draw(st.permutations(rows))


@st.composite
def huge_exponents(draw: st.DrawFn, *, max_rows: int = 6, max_columns: int = 3) -> Matrix:
    """Floats between 1e-300 and 1e300 in one matrix."""
    entries = st.builds(
        lambda mantissa, exponent: float(f"{mantissa}e{exponent}"),
        st.integers(-99, 99).map(lambda k: k / 10),
        st.sampled_from([-300, -150, -20, 0, 20, 150, 300]),
    )
    return _rows(draw, _sizes(draw, max_rows, max_columns), entries)


@st.composite
def collinear_with_bias(draw: st.DrawFn, *, max_rows: int = 6, max_columns: int = 3) -> Matrix:
    """Grid points, many of them on common lines, and a last column of ones."""
    n, d = _sizes(draw, max_rows, max(2, max_columns))
    return [[*row, 1] for row in _rows(draw, (n, d - 1), st.integers(0, 2))]


@st.composite
def one_row(draw: st.DrawFn, *, max_rows: int = 6, max_columns: int = 3) -> Matrix:
    """n = 1."""
    del max_rows
    return _rows(draw, (1, draw(st.integers(1, max_columns))), _SMALL)


@st.composite
def one_column(draw: st.DrawFn, *, max_rows: int = 6, max_columns: int = 3) -> Matrix:
    """d = 1."""
    del max_columns
    return _rows(draw, (draw(st.integers(1, max_rows)), 1), _SMALL)


FAMILIES: dict[str, Family] = {
    family.__name__: family
    for family in (
        generic,
        generic_floats,
        integer_grids,
        parallel,
        opposite,
        duplicates,
        zero_rows,
        low_rank,
        nearly_degenerate,
        thin,
        huge_exponents,
        collinear_with_bias,
        one_row,
        one_column,
    )
}


def matrices(*, max_rows: int = 6, max_columns: int = 3) -> st.SearchStrategy[Matrix]:
    """Draw a matrix of any family."""
    return st.one_of(
        *(family(max_rows=max_rows, max_columns=max_columns) for family in FAMILIES.values())
    )


@st.composite
def normals(draw: st.DrawFn, columns: int, *, most: int = 3) -> list[tuple[int, ...]]:
    """Inner normals of a cone in R^columns: often empty, sometimes zero or repeated."""
    count = draw(st.integers(0, most))
    return [tuple(int(x) for x in _row(draw, columns, _SMALL)) for _ in range(count)]


@st.composite
def matrices_and_normals(
    draw: st.DrawFn, *, max_rows: int = 5, max_columns: int = 3
) -> tuple[Matrix, list[tuple[int, ...]]]:
    """Draw a matrix of any family and a cone over its columns."""
    rows = draw(matrices(max_rows=max_rows, max_columns=max_columns))
    return rows, draw(normals(len(rows[0])))
