"""Events at a bearable rate."""

from __future__ import annotations

import time

from arrangements.errors import ArgumentError
from arrangements.progress.event import Listener, Progress


class Meter:
    """Turns a stream of small steps into events at a bearable rate.

    One event is sent at the start, one at the end and at most ten a second between.

    Examples
    --------
    >>> import arrangements as ar
    >>> events = []
    >>> meter = ar.Meter(events.append, "counting", "cells", total=3)
    >>> for _ in range(3):
    ...     meter.advance()
    >>> meter.finish()
    >>> events[0].done, events[-1].done, events[-1].last
    (0, 3, True)
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
        self._send(note, last=True)

    def _send(self, note: str, *, last: bool = False) -> None:
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
                last=last,
            )
        )
