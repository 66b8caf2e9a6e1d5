"""Writing files whole or not at all, and reading files of a size that can be meant."""

from __future__ import annotations

import errno
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from arrangements.errors import FileError

MOST_BYTES = 1 << 30
"""Largest file, and largest content of an archive, that is read: 1 GiB.

Exact numbers take tens of bytes each: what is larger would not fit into memory as numbers.
"""

STANDARD_INPUT = "standard input"
"""What errors call the file ``-``."""

_PART = 1 << 20
"""Bytes read at once."""
_NOT_SYNCED = (errno.EINVAL, errno.ENOTSUP)
"""What file systems answer that cannot sync a folder."""


@contextmanager
def atomic_write(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its name when the block succeeds.

    An error or Ctrl-C inside the block removes the temporary file and leaves whatever
    stood at `path` before.  The disk has the content before the file gets its name, and the
    name before the block ends: after a power cut there is the old file or the new one.

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
    descriptor, temporary = _temporary(target)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
        _sync_folder(target.parent)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and _is_about_files(error):
            raise file_error(f"{target} cannot be written", error) from None
        raise


def check_writable(path: str | Path) -> None:
    """Raise what `atomic_write` would raise, before long work is done in vain.

    Raises
    ------
    FileError
        See `atomic_write`.
    """
    descriptor, temporary = _temporary(Path(path))
    os.close(descriptor)
    temporary.unlink()


def read_bytes(path: str | Path) -> bytes:
    """Return the content of a file of at most `MOST_BYTES`; pipes are read to their end.

    Raises
    ------
    FileError
        When the file is missing, cannot be read, or is larger.
    """
    try:
        with Path(path).open("rb") as stream:
            return read_rest(stream, path)
    except FileError:  # it says what is wrong, and is an error of the system itself
        raise
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except OSError as error:
        raise file_error(f"{path} cannot be read", error) from None


def named_bytes(path: str | Path) -> tuple[Path, bytes]:
    """Return a file's name for messages, and its content; ``-`` is the standard input.

    Raises
    ------
    FileError
        See `read_bytes`.
    """
    if str(path) != "-":
        return Path(path), read_bytes(path)
    return Path(STANDARD_INPUT), read_rest(sys.stdin.buffer, STANDARD_INPUT)


def read_rest(stream: IO[bytes], path: str | Path, begun: bytes = b"") -> bytes:
    """Return what was read of a file with what is left of it, at most `MOST_BYTES` together.

    A pipe can be read only once: who has looked at its beginning hands it over.

    Raises
    ------
    FileError
        When the file is larger.
    """
    parts = [begun]
    left = MOST_BYTES - len(begun)
    # Pipes and devices tell no size, and /dev/zero has no end.
    while left >= 0 and (part := stream.read(_PART)):
        parts.append(part)
        left -= len(part)
    if left < 0:
        raise FileError(f"{path} is larger than {MOST_BYTES:,} bytes, the most that is read")
    return b"".join(parts)


def file_error(what: str, error: OSError) -> FileError | MemoryError:
    """Return what to raise for an error of the system: out of memory is no fault of a file."""
    if error.errno == errno.ENOMEM:
        return MemoryError(f"{what}: {error.strerror}")
    return FileError(f"{what}: {error.strerror or error}")


def _temporary(target: Path) -> tuple[int, Path]:
    if os.path.isdir(target):  # noqa: PTH112 - Path.is_dir raises for too long names
        raise FileError(f"{target} is a folder; name a file in it")
    if os.path.exists(target) and not os.path.isfile(target):  # noqa: PTH110, PTH113 - as above
        # A device would be replaced by a file, not written to.
        raise FileError(f"{target} is not a regular file")
    temporary = target.parent / f".{target.name}.{secrets.token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        # The system applies the umask.  Reading the umask means setting it, and for a moment
        # files of other threads would be open to everybody.
        return os.open(temporary, flags, 0o666), temporary
    except OSError as error:
        raise file_error(f"{target} cannot be written", error) from None


def _is_about_files(error: OSError) -> bool:
    """Return whether the writing went wrong, not the caller's own work inside the block."""
    waited = isinstance(error, TimeoutError) and error.errno is None
    return not (waited or isinstance(error, FileError))


def _sync_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        # Windows opens no folders, and a folder may be written but not read.
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_SYNCED:
            raise
    finally:
        os.close(descriptor)
