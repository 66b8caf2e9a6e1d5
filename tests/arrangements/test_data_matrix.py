"""Reading matrices exactly: what a number is worth, and what is refused, where."""

from __future__ import annotations

import hashlib
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zoo import Matrix, exact, matrices

import arrangements as ar

INF, NAN = math.inf, math.nan

BAD_ARRAYS: dict[str, tuple[Any, str]] = {
    "nan": ([[1.0, 2.0], [3.0, NAN]], r"row 1, column 1.*nan"),
    "infinity": ([[1.0, INF], [3.0, 4.0]], r"row 0, column 1.*inf"),
    "minus infinity": (np.array([[1.0], [-INF]]), r"row 1, column 0.*-inf"),
    "float32 nan": (np.array([[NAN, 1]], dtype=np.float32), r"row 0, column 0"),
    "decimal nan": ([[Decimal(1), Decimal("NaN")]], r"row 0, column 1"),
    "signalling nan": ([[Decimal("sNaN")]], r"row 0, column 0"),
    "decimal infinity": ([[Decimal("Infinity")]], r"row 0, column 0"),
    "text": ([[1, 2], ["x", 4]], r"row 1, column 0.*'x'"),
    "text that looks like a number": ([[1, "2"]], r"row 0, column 1.*from_decimals"),
    "text array": (np.array([["1", "2"]]), r"row 0, column 0.*from_decimals"),
    "bytes": ([[b"1"]], r"row 0, column 0"),
    "complex": ([[1, 2j]], r"row 0, column 1"),
    "complex array": (np.array([[1j]]), r"row 0, column 0"),
    "none": ([[1, None]], r"row 0, column 1.*None"),
    "list in a cell": ([[1, [2]]], r"row 0, column 1"),
    "date": (np.array([["2020-01-01"]], dtype="datetime64[D]"), r"row 0, column 0"),
    "ragged, short": ([[1, 2], [3]], r"row 1 has 1 entries where row 0 has 2"),
    "ragged, long": ([[1], [2], [3, 4]], r"row 2 has 2 entries where row 0 has 1"),
    "no rows": ([], r"empty|two dimensions"),
    "no rows, array": (np.empty((0, 3)), r"no rows"),
    "no columns": ([[], []], r"no columns"),
    "no columns, array": (np.empty((2, 0)), r"no columns"),
    "one dimension": ([1, 2, 3], r"two dimensions, not 1.*reshape"),
    "one dimension, array": (np.arange(3), r"two dimensions, not 1"),
    "three dimensions": (np.zeros((2, 2, 2)), r"two dimensions, not 3"),
    "no dimension": (np.float64(3), r"matrix"),
    "number": (3, r"matrix, not int"),
    "none at all": (None, r"matrix, not NoneType"),
    "string": ("1,2", r"matrix, not str"),
    "row is text": ([[1, 2], "34"], r"row 1 is the text '34'"),
    "frame": (pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, NAN]}), r"row 1, column 'b'"),
    "frame of text": (pd.DataFrame({"a": ["x"]}), r"row 0, column 'a'.*'x'"),
    "polars": (pl.DataFrame({"a": [1, 2], "b": [1, None]}), r"row 1, column 'b'.*None"),
}


@pytest.mark.parametrize("name", BAD_ARRAYS)
@pytest.mark.parametrize("reader", [ar.DataMatrix.from_array, ar.Arrangement, ar.count_regions])
def test_bad_arrays_are_refused_with_their_place(name: str, reader: Any) -> None:
    data, message = BAD_ARRAYS[name]
    with pytest.raises(ar.DataError, match=message):
        reader(data)


BAD_TEXTS = ["", " ", "x", "nan", "inf", "1e", "1,5", "0x10", "1/0", "1//2", "--1", "1e999999", "٣"]


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_bad_decimals_are_refused_with_their_place(text: str) -> None:
    with pytest.raises(ar.DataError, match=r"row 1, column 0"):
        ar.DataMatrix.from_decimals([["1", "2"], [text, "3"]])
    with pytest.raises(ar.DataError, match=r"row 1, column 'age'"):
        ar.DataMatrix.from_decimals([["1", "2"], [text, "3"]], names=["age", "height"])


