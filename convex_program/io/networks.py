"""Networks on disk: NPZ files with the arrays ``hidden``, ``output``, ``output_bias``."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.network import Network

_KEYS = ("hidden", "output", "output_bias")


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
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive}
    except FileNotFoundError:
        raise ArgumentError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise ArgumentError(f"{path} is not a whole NPZ file without pickles ({error})") from None
    except AttributeError:
        raise ArgumentError(f"{path} holds one array; save hidden and output as NPZ") from None
    unknown = sorted(set(arrays) - set(_KEYS))
    missing = sorted({"hidden", "output"} - set(arrays))
    if unknown or missing:
        raise ArgumentError(
            f"{path} holds {', '.join(sorted(arrays)) or 'nothing'}; "
            "a network has hidden (m, d), output (m,) and maybe output_bias"
        )
    bias = arrays.get("output_bias", np.float64(0.0))
    if np.size(bias) != 1:
        raise ArgumentError(f"{path}: output_bias has shape {np.shape(bias)}, not ()")
    return Network(arrays["hidden"], arrays["output"], float(np.ravel(bias)[0]))
