"""Time limits: one clock for all phases of a call; Ctrl-C."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C be Ctrl-C: pressed as a compiled function returns it comes as a SystemError."""
    try:
        yield
    except SystemError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise


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
