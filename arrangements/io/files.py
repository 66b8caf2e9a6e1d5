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
        When the folder does not exist or cannot be written.

    Examples
    --------
    >>> with atomic_write("numbers.txt") as stream:  # doctest: +SKIP
    ...     stream.write(b"1 2 3")
    """
    target = Path(path)
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise FileError(f"{target} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
