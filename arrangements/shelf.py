"""Answers on their way between processes: in the memory that processes of one machine share.

Pools of processes send answers through a pipe, clusters through a socket: a large array is
copied some five times, twice of these by the process that waits for it.  Whoever is on the same
machine as the one who asked leaves large arrays in a file that only exists in memory, where
they are mapped, not copied.  Everybody else sends them along, as before: on another machine,
where there is no such file system, or where it is full.
"""

from __future__ import annotations

import mmap
import os
import pickle
import tempfile
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")

_MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it are made by tempfile, for us alone
"""Where files lie in memory, on the systems that have such a place."""
_PREFIX = "relu-arrangements-"
_PROTOCOL = 5
"""The protocol of pickle that leaves arrays as they are, beside the rest."""
_WORTH = 1 << 20
"""Bytes of arrays below which a pipe is as good."""
_ALIGNMENT = 64
"""Arrays begin at multiples of a cache line."""
_OPEN: set[str] = set()
"""Names of the shelves of this process."""
_YOUNG = 60.0
"""Seconds for which a folder that nobody holds may be one whose owner is about to."""


class Parcel(ABC, Generic[Result]):
    """A result on its way; final subclasses are picklable records."""

    @abstractmethod
    def opened(self) -> Result:
        """Return the result; call it once, in the process that asked."""


@dataclass(frozen=True, eq=False, slots=True)
class Direct(Parcel[Result]):
    """A result that leaves no process."""

    result: Result

    def opened(self) -> Result:
        """Return it."""
        return self.result


@dataclass(frozen=True, eq=False, slots=True)
class Carried(Parcel[Result]):
    """A pickled result and its arrays.

    Pools of processes pickle by protocol 4, for which numpy would copy each array twice more.
    """

    head: bytes
    arrays: tuple[bytearray, ...]

    def opened(self) -> Result:
        """Unpickle it; its arrays can be written to."""
        result: Result = _unpickled(self.head, self.arrays)
        return result


@dataclass(frozen=True, eq=False, slots=True)
class Shelved(Parcel[Result]):
    """A pickled result whose arrays lie in a file in memory, one after another."""

    head: bytes
    path: str
    sizes: tuple[int, ...]

    def opened(self) -> Result:
        """Map the file and unpickle the result; its arrays can be written to.

        Raises
        ------
        OSError
            When somebody has removed the file.
        """
        starts = _starts(self.sizes)
        with Path(self.path).open("rb") as file:
            # A private copy, page by page where something is written.
            memory = memoryview(mmap.mmap(file.fileno(), starts[-1], access=mmap.ACCESS_COPY))
        # What is mapped stays until it is no longer used.
        Path(self.path).unlink()
        arrays = [
            memory[start : start + size]
            for (start, _), size in zip(pairwise(starts), self.sizes, strict=True)
        ]
        result: Result = _unpickled(self.head, arrays)
        return result


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the workers of a run leave what is large.

    Parameters
    ----------
    name : str
        Nobody else's, on whatever machine.
    owner : int
        The process that asks.
    folder : str
        A folder in memory of its machine, or none.
    """

    name: str
    owner: int
    folder: str = ""

    def parcel(self, result: Result) -> Parcel[Result]:
        """Make a result ready to be sent to the owner: what a worker does."""
        # A forked worker has its parent's names, another machine may have its numbers.
        if self.name in _OPEN and os.getpid() == self.owner:
            return Direct(result)
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(result, _PROTOCOL, buffer_callback=buffers.append)
        arrays = [buffer.raw() for buffer in buffers]
        sizes = tuple(array.nbytes for array in arrays)
        # Names of folders are random: another machine does not have one of this name.
        if self.folder and sum(sizes) >= _WORTH:
            with suppress(OSError):
                return Shelved(head, _written(self.folder, arrays, sizes), sizes)
        return Carried(head, tuple(bytearray(array) for array in arrays))


@contextmanager
def open_shelf() -> Iterator[Shelf]:
    """Make a shelf for one run, and remove it with all that was not fetched.

    Notes
    -----
    Its folder is locked while the process lives.  Folders of processes that were killed are
    found unlocked, and removed, by the next one that opens a shelf.
    """
    name = uuid.uuid4().hex
    _OPEN.add(name)
    try:
        with _folder_in_memory() as folder:
            yield Shelf(name, os.getpid(), folder)
    finally:
        _OPEN.discard(name)


@contextmanager
def _folder_in_memory() -> Iterator[str]:
    """Make a folder that is locked and goes in the end; an empty name where that cannot be."""
    with ExitStack() as stack:
        folder = ""
        with suppress(ImportError, OSError):
            import fcntl

            _remove_abandoned()
            made = tempfile.TemporaryDirectory(
                prefix=_PREFIX, dir=_MEMORY, ignore_cleanup_errors=True
            )
            folder = stack.enter_context(made)
            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder


def _remove_abandoned() -> None:
    import fcntl

    for folder in _MEMORY.glob(f"{_PREFIX}*"):
        # Others remove them too, and other users' cannot be opened.
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime < _YOUNG:
                continue
            handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for file in folder.iterdir():
                    file.unlink()
                folder.rmdir()
            finally:
                os.close(handle)


def _written(folder: str, arrays: list[memoryview], sizes: tuple[int, ...]) -> str:
    """Write arrays to a new file of a folder; return its path."""
    handle, path = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            for start, array in zip(_starts(sizes), arrays, strict=False):
                file.seek(start)
                file.write(array)
            file.truncate(_starts(sizes)[-1])
    except OSError:
        Path(path).unlink(missing_ok=True)
        raise
    return path


def _starts(sizes: tuple[int, ...]) -> list[int]:
    """Return where arrays begin, and where the last one's place ends."""
    return list(accumulate((-(-size // _ALIGNMENT) * _ALIGNMENT for size in sizes), initial=0))


def _unpickled(head: bytes, arrays: Any) -> Any:
    return pickle.loads(head, buffers=arrays)  # noqa: S301 - an executor's own answer
