"""The public surface changes only on purpose: it is compared with a snapshot."""

from __future__ import annotations

import difflib
import inspect
from types import ModuleType

import pytest
from architecture.public_surface import PACKAGES, SNAPSHOT, surface

COMMAND = ".venv/bin/python tests/architecture/public_surface.py"


def test_the_surface_is_the_snapshot() -> None:
    difference = list(
        difflib.unified_diff(
            SNAPSHOT.read_text().splitlines(),
            surface().splitlines(),
            "public_surface.txt",
            "now",
            lineterm="",
            n=0,
        )
    )
    message = f"if this is meant, run `{COMMAND}`:"
    assert not difference, "\n".join([message, *difference])


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_the_list_of_names_is_sorted_whole_and_documented(package: ModuleType) -> None:
    assert list(package.__all__) == sorted(set(package.__all__))
    for name in package.__all__:
        item = getattr(package, name)
        if inspect.isclass(item) or inspect.isfunction(item):
            assert item.__doc__, f"{name} has no docstring"
