"""One BLAS thread while a working set works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from arrangements.extras import extra

_LOCK = Lock()
_PROCESS_WIDE = ("openblas", "blis", "flexiblas")
"""Libraries with one setting for the whole process.  Built upon OpenMP, and MKL, they have one
for each thread."""


class OneThread:
    """A limit that all threads of a process share: the first in sets it, the last out lifts it.

    Most BLAS libraries have one setting for the process.  If each block put back what it found,
    one that ends would lift the limit of the others, and the last would leave theirs behind.
    Where every thread has a setting of its own, each block sets and restores its own.
    """

    def __init__(self) -> None:
        self._inside = 0
        self._before: list[int] = []

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Keep BLAS to one thread inside a block, whatever other threads do."""
        shared, own = _libraries()
        before = [library.num_threads for library in own]
        self._enter(shared)
        try:
            _set(own, [1] * len(own))
            yield
        finally:
            _set(own, before)
            self._leave(shared)

    def _enter(self, libraries: Sequence[Any]) -> None:
        with _LOCK:
            if self._inside == 0:
                self._before = [library.num_threads for library in libraries]
                _set(libraries, [1] * len(libraries))
            self._inside += 1

    def _leave(self, libraries: Sequence[Any]) -> None:
        with _LOCK:
            self._inside -= 1
            if self._inside == 0:
                _set(libraries, self._before)


one_blas_thread = OneThread()
"""Keep BLAS to one thread inside a block, then put its setting back.

The matrices here have tens to hundreds of rows.  More threads wait for each other longer than
they work, and take the processors from the threads that price.
"""


def _set(libraries: Sequence[Any], counts: Sequence[int]) -> None:
    for library, count in zip(libraries, counts, strict=True):
        # threadpoolctl gives OpenBLAS to the first thread that asks and ignores all others
        # while it lives.  Here the first in and the last out may be any threads.
        release = getattr(library, "clear_controlling_thread", None)
        if release is not None:
            release(force=True)
        library.set_num_threads(count)
        if release is not None:
            release(force=True)


@cache
def _libraries() -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the BLAS libraries with one setting a process, and those with one a thread.

    Finding them takes milliseconds.
    """
    # SciPy brings a BLAS of its own, which is found once it is loaded.
    with extra:
        import scipy.linalg  # noqa: F401
        from threadpoolctl import ThreadpoolController

    found = ThreadpoolController().select(user_api="blas").lib_controllers
    shared = tuple(
        library
        for library in found
        if library.internal_api in _PROCESS_WIDE
        and getattr(library, "threading_layer", "") != "openmp"
    )
    return shared, tuple(library for library in found if library not in shared)
