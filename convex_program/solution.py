"""What a solver of the convex program returns: blocks, dual, status, statistics."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from convex_program.network import Network

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]


class Status(Enum):
    """What the returned blocks mean."""

    OPTIMAL = "solved to the solver's tolerance"
    INACCURATE = "solved to a reduced tolerance; the certificate says how well"


@dataclass(frozen=True, eq=False)
class Solution:
    """Blocks of the convex program, as a solver left them: numerical, not certified.

    Parameters
    ----------
    positive : (P, q) float64
        The blocks u_i.
    negative : (P, q) float64
        The blocks v_i.
    output_bias : float
    dual : (n,) float64
        ``-grad f`` at the fit: the candidate for a certificate.
    objective : float
        Value of the program at the blocks.
    status : Status
    iterations : int
    seconds : float
    solver : str
        Name and version.
    """

    positive: FloatMatrix
    negative: FloatMatrix
    output_bias: float
    dual: FloatVector
    objective: float
    status: Status
    iterations: int
    seconds: float
    solver: str

    def __repr__(self) -> str:
        """One line: value, status, effort."""
        return (
            f"Solution(objective={self.objective:.9g}, {self.status.name}, "
            f"{self.iterations} iterations, {self.seconds:.2f} s, {self.solver})"
        )


class DirectStatus(Enum):
    """Why a solver without a list of patterns stopped; what it returns is valid in every case."""

    SOLVED = "gap within the tolerance"
    TIME_LIMIT = "time limit; more time may narrow the gap"
    INTERRUPTED = "stopped by Ctrl-C; the bounds are those reached until then"
    STALLED = "no further progress; the certificate says how good it is"

    @property
    def stopped(self) -> bool:
        """Whether somebody or a limit ended the search before it was done."""
        return self in {DirectStatus.TIME_LIMIT, DirectStatus.INTERRUPTED}


@dataclass(frozen=True, slots=True)
class Round:
    """One round of such a solver.

    Parameters
    ----------
    seconds : float
        Since the start.
    objective, lower : float
        The best network's objective and the best bound so far, rounded outwards.
    neurons : int
    violation : float
        Largest ``|v.(Xu)_+| / beta - 1`` met in this round.
    newton_iterations, nodes : int
        Work done in it.
    """

    seconds: float
    objective: float
    lower: float
    neurons: int
    violation: float
    newton_iterations: int
    nodes: int


@dataclass(frozen=True, eq=False)
class DirectSolution:
    """A network, a dual vector and its price: what a solver without a list returns.

    Parameters
    ----------
    network : Network
    dual : (n,) float64
        The vector with the best bound found.
    peak : float
        ``|dual.(Xu)_+| <= peak |u|`` for every u, rounding included; infinite when nothing
        was priced before a limit.
    objective : float
        The network's objective, rounded up.
    directions : (k, d) float64
        Where ``|v.(Xu)_+|`` was found to have its largest local maxima: a solve that begins
        from this solution looks there first.
    status : DirectStatus
    rounds : tuple of Round
    seconds : float
    solver : str
        What found it.
    """

    network: Network
    dual: FloatVector
    peak: float
    objective: float
    directions: FloatMatrix
    status: DirectStatus
    rounds: tuple[Round, ...]
    seconds: float
    solver: str

    def __repr__(self) -> str:
        """One line: value, status, effort."""
        return (
            f"DirectSolution(objective={self.objective:.9g}, {self.status.name}, "
            f"{len(self.rounds)} rounds, {self.seconds:.2f} s, {self.solver})"
        )
