"""Tables as people have them: packed, in Parquet, with comments, with an index, from a pipe."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import sympy
from front_doors.tools import call
from pyarrow import parquet

import arrangements as ar

TEXT = "a,b\n1,0.1\n-2,3/4\n"
ROWS = ((Fraction(1), Fraction(1, 10)), (Fraction(-2), Fraction(3, 4)))


def table_of(folder: Path, content: bytes | str, name: str = "data.csv") -> ar.Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return ar.read_table(path)


@pytest.mark.parametrize(
    ("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_packed_files(suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    packed = pack(TEXT.encode())
    for name in ("data.csv" + suffix, "data.csv", "data.txt" + suffix.upper()):
        found = table_of(tmp_path, packed, name)
        assert found.matrix.fractions == ROWS
        assert found.names == ("a", "b")
    array = io.BytesIO()
    np.save(array, np.eye(2))
    assert table_of(tmp_path, pack(array.getvalue()), "a.npy" + suffix).matrix.shape == (2, 2)
    with pytest.raises(ar.FileError, match=r"data\.csv.* is damaged"):
        table_of(tmp_path, packed[: len(packed) // 2], "data.csv" + suffix)


def test_what_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arrangements.io.files.MOST_BYTES", 1000)
    with pytest.raises(ar.FileError, match="larger than 1,000 bytes"):
        table_of(tmp_path, gzip.compress(b"1,2\n" * 1000), "data.csv.gz")


def test_a_name_that_begins_like_a_packed_file(tmp_path: Path) -> None:
    assert table_of(tmp_path, "BZh9,b\n1,2\n").names == ("BZh9", "b")


def test_parquet_keeps_integers_decimals_and_floats(tmp_path: Path) -> None:
    table = pa.table(
        {
            "whole": pa.array([2**62 + 1, 3]),
            "money": pa.array([Decimal("0.10"), Decimal("2.25")]),
            "stored": pa.array([0.1, 2.0]),
        }
    )
    parquet.write_table(table, tmp_path / "data.parquet")
    expected = (
        (Fraction(2**62 + 1), Fraction(1, 10), Fraction(0.1)),
        (Fraction(3), Fraction(9, 4), Fraction(2)),
    )
    found = ar.read_table(tmp_path / "data.parquet")
    assert found.names == ("whole", "money", "stored")
    assert found.matrix.fractions == expected
    for frame in (table, table.to_batches()[0]):
        assert ar.as_data_matrix(frame).fractions == expected
        assert ar.table_of_frame(frame).names == found.names
    holes = pa.table({"a": [1.0, None]})
    parquet.write_table(holes, tmp_path / "holes.parquet")
    with pytest.raises(ar.DataError, match=r"holes\.parquet: row 1, column 'a'"):
        ar.read_table(tmp_path / "holes.parquet")


def test_lazy_frames_are_collected() -> None:
    frame = pl.LazyFrame({"a": [1.5, 2.0], "b": [3, 4]})
    assert ar.as_data_matrix(frame).fractions[0] == (Fraction(3, 2), Fraction(3))
    assert ar.table_of_frame(frame).names == ("a", "b")
    with pytest.raises(ar.DataError, match="row 0, column 'text'"):
        ar.as_data_matrix(pl.LazyFrame({"text": ["a"]}))


def test_matrices_of_sympy() -> None:
    found = ar.as_data_matrix(sympy.Matrix([[1, sympy.Rational(1, 3)], [0, -2]]))
    assert found.fractions == ((1, Fraction(1, 3)), (0, -2))


def test_other_objects_are_no_frames() -> None:
    for value in ([[1, 2]], np.eye(2), "data.csv"):
        with pytest.raises(ar.DataError, match="frame is a"):
            ar.table_of_frame(value)


@pytest.mark.parametrize(
    "text",
    [
        "# made yesterday\n" + TEXT,
        "a,b\n# one\n1,0.1\n  # two\n-2,3/4\n#",
        "sep=,\n" + TEXT,
        "sep=;\n" + TEXT.replace(",", ";"),
        "SEP=;\na;b\n1;0.1\n-2;3/4",
        "\ufeff" + TEXT,
    ],
)
def test_comments_and_separators(text: str, tmp_path: Path) -> None:
    found = table_of(tmp_path, text)
    assert found.matrix.fractions == ROWS
    assert found.names == ("a", "b")
    assert found.remarks == ()


def test_wide_text(tmp_path: Path) -> None:
    assert table_of(tmp_path, TEXT.encode("utf-16")).matrix.fractions == ROWS


REMARKS = {
    ",a,b\n0,5,7\n1,6,7\n2,6,8\n": ("column '' counts 0, 1, 2, ...: an index", ""),
    "Unnamed: 0,a\n0,5\n1,6\n": ("column 'Unnamed: 0' counts 0, 1, ...: an index", "Unnamed: 0"),
    "index,a\n1,5\n2,6\n": ("column 'index' counts 1, 2, ...", "index"),
    "0,1,2\n5,6,8\n7,7,7\n": ("line 1 counts 0, 1, 2", None),
    '"1.5","3"\n5,6\n': ("line 1 is numbers in quotes", None),
    "a,b\n1,2\n1_000,3\n": ("line 3: '1_000' is read as 1000", "a"),
}


@pytest.mark.parametrize("text", REMARKS)
def test_what_is_perhaps_not_meant_is_pointed_out(text: str, tmp_path: Path) -> None:
    says, column = REMARKS[text]
    found = table_of(tmp_path, text)
    (remark,) = found.remarks
    assert says in remark.text
    assert remark.column == column
    if column is not None:
        others = [name for name in found.names if name != column]
        assert found.take(others).remarks == ()
    assert found.with_bias().remarks == found.remarks


@pytest.mark.parametrize(
    "text",
    ["id,a\n0,5\n1,6\n", ",a\n0,5\n2,6\n", ",a\n0,5\n", "1,2\n3,4\n", "a,b\n0,1\n1,2\n"],
)
def test_what_is_probably_meant_is_not(text: str, tmp_path: Path) -> None:
    assert table_of(tmp_path, text).remarks == ()


def test_the_command_says_so_until_the_column_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text(",a,b\n0,5,7\n1,6,7\n2,6,8\n")
    told = call("arrangements", "count", "data.csv")
    assert told.code == 0
    assert told.message.startswith("note: column '' counts 0, 1, 2")
    quiet = call("arrangements", "count", "data.csv", "--drop", "")
    assert quiet.code == 0
    assert quiet.err == ""


class Pipe:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def packed_array() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, X=np.array([[1.0, 0.1], [-2.0, 0.75]]))
    return stream.getvalue()


@pytest.mark.parametrize(
    "content", [TEXT.encode(), gzip.compress(TEXT.encode()), packed_array()], ids=len
)
def test_the_standard_input(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Pipe(content))
    assert ar.read_table("-").matrix.shape == (2, 2)


def test_commands_read_the_standard_input() -> None:
    code = "from arrangements.cli import main; main()"
    for command in ("info", "count", "enumerate"):
        answer = subprocess.run(  # noqa: S603 - this very interpreter
            [sys.executable, "-c", code, command, "-"],
            input=TEXT.encode(),
            capture_output=True,
            check=True,
        )
        assert answer.stdout
        assert answer.stderr == b""


def test_errors_name_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    cases: dict[bytes, Any] = {
        b"": "standard input is empty",
        b"a,b\n1,x\n": "standard input, line 2, column 'b'",
        b"\x93NUMPY": "standard input",
    }
    for content, says in cases.items():
        monkeypatch.setattr(sys, "stdin", Pipe(content))
        with pytest.raises(ar.ArrangementsError, match=says):
            ar.read_table("-")


def test_errors_of_arrays_name_the_file(tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", [[1.0, np.nan]])
    with pytest.raises(ar.DataError, match=r"data\.npy: row 0, column 1"):
        ar.read_table(tmp_path / "data.npy")
