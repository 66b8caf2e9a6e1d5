"""The standalone checker: a file of its own, run by a Python that sees the standard library only."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from convex_program.errors import ConvexProgramError

_NAME = "check_claim.py"


def standalone_checker() -> Path:
    """Return where the checker is: in the package when installed, in `tools` of a working tree.

    Raises
    ------
    ConvexProgramError
        When it is in neither place.
    """
    package = Path(__file__).parents[1]
    for place in (package / _NAME, package.parent / "tools" / _NAME):
        if place.is_file():
            return place
    raise ConvexProgramError(f"{_NAME} is not part of this installation; install the wheel")


def run_standalone(claim: Path, arguments: Sequence[str] = ()) -> int:
    """Check a claim by the standalone checker, which prints what it finds; return its exit code.

    Parameters
    ----------
    claim : Path
    arguments : sequence of str
        Options of the checker, such as ``["--data", "table.csv", "--target", "y"]``.

    Notes
    -----
    The interpreter is started with ``-I -S``: no installed package, no setting of the user and
    none of our code is within its reach.
    """
    command = [sys.executable, "-I", "-S", str(standalone_checker()), *arguments, "--", str(claim)]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own file
