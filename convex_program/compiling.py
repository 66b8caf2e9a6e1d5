"""Compiling kernels in a process beside this one.

Numba compiles under one lock, so threads do not help.  What another process has compiled lies
in the cache on disk, where this one finds it.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from arrangements.kernel_cache import cache_folder, is_compiled

_PACKAGE = Path(__file__).parent
KERNELS = _PACKAGE / "kernels"
_PATIENCE = 120.0
"""Seconds to wait at most: then this process compiles what it needs itself."""
_TWO = 2


class Beside:
    """A module that is run once in a process beside, if its kernel is not compiled yet.

    Parameters
    ----------
    module : str
        Run as a script; it calls the kernel once.  It calls `end_with_parent` first.
    kernel : str
        In `convex_program.kernels`.

    Notes
    -----
    Whatever goes wrong there only means that the kernel is compiled here.
    """

    def __init__(self, module: str, kernel: str) -> None:
        self._module = module
        self._kernel = kernel
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = False

    def begin(self) -> None:
        """Start the process where it pays: once, on two cores, with nothing in the cache."""
        if self._begun:
            return
        self._begun = True
        if not has_room() or is_compiled(KERNELS, self._kernel):
            return
        root = str(_PACKAGE.parent)
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(paths),
            # The folder in use, though it were one that only this process knows.
            "NUMBA_CACHE_DIR": str(cache_folder(KERNELS).parent),
        }
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603 - this Python, a module of ours
                # -P: nothing of the current folder takes the place of a module.
                [sys.executable, "-P", "-m", self._module],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
            atexit.register(self.stop)

    def wait(self) -> None:
        """Wait until the kernel lies in the cache, or nobody compiles it any more."""
        process = self._process  # another thread may stop it meanwhile
        if process is None:
            return
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self.stop()

    def stop(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.communicate()
        atexit.unregister(self.stop)


def has_room() -> bool:
    """Return whether a second process would be a help here.

    Not on one core; not in workers, which would all start one; not where kernels run as plain
    Python, or where this program is something else than an interpreter.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return (
        cores >= _TWO
        and multiprocessing.parent_process() is None
        and os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"
        and not getattr(sys, "frozen", False)
        and Path(sys.executable or "").stem.startswith("python")
    )


def end_with_parent() -> None:
    """End this process as soon as the one that started it ends, or the user presses Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    def watch() -> None:
        # Not through sys.stdin: its lock, held here, would abort the interpreter as it ends.
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


CONE_SEARCH = Beside("convex_program.pricing.ahead", "explore")
"""The search of cones takes as long to compile as all else that a first optimum needs."""
