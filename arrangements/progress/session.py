"""The default listener: it draws where somebody sits and waits, and is silent elsewhere."""

from __future__ import annotations

import sys

from arrangements.errors import ArgumentError
from arrangements.progress.bar import ProgressBar, in_notebook, progress_bar
from arrangements.progress.event import Progress

_PATIENCE = 1.0
"""Seconds that a stage may take before anything is drawn: short work leaves the screen alone."""


def session_listener(event: Progress) -> None:
    """Draw an event in an interactive session; elsewhere do nothing.  The default listener.

    Sessions are notebooks, and Python's or IPython's prompt where standard error is a
    terminal.  Scripts, pipes and tests are none.  A stage is drawn once it has taken a second,
    and its line is taken away at its end; nothing goes to standard output.

    Parameters
    ----------
    event : Progress

    See Also
    --------
    show_progress : Switches it off and on.
    silent : Pass ``progress=ar.silent`` for one call that is to draw nothing.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.session_listener(ar.Progress("counting", 1, 2, "units", 5.0))  # no session, no line
    """
    _SESSION.hear(event)


def show_progress(choice: bool | None) -> None:  # noqa: FBT001 - it is all there is to say
    """Choose for the whole process whether calls without a listener draw progress.

    Parameters
    ----------
    choice : bool or None
        False: never.  True: also in scripts, where standard error is a terminal.  None: as at
        the start, in interactive sessions only.

    Raises
    ------
    ArgumentError
        For anything else.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.show_progress(False)
    >>> ar.count_regions([[1, 0], [0, 1], [1, 1]])  # whatever it takes, nothing is drawn
    6
    >>> ar.show_progress(None)
    """
    if choice is not None and not isinstance(choice, bool):
        raise ArgumentError(
            f"choice = {choice!r} must be True (draw), False (never) or None (in sessions only)"
        )
    _SESSION.choice = choice


def _in_session() -> bool:
    """Whether somebody sits at a prompt: a notebook's, or that of a terminal."""
    if in_notebook():
        return True
    # IPython sets ps1, too.  Where there is no console there is no stream.
    stream = sys.stderr
    return hasattr(sys, "ps1") and stream is not None and not stream.closed and stream.isatty()


class _Session:
    """The choice of this process, and the stages that it draws."""

    def __init__(self) -> None:
        self.choice: bool | None = None
        self._drawn: dict[str, ProgressBar] = {}

    def hear(self, event: Progress) -> None:
        """Draw an event where that is wanted; the end of what was drawn is drawn anyhow."""
        if event.last:
            bar = self._drawn.pop(event.stage, None)
        elif event.seconds < _PATIENCE:
            # A stage of this name that never ended, such as one interrupted, is not gone on with.
            bar = None
            self._drawn.pop(event.stage, None)
        elif _in_session() if self.choice is None else self.choice:
            if event.stage not in self._drawn:
                self._drawn[event.stage] = progress_bar()
            bar = self._drawn[event.stage]
        else:
            bar = None
        if bar is not None:
            bar(event)


_SESSION = _Session()
