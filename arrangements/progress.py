"""Progress events: what long work tells its caller while it runs.

The library never prints.  It calls a *listener* with frozen `Progress` events;
the command line draws them, a notebook may log them, a test may collect them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from arrangements.errors import ArgumentError


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
    """

    stage: str
    done: int
    total: int | None
    noun: str
    seconds: float
    bounded: bool = False
    note: str = ""

    @property
    def rate(self) -> float:
        """Items per second so far (0 before the clock has moved)."""
        return self.done / self.seconds if self.seconds > 0 else 0.0


Listener: TypeAlias = Callable[[Progress], None]


def silent(event: Progress) -> None:
    """Ignore every event: the default listener everywhere."""


class Meter:
    """Turns a stream of small steps into events at a bearable rate.

    One event is sent at the start, one at the end and at most ten a second between.
    """

    _interval = 0.1

    def __init__(
        self,
        listener: Listener,
        stage: str,
        noun: str,
        total: int | None = None,
        *,
        bounded: bool = False,
    ) -> None:
        if not callable(listener):
            raise ArgumentError(f"progress = {listener!r} must be a function of one Progress event")
        self._listener = listener
        self._stage = stage
        self._noun = noun
        self._total = total
        self._bounded = bounded
        self._start = time.monotonic()
        self._last = self._start
        self.done = 0
        self._send("")

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Record `steps` more finished items; tell the listener when it is time."""
        self.done += steps
        if time.monotonic() - self._last >= self._interval:
            self._send(note)

    def finish(self, note: str = "") -> None:
        """Send the last event of the stage."""
        self._send(note)

    def _send(self, note: str) -> None:
        self._last = time.monotonic()
        self._listener(
            Progress(
                stage=self._stage,
                done=self.done,
                total=self._total,
                noun=self._noun,
                seconds=self._last - self._start,
                bounded=self._bounded,
                note=note,
            )
        )
