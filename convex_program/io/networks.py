"""Networks on disk: NPZ files with the arrays ``hidden``, ``output``, ``output_bias``."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

import arrangements as ar
from arrangements.io.archives import NPY, ZIP, Archive
from arrangements.io.files import read_bytes
from convex_program.errors import ArgumentError
from convex_program.network import Network

_KEYS = ("hidden", "output", "output_bias")
_REAL = "biuf"
"""Kinds of dtype that hold real numbers."""


def save_network(network: Network, path: str | Path) -> None:
    """Write a network to an NPZ file without pickles, whole or not at all.

    Examples
    --------
    >>> import tempfile
    >>> import convex_program as cx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cx.save_network(cx.Network([[1.0]], [2.0]), folder + "/net.npz")
    """
    with ar.atomic_write(path) as stream:
        np.savez(
            stream,
            hidden=network.hidden,
            output=network.output,
            output_bias=np.asarray(network.output_bias, dtype=np.float64),
        )


def load_network(path: str | Path) -> Network:
    """Read a network written by `save_network` or by hand with the same array names.

    ``output_bias`` may be missing; it is then 0.

    Raises
    ------
    ArgumentError
        When the file is not a whole NPZ file, its arrays are not a network, or they unpack to
        more than 1 GiB.

    Examples
    --------
    >>> import tempfile
    >>> import convex_program as cx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cx.save_network(cx.Network([[1.0]], [2.0]), folder + "/net.npz")
    ...     cx.load_network(folder + "/net.npz")
    Network(1 neurons, 1 inputs)
    """
    try:
        arrays = _arrays(path)
    except ar.FileError as error:
        raise ArgumentError(str(error)) from None
    bias = arrays.get("output_bias", np.float64(0.0))
    flat = np.ravel(bias)
    return Network(arrays["hidden"], arrays["output"], float(flat[0]) if len(flat) == 1 else flat)


def _arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Unpack the arrays of a network, once their names and headers are those of one."""
    content = read_bytes(path)
    if content.startswith(NPY):
        raise ArgumentError(f"{path} holds one array; save hidden and output as NPZ")
    if not content.startswith(ZIP):
        raise ArgumentError(f"{path} is not an NPZ file")
    archive = Archive(path, content)
    if not {"hidden", "output"} <= set(archive.names) <= set(_KEYS):
        raise ArgumentError(
            f"{path} holds {', '.join(sorted(archive.names)) or 'nothing'}; "
            "a network has hidden (m, d), output (m,) or (m, c) and maybe output_bias"
        )
    for name, header in archive.headers(archive.names).items():
        if header.dtype.kind not in _REAL:
            raise ArgumentError(f"{path}: {name} holds {header.dtype}, not real numbers")
        if name == "output_bias" and (len(header.shape) > 1 or math.prod(header.shape) < 1):
            raise ArgumentError(f"{path}: output_bias has shape {header.shape}, not () or (c,)")
    return archive.read(archive.names)
