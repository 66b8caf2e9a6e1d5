"""Kernels compiled without a wrapper for Python end the process when Python calls them: nobody does."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

ROOT = Path(__file__).parents[2]
ROOMS = ("arrangements.kernels", "convex_program.kernels")


def bare(room: str) -> set[str]:
    """Return the names of the kernels of a package that have no wrapper for Python."""
    package = importlib.import_module(room)
    found = set()
    for entry in pkgutil.iter_modules(package.__path__):
        for name, value in vars(importlib.import_module(f"{room}.{entry.name}")).items():
            if isinstance(value, Dispatcher) and value.targetoptions.get("no_cpython_wrapper"):
                found.add(name)
    return found


def uses(path: Path, names: set[str]) -> Iterator[str]:
    """Yield where a file of Python imports a kernel by name, or takes it out of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and ".kernels" in (node.module or ""):
            taken = {alias.name for alias in node.names} & names
        elif isinstance(node, ast.Attribute):
            taken = {node.attr} & names if _is_kernels(node.value) else set()
        else:
            continue
        for name in taken:
            yield f"{path}:{node.lineno}: {name}"


def _is_kernels(node: ast.expr) -> bool:
    """Whether an expression is `kernels`, a module below it, or ends with one."""
    return "kernels" in ast.unparse(node).split(".")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_offers_none(room: str) -> None:
    names = bare(room)
    assert names
    assert not names & set(getattr(importlib.import_module(room), "__all__", ()))


@pytest.mark.parametrize("room", ROOMS)
def test_only_kernels_call_them(room: str) -> None:
    names = bare(room)
    wrong = [
        use
        for folder in ("arrangements", "convex_program", "tests", "tools")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.parent.name != "kernels"
        for use in uses(path, names)
    ]
    assert not wrong


@pytest.mark.parametrize(
    "line",
    [
        "from convex_program.kernels.cone_leaf import _square",
        "import convex_program\nconvex_program.kernels.cone_leaf._square(x)",
        "from convex_program import kernels\nkernels.cone_leaf._square",
    ],
)
def test_a_call_would_be_found(line: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(line, encoding="utf-8")
    assert [use.rpartition(" ")[2] for use in uses(path, {"_square"})] == ["_square"]
