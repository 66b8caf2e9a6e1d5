"""Long calls into FLINT, in a process of their own: here nothing could interrupt them.

Python answers a signal between two of its own instructions, and such a call is one.  A second
interpreter is waited for instead, and ended when something is raised meanwhile.  It is a plain child
with two pipes: pools of processes need a guarded main module, which a script may not have.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Result = TypeVar("Result")

_LONG = 10**7
"""Products of rows, columns and the lesser of both from which an elimination may take a second."""
_ANSWER = "from arrangements.exact.aside import answer; answer()"


def is_long(rows: Sequence[Sequence[int]]) -> bool:
    """Return whether eliminating these rows may take longer than people wait after Ctrl-C."""
    n, width = len(rows), len(rows[0])
    return n * width * min(n, width) > _LONG


def aside(function: Callable[..., Result], *arguments: Any) -> Result:
    """Return ``function(*arguments)`` as another interpreter works it out.

    Parameters
    ----------
    function : callable
        Of a module; it and its arguments are pickled.

    Notes
    -----
    Where no second interpreter can be started, or it fails, the call is made here.
    """
    path = os.pathsep.join(filter(None, sys.path))
    try:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter, our own text
            [sys.executable, "-c", _ANSWER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
            # Ctrl-C reaches every process of a terminal's group; this one is ended by us.
            start_new_session=True,
        )
    except OSError:
        return function(*arguments)
    with child:
        try:
            content, _ = child.communicate(pickle.dumps((function, arguments)))
        finally:
            child.kill()
    if child.returncode != 0:
        return function(*arguments)
    found: Result = pickle.loads(content)  # noqa: S301 - our own answer
    return found


def answer() -> None:
    """Do what standard input asks for: what the other interpreter runs."""
    function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - who started us asks
    sys.stdout.buffer.write(pickle.dumps(function(*arguments)))
