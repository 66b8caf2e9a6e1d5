"""One BLAS thread while a working set works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS to one thread inside the block, then put its setting back.

    The matrices here have tens to hundreds of rows.  More threads wait for each other longer
    than they work, and take the processors from the threads that price.
    """
    # SciPy brings a BLAS of its own, which can be limited once it is loaded.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield
