"""Compiling all kernels ahead of time: for containers, and for people who are asked to wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from arrangements.arrangement import Arrangement
from arrangements.counting.compiled import unit_counter
from arrangements.counting.residues import ResidueRows
from arrangements.enumeration import DoubleDescription, Method, Sweep
from arrangements.matroid.dependence import search_residues
from arrangements.packing import sort_compiled
from arrangements.progress import Listener, Meter, session_listener, silent
from arrangements.realization import filtered_sides

_ROWS: list[tuple[int, ...]] = [
    (1, 0, 0, 1),
    (0, 1, 0, 1),
    (0, 0, 1, 1),
    (1, 1, 1, 1),
    (1, 2, 3, 5),
    (2, 0, 1, 7),
]
_SPECIAL: list[tuple[int, ...]] = [(1, 0, 0), (0, 1, 0), (1, 1, 0), (0, 0, 1), (1, 0, 1)]
"""Three hyperplanes through one line, where two would do."""
_NEARLY: list[tuple[int, ...]] = [(1, 0, 0), (0, 1, 0), (1 << 60, 1 << 60, 1), (1, 2, 1 << 60)]
"""No three through one line, but closer to it than floats see: numpy does not sweep these."""
_LARGE: list[tuple[int, ...]] = [
    tuple(entry + (entry << 60) + k for k, entry in enumerate(row)) for row in _ROWS
]


@dataclass(frozen=True, slots=True)
class Warmed:
    """The kernels that were compiled, or found in the cache.

    Parameters
    ----------
    groups : tuple of (str, float)
        What they are for, and the seconds each took.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.Warmed(groups=(("sweep", 11.5), ("count", 3.0))).seconds
    14.5
    """

    groups: tuple[tuple[str, float], ...]

    @property
    def seconds(self) -> float:
        """How long it took."""
        return sum(seconds for _, seconds in self.groups)

    def summary(self) -> str:
        """Say what is ready, and how long each took."""
        lines = [f"{name}: {seconds:.1f} s" for name, seconds in self.groups]
        return "\n".join([*lines, f"ready after {self.seconds:.1f} s"])


def warm(*, progress: Listener = session_listener) -> Warmed:
    """Compile every kernel of this package, and keep the machine code in the cache.

    Parameters
    ----------
    progress : Listener, optional
        Called with the number of groups of kernels done.

    Returns
    -------
    Warmed

    Notes
    -----
    *Algorithm.* Each kernel is run on a few small rows; numba compiles it for the types it is
    called with, of which there is one each.  What the cache has is loaded in a second.

    *Cost.* A minute on a machine of its own, when the cache is empty.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.warm().seconds  # doctest: +SKIP
    58.2
    """
    tasks: dict[str, Callable[[], object]] = {
        "counting": lambda: _count([], large=False),
        "counting in a cone": lambda: _count([(1, 0, 0, 0)], large=False),
        "counting large integers": lambda: _count([], large=True),
        "dependent rows": lambda: search_residues(ResidueRows(_ROWS), Meter(silent, "", "")),
        "witnesses": _witnesses,
        "double description": lambda: _enumerate(DoubleDescription(), _ROWS),
        "the sweep": _sweep,
        "special vertices": lambda: _enumerate(Sweep(), _SPECIAL),
    }
    meter = Meter(progress, "compiling", "groups of kernels", len(tasks))
    groups = []
    for name, task in tasks.items():
        start = time.perf_counter()
        task()
        groups.append((name, time.perf_counter() - start))
        meter.advance(note=name)
    meter.finish()
    return Warmed(tuple(groups))


def _witnesses() -> None:
    filtered_sides(_ROWS)
    sort_compiled()


def _sweep() -> None:
    # First what numpy does not do: the kernel takes over from there.
    _enumerate(Sweep(), _NEARLY)
    _enumerate(Sweep(), _ROWS)
    _enumerate(Sweep(), _LARGE)


def _count(normals: list[tuple[int, ...]], *, large: bool) -> None:
    rows = _LARGE if large else _ROWS
    counter = unit_counter(rows, normals, len(rows[0]))
    assert counter is not None  # noqa: S101 - rank four has one
    counter(len(rows) - 1)


def _enumerate(method: Method, rows: list[tuple[int, ...]]) -> None:
    arrangement = Arrangement(rows)
    for piece in method.pieces(arrangement, arrangement.domain):
        for _ in method.run(arrangement, piece):
            pass
