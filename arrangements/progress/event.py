"""Progress events: what long work tells its caller while it runs.

The library calls a *listener* with frozen `Progress` events: the command line draws them, a
test may collect them, and the default one draws them in interactive sessions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one stage has come.

    Parameters
    ----------
    stage : str
        What is being done, in words ("enumerating", "pricing").
    done : int
        Items finished so far.
    total : int or None
        Items in all when that is known; an upper bound when `bounded` is true.
    noun : str
        What the items are ("regions", "cells").
    seconds : float
        Time since the stage began.
    bounded : bool
        True when `total` is only an upper bound.
    note : str
        Anything else worth a word (a loss, a gap).
    last : bool
        True for the last event of a stage.

    Examples
    --------
    >>> import arrangements as ar
    >>> event = ar.Progress("enumerating", done=30, total=100, noun="regions", seconds=0.5)
    >>> event.rate  # regions a second
    60.0
    """

    stage: str
    done: int
    total: int | None
    noun: str
    seconds: float
    bounded: bool = False
    note: str = ""
    last: bool = False

    @property
    def rate(self) -> float:
        """Items per second so far (0 before the clock has moved)."""
        return self.done / self.seconds if self.seconds > 0 else 0.0


Listener: TypeAlias = Callable[[Progress], None]


def silent(event: Progress) -> None:
    """Ignore every event.

    Examples
    --------
    >>> silent(Progress("counting", 1, 2, "units", 0.5))
    """
