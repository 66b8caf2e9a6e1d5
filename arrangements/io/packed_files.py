"""Files packed by gzip, bzip2 or xz, told by their first bytes and unpacked up to a limit."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from arrangements.errors import FileError
from arrangements.io.files import read_rest

_OPEN: dict[bytes, Callable[[io.BytesIO], Any]] = {
    rb"\x1f\x8b\x08": lambda stream: gzip.GzipFile(fileobj=stream),
    rb"BZh[1-9]1AY&SY": bz2.BZ2File,
    rb"\xfd7zXZ\x00": lzma.LZMAFile,
}
_SUFFIXES = {".gz", ".bz2", ".xz"}
_DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError)


def unpacked(source: Path, content: bytes) -> tuple[Path, bytes]:
    """Return the name and content of what was packed, or both as they are.

    Raises
    ------
    FileError
        When it is damaged, or larger than what is read of any file.
    """
    kind = next((magic for magic in _OPEN if re.match(magic, content)), None)
    if kind is None:
        return source, content
    try:
        with _OPEN[kind](io.BytesIO(content)) as stream:
            inner = read_rest(stream, source)
    except FileError:
        raise
    except _DAMAGED as error:
        raise FileError(f"{source} is damaged: {error}") from None
    name = source.with_suffix("") if source.suffix.lower() in _SUFFIXES else source
    return name, inner
