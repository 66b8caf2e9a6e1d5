"""Every command's happy path, in words and in JSON, and what it leaves on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from front_doors.tools import call, contents
from safetensors.numpy import save_file

import arrangements as ar
import convex_program as cx
from arrangements.io.tables import table_of_frame

CSV = "a,b,y\n1,2,1\n3,-1,2\n-2,1,0.5\n0,1,1\n"
ROWS = [[1, 2], [3, -1], [-2, 1], [0, 1]]
TARGETS = [1, 2, Fraction(1, 2), 1]
REGIONS = 8  # 2 m for m lines through the origin of the plane


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(CSV)
    return path


# arrangements


def test_info(data: Path) -> None:
    answer = call("arrangements", "info", data, "--drop", "y", "--json")
    assert answer.code == 0
    assert answer.err == ""
    facts = answer.json
    assert (facts["rows"], facts["columns"], facts["rank"]) == (4, 2, 2)
    assert facts["column_names"] == ["a", "b"]
    assert facts["regions_at_most"] == REGIONS
    assert facts["digest"] == ar.DataMatrix.from_array(ROWS).digest
    words = call("arrangements", "info", data, "--drop", "y").out
    assert "4 rows, 2 columns (a, b), rank 2" in words


def test_info_with_a_bias_column(data: Path) -> None:
    facts = call("arrangements", "info", data, "--drop", "y", "--bias", "--json").json
    assert facts["column_names"] == ["a", "b", "bias"]
    assert facts["digest"] == ar.DataMatrix.from_array(ROWS).with_bias().digest


def test_count(data: Path) -> None:
    answer = call("arrangements", "count", data, "--drop", "y", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["regions"] == REGIONS
    assert (
        f"{REGIONS} activation patterns" in call("arrangements", "count", data, "--drop", "2").out
    )


def test_enumerate_to_stdout(data: Path) -> None:
    answer = call("arrangements", "enumerate", data, "--drop", "y")
    assert (answer.code, answer.err) == (0, "")
    patterns = ar.enumerate_patterns(ROWS)
    lines = ["".join(map(str, pattern.astype(int))) for pattern in patterns]
    assert answer.out.splitlines() == lines
    assert len(lines) == REGIONS


def test_a_stream_is_the_list_in_another_order(data: Path) -> None:
    listed = call("arrangements", "enumerate", data, "--drop", "y")
    stream = call("arrangements", "enumerate", data, "--drop", "y", "--stream")
    assert stream.code == 0
    assert sorted(stream.out.splitlines()) == sorted(listed.out.splitlines())
    assert f"all {REGIONS} patterns" in stream.err


@pytest.mark.parametrize("limit", [("--max-regions", 3), ("--max-seconds", 0)])
def test_a_stopped_stream_says_so(data: Path, limit: tuple[str, int]) -> None:
    answer = call("arrangements", "enumerate", data, "--drop", "y", "--stream", *limit)
    assert answer.code == 3
    assert len(answer.out.splitlines()) <= REGIONS
    assert "stopped by the limit" in answer.err


@pytest.mark.parametrize(
    "options", [["--stream", "--json"], ["--stream", "--out", "p.npz"], ["--max-regions", "3"]]
)
def test_options_that_do_not_go_together(data: Path, options: list[str]) -> None:
    answer = call("arrangements", "enumerate", data, *options)
    assert answer.code == 2
    assert "--stream" in answer.err


def test_enumerate_to_a_file_and_verify(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "patterns.npz"
    answer = call("arrangements", "enumerate", data, "--drop", "y", "-o", out, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["patterns"] == REGIONS
    assert answer.json["file"] == str(out)
    assert sorted(contents(tmp_path)) == ["data.csv", "patterns.npz"]
    assert len(ar.load_patterns(out)) == REGIONS
    again = call("arrangements", "verify", out, "--json")
    assert again.json["patterns"] == REGIONS
    assert again.json["same_data"] is None
    same = call("arrangements", "verify", out, "--data", data, "--drop", "y")
    assert same.code == 0
    assert "they belong to this data" in same.out
    other = call("arrangements", "verify", out, "--data", data, "--drop", "a", "--json")
    assert other.code == 1
    assert other.json["same_data"] is False


def test_a_file_is_replaced_whole(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "patterns.npz"
    out.write_text("something else")
    assert call("arrangements", "enumerate", data, "--drop", "y", "-o", out).code == 0
    assert len(ar.load_patterns(out)) == REGIONS
    assert out.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    value = os.umask(0)
    os.umask(value)
    return value


# Columns


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["0", "1", "2"]),
        (["--drop", "0"], ["1", "2"]),
        (["--drop", "-1"], ["0", "1"]),
        (["--drop", "0", "--columns", "2,1"], ["2", "1"]),
        (["--columns", "2,0"], ["2", "0"]),
    ],
)
def test_numbers_count_the_columns_of_the_file(
    tmp_path: Path, options: list[str], names: list[str]
) -> None:
    path = tmp_path / "headless.csv"
    path.write_text("1,2,3\n4,5,7\n")
    assert call("arrangements", "info", path, *options, "--json").json["column_names"] == names


def test_numbers_count_the_same_with_a_header(data: Path) -> None:
    options = ["--drop", "0", "--columns", "2", "--json"]
    assert call("arrangements", "info", data, *options).json["column_names"] == ["y"]


def test_names_with_commas_and_quotes_and_spaces(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text('"height, cm", b \n 1 , 2 \n"3",-1\n')
    assert ar.read_table(path).names == ("height, cm", "b")


@pytest.mark.parametrize("mark", [",", ";", "\t", " ", "  "])
@pytest.mark.parametrize("header", ["", "{0}a{1}b{1}y\n"])
def test_delimiters(tmp_path: Path, mark: str, header: str) -> None:
    path = tmp_path / "data.csv"
    body = "\r\n".join(mark.join(row) for row in (["1", "2", ".5"], ["-3", "1e2", "1/3"]))
    path.write_text(header.format("", mark) + body + "\n\n")
    table = ar.read_table(path)
    assert table.matrix.fractions == ((1, 2, Fraction(1, 2)), (-3, 100, Fraction(1, 3)))


# Numbers


def test_decimals_are_decimals_unless_read_as_floats(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,b\n.1,.3\n.3,.9\n")
    assert call("arrangements", "info", path, "--json").json["rank"] == 1
    assert call("arrangements", "info", path, "--as-float", "--json").json["rank"] == 2
    assert ar.Arrangement([[0.1, 0.3], [0.3, 0.9]]).rank == 2
    np.save(tmp_path / "data.npy", np.array([[0.1, 0.3], [0.3, 0.9]]))
    assert call("arrangements", "info", tmp_path / "data.npy", "--json").json["rank"] == 2


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint64", "bool"])
def test_npy_and_npz_of_every_type(tmp_path: Path, dtype: str) -> None:
    array = np.array([[1, 0], [1, 1], [0, 1]]).astype(dtype)
    np.save(tmp_path / "data.npy", array)
    np.savez(tmp_path / "one.npz", array)
    np.savez_compressed(tmp_path / "named.npz", X=array, y=np.ones(3))
    for name in ("data.npy", "one.npz", "named.npz"):
        table = ar.read_table(tmp_path / name)
        assert table.matrix.fractions == ((1, 0), (1, 1), (0, 1))
        assert table.names == ("0", "1")


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_frames_choose_their_target(make: Any) -> None:
    table = table_of_frame(make({"age": [1, 2], "height": [0.5, 2.0], "y": [3, 4]}))
    features, targets = table.split("y")
    assert features.names == ("age", "height")
    assert targets == (3, 4)
    assert features.with_bias().matrix.fractions == ((1, Fraction(1, 2), 1), (2, 2, 1))
    assert table.split("y", ["height"])[0].names == ("height",)
    with pytest.raises(ar.ArgumentError, match="no column 'weight'; the columns are age, height"):
        table.column("weight")


# convex-program


def solve(data: Path, *more: str | Path) -> Any:
    return call("convex-program", "solve", data, "--target", "y", "--beta", "0.1", *more)


def test_solve_certify_and_verify(data: Path, tmp_path: Path) -> None:
    net, claim = tmp_path / "net.npz", tmp_path / "claim.json"
    answer = solve(data, "--network", net, "--claim", claim)
    assert (answer.code, answer.err) == (0, "")
    assert "No network of any width is below" in answer.out
    assert f"claim written to {claim}" in answer.out
    assert sorted(contents(tmp_path)) == ["claim.json", "data.csv", "net.npz"]

    problem = cx.TrainingProblem(ROWS, tuple(map(Fraction, TARGETS)), Fraction(1, 10))
    figures = solve(data, "--json").json
    assert problem.exact_objective(cx.load_network(net)) == cx.load_claim(claim).upper
    assert figures["upper"] >= float(cx.load_claim(claim).lower)
    assert figures["gap"] >= 0

    certified = call(
        *("convex-program", "certify", net, data, "--target", "y", "--beta", "0.1"),
        *("--claim", tmp_path / "second.json", "--best-network", tmp_path / "best.npz", "--json"),
    )
    assert certified.code == 0
    assert certified.json["upper"] == pytest.approx(figures["upper"], rel=1e-12)
    assert certified.json["relative_gap"] < 1e-6
    assert cx.load_network(tmp_path / "best.npz").features == 2

    for path in (claim, tmp_path / "second.json"):
        verified = call("convex-program", "verify", path, "--json")
        assert verified.code == 0
        assert verified.json["upper"] == pytest.approx(figures["upper"], rel=1e-12)
        assert verified.json["patterns"] == REGIONS
    words = call("convex-program", "verify", claim)
    assert "The claim holds for the data in it: proved over all (at most 8 " in words.out
    own = call("convex-program", "verify", claim, "--data", data, "--target", "y")
    assert "The claim holds for your data: proved" in own.out
    assert own.code == 0
    other = tmp_path / "other.csv"
    other.write_text(data.read_text().replace("1", "2", 1))
    refused = call("convex-program", "verify", claim, "--data", other, "--target", "y")
    assert refused.code == 1
    assert "other data" in refused.message


def test_a_bad_network_is_told_from_a_good_one(data: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.npz"
    np.savez(bad, hidden=np.ones((1, 2)), output=np.ones(1))
    words = ("convex-program", "certify", bad, data, "--target", "y", "--beta", "0.1")
    assert call(*words).code == 0
    strict = call(*words, "--max-gap", "0.01", "--json")
    assert strict.code == 1
    assert strict.json["relative_gap"] > 0.01
    assert "is larger than 0.01" in strict.message
    assert call(*words, "--max-gap", "1").code == 0
    assert call(*words, "--max-gap", "inf").code == 0


@pytest.mark.parametrize("command", ["solve", "verify"])
def test_max_gap_and_the_exit_code(data: Path, tmp_path: Path, command: str) -> None:
    claim = tmp_path / "claim.json"
    relative = solve(data, "--claim", claim, "--json").json["relative_gap"]
    assert relative > 0

    def run(limit: float) -> int:
        if command == "solve":
            return solve(data, "--claim", claim, "--max-gap", str(limit)).code
        return call("convex-program", "verify", claim, "--max-gap", str(limit)).code

    assert run(relative) == 0
    assert run(relative / 2) == 1


@pytest.mark.parametrize(
    ("options", "beta"),
    [
        (["--weight-decay", "0.05"], Fraction(5, 100) * 4 / 2),
        (["--weight-decay", "0.05", "--reduction", "mean"], Fraction(5, 100) * 4 / 2),
        (["--weight-decay", "0.2", "--reduction", "sum"], Fraction(1, 10)),
        (["--beta", "0.1"], Fraction(1, 10)),
    ],
)
def test_a_pytorch_file(data: Path, tmp_path: Path, options: list[str], beta: Fraction) -> None:
    state = {
        "0.weight": np.array([[1.0, 0.5], [-1.0, 0.25]]),
        "0.bias": np.array([0.5, 0.0]),
        "2.weight": np.array([[1.0, 0.5]]),
        "2.bias": np.array([0.125]),
    }
    path = tmp_path / "model.safetensors"
    save_file(state, path)
    claim = tmp_path / "claim.json"
    words = ("convex-program", "certify", path, data, "--target", "y", "--claim", claim, "--json")
    answer = call(*words, *options)
    assert answer.code == 0
    loaded = cx.load_claim(claim)
    assert loaded.beta == beta
    assert loaded.output_bias == "decayed"
    assert all(row[-1] == 1 for row in loaded.features)
    squares = sum(float((array**2).sum()) for array in state.values())
    X = np.array(ROWS, dtype=float)
    hidden = np.maximum(X @ state["0.weight"].T + state["0.bias"], 0)
    errors = hidden @ state["2.weight"][0] + state["2.bias"] - np.array(TARGETS, dtype=float)
    ours = float((errors**2).sum()) / 2 + float(beta) / 2 * squares
    assert answer.json["upper"] == pytest.approx(ours, rel=1e-12)


def test_claims_survive_the_disk(data: Path, tmp_path: Path) -> None:
    solve(data, "--output-bias", "decayed", "--bias", "--claim", tmp_path / "claim.json")
    claim = cx.load_claim(tmp_path / "claim.json")
    cx.save_claim(claim, tmp_path / "again.json")
    assert cx.load_claim(tmp_path / "again.json") == claim
    with (tmp_path / "claim.json").open("rb") as stream:
        assert json.loads(stream.readline())["schema"] == 1
    assert cx.verify(claim).upper == claim.upper


def test_networks_survive_the_disk(tmp_path: Path) -> None:
    network = cx.Network([[0.1, -1e-300], [5e-324, 1e300]], [1 / 3, -2.0], 0.7)
    cx.save_network(network, tmp_path / "net.npz")
    again = cx.load_network(tmp_path / "net.npz")
    np.testing.assert_array_equal(again.hidden, network.hidden)
    np.testing.assert_array_equal(again.output, network.output)
    assert again.output_bias == network.output_bias


# Shells


@pytest.mark.parametrize("command", ["arrangements", "convex-program"])
def test_help(command: str) -> None:
    bare = call(command)
    assert bare.code in (0, 2)
    assert "Usage" in bare.out + bare.err
    answer = call(command, "-h")
    assert (answer.code, answer.err) == (0, "")
    names = {"arrangements": ("info", "count", "enumerate", "verify", "export")}
    for name in names.get(command, ("solve", "certify", "path", "verify")):
        assert name in answer.out
        page = call(command, name, "--help")
        assert page.code == 0
        assert f"{command} {name} " in page.out.replace("\n", " ")
        assert "Example" in page.out


@pytest.mark.parametrize("package", ["arrangements", "convex_program"])
def test_the_entry_points_run(package: str, data: Path) -> None:
    code = f"import sys; from {package}.cli import main; sys.exit(main())"
    words = {
        "arrangements": ["count", str(data), "--drop", "y", "--json"],
        "convex_program": ["solve", str(data), "--target", "y", "--beta", "1", "--json"],
    }[package]
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    json.loads(done.stdout)


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "data.npy"
    # Few hyperplanes, many rows: more text than a pipe holds, in no time.
    np.save(path, np.tile(np.random.default_rng(0).standard_normal((12, 3)), (100, 1)))
    code = "from arrangements.cli import main; main()"
    process = subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", code, "enumerate", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert len(process.stdout.readline()) == 1201
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert process.wait() in (0, 1)
    assert complaint == ""


@pytest.mark.parametrize("name", ["arrangements", "convex-program"])
def test_both_commands_say_their_version_and_keep_their_help(name: str) -> None:
    answer = call(name, "--version")
    assert (answer.code, answer.out.strip()) == (0, ar.__version__)
    helped = call(name, "-h").out
    assert "--version" in helped
    assert "Take the options" not in helped
