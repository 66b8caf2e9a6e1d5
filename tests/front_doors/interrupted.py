"""Run a command in which Ctrl-C is pressed: ``when package words...``, in a child process.

With ``when = asked`` it reports its first progress event on stdout and goes on, so that
whoever started it can send the signal; with ``when = path`` it reports the first beta of a path
that is done; with ``when = optimum`` it sends the signal to itself as soon as the search for
the optimum begins.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

from arrangements import Progress
from arrangements.cli import Session


def main() -> None:
    when, package, *words = sys.argv[1:]
    if when == "asked":
        report_the_first_event()
    elif when == "path":
        report_the_first_event(stage="path")
    else:
        press_at_the_optimum()
    sys.argv = [package, *words]
    importlib.import_module(f"{package}.cli").main()


def report_the_first_event(stage: str | None = None) -> None:
    listen = Session.listen
    seen = 0

    def listener(self: Session, event: Progress) -> None:
        nonlocal seen
        listen(self, event)
        seen += stage in (None, event.stage)
        if seen == 1:
            os.write(1, b"working\n")

    Session.listen = listener  # type: ignore[method-assign]


def press_at_the_optimum() -> None:
    app = importlib.import_module("convex_program.cli.app")
    conclude = app.conclude

    def interrupted(*arguments: Any, **options: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return conclude(*arguments, **options)

    app.conclude = interrupted


if __name__ == "__main__":
    main()
