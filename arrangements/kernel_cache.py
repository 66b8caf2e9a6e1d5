"""Where compiled kernels are cached: a folder named by a hash of their sources.

numba caches each function by its own file and does not notice that a function it calls
was edited in another file.  Naming the folder by all sources together makes every edit a
new folder, so stale machine code is never run.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOG = logging.getLogger(__package__)

KERNELS = Path(__file__).parent / "kernels"
"""The kernels of this package."""


def sources_digest(folder: Path) -> str:
    """Return a short hash of the names and contents of all Python files of a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def cache_folder(folder: Path) -> Path:
    """Return the folder for the compiled code of the kernels in `folder`.

    ``NUMBA_CACHE_DIR`` is its parent when it is set, else the user's cache folder.  When
    that cannot be written a fresh private folder serves this process: a shared one could
    hold somebody else's machine code.
    """
    name = f"{folder.parent.name}-kernels-{sources_digest(folder)}"
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen) / name
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    target = home / "relu-arrangements" / name
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="relu-arrangements-")) / name
    return target


def is_compiled(folder: Path, kernel: str) -> bool:
    """Return whether machine code of a kernel of this version lies in the cache."""
    return any(cache_folder(folder).glob(f"**/*.{kernel}-*.nbi"))


def kernels_are_loaded() -> bool:
    """Return whether this process has loaded the kernels of this package already."""
    return f"{__package__}.kernels" in sys.modules


@contextmanager
def kernel_cache(folder: Path) -> Iterator[None]:
    """Make numba cache the kernels imported inside the block in `cache_folder`.

    numba reads its setting when a function is decorated, so it is put back afterwards and
    other packages' functions are cached wherever they were.  The first use on a machine is
    announced by a log message, since compiling takes longer than people wait in silence.
    """
    from numba import config

    before = config.CACHE_DIR
    target = cache_folder(folder)
    if not any(target.glob("**/*.nbi")):
        _LOG.warning(
            "%s compiles its kernels, once for this machine: the first call takes up to two minutes",
            folder.parent.name,
        )
    config.CACHE_DIR = str(target)
    try:
        yield
    finally:
        config.CACHE_DIR = before
