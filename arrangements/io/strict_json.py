"""JSON in which a key stands once: of two values, readers would keep one or the other."""

from __future__ import annotations

import json
from typing import Any


class DuplicateKeyError(ValueError):
    """An object has a key twice."""


def parse_json(text: str | bytes) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    DuplicateKeyError
        When an object has a key twice.
    ValueError
        When it is not JSON (`json.JSONDecodeError`), or holds too long a number.
    RecursionError
        When it is nested too deeply.
    """
    return json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DuplicateKeyError(f"the key {twice[:40]!r} stands twice in one object")
    return found
