"""Whoever asks for silence gets it: inside the packages every call says who listens."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import arrangements
import convex_program

ROOT = Path(__file__).parents[2]
FRONT_DOORS = {"cli", "estimators", "plotting", "training_gap.py"}
"""Nobody above them has a listener to hand on: theirs is the default one."""


@cache
def reporting() -> frozenset[str]:
    """Return the names of public functions that take a listener."""
    return frozenset(
        name
        for package in (arrangements, convex_program)
        for name in package.__all__
        if inspect.isfunction(function := getattr(package, name))
        and "progress" in inspect.signature(function).parameters
    )


def calls(path: Path) -> Iterator[ast.Call]:
    """Yield calls by name, or by the name of a package."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in reporting():
                yield node
            case ast.Call(func=ast.Attribute(attr=name, value=ast.Name(id="ar" | "cx"))) if (
                name in reporting()
            ):
                yield node


def test_the_default_listener_is_that_of_the_session() -> None:
    for package in (arrangements, convex_program):
        for name in reporting() & set(package.__all__):
            parameter = inspect.signature(getattr(package, name)).parameters["progress"]
            assert parameter.default is arrangements.session_listener, name


@pytest.mark.parametrize("package", ["arrangements", "convex_program"])
def test_calls_inside_say_who_listens(package: str) -> None:
    without = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / package).rglob("*.py"))
        # kernels have a function of their own that is called certify
        if not {"kernels", *FRONT_DOORS} & set(path.relative_to(ROOT).parts)
        for call in calls(path)
        if not any(keyword.arg == "progress" for keyword in call.keywords)
    ]
    assert without == []
