"""Arrays from NPY and NPZ files, judged by what they declare before they are unpacked.

A megabyte of an archive can unpack to a gigabyte, and a header of a hundred bytes can declare
more than any memory holds.  So names, types and sizes are read first, and checked.
"""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from arrangements.errors import FileError
from arrangements.io.files import MOST_BYTES

NPY = b"\x93NUMPY"
ZIP = b"PK"

_FLOAT = 8
"""Bytes that an entry takes at least, once it is read as a number."""
_HEADER = 1 << 14
"""Bytes in which the header of an array must end; numpy writes a hundred."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_DAMAGED = (
    ValueError,
    EOFError,
    OSError,
    RuntimeError,  # an encrypted archive, an unknown compression
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Header:
    """What an array declares of itself.

    Parameters
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    size : int
        Bytes it takes up as float64 or whatever else it is read as, or as stored where that is
        more.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    size: int


def read_npy(source: object, content: bytes) -> np.ndarray:
    """Return the array of an NPY file.

    Parameters
    ----------
    source : object
        How errors name the file.
    content : bytes

    Raises
    ------
    FileError
        When the file is damaged, holds pickles, or declares more than `MOST_BYTES`.
    """
    try:
        header = _header(io.BytesIO(content), len(content))
        _check_sizes(source, [header], MOST_BYTES)
        return np.asarray(npy.read_array(io.BytesIO(content), allow_pickle=False))
    except FileError:
        raise
    except _DAMAGED as error:
        raise FileError(f"{source} is not a whole NPY file without pickles ({error})") from None


class Archive:
    """The arrays of an NPZ file: their names at once, what they declare and hold when asked.

    Parameters
    ----------
    source : object
        How errors name the file.
    content : bytes or binary file
        A file is read where it is asked, and has to stay open.
    most : int, optional
        Bytes that the arrays which are asked for may declare; `MOST_BYTES` by default.
    entry : int
        Bytes that an entry counts at least.

    Raises
    ------
    FileError
        When it is no archive or has two arrays of one name.
    """

    def __init__(
        self,
        source: object,
        content: bytes | IO[bytes],
        *,
        most: int | None = None,
        entry: int = _FLOAT,
    ) -> None:
        self._source, self._most, self._entry = source, most, entry
        try:
            self._archive = zipfile.ZipFile(
                io.BytesIO(content) if isinstance(content, bytes) else content
            )
        except _DAMAGED as error:
            raise self._damaged(error) from None
        members = self._archive.infolist()
        self._members = {member.filename.removesuffix(".npy"): member for member in members}
        if len(self._members) < len(members):
            raise FileError(f"{source} has two arrays of one name; write it again")
        self.names: tuple[str, ...] = tuple(self._members)

    def headers(self, names: Sequence[str]) -> dict[str, Header]:
        """Return what some arrays declare, after checking that they are not too large.

        Raises
        ------
        FileError
            When one is damaged, holds pickles, or all together declare too much.
        """
        try:
            headers = {name: self._declared(self._members[name]) for name in names}
        except _DAMAGED as error:
            raise self._damaged(error) from None
        most = MOST_BYTES if self._most is None else self._most
        _check_sizes(self._source, list(headers.values()), most)
        return headers

    def read(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return some arrays, after looking at what they declare.

        Raises
        ------
        FileError
            See `headers`.
        """
        self.headers(names)
        try:
            return {name: self._unpacked(self._members[name]) for name in names}
        except _DAMAGED as error:
            raise self._damaged(error) from None

    def _declared(self, member: zipfile.ZipInfo) -> Header:
        # Other methods can unpack a few bytes into gigabytes at one step; numpy uses none.
        if member.compress_type not in _METHODS:
            raise ValueError(f"{member.filename} is compressed as numpy does not do it")
        with self._archive.open(member) as stream:
            return _header(io.BytesIO(stream.read(_HEADER)), member.file_size, self._entry)

    def _unpacked(self, member: zipfile.ZipInfo) -> np.ndarray:
        with self._archive.open(member) as stream:
            array = np.asarray(npy.read_array(stream, allow_pickle=False))
            # The checksum is compared when the end is reached.
            stream.read(1)
        return array

    def _damaged(self, error: Exception) -> FileError:
        return FileError(f"{self._source} is not a whole NPZ file without pickles ({error})")


def _header(stream: IO[bytes], size: int, entry: int = _FLOAT) -> Header:
    """Return the header of an array of `size` bytes in a file, header included."""
    version = npy.read_magic(stream)
    if version not in _READERS:
        raise ValueError(f"version {version} of the format is for records, not for numbers")
    shape, _, dtype = _READERS[version](stream)
    if dtype.hasobject:
        raise ValueError("it holds Python objects")
    if min(shape, default=0) < 0:
        raise ValueError(f"the shape {shape} is negative")
    count = math.prod(shape)
    if stream.tell() + count * dtype.itemsize != size:
        raise ValueError(
            f"{count} entries of {dtype} are declared, {size - stream.tell()} bytes are there"
        )
    return Header(shape, dtype, max(count, *shape, 0) * max(dtype.itemsize, entry))


def _check_sizes(source: object, headers: list[Header], most: int) -> None:
    size = sum(header.size for header in headers)
    if size > most:
        shapes = " and ".join(str(header.shape) for header in headers)
        raise FileError(
            f"{source} declares {shapes}, {size:,} bytes as numbers; at most {most:,} are "
            "read: keep fewer rows or columns"
        )
