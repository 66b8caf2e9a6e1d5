"""One BLAS thread while a working set works."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def one_blas_thread() -> AbstractContextManager[Any]:
    """Keep BLAS to one thread inside a block, then put its setting back.

    The matrices here have tens to hundreds of rows.  More threads wait for each other longer
    than they work, and take the processors from the threads that price.
    """
    limited: AbstractContextManager[Any] = _loaded_libraries().limit(limits=1, user_api="blas")
    return limited


@cache
def _loaded_libraries() -> Any:
    """Return the numerical libraries of this process: finding them takes milliseconds."""
    # SciPy brings a BLAS of its own, which is found once it is loaded.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
