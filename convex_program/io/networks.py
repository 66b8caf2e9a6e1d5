"""Networks on disk: NPZ files with the arrays ``hidden``, ``output``, ``output_bias``."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.network import Network

_KEYS = ("hidden", "output", "output_bias")
_REAL = "biuf"
"""Kinds of dtype that hold real numbers."""


def save_network(network: Network, path: str | Path) -> None:
    """Write a network to an NPZ file without pickles, whole or not at all."""
    with ar.atomic_write(path) as stream:
        np.savez(
            stream,
            hidden=network.hidden,
            output=network.output,
            output_bias=np.float64(network.output_bias),
        )


def load_network(path: str | Path) -> Network:
    """Read a network written by `save_network` or by hand with the same array names.

    ``output_bias`` may be missing; it is then 0.

    Raises
    ------
    ArgumentError
        When the file is not a whole NPZ file or its arrays are not a network.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise ArgumentError(f"{path}: no such file") from None
    except OSError as error:
        raise ArgumentError(f"{path} cannot be read: {error.strerror}") from None
    if content.startswith(b"\x93NUMPY"):
        raise ArgumentError(f"{path} holds one array; save hidden and output as NPZ")
    if not content.startswith(b"PK"):
        raise ArgumentError(f"{path} is not an NPZ file")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {key: np.asarray(archive[key]) for key in archive}
    except (
        OSError,
        ValueError,
        EOFError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ArgumentError(f"{path} is not a whole NPZ file without pickles ({error})") from None
    unknown = sorted(set(arrays) - set(_KEYS))
    missing = sorted({"hidden", "output"} - set(arrays))
    if unknown or missing:
        raise ArgumentError(
            f"{path} holds {', '.join(sorted(arrays)) or 'nothing'}; "
            "a network has hidden (m, d), output (m,) and maybe output_bias"
        )
    for name, array in arrays.items():
        if array.dtype.kind not in _REAL:
            raise ArgumentError(f"{path}: {name} holds {array.dtype}, not real numbers")
    bias = arrays.get("output_bias", np.float64(0.0))
    if np.size(bias) != 1:
        raise ArgumentError(f"{path}: output_bias has shape {np.shape(bias)}, not ()")
    return Network(arrays["hidden"], arrays["output"], float(np.ravel(bias)[0]))
