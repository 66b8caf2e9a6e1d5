"""A column of texts as labels: `read_table` with ``labels=``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import arrangements as ar


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["kind", "1", "-1"])
def test_texts_are_numbered_in_alphabetical_order(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, "a,kind\n1,yes\n.5,no\n2,yes\n")
    table = ar.read_table(path, labels=name)
    assert table.classes == ("no", "yes")
    features, targets = table.split("kind")
    assert targets == (1, 0, 1)
    assert (
        features.matrix.fractions == ar.DataMatrix.from_decimals([["1"], [".5"], ["2"]]).fractions
    )
    assert features.classes == ()


def test_the_order_does_not_depend_on_the_rows(tmp_path: Path) -> None:
    one = ar.read_table(written(tmp_path, "a,y\n1,b\n2,a\n"), labels="y")
    other = ar.read_table(written(tmp_path, "a,y\n2,a\n1,b\n"), labels="y")
    assert one.classes == other.classes == ("a", "b")
    assert one.split("y")[1] == (1, 0)
    assert other.split("y")[1] == (0, 1)


@pytest.mark.parametrize("as_float", [False, True])
def test_numbers_stay_numbers(tmp_path: Path, as_float: bool) -> None:  # noqa: FBT001 - parametrized
    path = written(tmp_path, "a,y\n1,-1\n2,1\n")
    assert ar.read_table(path, labels="y", as_float=as_float) == ar.read_table(path)


def test_one_text_alone_is_the_first_class(tmp_path: Path) -> None:
    table = ar.read_table(written(tmp_path, "a,y\n1,yes\n2,yes\n"), labels="y")
    assert table.classes == ("yes",)
    assert table.split("y")[1] == (0, 0)


def test_quotes_commas_and_blanks(tmp_path: Path) -> None:
    table = ar.read_table(written(tmp_path, 'a,y\n1,"no, never"\n2, yes \n'), labels="y")
    assert table.classes == ("no, never", "yes")


def test_binary_files_hold_numbers(tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", np.array([[1.0, 0.0], [2.0, 1.0]]))
    table = ar.read_table(tmp_path / "data.npy", labels="1")
    assert table.split("1")[1] == (0, 1)
    assert table.classes == ()


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("a,y\n1,no\n2,\n", "line 3, column 'y': '' is no label; remove or impute the row"),
        ("a,y\n1,no\n2,nan\n", "line 3, column 'y': 'nan' is no label"),
        ("a,y\n1,no\n2,0\n", "line 3, column 'y': '0' is a number among texts such as 'no'"),
        ("a,y\nx,no\n2,yes\n", "line 2, column 'a': 'x' is not a decimal number"),
        ("a,y\n1,no\n2\n", "line 3 has 1 entries where 2 are expected"),
        ("1,no\n2,yes\n", "line 1 holds both text .*give every column a name"),
    ],
)
def test_other_texts_are_refused(tmp_path: Path, text: str, pattern: str) -> None:
    labels = "1" if text.startswith("1,no") else "y"
    with pytest.raises(ar.DataError, match=pattern):
        ar.read_table(written(tmp_path, text), labels=labels)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a,y\n1,no\n2,yes\n")
    with pytest.raises(ar.ArgumentError, match="no column 'z'; the columns are a, y"):
        ar.read_table(path, labels="z")
