"""The standalone checker as a module: it is no part of the packages, and is loaded from its file."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias

Bounds: TypeAlias = tuple[Fraction, Fraction, Fraction]

FILE = Path(__file__).parents[2] / "tools" / "check_claim.py"


def _loaded() -> Any:
    spec = importlib.util.spec_from_file_location("check_claim", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_claim"] = module
    spec.loader.exec_module(module)
    return module


checker = _loaded()


def refusal(data: bytes, **options: Any) -> str:
    """Return the message with which a file is refused, or an empty one."""
    try:
        _prove(data, options)
    except checker.Refused as error:
        return str(error)
    return ""


def judge(data: bytes, **options: Any) -> Bounds | None:
    """Return (objective, dual value, H) of a file that is proved, and None for one that is refused.

    Any other exception passes.
    """
    try:
        claim = _prove(data, options)
    except checker.Refused:
        return None
    return claim.objective, claim.value, claim.peak


def _prove(data: bytes, options: dict[str, Any]) -> Any:
    chosen = {"data": None, "max_gap": None, "processes": 1, **options}
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return checker.prove(SimpleNamespace(**chosen), file)


def checked(*arguments: object) -> tuple[int, str]:
    """Run the checker in a process of its own; return its code and all it says."""
    command = [sys.executable, "-I", "-S", str(FILE), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our file
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr
