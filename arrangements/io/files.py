"""Writing files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from arrangements.errors import FileError


@contextmanager
def atomic_write(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its name when the block succeeds.

    An error or Ctrl-C inside the block removes the temporary file and leaves whatever
    stood at `path` before.

    Raises
    ------
    FileError
        When the folder does not exist or cannot be written, the disk is full, or `path` is
        a folder or a device.

    Examples
    --------
    >>> with atomic_write("numbers.txt") as stream:  # doctest: +SKIP
    ...     stream.write(b"1 2 3")
    """
    target = Path(path)
    descriptor, name = _temporary(target)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(target)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, FileError):
            raise FileError(f"{target} cannot be written: {error.strerror or error}") from None
        raise


def check_writable(path: str | Path) -> None:
    """Raise what `atomic_write` would raise, before long work is done in vain.

    Raises
    ------
    FileError
        See `atomic_write`.
    """
    descriptor, name = _temporary(Path(path))
    os.close(descriptor)
    Path(name).unlink()


def _temporary(target: Path) -> tuple[int, str]:
    if os.path.isdir(target):  # noqa: PTH112 - Path.is_dir raises for too long names
        raise FileError(f"{target} is a folder; name a file in it")
    if os.path.exists(target) and not os.path.isfile(target):  # noqa: PTH110, PTH113 - as above
        # A device would be replaced by a file, not written to.
        raise FileError(f"{target} is not a regular file")
    try:
        return tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise FileError(f"{target} cannot be written: {error.strerror}") from None
