"""The standalone checker on the user's own table, and from the other command line."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from front_doors.tools import call
from oracles.standalone import FILE, checked

import convex_program as cx

TABLE = """a,b,y,w,kind
1.5,-0.5,0.1,1,no
-2,0.25,0.3,2,yes
0.5,1.75,-0.7,1,no
-1.25,-1,0.9,0.5,yes
2,1,0.2,1,no
0.1,0.2,-0.4,3,yes
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Path:
    folder = tmp_path_factory.mktemp("claims")
    columns = {"two": (0, 1, 4), "three": (0, 1, 2, 3)}
    rows = [line.split(",") for line in TABLE.splitlines()]
    for name, chosen in columns.items():  # tables without what is not meant
        text = "".join(",".join(row[j] for j in chosen) + "\n" for row in rows)
        (folder / f"{name}.csv").write_text(text)
    solve, end = ("convex-program", "solve"), ("--beta", "0.1", "--claim")
    three = (*solve, folder / "three.csv", "--target", "y")
    plain = call(*three, "--columns", "a,b", "--bias", *end, folder / "y.claim")
    weighted = call(*three, "--sample-weight", "w", *end, folder / "w.claim")
    labels = (*solve, folder / "two.csv", "--target", "kind", "--loss", "logistic")
    assert [plain.code, weighted.code, call(*labels, *end, folder / "kind.claim").code] == [0, 0, 0]
    return folder


def test_a_claim_is_proved_for_the_users_own_table(folder: Path) -> None:
    own = ["--data", folder / "three.csv", "--target", "y", "--columns", "a,b"]
    code, said = checked(folder / "y.claim", *own, "--max-gap", "1e-6")
    assert code == 0, said
    assert f"for {folder / 'three.csv'}" in said
    code, said = checked(folder / "kind.claim", "--data", folder / "two.csv", "--target", "kind")
    assert code == 0, said
    own = ["--data", folder / "three.csv", "--target", "y", "--sample-weight", "w"]
    code, said = checked(folder / "w.claim", *own, "--processes", "2")
    assert code == 0, said


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("0.1,1,no", "0.11,1,no"), "other targets"),
        (("1.5,-0.5", "1.5,-0.50000001"), "other features"),
        (("0.1,0.2,-0.4,3,yes\n", ""), "does not have 6 rows"),
        (("1.5,", "x,"), "is not a number"),
        (("1.5,", "1e999999999,"), "is not a number"),
        (("a,b,y", "a,b,z"), "has not one column 'y'"),
        (("a,b,y", "a,y,y"), "has not one column 'y'"),
    ],
)
def test_other_tables_are_refused(folder: Path, change: tuple[str, str], reason: str) -> None:
    (folder / "other.csv").write_text(TABLE.replace(*change))
    own = ["--data", folder / "other.csv", "--target", "y", "--columns", "a,b"]
    code, said = checked(folder / "y.claim", *own)
    assert code == 1
    assert reason in said


def test_weights_and_columns_belong_to_the_problem(folder: Path) -> None:
    own = ["--data", folder / "three.csv", "--target", "y"]
    assert checked(folder / "w.claim", *own)[0] == 1  # weights are claimed
    assert checked(folder / "y.claim", *own, "--sample-weight", "w")[0] == 1
    assert checked(folder / "y.claim", *own, "--columns", "b,a")[0] == 1
    assert checked(folder / "y.claim", *own, "--columns", "a")[0] == 1


def test_data_that_are_left_out_are_the_users(folder: Path) -> None:
    short = folder / "short.claim"
    cx.save_claim(cx.load_claim(folder / "y.claim"), short, where="three.csv, beside this file")
    code, said = checked(short)
    assert code == 1
    assert "three.csv, beside this file): give --data" in said
    own = ["--data", folder / "three.csv", "--target", "y", "--columns", "a,b"]
    assert checked(short, *own)[0] == 0
    code, said = checked(short, "--data", folder / "three.csv", "--target", "y", "--columns", "b,a")
    assert code == 1
    assert "sha256" in said


def test_numbers_as_they_are_written(folder: Path) -> None:
    """Decimals are not floats: the claim is about one of them."""
    own = ["--data", folder / "three.csv", "--target", "y", "--columns", "a,b"]
    assert checked(folder / "y.claim", *own, "--as-float")[0] == 1


def test_from_the_other_command_line(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    verify = ["convex-program", "verify", folder / "y.claim", "--standalone"]
    assert call(*verify).code == 0
    assert capfd.readouterr().out.startswith("The claim is proved, over ")
    own = ["--data", folder / "three.csv", "--target", "y", "--columns", "a,b"]
    assert call(*verify, *own, "--max-gap", "1e-6").code == 0
    assert call(*verify, *own, "--max-gap", "0").code == 1
    assert "relative gap" in capfd.readouterr().err
    broken = folder / "broken.claim"
    broken.write_bytes((folder / "y.claim").read_bytes()[:-1])
    assert call("convex-program", "verify", broken, "--standalone").code == 1
    assert call(*verify, "--json").code == 2


def test_both_programs_find_the_same(folder: Path) -> None:
    for name in ("y", "kind", "w"):
        fast = call("convex-program", "verify", folder / f"{name}.claim", "--json").json
        said = checked(folder / f"{name}.claim")[1]
        numbers = [float(line.split()[-1]) for line in said.splitlines()[1:3]]
        assert abs(numbers[0] - fast["upper"]) <= 1e-14 * abs(numbers[0])
        assert abs(numbers[1] - fast["lower"]) <= 1e-14 * abs(numbers[1])


def test_the_wheel_holds_the_one_file(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    root = FILE.parents[1]
    (wheel,) = WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("convex_program/check_claim.py") == FILE.read_bytes()
    assert not list((root / "convex_program").rglob("check_claim.py"))


def test_it_runs_wherever_it_is_copied(folder: Path, tmp_path: Path) -> None:
    copied = shutil.copy(FILE, tmp_path / "alone.py")
    command = [sys.executable, "-I", "-S", copied, folder / "y.claim"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 - our file
