"""The answer of a command, on stdout."""

from __future__ import annotations

import json
import math
import os
import sys
from typing import Any

import typer


def print_json(value: dict[str, Any]) -> None:
    """Write one JSON object on stdout.

    JSON has no infinities and no NaN: where there is no finite number, null is written.
    """
    typer.echo(json.dumps(_finite(value), indent=2, allow_nan=False))


def flush_answer() -> None:
    """Write what is buffered, while errors can still be reported.

    Raises
    ------
    OSError
        When stdout takes no more.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def drop_answer() -> None:
    """Send what is still buffered nowhere: Python would fail again when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ is not None else 1)
    finally:
        os.close(nowhere)


def _finite(value: Any) -> Any:
    """Return JSON values with None for every float that JSON cannot write."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
