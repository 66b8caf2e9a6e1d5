"""``convex-program path``: tables and pictures, limits, Ctrl-C."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from front_doors.tools import call, contents

import arrangements as ar
import convex_program as cx

DRIVER = Path(__file__).with_name("interrupted.py")
PATIENCE = 60
CSV = "a,b,y\n1,2,1\n3,-1,2\n-2,1,0.5\n0,1,1\n"
HOW = ("--target", "y", "--bias")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(CSV)
    return path


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """More patterns than are listed."""
    path = tmp_path / "many.npy"
    np.save(path, np.random.default_rng(0).standard_normal((60, 6)))
    return path


def solved(data: Path, beta: str, bias: cx.OutputBias) -> cx.GlobalOptimum:
    table, targets = ar.read_table(data).split("y")
    return cx.global_optimum(
        cx.TrainingProblem(table.with_bias().matrix, targets, beta, output_bias=bias)
    )


def test_a_table_and_a_picture(data: Path, tmp_path: Path) -> None:
    table, picture = tmp_path / "path.csv", tmp_path / "path.png"
    answer = call(
        "convex-program", "path", data, *HOW, "--count", "5", "--csv", table, "--plot", picture
    )
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[0].startswith("5 values of beta, relative gap at most ")
    assert lines[0].endswith(", proved.")
    assert len(lines) == 7
    assert picture.read_bytes().startswith(b"\x89PNG")
    with table.open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["beta"][:4] for row in rows] == [line.split()[0][:4] for line in lines[2:]]
    assert (rows[0]["neurons"], rows[0]["penalty"]) == ("0", "0.0")
    assert float(rows[-1]["beta"]) == pytest.approx(0.01 * float(rows[0]["beta"]))


@pytest.mark.parametrize("name", ["none", "free", "decayed"])
def test_given_betas_are_those_of_solve(data: Path, name: str) -> None:
    bias = {"none": cx.NoBias(), "free": cx.FreeBias(), "decayed": cx.DecayedBias()}[name]
    words = ("--output-bias", name, "--betas", "0.1, 1", "--json", "--max-gap", "1e-9")
    answer = call("convex-program", "path", data, *HOW, *words)
    assert answer.code == 0
    found = answer.json
    assert (found["status"], found["remaining"]) == ("complete", [])
    for row, beta in zip(found["path"], ("1", "0.1"), strict=True):
        alone = solved(data, beta, bias)
        assert row["beta"] == float(beta)
        assert row["level"] == "proved"
        assert row["lower"] <= alone.upper
        assert alone.lower <= row["upper"]


def test_many_patterns_are_priced(many: Path) -> None:
    words = ("--target", "5", "--count", "3", "--smallest", "0.2", "--json")
    answer = call("convex-program", "path", many, *words)
    assert answer.code == 0
    assert [row["level"] for row in answer.json["path"]] == ["rigorous"] * 3
    assert answer.json["path"][0]["neurons"] == 0


def test_a_gap_too_large(data: Path) -> None:
    words = ("--betas", "0.1", "--max-gap", "0")
    answer = call("convex-program", "path", data, *HOW, *words)
    assert answer.code == 1
    assert "is larger than 0" in answer.message
    assert answer.out.startswith("1 value of beta, ")


def test_a_time_limit_leaves_every_bracket(many: Path) -> None:
    words = ("--target", "5", "--betas", "2,1", "--time-limit", "0")
    answer = call("convex-program", "path", many, *words)
    assert answer.code == 3
    assert answer.message == (
        "the time limit was reached; 2 of 2 values of beta stand above, rigorous"
    )
    assert answer.out.count("cut short") == 2
    assert "The path was not finished: a time limit" in answer.out


def test_a_real_signal_leaves_what_is_done(tmp_path: Path) -> None:
    """The first beta is above beta_max; the second takes minutes in seven dimensions."""
    np.save(tmp_path / "data.npy", np.random.default_rng(0).standard_normal((300, 8)))
    words = ["path", "data.npy", "--target", "7", "--betas", "1e6,5", "--json", "--csv", "path.csv"]
    process = subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, str(DRIVER), "path", "convex_program", *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"working\n"
        process.send_signal(signal.SIGINT)
        answer, complaint = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, complaint
    found = json.loads(answer)
    assert found["status"] == "interrupted"
    assert len(found["path"]) + len(found["remaining"]) == 2
    for row in found["path"]:
        assert 0 <= row["lower"] <= row["upper"]
    assert found["path"][0]["relative_gap"] <= 1e-9
    assert complaint.decode() == (
        f"stopped; {len(found['path'])} of 2 values of beta stand above, rigorous\n"
    )
    assert (tmp_path / "path.csv").read_text().count("\n") == 1 + len(found["path"])


def test_a_signal_before_the_first_optimum_leaves_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(data.parent)
    before = contents(data.parent)
    monkeypatch.setattr("arrangements.cli.Session.listen", press)
    answer = call("convex-program", "path", "data.csv", *HOW, "--csv", "path.csv")
    assert (answer.code, answer.out) == (130, "")
    assert answer.message == "stopped before the work began; no file was written"
    assert contents(data.parent) == before
