"""Are any r rows independent?  A dependent set says why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting import count_regions, cover_number
from arrangements.matroid.circuits import Circuit, circuit_on, minimal_rows
from arrangements.progress import Listener, silent


@dataclass(frozen=True, slots=True)
class GeneralPosition:
    """Whether all sets of at most r rows are independent (r the rank), with a witness if not.

    Parameters
    ----------
    rank : int
    dependence : Circuit or None
        At most r dependent rows when the data are not in general position.
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


def is_general_position(data: Any, *, progress: Listener = silent) -> GeneralPosition:
    """Decide whether any r rows are independent, r the rank of the data.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        The rows only: a domain plays no role.
    progress : Listener, optional
        Called by `count_regions`.

    Returns
    -------
    GeneralPosition
        True or false in conditions; with a dependent set of at most r rows if false.

    Notes
    -----
    *Algorithm.* Distinct hyperplanes are in general position iff their number of regions
    reaches Cover's bound, which `count_regions` decides.  For the witness, blocks of rows
    are left out as long as the others stay dependent, until no row can be.

    *Exactness.* Integers only.

    *Cost.* A count of the regions, and about ten times as much for a witness.

    *Reference.* Cover 1965.

    Examples
    --------
    >>> is_general_position([[0, 0, 1], [1, 0, 1], [0, 1, 1], [2, 0, 1]]).dependence
    Circuit(rows=(0, 1, 3), coefficients=(1, -2, 1))
    """
    arrangement = as_arrangement(data)
    r = arrangement.rank
    integers = arrangement.data.integers

    def dependent(rows: Sequence[int]) -> bool:
        return not _is_uniform([integers[i] for i in rows], r, progress)

    everything = list(range(len(integers)))
    if not dependent(everything):
        return GeneralPosition(r, None)
    rows = minimal_rows(everything, dependent)
    return GeneralPosition(r, circuit_on(integers, rows))


def _is_uniform(rows: list[tuple[int, ...]], r: int, progress: Listener) -> bool:
    """Whether any r of the rows (all of them, if they are fewer) are independent."""
    if not rows or r == 0:
        return True
    arrangement = Arrangement(rows)
    if arrangement.rank != min(len(rows), r):
        return False
    if r == 1:
        return all(any(row) for row in rows)
    if arrangement.hyperplane_count < len(rows):
        return False
    return count_regions(arrangement, progress=progress) == cover_number(arrangement)
