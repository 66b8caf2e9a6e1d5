"""The front door of counting: plan units, count each, add up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any

from arrangements.arrangement import as_arrangement
from arrangements.counting.bounds import region_bound
from arrangements.counting.compiled import unit_counter
from arrangements.counting.integers import unit_regions
from arrangements.exact import EmptyCone, interior_point
from arrangements.progress import Listener, Meter, silent
from arrangements.units import Cone

_WORTH_COMPILING = 100_000
"""Below this many regions Python integers are done before compiled code is loaded."""


def count_regions(
    data: Any,
    *,
    within: Cone | None = None,
    executor: Executor | None = None,
    progress: Listener = silent,
) -> int:
    """Count regions exactly, without enumerating them.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    within : Cone, optional
        Count only regions (sign vectors) met inside this open cone, and inside the
        arrangement's domain.
    executor : concurrent.futures.Executor, optional
        Threads that share the work; the compiled kernels release the interpreter lock.
    progress : Listener, optional
        Called with the number of hyperplanes done.

    Returns
    -------
    int
        The number of activation patterns off the boundaries.

    Notes
    -----
    *Algorithm.* Deletion and restriction: inserting H_k adds one region for each region
    of the earlier hyperplanes restricted to H_k, hence
    ``r(A) = 1 + sum_k r(A_(<k) restricted to H_k)``; in the plane m lines give 2 m.
    Inside an open cone C the same holds with ``[C is not empty]`` for 1.

    *Exactness.* Integers: Python's for small arrangements, else compiled kernels in
    floats proved to hold integers or in residues proved to determine them.

    *Cost.* About one step for each flat of rank r - 2 and each row: 10^7 regions a second
    and core when compiled.

    *Reference.* Zaslavsky 1975; Winder 1966.
    """
    arrangement = as_arrangement(data)
    cone = arrangement.domain if within is None else arrangement.domain & within
    frame = arrangement.frame(cone)
    rows = [tuple(map(int, row)) for row in frame.hyperplanes]
    normals = [tuple(map(int, row)) for row in frame.normals]
    if normals and isinstance(interior_point(normals, frame.rho), EmptyCone):
        return 0
    count: Callable[[int], int] | None = None
    if region_bound(len(rows), frame.rho) > _WORTH_COMPILING:
        count = unit_counter(rows, normals, frame.rho)
    if count is None:
        count = partial(unit_regions, rows, normals, frame.rho)
    meter = Meter(progress, "counting", "hyperplanes", len(rows))
    # The last rows have most before them: they come first, so that cores end together.
    order = range(len(rows) - 1, -1, -1)
    total = 1
    for part in map(count, order) if executor is None else executor.map(count, order):
        total += part
        meter.advance()
    meter.finish()
    return total
