"""A listener that draws: a bar of rich in shells, a line of HTML in notebooks."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from html import escape
from typing import Any, final

from arrangements.progress.event import Progress

_FULL = "\u2501"
_CELLS = 24
"""Width of a bar in a shell."""


class ProgressBar(ABC):
    """A listener of `Progress` events that draws one line a stage, and leaves none behind.

    Examples
    --------
    >>> import arrangements as ar
    >>> bar = ar.progress_bar()
    >>> isinstance(bar, ar.ProgressBar)
    True
    >>> ar.count_regions([[1, 0], [0, 1]], progress=bar)
    4
    """

    def __call__(self, event: Progress) -> None:
        """Draw an event."""
        self.draw(event)

    @abstractmethod
    def draw(self, event: Progress) -> None:
        """Draw an event; the last one of a stage takes its line away."""


def progress_bar() -> ProgressBar:
    """Return a listener that draws progress where it runs: in a notebook, or on standard error.

    Returns
    -------
    ProgressBar
        Pass it as ``progress=`` to whatever takes long; one may serve many calls.

    Examples
    --------
    >>> import arrangements as ar
    >>> patterns = ar.enumerate_patterns([[1, 0], [0, 1]], progress=ar.progress_bar())
    >>> len(patterns)
    4

    Notes
    -----
    Interactive sessions have one already (`session_listener`).
    """
    return _Notebook() if in_notebook() else _Shell()


def text_of(event: Progress) -> str:
    """Return an event in words."""
    total = (
        "" if event.total is None else f" of {'at most ' if event.bounded else ''}{event.total:,}"
    )
    note = f", {event.note}" if event.note else ""
    return f"{event.stage}: {event.done:,}{total} {event.noun}{note}"


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook, which shows HTML."""
    interactive = sys.modules.get("IPython")
    shell = interactive.get_ipython() if interactive is not None else None
    return getattr(shell, "kernel", None) is not None


@final
class _Shell(ProgressBar):
    """One line on standard error that is written over; nothing where that is no terminal."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)

    def draw(self, event: Progress) -> None:
        """Draw an event."""
        if not self._console.is_terminal:
            return
        width = self._console.width - 1
        line = "" if event.last else f"{_bar(event)}{text_of(event)}"
        self._console.print(line[:width].ljust(width), end="\r", markup=False, soft_wrap=True)


def _bar(event: Progress) -> str:
    if not event.total:
        return ""
    full = round(_CELLS * min(1.0, event.done / event.total))
    return _FULL * full + " " * (_CELLS - full + 1)


@final
class _Notebook(ProgressBar):
    """A line of HTML that is rewritten."""

    def __init__(self) -> None:
        self._shown: dict[str, Any] = {}

    def draw(self, event: Progress) -> None:
        """Draw an event."""
        from IPython import display as shown

        display: Any = shown.display
        data = {"text/html": "" if event.last else _line(event), "text/plain": ""}
        if event.stage in self._shown:
            self._shown[event.stage].update(data, raw=True)
        elif not event.last:
            self._shown[event.stage] = display(data, raw=True, display_id=True)
        if event.last:
            self._shown.pop(event.stage, None)


def _line(event: Progress) -> str:
    amount = "" if event.total is None else f' value="{event.done}" max="{event.total}"'
    return f"<progress{amount}></progress> {escape(text_of(event))}"
