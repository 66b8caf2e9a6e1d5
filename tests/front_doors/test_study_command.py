"""``arrangements study``: files and data sets, tables and pictures, going on, refusals."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from front_doors.tools import call, contents

import arrangements as ar

CSV = "a,b,y\n0,0,1\n1,1,2\n2,2,0.5\n0,1,1\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(CSV)
    return path


def test_a_file(data: Path, tmp_path: Path) -> None:
    out, table, picture = (tmp_path / name for name in ("out.jsonl", "out.csv", "out.png"))
    words = ["arrangements", "study", data, "--drop", "y", "--bias", "-o", out]
    answer = call(*words, "--csv", table, "--plot", picture, "--threads", "2", "--json")
    assert (answer.code, answer.err) == (0, "")
    cases = answer.json["cases"]
    # Three columns, four sizes of which 1, 1, 2, 4 are three, three reductions, five roundings.
    assert len(cases) == 3 * 3 * 3 * 5
    (collinear,) = (
        case
        for case in cases
        if (case["reduction"], case["rounding"], case["columns"], case["rows"])
        == ("columns", "exact", 3, 4)
    )
    assert (collinear["regions"], collinear["cover"], collinear["lines"]) == (12, 14, 1)
    assert len(answer.json["findings"]) == 15
    assert picture.read_bytes().startswith(b"\x89PNG")
    with table.open() as stream:
        assert len(list(csv.DictReader(stream))) == len(cases)
    assert ar.load_study(out).to_json() == cases
    again = call(*words)
    assert again.code == 0
    assert "135 exact counts" in again.out
    assert "1 line through three or more points" in again.out
    assert out.read_bytes() == contents(tmp_path)["out.jsonl"]


def test_a_bundled_data_set_and_a_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--rows", "12", "--max-rank", "2", "--roundings", "exact,2"]
    answer = call("arrangements", "study", "iris", *options, "-o", "a.jsonl", "--json")
    assert answer.code == 0
    assert {case["rows"] for case in answer.json["cases"]} == {12}
    assert {case["rounding"] for case in answer.json["cases"]} == {"exact", "2 digits"}
    (tmp_path / "iris").write_text(CSV)
    chosen = call("arrangements", "study", "iris", "--columns", "b,a", "-o", "b.jsonl", "--json")
    assert max(case["rows"] for case in chosen.json["cases"]) == 4


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (["--rows", "3,x"], 2, "--rows: 'x' is not a whole number"),
        (["--rows", "9"], 2, "the data have 4 rows"),
        (["--max-rank", "7"], 2, "choose from 1 to 3"),
        (["--reductions", "svd"], 2, "--reductions: 'svd' is none of columns, singular, random"),
        (["--roundings", "exact,half"], 2, "--roundings: 'half' is none of exact, float, binary"),
        (["--roundings", "0"], 2, "at least 1 digit"),
        (["--plot", "picture.doc"], 2, "ends in .png, .pdf, .svg"),
        (["--csv", "data.csv"], 2, "data.csv"),
        (["--drop", "z"], 2, "no column 'z'"),
    ],
)
def test_wrong_options(
    data: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], code: int, word: str
) -> None:
    monkeypatch.chdir(data.parent)
    before = contents(data.parent)
    answer = call("arrangements", "study", "data.csv", "-o", "out.jsonl", *options)
    assert answer.code == code
    assert word in answer.message
    assert contents(data.parent) == before


def test_another_file_is_neither_read_nor_replaced(data: Path, tmp_path: Path) -> None:
    assert call("arrangements", "study", "nothing.csv", "-o", tmp_path / "o").code == 1
    answer = call("arrangements", "study", data, "-o", data)
    assert answer.code == 2
    out = tmp_path / "out.jsonl"
    out.write_text("mine\n")
    answer = call("arrangements", "study", data, "-o", out)
    assert answer.code == 1
    assert "line 1 is not JSON" in answer.message
    assert out.read_text() == "mine\n"
    assert call("arrangements", "study", data, "-o", tmp_path / "a" / "b.jsonl").code == 2


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    # SIGKILL as soon as the file has some cases; then the same command finishes the study.
    out = tmp_path / "study.jsonl"
    words = ["study", "iris", "--bias", "--max-rank", "3", "--rows", "20,40", "-o", str(out)]
    command = [sys.executable, "-c", "from arrangements.cli import main; main()", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our interpreter
    while process.poll() is None and (not out.exists() or out.read_bytes().count(b"\n") < 4):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = out.read_bytes()[: out.read_bytes().rfind(b"\n") + 1]
    assert kept.count(b"\n") >= 4
    assert call("arrangements", *words).code == 0
    assert out.read_bytes().startswith(kept)
    finished = ar.load_study(out)
    assert finished.is_whole
    assert finished == ar.study_rank(
        ar.datasets.load("iris").matrix, bias=True, max_rank=3, rows=[20, 40]
    )
    assert json.loads(kept.splitlines()[0])["rows"] == [20, 40]
