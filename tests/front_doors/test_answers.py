"""Answers on stdout: JSON is JSON, and a reader that goes away or a full disk is no traceback."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arrangements.cli import Exit, print_json

DATA = "1,2\n3,-1\n-2,1\n0,1\n"
COMMANDS = [
    ["info", "data.csv"],
    ["count", "data.csv", "--json"],
    ["enumerate", "data.csv"],
    ["enumerate", "data.csv", "--stream"],
    ["graph", "data.csv"],
]


def start(words: list[str], folder: Path, stdout: Any, **environment: str) -> Any:
    (folder / "data.csv").write_text(DATA)
    return subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", "from arrangements.cli import main; main()", *words],
        cwd=folder,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_reader_that_goes_away(words: list[str], unbuffered: str, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start(words, tmp_path, writing, PYTHONUNBUFFERED=unbuffered)
    os.close(writing)
    _, said = process.communicate(timeout=300)
    assert process.returncode == Exit.CLOSED == 128 + 13
    assert "Broken" not in said
    assert "Traceback" not in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_disk_that_is_full(words: list[str], unbuffered: str, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        process = start(words, tmp_path, full, PYTHONUNBUFFERED=unbuffered)
        _, said = process.communicate(timeout=300)
    assert process.returncode == Exit.REFUSED
    *_, last = said.splitlines()
    assert last == "error: the answer cannot be written: No space left on device"
    assert "Traceback" not in said


def test_json_has_no_infinity_and_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    print_json(
        {
            "lower": -math.inf,
            "gap": math.nan,
            "list": [1.5, math.inf, (np.float64("nan"), 2)],
            "kept": {"text": "NaN", "none": None, "flag": True, "count": 10**30},
        }
    )
    assert json.loads(capsys.readouterr().out, parse_constant=refuse) == {
        "lower": None,
        "gap": None,
        "list": [1.5, None, [None, 2]],
        "kept": {"text": "NaN", "none": None, "flag": True, "count": 10**30},
    }
