"""Nothing that looks small may be slow: every function grows as its docstring says.

Each docstring has a line like *Growth.* ``n**(r - 1)`` for n rows of rank r.  Steps, and bytes
held at once, are counted for n rows of rank r, for 2 n rows, and for rank r + 1 (see `growth`, which
also counts what compiled kernels do).  They may grow as the expression does, and a little more.
"""

from __future__ import annotations

import inspect
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from laws import growth

import arrangements as ar

ROOT = Path(__file__).parents[2]
UNBOUNDED = {
    "atomic_write": "writes what it is given",
    "ending_stages": "hands events on",
    "progress_bar": "makes a listener; what it draws is one line an event",
    "session_listener": "draws one line an event, at most",
    "show_progress": "sets a switch",
    "silent": "does nothing",
    "warm": "has no input",
}
_SLACK = 1.3
"""Constants and logarithms are still felt at these sizes."""

Measured = dict[str, list[dict[str, int]]]


def promise(name: str) -> str:
    text = inspect.getdoc(getattr(ar, name)) or ""
    found = re.findall(r"\*Growth\.\* ``([^`]*)`` for ", text)
    assert len(found) == 1, f"{name} promises {found}"
    return str(found[0])


def value(expression: str, n: int, r: int) -> float:
    names = {"n": n, "r": r, "N": ar.region_bound(n, r), "comb": math.comb}
    return float(eval(expression, {"__builtins__": {}}, names))  # noqa: S307 - our own docstrings


@pytest.fixture(scope="module")
def measured() -> Measured:
    answer = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-W", "ignore", str(Path(growth.__file__))],
        capture_output=True,
        check=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)},
        text=True,
    )
    result: Measured = json.loads(answer.stdout)
    return result


def test_every_public_function_is_in_the_table() -> None:
    functions = {name for name in ar.__all__ if inspect.isfunction(getattr(ar, name))}
    named = {name.partition(":")[0] for name in growth.TABLE}
    assert functions - named == set(UNBOUNDED)
    assert named <= functions


@pytest.mark.parametrize("name", growth.TABLE)
def test_work_grows_as_promised(name: str, measured: Measured) -> None:
    expression = promise(name.partition(":")[0])
    first, *larger = measured[name]
    for size in larger:
        allowed = value(expression, size["n"], size["r"]) / value(
            expression, first["n"], first["r"]
        )
        for what in ("steps", "bytes"):
            grown = size[what] / first[what]
            assert grown <= _SLACK * max(allowed, 1.0), (what, expression, first, size)


def test_the_measure_sees_loops_and_tables() -> None:
    def pairs(n: int) -> list[int]:
        return [i * j for i in range(n) for j in range(n)]

    assert growth.steps(lambda: pairs(40)) > 3.5 * growth.steps(lambda: pairs(20))
    assert growth.held(lambda: pairs(400)) > 3.5 * growth.held(lambda: pairs(200))
