"""Stages end: whoever draws them takes their lines away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from arrangements.progress.event import Listener, Progress


@contextmanager
def ending_stages(listener: Listener) -> Iterator[Listener]:
    """Hand on events, and for each stage that was left open a last one, whatever happens.

    Parameters
    ----------
    listener : Listener

    Yields
    ------
    Listener
        To be called in its place.

    Examples
    --------
    >>> import arrangements as ar
    >>> heard = []
    >>> with ar.ending_stages(heard.append) as listener:
    ...     listener(ar.Progress("searching", 7, None, "steps", 0.5))
    >>> [(event.done, event.last) for event in heard]
    [(7, False), (7, True)]
    """
    still_open: dict[str, Progress] = {}

    def hear(event: Progress) -> None:
        if event.last:
            still_open.pop(event.stage, None)
        else:
            still_open[event.stage] = event
        listener(event)

    try:
        yield hear
    finally:
        for event in still_open.values():
            listener(replace(event, last=True))
