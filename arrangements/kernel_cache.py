"""Where compiled kernels are cached: a folder named by a hash of their sources.

numba caches each function by its own file and does not notice that a function it calls
was edited in another file.  Naming the folder by all sources together makes every edit a
new folder, so stale machine code is never run.  The name also tells where the sources lie, when
they were written, and which Python and numba compile them, for that is what numba goes by: a
file in the folder is one that this installation can use.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
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


def installation_digest(folder: Path) -> str:
    """Return a short hash of what makes numba compile again: where, when, by which versions."""
    times = [(path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.py"))]
    facts = (str(folder.resolve()), times, sys.version, version("numba"), platform.machine())
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


@lru_cache(maxsize=8)
def cache_folder(folder: Path) -> Path:
    """Return the folder for the compiled code of the kernels in `folder`.

    ``NUMBA_CACHE_DIR`` is its parent when it is set, else the user's cache folder.  When
    that cannot be written a fresh private folder serves this process: a shared one could
    hold somebody else's machine code.
    """
    name = f"{folder.parent.name}-kernels-{sources_digest(folder)}-{installation_digest(folder)}"
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


_ANNOUNCED: set[str] = set()


def announce(folder: Path, kernel: str, group: str, seconds: int) -> None:
    """Say, once, that a group of kernels is about to be compiled, when it is.

    Compiling takes longer than people wait in silence.

    Parameters
    ----------
    folder : Path
    kernel : str
        The last of the group to be compiled.
    group : str
        In words: "counting".
    seconds : int
        About how long it takes.
    """
    if group in _ANNOUNCED or is_compiled(folder, kernel):
        return
    _ANNOUNCED.add(group)
    _LOG.warning(
        "compiling the kernels of %s, once for this installation: about %d seconds "
        "(ahead of time: arrangements warm)",
        group,
        seconds,
    )


@contextmanager
def kernel_cache(folder: Path) -> Iterator[None]:
    """Make numba cache the kernels imported inside the block in `cache_folder`.

    numba reads its setting when a function is decorated, so it is put back afterwards and
    other packages' functions are cached wherever they were.  Kernels that do not `announce`
    their groups, those of other packages, are announced here.
    """
    from numba import config

    before = config.CACHE_DIR
    target = cache_folder(folder)
    if folder != KERNELS and not any(target.glob("**/*.nbi")):
        _LOG.warning(
            "%s compiles its kernels, once for this installation: the first call takes about a "
            "minute",
            folder.parent.name,
        )
    config.CACHE_DIR = str(target)
    try:
        yield
    finally:
        config.CACHE_DIR = before
