"""Labels: what is taken, what it means, what is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convex_program.errors import ArgumentError
from convex_program.losses import read_labels

SIGNS = (-1, 1, 1, -1)


def forms() -> dict[str, Any]:
    """Return the same four labels in every form that is taken."""
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    truths = [False, True, True, False]
    texts = ["cat", "dog", "dog", "cat"]
    return {
        "signs": [-1, 1, 1, -1],
        "bits": [0, 1, 1, 0],
        "floats": [-1.0, 1.0, 1.0, -1.0],
        "booleans": truths,
        "fractions": tuple(Fraction(sign) for sign in SIGNS),
        "decimals": [Decimal(sign) for sign in SIGNS],
        "numpy integers": np.array(SIGNS, dtype=np.int8),
        "numpy half floats": np.array(SIGNS, dtype=np.float16),
        "numpy single floats": np.array(SIGNS, dtype=np.float32),
        "numpy booleans": np.array(truths),
        "objects": np.array(truths, dtype=object),
        "column": np.array(SIGNS).reshape(4, 1),
        "texts": texts,
        "numpy texts": np.array(texts),
        "texts of signs": ["-1", "+1", "+1", "-1"],
        "texts of bits": ["0", "1", "1.0", "0"],
        "column of texts": [[text] for text in texts],
        "categories": pandas.Categorical(texts),
        "series of categories": pandas.Series(texts, dtype="category"),
        "series of texts": pandas.Series(texts),
        "series of booleans": pandas.Series(truths),
        "frame": pandas.DataFrame({"y": SIGNS}),
        "polars texts": polars.Series(texts),
        "polars booleans": polars.Series(truths),
    }


@pytest.mark.parametrize("name", sorted(forms()))
def test_every_form_is_read_alike(name: str) -> None:
    labels = read_labels(forms()[name])
    assert labels.signs == SIGNS
    assert all(type(sign) is Fraction for sign in labels.signs)
    assert read_labels(labels.signs).signs == labels.signs


@given(st.lists(st.sampled_from([-1, 1]), min_size=1))
def test_reading_signs_again_changes_nothing(signs: list[int]) -> None:
    assert read_labels(read_labels(signs).signs).signs == tuple(signs)


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        ([1, -1], (-1, 1)),
        ([1, 0], (0, 1)),
        ([True, False], (False, True)),
        (["b", "a"], ("a", "b")),
        (["+1", "-1"], ("-1", "+1")),
        (["10", "9"], ("10", "9")),
    ],
)
def test_classes_are_as_given(y: Any, classes: tuple[Any, Any]) -> None:
    assert read_labels(y).classes == classes


@pytest.mark.parametrize(
    ("y", "sign"), [([1, 1], 1), ([0, 0], -1), ([-1], -1), ([True], 1), (["1"], 1), (["a"], -1)]
)
def test_a_single_class_is_taken(y: Any, sign: int) -> None:
    assert set(read_labels(y).signs) == {sign}


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, 1, 2], r"y\[2\] = 2 is not a label"),
        ([0.5, 1], r"y\[0\] = 0\.5"),
        ([1, float("nan")], r"y\[1\] = nan"),
        ([1, float("inf")], r"y\[1\] = inf"),
        ([1, None], r"y\[1\] = None"),
        ([1, 1j], r"y\[1\] = 1j"),
        (["a", None], r"y\[1\] = None is not a text"),
        (["a", 1], r"y\[1\] = 1 is not a text"),
        ([1, "a"], r"y\[0\] = 1 is not a text"),
        (["a", "b", "a", "c"], r"3 classes, y\[3\] = 'c'"),
        (["0", "1", "2"], r"3 classes, y\[2\] = '2'"),
        ([1, 0, -1], r"y\[2\] = -1 and y\[1\] = 0 do not go together"),
        ([b"a", b"b"], r"y\[0\] = b'a'"),
        ([[1, 2], [3, 4]], r"shape \(2, 2\)"),
        ("ab", "not a sequence"),
        (1, "not a sequence"),
        ({1, -1}, "not a sequence"),
        ({0: 1}, "not a sequence"),
        ([], None),
    ],
)
def test_anything_else_is_refused(y: Any, message: str | None) -> None:
    if message is None:
        assert read_labels(y).signs == ()
        return
    with pytest.raises(ArgumentError, match=message) as caught:
        read_labels(y)
    assert "label" in str(caught.value) or "two texts" in str(caught.value)
    if "sequence" not in message and "shape" not in message:
        assert "-1 and 1, 0 and 1, booleans, or two texts" in str(caught.value)
