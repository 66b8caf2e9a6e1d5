"""What every command shares: exit codes, errors in one line, progress, Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bar,
)

from arrangements.arrangement import Arrangement
from arrangements.cli.answer import drop_answer, flush_answer
from arrangements.errors import ArgumentError, ArrangementsError, FileError
from arrangements.io import check_writable
from arrangements.nearness import near_degeneracy
from arrangements.progress import Progress


class Exit(IntEnum):
    """Exit codes of every command."""

    STANDS = 0
    """The answer stands."""
    REFUSED = 1
    """The data or claim was refused, or something was not proved."""
    USAGE = 2
    """The command itself was wrong."""
    LIMIT = 3
    """A limit was hit before the work was done."""
    INTERRUPTED = 130
    """Ctrl-C, as shells expect it."""
    CLOSED = 141
    """Whoever read the answer went away (``| head``), as shells expect it."""


_LONGEST = 1e8
"""Seconds that no command takes: three years, and no system's clock is too short for them."""


class _TimeUpError(KeyboardInterrupt):
    """The time that a command may take is over: whatever Ctrl-C stops is stopped."""


class Session:
    """One command's run: draws progress on stderr and turns errors into exit codes.

    Parameters
    ----------
    refusals : sequence of exception classes
        Reported in one line with exit code 1.
    misuse : sequence of exception classes
        Reported in one line with exit code 2; looked at first.
    """

    def __init__(
        self,
        refusals: Sequence[type[Exception]] = (),
        misuse: Sequence[type[Exception]] = (),
    ) -> None:
        self._refusals = (*refusals, ArrangementsError)
        self._misuse = (*misuse, ArgumentError)
        self._console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[done]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._last: Progress | None = None
        self._kept = "no file was written"
        self._deadline: float | None = None
        self._clock: Any = None

    def listen(self, event: Progress) -> None:
        """Draw one progress event."""
        self._last = event
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise _TimeUpError
        text = _done(event)
        if event.rate > 0:
            text += f"  {event.rate:,.0f}/s"
        if event.note:
            text += f"  {event.note}"
        if event.stage not in self._tasks:
            self._tasks[event.stage] = self._bar.add_task(event.stage, done=text)
        task = self._tasks[event.stage]
        self._bar.update(task, completed=event.done, total=event.total, done=text)

    def limit(self, seconds: float | None) -> None:
        """Stop the work after so many seconds; None for no limit.

        A signal stops it, whatever it is at; where systems have none, the next event does.
        """
        if seconds is None:
            return
        if seconds <= 0:
            raise _TimeUpError
        self._deadline = time.monotonic() + seconds
        if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
            self._clock = signal.signal(signal.SIGALRM, _time_is_up)
            signal.setitimer(signal.ITIMER_REAL, min(seconds, _LONGEST))

    def keep(self, what: str) -> None:
        """Say what is left when the work is stopped from here on."""
        self._kept = what

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing; report what went wrong and leave with the right code."""
        del trace
        if self._clock is not None:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, self._clock)
        self._bar.stop()
        if kind is None or error is None:
            try:
                flush_answer()
            except OSError as late:
                self._lose_answer(late)
            return
        if issubclass(kind, _TimeUpError):
            self._say(f"stopped by the time limit{_while(self._last)}; {self._kept}")
            raise typer.Exit(Exit.LIMIT) from None
        # Pressed as a compiled function returns, Ctrl-C comes as the cause of a SystemError.
        if issubclass(kind, KeyboardInterrupt) or isinstance(error.__cause__, KeyboardInterrupt):
            self._say(f"stopped{_while(self._last)}; {self._kept}")
            raise typer.Exit(Exit.INTERRUPTED) from None
        if issubclass(kind, self._misuse):
            self._say(f"error: {error}")
            raise typer.Exit(Exit.USAGE) from None
        if issubclass(kind, self._refusals):
            self._say(f"error: {error}")
            raise typer.Exit(Exit.REFUSED) from None
        if issubclass(kind, OverflowError):
            self._say(
                f"error: a number is out of the range of float64 ({error}); divide the data "
                "and the targets by a power of ten"
            )
            raise typer.Exit(Exit.REFUSED) from None
        if issubclass(kind, MemoryError):
            self._say(
                f"out of memory{_while(self._last)}; {self._kept}; take fewer rows or columns, "
                "or a machine with more memory"
            )
            raise typer.Exit(Exit.LIMIT) from None
        if isinstance(error, OSError) and error.errno is not None:
            self._lose_answer(error)

    def _lose_answer(self, error: OSError) -> NoReturn:
        """Leave when stdout takes no more; what is left of the answer goes nowhere."""
        drop_answer()
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(Exit.CLOSED) from None
        what = "the answer cannot be written" if error.filename is None else error.filename
        self._say(f"error: {what}: {error.strerror}")
        raise typer.Exit(Exit.REFUSED) from None

    def _say(self, message: str) -> None:
        self._console.print(message, markup=False, highlight=False, soft_wrap=True)


def _time_is_up(number: int, frame: object) -> NoReturn:
    """Take the signal of a command's clock."""
    del number, frame
    raise _TimeUpError


def caution(arrangement: Arrangement) -> str | None:
    """Return what the answer hangs on when that is digits below 1e-12; say it on stderr too."""
    near = near_degeneracy(arrangement)
    if not near:
        return None
    typer.echo(f"caution: {near.summary()}", err=True)
    return near.summary()


def check_outputs(outputs: Mapping[str, Path | None], inputs: Sequence[Path]) -> None:
    """Refuse, before any work, files that cannot be written or would replace another.

    Parameters
    ----------
    outputs : mapping of str to Path or None
        The file each option names.
    inputs : sequence of Path
        The files that are read.
    """
    taken = {path.resolve(): "read too" for path in inputs}
    for option, path in outputs.items():
        if path is None:
            continue
        try:
            check_writable(path)
        except FileError as error:
            raise ArgumentError(f"{option}: {error}") from None
        real = path.resolve()
        if real in taken:
            raise ArgumentError(f"{option}: {path} is {taken[real]}; choose another file")
        taken[real] = f"also that of {option}"


def _done(event: Progress) -> str:
    if event.total is None:
        return f"{event.done:,} {event.noun}"
    of = "of at most" if event.bounded else "of"
    return f"{event.done:,} {of} {event.total:,} {event.noun}"


def _while(event: Progress | None) -> str:
    if event is None:
        return " before the work began"
    return f" while {event.stage}: {_done(event)} after {event.seconds:.1f} s"