def test_numbers_are_not_decimal_text() -> None:
    with pytest.raises(ar.DataError, match=r"row 0, column 0"):
        ar.DataMatrix.from_decimals([[1.5]])  # type: ignore[list-item]


def test_errors_have_one_root_and_are_value_errors() -> None:
    assert issubclass(ar.DataError, ar.ArrangementsError)
    assert issubclass(ar.DataError, ValueError)


def test_affine_offsets_are_checked() -> None:
    with pytest.raises(ar.ArgumentError, match="2 entries where normals has 1"):
        ar.Arrangement.affine([[1, 0]], [1, 2])
    with pytest.raises(ar.DataError, match="nan"):
        ar.Arrangement.affine([[1, 0]], [NAN])


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        (0.1, Fraction(3602879701896397, 2**55)),
        (np.float32(0.1), Fraction(13421773, 2**27)),
        (np.float16(0.1), Fraction(819, 2**13)),
        (5e-324, Fraction(1, 2**1074)),
        (-0.0, Fraction(0)),
        (2**70 + 1, Fraction(2**70 + 1)),
        (np.int8(-128), Fraction(-128)),
        (np.uint64(2**64 - 1), Fraction(2**64 - 1)),
        (True, Fraction(1)),
        (np.bool_(False), Fraction(0)),  # noqa: FBT003 - a number here
        (Decimal("0.1"), Fraction(1, 10)),
        (Fraction(2, 3), Fraction(2, 3)),
    ],
)
def test_stored_numbers_are_exact(stored: Any, value: Fraction) -> None:
    assert ar.exact_value(stored) == value
    assert ar.DataMatrix.from_array([[stored, 1]]).fractions == ((value, Fraction(1)),)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Fraction(1, 10)),
        (" -2.50 ", Fraction(-5, 2)),
        ("+.5", Fraction(1, 2)),
        ("3.", Fraction(3)),
        ("1e-3", Fraction(1, 1000)),
        ("-1E+2", Fraction(-100)),
        ("2/3", Fraction(2, 3)),
        ("-0", Fraction(0)),
        ("1e400", Fraction(10**400)),
        ("1_000.5", Fraction(2001, 2)),
        (f"{10**400}/3", Fraction(10**400, 3)),
    ],
)
def test_decimal_texts_are_exact(text: str, value: Fraction) -> None:
    assert ar.decimal_value(text) == value


@pytest.mark.parametrize("end", ["x", "/", "_", "__1", "/-3", "e", ".5.", "/0"])
def test_long_digits_that_are_no_number_are_refused_at_once(end: str) -> None:
    # A pattern that can match the digits in two ways tries 2^400 of them.
    with pytest.raises(ValueError, match=r"is not a decimal number|divides by zero"):
        ar.decimal_value("7" * 400 + end)


@given(matrices())
def test_rows_become_primitive_integers_and_keep_their_value(rows: Matrix) -> None:
    data = ar.DataMatrix.from_array(rows)
    assert data.shape == (len(rows), len(rows[0]))
    assert data.fractions == tuple(map(tuple, exact(rows)))
    for row, scale in zip(data.integers, data.scales, strict=True):
        assert scale > 0
        assert math.gcd(*row) == (1 if any(row) else 0)


@given(st.lists(st.lists(st.floats(width=64), min_size=2, max_size=2), min_size=1, max_size=4))
def test_floats_are_read_as_stored_or_refused(rows: list[list[float]]) -> None:
    if all(math.isfinite(entry) for row in rows for entry in row):
        assert ar.DataMatrix.from_array(np.array(rows)).floats.tolist() == rows
    else:
        with pytest.raises(ar.DataError, match="row"):
            ar.DataMatrix.from_array(np.array(rows))


