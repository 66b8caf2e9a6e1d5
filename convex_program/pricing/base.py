"""What a pricing method promises: a valid upper bound on ``max |v.(Xu)_+|`` over the unit ball."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError
from convex_program.pricing.reduction import Floats, ReducedRows


class PricingStatus(Enum):
    """Why the search stopped; the bound is valid in every case.

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> from convex_program.pricing import ReducedRows
    >>> cx.SpectralBound().price_rows(ReducedRows.of(np.eye(2)), np.array([3.0, 4.0])).status
    <PricingStatus.COARSE: 'bounded in one step, without a search'>
    """

    CLOSED = "closed within the tolerance"
    NODE_LIMIT = "node limit"
    TIME_LIMIT = "time limit"
    FOUND = "a value above the level asked for was met"
    UNRESOLVED = "some pieces could not be bounded any better in floating point"
    COARSE = "bounded in one step, without a search"
    RELAXED = "bounded by a relaxation that hardly moved any more"


class PassOutcome:
    """What the records of all pricing passes share: read-only arrays, and one line to show."""

    status: PricingStatus
    bound: float
    value: float
    nodes: int
    seconds: float

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for content in vars(self).values():
            if isinstance(content, np.ndarray):
                content.setflags(write=False)

    def __repr__(self) -> str:
        """One line: both bounds, status, effort."""
        return (
            f"{type(self).__name__}({self.value:.12g} <= h <= {self.bound:.12g}, {self.status.name}, "
            f"{self.nodes:,} nodes, {self.seconds:.2f} s)"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Pricing(PassOutcome):
    """Outcome of one pricing pass.

    Parameters
    ----------
    status : PricingStatus
    bound : float
        ``h(v) <= bound`` as real numbers, whatever the status.
    value : float
        Largest ``|v.(Xu)_+|`` met, in floating point; 0 when no direction is positive.
    directions : (k, d) float64
        Atoms: well separated unit vectors above the floor, best first.
    signs : (k,) int8
        The sign of ``v.(Xu)_+`` there.
    values : (k,) float64
        Its size there, in floating point.
    nodes : int
        Cones, or cells of convex rows, visited.
    seconds : float

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> from convex_program.pricing import ReducedRows
    >>> found = cx.BranchAndBound().price_rows(ReducedRows.of(np.eye(2)), np.array([3.0, 4.0]))
    >>> found.status.name, found.directions[0].round(6).tolist(), int(found.signs[0])
    ('CLOSED', [0.6, 0.8], 1)
    """

    status: PricingStatus
    bound: float
    value: float
    directions: Floats
    signs: npt.NDArray[np.int8]
    values: Floats
    nodes: int
    seconds: float


class PricingMethod(ABC):
    """A way to bound ``h(v)``; final subclasses hold only their settings.

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> from convex_program.pricing import ReducedRows
    >>> rows, v = ReducedRows.of(np.eye(2)), np.array([3.0, 4.0])
    >>> methods = (cx.BranchAndBound(), cx.Zonotope())
    >>> [round(method.price_rows(rows, v).value, 6) for method in methods]  # |(3, 4)|
    [5.0, 5.0]
    """

    @abstractmethod
    def price_rows(
        self,
        reduced: ReducedRows,
        vector: Floats,
        *,
        floor: float = 0.0,
        starts: Floats | None = None,
        enough: float = math.inf,
    ) -> Pricing:
        """Bound ``max |v.phi(Xu)|`` over the unit ball for reduced rows, which serve for every v.

        Parameters
        ----------
        reduced : ReducedRows
        vector : (n,) float64
            v, read exactly.
        floor : float
            What is bounded by it needs no sharper bound: pass beta to ask whether v is
            feasible.
        starts : (k, d) float64, optional
            Promising directions for the local ascent, beside a fixed sample.
        enough : float
            Stop soon after a value above this was met (status FOUND): who will move v
            anyway has no use for the rest.

        Raises
        ------
        ArgumentError
            When the row space has too many dimensions for the method.
        """

    def within(self, seconds: float | None) -> PricingMethod:
        """Return the same method with at most that time limit."""
        limit: float | None = getattr(self, "time_limit", None)
        known = [one for one in (limit, seconds) if one is not None]
        return replace(self, time_limit=min(known)) if known else self  # type: ignore[type-var]


def require_settings(tolerance: float, **limits: float | None) -> None:
    """Refuse settings that cannot end, by name."""
    if not tolerance > 0:
        raise ArgumentError(f"tolerance = {tolerance} must be positive")
    for name, value in limits.items():
        if value is not None and not value >= 0:
            raise ArgumentError(f"{name} = {value} must not be negative")
