"""State dicts from files."""

from __future__ import annotations

import errno
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arrangements.io.files import MOST_BYTES
from convex_program.errors import ArgumentError

_OUT_OF_MEMORY = ("allocate memory", "not enough memory", "out of memory")
"""How torch and the system say it: torch with a RuntimeError as for a damaged file."""


def load_state_dict(path: str | Path) -> dict[str, Any]:
    """Read a state dict from a ``.safetensors`` or ``.pt`` file; never a free pickle.

    A ``.pt`` file is read by torch with ``weights_only=True``, which executes nothing.

    Raises
    ------
    ArgumentError
        When the file is neither, is damaged, holds more than 1 GiB (unpacked, too), or the
        library that reads it is missing.

    Examples
    --------
    >>> import convex_program as cx
    >>> sorted(cx.load_state_dict("docs/data/growth.safetensors"))  # doctest: +SKIP
    ['0.bias', '0.weight', '2.bias', '2.weight']
    """
    source = Path(path)
    if not source.is_file():
        raise ArgumentError(f"{source}: no such file")
    _check_size(source)
    if source.suffix.lower() == ".safetensors":
        return _load_safetensors(source)
    if source.suffix.lower() in (".pt", ".pth"):
        return _load_pt(source)
    raise ArgumentError(f"{source}: a state dict is read from .safetensors, .pt or .pth files")


def _check_size(source: Path) -> None:
    """Refuse a file that is too large, or an archive that unpacks to too much."""
    try:
        size = source.stat().st_size
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                size = max(size, sum(member.file_size for member in archive.infolist()))
    except OSError as error:
        raise ArgumentError(f"{source} cannot be read: {error.strerror}") from None
    except (zipfile.BadZipFile, ValueError) as error:
        raise ArgumentError(f"{source} is not a file of plain weights ({error})") from None
    if size > MOST_BYTES:
        raise ArgumentError(
            f"{source} holds {size:,} bytes; at most {MOST_BYTES:,} are read: save the state dict "
            "of the two layers alone"
        )


def _memory(error: Exception) -> bool:
    """Return whether a library says in its own way that there is no memory left."""
    text = str(error).lower()
    number = getattr(error, "errno", None)
    return number == errno.ENOMEM or any(phrase in text for phrase in _OUT_OF_MEMORY)


def _load_safetensors(source: Path) -> dict[str, Any]:
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError:
        raise ArgumentError(f"{source}: install safetensors to read it") from None
    try:
        return dict(load_file(source))
    except (OSError, SafetensorError) as error:
        if _memory(error):
            raise MemoryError(f"{source}: {error}") from None
        raise ArgumentError(f"{source} is not a whole safetensors file ({error})") from None
    except (TypeError, KeyError, AttributeError) as error:
        raise ArgumentError(
            f"{source} holds numbers that numpy does not know ({error}); save the weights as float32"
        ) from None


def _load_pt(source: Path) -> dict[str, Any]:
    try:
        import torch
    except ImportError:
        raise ArgumentError(
            f"{source}: reading .pt files needs torch; install it, or save the state dict as "
            ".safetensors or its arrays as .npz"
        ) from None
    try:
        loaded = torch.load(source, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        if _memory(error):
            raise MemoryError(f"{source}: {error}") from None
        reason = (str(error).splitlines() or ["it ends too soon"])[0]
        raise ArgumentError(
            f"{source} is not a file of plain weights ({reason}); save model.state_dict()"
        ) from None
    if not isinstance(loaded, Mapping):
        raise ArgumentError(f"{source} holds a {type(loaded).__name__}; save model.state_dict()")
    return dict(loaded)
