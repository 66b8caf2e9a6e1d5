"""What a pricing method promises: a valid upper bound on ``max |v.(Xu)_+|`` over the unit ball."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError
from convex_program.pricing.reduction import Floats, ReducedRows
from convex_program.problem import TrainingProblem


class PricingStatus(Enum):
    """Why the search stopped; the bound is valid in every case."""

    CLOSED = "closed within the tolerance"
    NODE_LIMIT = "node limit"
    TIME_LIMIT = "time limit"
    FOUND = "a value above the level asked for was met"
    UNRESOLVED = "some pieces could not be bounded any better in floating point"


@dataclass(frozen=True, eq=False, repr=False)
class Pricing:
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
    """

    status: PricingStatus
    bound: float
    value: float
    directions: Floats
    signs: npt.NDArray[np.int8]
    values: Floats
    nodes: int
    seconds: float

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.directions, self.signs, self.values):
            array.setflags(write=False)

    def __repr__(self) -> str:
        """One line: both bounds, status, effort."""
        return (
            f"Pricing({self.value:.12g} <= h <= {self.bound:.12g}, {self.status.name}, "
            f"{self.nodes:,} nodes, {self.seconds:.2f} s)"
        )


class PricingMethod(ABC):
    """A way to bound ``h(v)``; final subclasses hold only their settings."""

    def price(self, problem: TrainingProblem, vector: Floats, *, floor: float = 0.0) -> Pricing:
        """Bound ``max |v.(Xu)_+|`` over the unit ball for the exact data of a problem.

        Parameters
        ----------
        problem : TrainingProblem
        vector : (n,) float64
            v, read exactly.
        floor : float
            What is bounded by it needs no sharper bound: pass beta to ask whether v is
            feasible.

        Raises
        ------
        ArgumentError
            When v is not n finite numbers, or the row space has too many dimensions.
        """
        vector = np.asarray(vector, dtype=np.float64)
        if vector.shape != problem.targets.shape or not np.isfinite(vector).all():
            raise ArgumentError(
                f"vector has shape {vector.shape}; pricing needs {len(problem.targets)} finite "
                "numbers, one for each row"
            )
        return self.price_rows(ReducedRows.of_problem(problem), vector, floor=floor)

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
        """Do the same for rows already reduced, which serve for every v.

        Parameters
        ----------
        reduced : ReducedRows
        vector : (n,) float64
        floor : float
        starts : (k, d) float64, optional
            Promising directions for the local ascent, beside a fixed sample.
        enough : float
            Stop soon after a value above this was met (status FOUND): who will move v
            anyway has no use for the rest.
        """


def require_settings(tolerance: float, **limits: float | None) -> None:
    """Refuse settings that cannot end, by name."""
    if not tolerance > 0:
        raise ArgumentError(f"tolerance = {tolerance} must be positive")
    for name, value in limits.items():
        if value is not None and not value >= 0:
            raise ArgumentError(f"{name} = {value} must not be negative")
