"""Readers of MNIST's and CIFAR-10's files, for those who have them; nothing is executed."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

_RECORD = 1 + 3 * 32 * 32
"""Bytes of one CIFAR-10 picture in the binary version: its label, then three colours."""
_CLASSES = 10
_GZIP = b"\x1f\x8b"
_UNSIGNED = 8
"""IDX's code for bytes without a sign."""


class FormatError(ValueError):
    """A file that is not what its reader reads."""


def read_idx(path: Path) -> Bytes:
    """Return an array of bytes from a file in the IDX format, gzipped or not.

    Parameters
    ----------
    path : Path
        Such as ``train-images-idx3-ubyte.gz`` of MNIST.

    Raises
    ------
    FormatError
        When the header is another one, or the file has more or fewer bytes than it says.
    """
    content = path.read_bytes()
    if content.startswith(_GZIP):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError) as error:
            raise FormatError(f"{path}: gzip cannot unpack it ({error}); fetch it again") from None
    head = content[:4]
    if len(head) < len(b"\0\0\x08\1") or head[:2] != b"\0\0" or head[2] != _UNSIGNED or not head[3]:
        raise FormatError(
            f"{path} begins with {head!r}, an IDX file of bytes with 0, 0, 8 and its dimensions"
        )
    start = 4 + 4 * head[3]
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4))
    if len(content) - start != math.prod(shape):
        raise FormatError(
            f"{path} has {len(content) - start} bytes after its header, which says {shape}; the "
            "file was cut off, or something was added"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def read_mnist(folder: Path, part: str = "train") -> tuple[Bytes, Bytes]:
    """Return pictures (n, 784) and labels (n,) of ``train`` or ``t10k`` from a folder."""
    images, labels = (
        read_idx(_present(folder, f"{part}-{kind}"))
        for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
    )
    if labels.shape != images.shape[:1]:
        raise FormatError(f"{folder}: {images.shape[0]} pictures, {labels.shape} labels")
    return images.reshape(len(images), -1), labels


def read_cifar10(path: Path) -> tuple[Bytes, Bytes]:
    """Return pictures (n, 3072) and labels (n,) from a file of CIFAR-10's *binary* version.

    Parameters
    ----------
    path : Path
        Such as ``data_batch_1.bin``.

    Raises
    ------
    FormatError
        For anything else, pickles above all: reading one runs whatever its author wrote.
    """
    content = path.read_bytes()
    if content.startswith(b"\x80"):
        raise FormatError(
            f"{path} is a pickle, the Python version of CIFAR-10, and reading a pickle runs code; "
            "take the binary version (cifar-10-binary.tar.gz, files data_batch_*.bin)"
        )
    if not content or len(content) % _RECORD:
        raise FormatError(
            f"{path} has {len(content)} bytes, the binary version a multiple of {_RECORD}"
        )
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, _RECORD)
    if records[:, 0].max() >= _CLASSES:
        raise FormatError(f"{path} has the label {records[:, 0].max()}, CIFAR-10 ten from 0 on")
    return records[:, 1:], records[:, 0]


def _present(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise FormatError(f"{folder} has neither {name} nor {name}.gz")
