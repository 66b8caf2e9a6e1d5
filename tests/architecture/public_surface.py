"""The public surface of both packages, as sorted lines of text.

Regenerate the snapshot after a deliberate change, and read the difference:

    .venv/bin/python tests/architecture/public_surface.py
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any, get_origin

import arrangements
import convex_program

SNAPSHOT = Path(__file__).with_name("public_surface.txt")
PACKAGES = (arrangements, convex_program)


def surface() -> str:
    """Return a line for each public name, and for each public attribute of a class."""
    return "".join(f"{line}\n" for line in sorted({*_lines()}))


def _lines() -> Iterator[str]:
    for package in PACKAGES:
        for name in package.__all__:
            yield from _entries(package, name)


def _entries(package: ModuleType, name: str) -> Iterator[str]:
    item = getattr(package, name)
    place = f"{package.__name__}.{name}"
    if get_origin(item) is not None:  # a name for a type
        yield place
    elif inspect.isclass(item):
        # How an enumeration is called depends on the version of Python.
        yield f"{place} class{'' if issubclass(item, Enum) else _parameters(item)}"
        for attribute, value in inspect.getmembers(item):
            if not attribute.startswith("_") and _is_ours(item, attribute):
                kind = "()" if callable(value) else ""
                yield f"{place}.{attribute}{kind}"
    elif callable(item):
        yield f"{place}{_parameters(item)}"
    else:
        yield place


def _is_ours(item: type, attribute: str) -> bool:
    """Leave out what comes from exceptions, enumerations and tuples."""
    owner = next(base for base in item.__mro__ if attribute in vars(base))
    return owner.__module__.partition(".")[0] in {package.__name__ for package in PACKAGES}


def _parameters(item: Any) -> str:
    """Names of the parameters, keyword-only ones after a star; no types, no defaults."""
    try:
        signature = inspect.signature(item)
    except (TypeError, ValueError):
        return ""
    names: list[str] = []
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in names:
            names.append("*")
        optional = "" if parameter.default is parameter.empty else "?"
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        names.append(f"{star}{parameter.name}{optional}")
    return f"({', '.join(names)})"


if __name__ == "__main__":
    SNAPSHOT.write_text(surface())