def test_the_digest_is_of_the_primitive_rows() -> None:
    # By hand: rows (1, -2) and (0, 0), a line each, entries with a blank between.
    expected = hashlib.sha256(b"1 -2\n0 0").hexdigest()
    assert ar.DataMatrix.from_array([[0.5, -1.0], [0, 0]]).digest == expected


def test_floats_are_refused_when_too_large() -> None:
    data = ar.DataMatrix.from_decimals([["1", "1e400"]])
    with pytest.raises(ar.DataError, match="row 0, column 1"):
        _ = data.floats


def test_frames_keep_large_integers_beside_floats() -> None:
    large = 2**53 + 1
    for frame in (
        pd.DataFrame({"a": [large], "b": [0.5]}),
        pl.DataFrame({"a": [large], "b": [0.5]}),
    ):
        assert ar.DataMatrix.from_array(frame).fractions == ((large, Fraction(1, 2)),)


@given(matrices(), st.data())
def test_signs_are_exact(rows: Matrix, data: st.DataObject) -> None:
    entry = st.one_of(st.integers(-3, 3), st.floats(-1, 1), st.just(1e-300))
    d = len(rows[0])
    weights = data.draw(st.lists(st.lists(entry, min_size=d, max_size=d), min_size=1, max_size=3))
    values = [
        [sum(x * w for x, w in zip(row, weight, strict=True)) for row in exact(rows)]
        for weight in exact(weights)
    ]
    expected = [[(value > 0) - (value < 0) for value in line] for line in values]
    assert ar.DataMatrix.from_array(rows).signs(weights).tolist() == expected


def test_bias_rows_and_columns() -> None:
    data = ar.DataMatrix.from_array([[0.5, 1], [2, 4]])
    half = Fraction(1, 2)
    assert data.with_bias().fractions == ((half, 1, 1), (2, 4, 1))
    assert data.take_rows([1, 0]).fractions == ((2, 4), (half, 1))
    assert data.take_columns([1]).fractions == ((1,), (4,))


@pytest.mark.parametrize(
    ("integers", "scales"),
    [
        ((), ()),
        (((),), (1,)),
        (((2, 4),), (1,)),
        (((1, 2),), (0,)),
        (((1, 2),), (-1,)),
        (((1, 2), (1,)), (1, 1)),
        (((1, 2),), (1, 1)),
    ],
)
def test_the_constructor_takes_canonical_rows_only(integers: Any, scales: Any) -> None:
    with pytest.raises(ar.DataError):
        ar.DataMatrix(integers, tuple(map(Fraction, scales)))


_WIDE_FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [0.0, -0.0, 5e-324, 1e308, 0.1, -3.0, 2.0**52]
)
_WORDS = st.integers(-(2**63), 2**63 - 1) | st.integers(-6, 6)


@given(
    st.lists(st.tuples(_WIDE_FLOATS, _WIDE_FLOATS, _WIDE_FLOATS), min_size=1, max_size=5).map(
        lambda rows: np.array(rows, np.float64)
    )
    | st.lists(st.tuples(_WORDS, _WORDS), min_size=1, max_size=5).map(
        lambda rows: np.array(rows, np.int64)
    )
)
def test_a_machine_array_is_read_as_its_entries_are(array: np.ndarray) -> None:
    one_by_one = ar.DataMatrix.from_array(
        [[Fraction(entry) for entry in row] for row in array.tolist()]
    )
    assert ar.DataMatrix.from_array(array) == one_by_one
    assert ar.DataMatrix.from_array(array.tolist()) == one_by_one


def test_other_widths_of_machine_numbers() -> None:
    half = np.array([[0.1, 3.0], [-0.2, 65504.0]], np.float16)
    assert ar.DataMatrix.from_array(half).fractions[0][0] == Fraction(float(half[0, 0]))
    large = np.array([[2**64 - 1, 5]], np.uint64)
    assert ar.DataMatrix.from_array(large).fractions == ((Fraction(2**64 - 1), Fraction(5)),)
