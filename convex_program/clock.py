"""Time limits: one clock for all phases of a call; Ctrl-C."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_PORTION = 0.25
"""Seconds."""
_FIRST = 256
_MOST = 50_000


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C be Ctrl-C: pressed as a compiled function returns it comes as a SystemError."""
    try:
        yield
    except SystemError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise


class Portions:
    """How much compiled code does before it returns: about a quarter of a second's worth.

    Only between two portions are Ctrl-C, clocks and listeners noticed, and what a step takes is not
    known before.
    """

    def __init__(self) -> None:
        self.size, self._began = _FIRST, time.perf_counter()

    def begin(self) -> int:
        """Return the number of steps of the next portion."""
        self._began = time.perf_counter()
        return self.size

    def end(self, *, whole: bool) -> None:
        """Choose the size of the next portion by what this one took; it grows after whole ones only."""
        seconds = time.perf_counter() - self._began
        if seconds > 2.0 * _PORTION:
            self.size = max(1, self.size // 2)
        elif whole and seconds < 0.5 * _PORTION:
            self.size = min(_MOST, 2 * self.size)


class OutOfTime(Exception):  # noqa: N818 - it says what happened; nobody outside meets it
    """A phase was cut short by its clock."""


class Clock:
    """What is left of a number of seconds.

    Parameters
    ----------
    limit : float or None
        Seconds from now; None for as long as it takes.
    """

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self._end = math.inf if limit is None else time.perf_counter() + limit

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return time.perf_counter() >= self._end

    def left(self, part: float = 1.0) -> float | None:
        """Return a part of the seconds left; None without a limit."""
        if self.limit is None:
            return None
        return part * max(0.0, self._end - time.perf_counter())

    def deadline(self, part: float = 1.0) -> float:
        """Return the reading of the clock when a part of the seconds left is over."""
        left = self.left(part)
        return math.inf if left is None else time.perf_counter() + left

    def watching(self, listener: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return a listener that raises `OutOfTime` when nothing is left."""

        def told(event: Any) -> None:
            listener(event)
            if self.over:
                raise OutOfTime

        return told
