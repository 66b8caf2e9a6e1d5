"""What the commands share: errors, numbers, networks, the solver, exit codes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import typer

import arrangements as ar
from arrangements.cli import Exit, Session
from convex_program.errors import ArgumentError, ConvexProgramError
from convex_program.solvers import Auto

_T = TypeVar("_T")


def new_session() -> Session:
    """Return a session that knows the errors of this package."""
    return Session(refusals=[ConvexProgramError], misuse=[ArgumentError])


def read_network(loader: Callable[[Path], _T], path: Path) -> _T:
    """Read a network; a bad file is refused (1), as bad data are, and is not misuse (2)."""
    try:
        return loader(path)
    except ArgumentError as error:
        raise ConvexProgramError(str(error)) from None


def number(option: str, text: str) -> Fraction:
    """Return the number that the text of an option spells."""
    try:
        return ar.decimal_value(text)
    except ValueError as error:
        raise ArgumentError(f"{option}: {error}") from None


def solver_within(time_limit: float | None) -> Auto:
    """Return the default solver with a limit for each search."""
    return Auto(time_limit=time_limit)


def leave_stopped(*, interrupted: bool, stands: str) -> None:
    """Say why the work ended early and what stands, and leave with the code for it."""
    why = "stopped" if interrupted else "the time limit was reached"
    typer.echo(f"{why}; {stands}", err=True)
    raise typer.Exit(Exit.INTERRUPTED if interrupted else Exit.LIMIT)


def enforce_gap(gap: float, max_gap: float | None) -> None:
    """Leave with 1 when the gap is larger than what was allowed."""
    if max_gap is not None and gap > max_gap:
        typer.echo(f"relative gap {gap:.3g} is larger than {max_gap:g}", err=True)
        raise typer.Exit(Exit.REFUSED)
