"""The front door of counting: plan units, count each, add up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

from arrangements.arrangement import Frame, as_arrangement
from arrangements.counting.bounds import region_bound
from arrangements.counting.compiled import algebraic_counter, unit_counter
from arrangements.counting.integers import lines, unit_betti
from arrangements.counting.plane import plane_betti, whole_plane
from arrangements.dispatch import Dispatcher
from arrangements.exact import Element, EmptyCone, NumberField, interior_point
from arrangements.kernel_cache import kernels_are_loaded
from arrangements.progress import Listener, Meter, session_listener
from arrangements.units import Cone

_PLANE = 2
_WORTH_COMPILING = 100_000
"""Below this many regions Python integers are done before compiled code is loaded."""
_WORTH_CALLING = 1_000
"""Below this many they are done before compiled code that is loaded has its data."""


def count_regions(
    data: Any,
    *,
    within: Cone | None = None,
    executor: Executor | None = None,
    progress: Listener = session_listener,
) -> int:
    """Count regions exactly, without enumerating them.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    within : Cone, optional
        Count only regions (sign vectors) met inside this open cone, and inside the
        arrangement's domain.
    executor : concurrent.futures.Executor, optional
        Threads, processes or many machines that share the work; the compiled kernels release
        the interpreter lock.  Work whose worker is lost is begun again.
    progress : Listener, optional
        Called with the number of hyperplanes done.

    Returns
    -------
    int
        The number of activation patterns off the boundaries.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.count_regions([[1, 0], [0, 1], [1, 1]])
    6

    Notes
    -----
    *Algorithm.* The sum of the Betti numbers (Zaslavsky); see `betti_numbers`.

    *Exactness.* Integers: Python's for small arrangements, else compiled kernels in
    floats proved to hold integers or in residues proved to determine them.

    *Cost.* About one step for each flat of rank r - 2 and each row: 10^7 regions a second
    and core when compiled.

    *Growth.* ``n**(r - 1)`` for n rows of rank r.

    *Reference.* Zaslavsky 1975; Winder 1966.
    """
    return sum(betti_numbers(data, within=within, executor=executor, progress=progress))


def betti_numbers(
    data: Any,
    *,
    within: Cone | None = None,
    executor: Executor | None = None,
    progress: Listener = session_listener,
) -> tuple[int, ...]:
    """Return the Betti numbers: the characteristic polynomial's coefficients without signs.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    within, executor, progress
        As in `count_regions`.

    Returns
    -------
    tuple of rank + 1 integers
        Number k is the sum of |mu(F)| over the flats F of rank k that meet the cone, mu the
        Moebius function of the intersection lattice.  In the whole space that is the k-th
        Betti number of the complement of the complexified arrangement: number 0 is 1,
        number 1 counts the hyperplanes, and all together the regions.

    Notes
    -----
    *Algorithm.* Deletion and restriction of Poincare polynomials: with A_(<k) the first
    hyperplanes restricted to H_k, ``pi(A; t) = 1 + t sum_k pi(A_(<k); t)``; in the plane m
    lines give ``1 + m t + (m - 1) t^2``.  Inside an open cone C the same holds with
    ``[C is not empty]`` for 1.  A half-space is an affine arrangement: with its own hyperplane
    added, ``pi(A + H; t) = (1 + t) pi(A inside; t)``.

    *Exactness and cost.* Those of `count_regions`, whose count is the sum.

    *Growth.* ``n**(r - 1)`` for n rows of rank r.

    *Reference.* Zaslavsky 1975 and 1977; Orlik and Solomon 1980.

    Examples
    --------
    >>> betti_numbers([[1, -1, 0], [1, 0, -1], [0, 1, -1]])
    (1, 3, 2)
    """
    arrangement = as_arrangement(data)
    cone = arrangement.domain
    if within is not None:
        cone = arrangement.restricted_to(within).domain
    if cone.is_whole_space and arrangement.rank == _PLANE:
        _told(progress, arrangement.hyperplane_count)
        return whole_plane(arrangement.hyperplane_count)
    frame = arrangement.frame(cone)
    rows = list(map(tuple, frame.hyperplanes.tolist()))
    normals = list(map(tuple, frame.normals.tolist()))
    if len(normals) == 1 and any(normals[0]):
        # A half-space: its own hyperplane joins the others, and is divided out.
        cone_rows = lines([*rows, normals[0]])
        total = _decone(_add_up(cone_rows, [], frame, executor, progress))
    elif not normals or not isinstance(interior_point(normals, frame.rho), EmptyCone):
        total = _add_up(rows, normals, frame, executor, progress)
    else:
        total = [0] * (frame.rho + 1)
    # No flat has more than the rank of the hyperplanes, whatever the cone's normals add.
    return tuple(total[: arrangement.rank + 1])


def algebraic_betti(field: NumberField, rows: Sequence[Sequence[Element]]) -> tuple[int, ...]:
    """Return the Betti numbers of distinct hyperplanes over a real number field.

    Parameters
    ----------
    field : NumberField
    rows : m hyperplanes, their columns independent
    """
    rank = len(rows[0]) if rows else 0
    if rank <= _PLANE:
        return (1, len(rows), len(rows) - 1)[: rank + 1]
    total = [1] + [0] * rank
    count = algebraic_counter(field, rows)
    for last in range(len(rows)):
        for k, part in enumerate(count(last)):
            total[k + 1] += part
    return tuple(total)


def _add_up(
    rows: list[tuple[int, ...]],
    normals: list[tuple[int, ...]],
    frame: Frame,
    executor: Executor | None,
    progress: Listener,
) -> list[int]:
    """Return the Betti numbers of distinct hyperplanes inside an open cone that is not empty."""
    if frame.rho == _PLANE:
        _told(progress, len(rows))
        return plane_betti(rows, normals) if normals else list(whole_plane(len(rows)))
    total = [1] + [0] * frame.rho
    count = _UnitCounter(rows, normals, frame.rho)
    work: Dispatcher[int, list[int]] = Dispatcher(count, executor, ordered=False)
    meter = Meter(progress, "counting", "hyperplanes", len(rows))
    # The last rows have most before them: they come first, so that cores end together.
    for _, unit in work.run(range(len(rows) - 1, -1, -1)):
        for k, part in enumerate(unit):
            total[k + 1] += part
        meter.advance()
    meter.finish(work.workload.summary())
    return total


def _told(progress: Listener, hyperplanes: int) -> None:
    """Tell of a count that a formula gives: it begins and ends at once."""
    meter = Meter(progress, "counting", "hyperplanes", hyperplanes)
    meter.advance(hyperplanes)
    meter.finish()


def _decone(betti: list[int]) -> list[int]:
    """Divide a Poincare polynomial by 1 + t: one hyperplane is sent to infinity."""
    quotient = [betti[0]]
    for number in betti[1:]:
        quotient.append(number - quotient[-1])
    return quotient


class _UnitCounter:
    """Counts what one row adds to those before it; what an executor is given.

    What is compiled or prepared stays where it was made: another process makes its own.
    """

    def __init__(
        self, rows: list[tuple[int, ...]], normals: list[tuple[int, ...]], dimension: int
    ) -> None:
        self._arguments = rows, normals, dimension
        self._prepared: Callable[[int], list[int]] | None = None

    def __call__(self, last: int) -> list[int]:
        if self._prepared is None:
            self._prepared = _prepare(*self._arguments)
        return self._prepared(last)

    def __reduce__(self) -> tuple[Any, ...]:
        return _UnitCounter, self._arguments


def _prepare(
    rows: list[tuple[int, ...]], normals: list[tuple[int, ...]], dimension: int
) -> Callable[[int], list[int]]:
    counter: Callable[[int], list[int]] | None = None
    enough = _WORTH_CALLING if kernels_are_loaded() else _WORTH_COMPILING
    if region_bound(len(rows), dimension) > enough:
        counter = unit_counter(rows, normals, dimension)
    return partial(unit_betti, rows, normals, dimension) if counter is None else counter
