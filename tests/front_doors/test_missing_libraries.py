"""A plain install: what lacks a library refuses in one line that names the extra."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from front_doors.tools import call

import arrangements as ar
import convex_program as cx
from arrangements.extras import EXTRAS, extra

_PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
_WHEELS = {"sklearn": "scikit-learn", "distributed": "dask[distributed]"}
X = np.array([[1.0, 0.5], [-1.0, 1.0], [0.3, -2.0]])
PROBLEM = cx.TrainingProblem(X, [1.0, 2.0, 0.0], beta=0.1)


def test_every_extra_brings_what_is_said_of_it() -> None:
    for module, name in EXTRAS.items():
        brought = [re.split("[<>=]", text)[0] for text in _PROJECT["optional-dependencies"][name]]
        assert _WHEELS.get(module, module) in brought


@pytest.mark.parametrize(
    ("module", "ask"),
    [
        ("networkx", lambda: ar.region_graph(X)),
        ("sympy", lambda: ar.characteristic_polynomial(X)),
        ("cvxpy", lambda: cx.global_optimum(PROBLEM, solver=cx.FullPattern())),
        ("scipy.optimize", lambda: cx.optimal_set(PROBLEM)),
        ("sklearn", lambda: ar.datasets.load("iris")),
        ("matplotlib", lambda: cx.global_optimum(PROBLEM).plot()),
    ],
)
def test_what_is_missing_is_named_with_its_extra(
    module: str, ask: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for loaded in [name for name in sys.modules if f"{name}.".startswith(f"{module}.")]:
        monkeypatch.setitem(sys.modules, loaded, None)
    monkeypatch.setitem(sys.modules, module, None)
    name = EXTRAS[module.partition(".")[0]]
    with pytest.raises((ar.ArrangementsError, cx.ConvexProgramError), match=rf"\[{name}\]"):
        ask()


def test_other_errors_of_an_import_pass() -> None:
    with pytest.raises(ModuleNotFoundError) as caught, extra:
        import no_library_of_ours  # type: ignore[import-not-found]  # noqa: F401
    assert not isinstance(caught.value, ar.MissingLibraryError)
    with pytest.raises(ImportError) as other, extra:
        from scipy import no_such_part  # noqa: F401
    assert not isinstance(other.value, ar.MissingLibraryError)


def test_the_command_line_refuses_in_one_line(tmp_path: Path) -> None:
    """In a process of its own, in which SciPy was never there."""
    file = tmp_path / "t.csv"
    file.write_text("a,y\n1,2\n-1,1\n")
    assert call("convex-program", "solve", file, "--target", "y", "--beta", "1").code == 0
    lines = "import sys; sys.modules['scipy'] = None; from convex_program.cli import main; main()"
    words = ["solve", str(file), "--target", "y", "--beta", "1"]
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", lines, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "pip install 'relu-arrangements[convex]'" in done.stderr
