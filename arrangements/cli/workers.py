"""Who does the work of a command: this core, threads, or a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from arrangements.cli.threads import Threads
from arrangements.errors import ArgumentError

_CONNECTING = "10s"


@contextmanager
def workers(threads: int, dask: str | None, *, aside: bool = False) -> Iterator[Executor | None]:
    """Give the executor that the options ask for; None for this core alone.

    Parameters
    ----------
    threads : int
    dask : str, optional
        Address of a scheduler.
    aside : bool
        One thread stands aside too, so that a command can be stopped while it is at work.

    Raises
    ------
    ArgumentError
        When both are given, Dask is not installed, or nobody answers.
    """
    if dask is None:
        if threads == 1 and not aside:
            yield None
            return
        with Threads(threads) as executor:
            yield executor
        return
    if threads != 1:
        raise ArgumentError("--threads is for this machine, --dask for a cluster: give one")
    try:
        from distributed import Client
    except ImportError:
        raise ArgumentError("--dask needs Dask: pip install 'relu-arrangements[cluster]'") from None
    try:
        client = Client(dask, timeout=_CONNECTING, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        raise ArgumentError(f"--dask {dask}: no scheduler answers there ({error})") from None
    with client:
        yield client.get_executor()
