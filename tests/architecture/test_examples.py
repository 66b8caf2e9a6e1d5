"""Everything public shows how it is used; `make test` runs what the examples say."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import arrangements
import convex_program

KINDS = (inspect.isfunction, inspect.isclass)


def public(kind: Callable[[Any], bool]) -> Iterator[tuple[str, str]]:
    """Yield names and docstrings; an error says in its name and message when it is raised."""
    for package in (arrangements, convex_program):
        for name in package.__all__:
            item = getattr(package, name)
            if kind(item) and not (inspect.isclass(item) and issubclass(item, BaseException)):
                yield name, item.__doc__ or ""


@pytest.mark.parametrize("kind", KINDS)
def test_every_public_name_has_an_example(kind: Callable[[Any], bool]) -> None:
    assert [name for name, text in public(kind) if ">>>" not in text] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_public_name_says_what_it_is(kind: Callable[[Any], bool]) -> None:
    assert [name for name, text in public(kind) if not text.strip().splitlines()[0]] == []


def test_few_examples_are_not_run() -> None:
    skipped = {name for kind in KINDS for name, text in public(kind) if "+SKIP" in text}
    assert skipped <= {"atomic_write", "load_state_dict", "save_report", "to_torch", "warm"}
