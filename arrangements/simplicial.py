"""Are all regions simplicial cones?  Decided by counting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from arrangements.arrangement import as_arrangement
from arrangements.counting import count_regions
from arrangements.errors import ArgumentError
from arrangements.exact import restrict
from arrangements.progress import Listener, Meter, session_listener, silent


@dataclass(frozen=True, slots=True)
class Simpliciality:
    """Whether every region has as few walls as the rank allows.

    Parameters
    ----------
    rank : int
    regions : int
    facets : int
        Faces of codimension one; each is a wall of two regions.

    Examples
    --------
    >>> import arrangements as ar
    >>> octants = ar.is_simplicial([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> bool(octants), octants.regions, octants.facets  # three walls each, shared by two
    (True, 8, 12)
    """

    rank: int
    regions: int
    facets: int

    def __bool__(self) -> bool:
        """Return whether the arrangement is simplicial."""
        return self.rank * self.regions == 2 * self.facets

    def summary(self) -> str:
        """Say it in a line."""
        mean = 2 * self.facets / self.regions
        kind = "simplicial" if self else "not simplicial"
        return (
            f"{kind}: {self.regions:,} regions of rank {self.rank} have {mean:.6g} walls on average"
        )


def is_simplicial(data: Any, *, progress: Listener = session_listener) -> Simpliciality:
    """Decide whether all regions are simplicial cones.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Without a domain.
    progress : Listener, optional
        Called with the number of hyperplanes done.

    Returns
    -------
    Simpliciality
        True or false in conditions.

    Raises
    ------
    ArgumentError
        When the data have a domain: its own walls are not the arrangement's.

    Notes
    -----
    *Algorithm.* A region has at least r walls, and r exactly when it is simplicial (all up to
    what every row vanishes on).  Each face of codimension one is a wall of two regions, so
    the arrangement is simplicial iff ``r regions = 2 facets``; both are counted.

    *Exactness.* Integers only.

    *Cost.* A count of the regions, and one on each hyperplane.

    *Growth.* ``n**(r - 1)`` for n rows of rank r.

    *Reference.* Melchior 1941; Gruenbaum 1971.

    Examples
    --------
    >>> bool(is_simplicial([[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    True
    >>> is_simplicial([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]]).summary()
    'not simplicial: 14 regions of rank 3 have 3.42857 walls on average'
    """
    arrangement = as_arrangement(data)
    if not arrangement.domain.is_whole_space:
        raise ArgumentError(
            "data has a domain, whose own walls are not the arrangement's; ask the whole space: "
            "Arrangement(data.data)"
        )
    frame = arrangement.frame()
    rows = [tuple(map(int, row)) for row in frame.hyperplanes]
    meter = Meter(progress, "counting walls", "hyperplanes", len(rows))
    facets = 0
    for hyperplane in rows:
        # The one hyperplane of rank one is a point up to what it vanishes on.
        facets += count_regions(restrict(rows, hyperplane), progress=silent) if frame.rho > 1 else 1
        meter.advance()
    meter.finish()
    return Simpliciality(frame.rho, count_regions(arrangement, progress=silent), facets)
