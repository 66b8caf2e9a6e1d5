"""Are any r rows independent?  A dependent set says why not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from arrangements.arguments import whole_number
from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import rank
from arrangements.matroid.circuits import Circuit, circuit_on, minimal_rows
from arrangements.matroid.dependence import dependent_rows
from arrangements.progress import Listener, Meter, session_listener

_PLANE = 2


@dataclass(frozen=True, slots=True)
class GeneralPosition:
    """Whether all sets of at most r rows are independent (r the rank), with a witness if not.

    Parameters
    ----------
    rank : int
    dependence : Circuit or None
        At most r dependent rows when the data are not in general position.

    Examples
    --------
    >>> import arrangements as ar
    >>> found = ar.is_general_position([[1, 0], [0, 1], [2, 0]])
    >>> bool(found), found.dependence  # 2 x_0 = x_2: both are the primitive row (1, 0)
    (False, Circuit(rows=(0, 2), coefficients=(1, -1)))
    """

    rank: int
    dependence: Circuit | None

    def __bool__(self) -> bool:
        """Return whether the rows are in general position."""
        return self.dependence is None

    def summary(self) -> str:
        """Say it in a line."""
        if self.dependence is None:
            return f"in general position: any {self.rank} rows are independent"
        rows = ", ".join(map(str, self.dependence.rows))
        return f"not in general position: rows {rows} are dependent in rank {self.rank}"


def is_general_position(
    data: Any, *, limit: int = 1_000_000_000, progress: Listener = session_listener
) -> GeneralPosition:
    """Decide whether any r rows are independent, r the rank of the data.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        The rows only: a domain plays no role.
    limit : int
        Refuse to look at more sets of r - 1 rows than this, about a minute's worth.
    progress : Listener, optional
        Called with the number of rows restricted.

    Returns
    -------
    GeneralPosition
        True or false in conditions; with a dependent set of at most r rows if false.

    Raises
    ------
    ArgumentError
        When there are more than `limit` sets of r - 1 rows.

    Notes
    -----
    *Algorithm.* Zero and parallel rows are seen at once.  In rank 3 and more every r - 2 rows
    leave a plane in which no two of the others may share a line; the first two that do are
    reduced to a minimal dependent set.

    *Exactness.* Integers only.

    *Cost.* A step for each set of r - 1 rows, 2 * 10^7 a second or more, until one set is
    dependent.

    *Growth.* ``n**(r - 1)`` for n rows of rank r.

    Examples
    --------
    >>> is_general_position([[0, 0, 1], [1, 0, 1], [0, 1, 1], [2, 0, 1]]).dependence
    Circuit(rows=(0, 1, 3), coefficients=(1, -2, 1))
    """
    limit = whole_number("limit", limit)
    arrangement = Arrangement(as_arrangement(data).data)
    r = arrangement.rank
    found = _alike(arrangement) if r else None
    if found is None and r > _PLANE:
        sets = math.comb(arrangement.shape[0], r - 1)
        if sets > limit:
            raise ArgumentError(
                f"limit = {limit:,}, but {sets:,} sets of {r - 1} rows would have to be looked at; "
                "raise limit=, or choose fewer rows with DataMatrix.take_rows"
            )
        rows = list(map(tuple, arrangement.frame().hyperplanes.tolist()))
        meter = Meter(progress, "looking for dependent rows", "rows")
        found = dependent_rows(rows, meter)
        meter.finish()
    if found is None:
        return GeneralPosition(r, None)
    integers = arrangement.data.integers
    smallest = minimal_rows(list(found), lambda rows: rank([integers[i] for i in rows]) < len(rows))
    return GeneralPosition(r, circuit_on(integers, smallest))


def _alike(arrangement: Arrangement) -> tuple[int, ...] | None:
    """Return a zero row, or two rows of one hyperplane when two are to be independent."""
    zeros = np.flatnonzero(arrangement.orientation == 0)
    if len(zeros):
        return (int(zeros[0]),)
    if arrangement.rank == 1 or arrangement.hyperplane_count == arrangement.shape[0]:
        return None
    classes = arrangement.row_class
    again = next(i for i, row in enumerate((*arrangement.representatives, -1)) if row != i)
    return arrangement.representatives[int(classes[again])], again
