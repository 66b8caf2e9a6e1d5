"""Which pricing method for which rows, and why."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import final

import arrangements as ar
from convex_program.pricing.base import Pricing, PricingMethod, PricingStatus, require_settings
from convex_program.pricing.branch_and_bound import BranchAndBound
from convex_program.pricing.reduction import Floats, ReducedRows
from convex_program.pricing.relaxation import SemidefiniteRelaxation
from convex_program.pricing.signed import signed_rows
from convex_program.pricing.spectral import spectral_bound
from convex_program.pricing.zonotope import Zonotope

_BASE = 10
"""Branch and bound takes about as long as ``10**rank`` cells."""
_FEWEST = 50_000
"""Listing fewer cells than this is not worth it: branch and bound takes a moment there."""
_MOST = 10**9
"""Listing more takes hours."""
_SECONDS = 1.5e-5
"""Listing and dismissing one cell on one core, at 50 rows in 10 dimensions."""
_DIVIDED = 100_000
"""Nodes of the division before a list: a second or two."""
_DIVIDED_PART = 100
"""It has at most one node for so many cells, so that it takes little of the time."""
_MOST_DIVIDED = 12
"""Above this many dimensions the orthants alone are too many for a short division before a list."""
MOST_SEARCHED = 16
"""Above this many they are too many for any."""
_FEW, _FEW_PART, _MANY_PART = 8, 0.7, 0.35
"""Up to so many dimensions a division gets the one part of a time limit, above the other; the rest is for
the relaxation."""

_DONE = (PricingStatus.CLOSED, PricingStatus.FOUND, PricingStatus.COARSE)


@dataclass(frozen=True, slots=True)
class PricingChoice:
    """A pricing method and the reason it was chosen.

    Parameters
    ----------
    method : PricingMethod
    reason : str

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> from convex_program.pricing import ReducedRows
    >>> choice = cx.AutoPricing().choose(ReducedRows.of(np.eye(2)), np.array([3.0, 4.0]))
    >>> type(choice.method).__name__, choice.reason
    ('BranchAndBound', 'only 5 cells: dividing takes a moment')
    """

    method: PricingMethod
    reason: str


@final
@dataclass(frozen=True, slots=True)
class AutoPricing(PricingMethod):
    """Chooses between listing the cells of the rows of one sign and dividing the sphere.

    Parameters
    ----------
    tolerance, time_limit, executor
        As in `BranchAndBound` and `Zonotope`.

    Notes
    -----
    p rows of one sign have at most ``2 sum_{k<r} C(p - 1, k)`` cells in r dimensions; both
    signs count.

    ====================================================  =================
    cells                                                 method
    ====================================================  =================
    fewer than 50,000, and r at most 16                   `BranchAndBound`
    more than ``10**r`` or ``10**9``                      `BranchAndBound`
    more than can be listed within the time limit         `BranchAndBound`
    other                                                 `Zonotope`
    ====================================================  =================

    In more than 16 dimensions the orthants alone are too many: `SemidefiniteRelaxation` stands for
    `BranchAndBound` there.  With a time limit a division has a part of it (0.7 up to eight dimensions,
    0.35 above); where it does not close, the relaxation has what is left, and the least of the bounds
    counts, that of `SpectralBound`
    included.

    The rule was fitted to measurements at 4 to 10 dimensions: each costs branch and bound
    about ten times more, a cell costs microseconds.  Where it errs, it costs time only.
    A list proves nothing before its end, so a short division goes before it: its bound is
    what is left when the time is.

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> from convex_program.pricing import ReducedRows
    >>> rows = ReducedRows.of(np.eye(2))
    >>> found = cx.AutoPricing().price_rows(rows, np.array([3.0, 4.0]))
    >>> found.value <= found.bound, round(found.bound, 6)  # |(3, 4)|, for both rows are active there
    (True, 5.0)
    """

    tolerance: float = 1e-9
    time_limit: float | None = None
    executor: Executor | None = None

    def __post_init__(self) -> None:
        """Refuse settings that cannot end."""
        require_settings(self.tolerance, time_limit=self.time_limit)

    def choose(self, reduced: ReducedRows, vector: Floats) -> PricingChoice:
        """Return the method for some rows and v, and why."""
        r = reduced.rank
        cells = _cells(reduced, vector)
        divide = BranchAndBound(self.tolerance, None, self.time_limit, self.executor)
        most = min(_BASE**r, _MOST)
        if r > MOST_SEARCHED and (cells > _MOST or self._too_many(cells)):
            return PricingChoice(
                SemidefiniteRelaxation(self.tolerance, self.time_limit),
                f"{r} dimensions are beyond any search: a relaxation bounds them{_left_out(reduced)}",
            )
        if cells < _FEWEST and r <= MOST_SEARCHED:
            return PricingChoice(divide, f"only {cells:,} cells: dividing takes a moment")
        if cells > most:
            return PricingChoice(
                divide,
                f"the rows of one sign may have {cells:,} cells > {most:,}{self._handed_on(reduced)}",
            )
        if self._too_many(cells):
            return PricingChoice(
                divide,
                f"{cells:,} cells may not be listed in {self.time_limit:g} seconds{self._handed_on(reduced)}",
            )
        return PricingChoice(
            Zonotope(self.tolerance, self.time_limit, self.executor),
            f"the rows of one sign have at most {cells:,} cells in {r} dimensions",
        )

    def price_rows(
        self,
        reduced: ReducedRows,
        vector: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> Pricing:
        """Choose, then price; where a search does not close, relax, and take the least bound."""
        method = self.choose(reduced, vector).method
        searches, limit = not isinstance(method, SemidefiniteRelaxation), self.time_limit
        if limit is not None and isinstance(method, BranchAndBound):
            # A list is chosen where it ends within the limit, and has all of it.
            part = _FEW_PART if reduced.rank <= _FEW else _MANY_PART
            method = method.within(part * limit)
        found = self._search(method, reduced, vector, floor=floor, starts=starts, enough=enough)
        if found.status in _DONE:
            return found
        # A search that was cut short may be beaten by a bound that takes none.
        found = replace(found, bound=min(found.bound, spectral_bound(reduced, vector)))
        if limit is None or not searches or found.status is PricingStatus.UNRESOLVED:
            return found
        rest = SemidefiniteRelaxation(self.tolerance, max(0.0, limit - found.seconds))
        relaxed = rest.price_rows(
            reduced, vector, floor=max(floor, found.value), starts=starts, enough=enough
        )
        ended = relaxed.status in (PricingStatus.CLOSED, PricingStatus.FOUND)
        return replace(
            found,
            status=relaxed.status if ended else found.status,
            bound=min(found.bound, relaxed.bound),
            value=max(found.value, relaxed.value),
            seconds=found.seconds + relaxed.seconds,
        )

    def _handed_on(self, reduced: ReducedRows) -> str:
        """Return what becomes of a division that does not end in time."""
        if self.time_limit is None:
            return ""
        part = _FEW_PART if reduced.rank <= _FEW else _MANY_PART
        return (
            f"; what is open after {part * self.time_limit:g} seconds a relaxation bounds"
            f"{_left_out(reduced)}"
        )

    def _too_many(self, cells: int) -> bool:
        return self.time_limit is not None and cells * _SECONDS > self.time_limit

    def _search(
        self,
        method: PricingMethod,
        reduced: ReducedRows,
        vector: Floats,
        *,
        floor: float,
        starts: Floats | None,
        enough: float,
    ) -> Pricing:
        if not isinstance(method, Zonotope) or reduced.rank > _MOST_DIVIDED:
            return method.price_rows(reduced, vector, floor=floor, starts=starts, enough=enough)
        nodes = min(_DIVIDED, _cells(reduced, vector) // _DIVIDED_PART)
        divide = BranchAndBound(self.tolerance, nodes, self.time_limit, self.executor)
        short = divide.price_rows(reduced, vector, floor=floor, starts=starts, enough=enough)
        if short.status in (PricingStatus.CLOSED, PricingStatus.FOUND):
            return short
        if self.time_limit is not None:
            method = replace(method, time_limit=max(0.0, self.time_limit - short.seconds))
        full = method.price_rows(reduced, vector, floor=floor, starts=starts, enough=enough)
        return replace(
            full,
            bound=min(full.bound, short.bound),
            nodes=short.nodes + full.nodes,
            seconds=short.seconds + full.seconds,
        )


def _left_out(reduced: ReducedRows) -> str:
    """Return what a relaxation does with many rows."""
    most = SemidefiniteRelaxation().most_rows
    if len(reduced.lines) <= most:
        return ""
    return f", with the {most:,} heaviest rows lifted and the others below lines and parabolas"


def _cells(reduced: ReducedRows, vector: Floats) -> int:
    """Return how many cells the rows of either sign have at most."""
    sides = [signed_rows(reduced, vector, sign) for sign in reduced.sides]
    return sum(ar.region_bound(rows.convex, reduced.rank) for rows in sides)
