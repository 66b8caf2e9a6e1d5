"""What solvers return: a proposal, in floating point, which certificates judge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from convex_program.network import Network

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]


class Status(Enum):
    """Why a solver stopped; what it returns is valid in every case.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> cx.global_optimum(problem).status
    <Status.SOLVED: 'solved to the tolerance asked for'>
    >>> cx.Status.TIME_LIMIT.stopped
    True
    """

    SOLVED = "solved to the tolerance asked for"
    INACCURATE = "solved to a reduced tolerance; the certificate says how well"
    STALLED = "no further progress; the certificate says how good it is"
    TIME_LIMIT = "time limit; more time may narrow the gap"
    INTERRUPTED = "stopped by Ctrl-C; the bounds are those reached until then"

    @property
    def stopped(self) -> bool:
        """Whether somebody or a limit ended the search before it was done."""
        return self in {Status.TIME_LIMIT, Status.INTERRUPTED}


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a solver that works in rounds.

    Parameters
    ----------
    seconds : float
        Since the start.
    objective, lower : float
        The best network's objective and the best bound so far, rounded outwards.
    neurons : int
    violation : float
        Largest ``|v.phi(Xu)| / beta - 1`` met in this round.
    newton_iterations, nodes : int
        Work done in it.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> rounds = cx.WorkingSet().propose(problem).rounds
    >>> rounds[-1].neurons, rounds[-1].lower <= rounds[-1].objective
    (2, True)
    """

    seconds: float
    objective: float
    lower: float
    neurons: int
    violation: float
    newton_iterations: int
    nodes: int


@dataclass(frozen=True, eq=False)
class Proposal:
    """A network and a dual vector: what a solver returns.

    Parameters
    ----------
    network : Network
    dual : (n,) float64
        The vector with the best bound found.
    peak : float
        ``|dual.phi(Xu)| <= peak |u|`` for every u, rounding included; infinite when nothing
        was priced.
    objective : float
        The network's objective, in floating point.
    directions : (k, d) float64
        Where ``|v.phi(Xu)|`` was found to have its largest local maxima: a solve that begins
        from this proposal looks there first.
    status : Status
    rounds : tuple of Round
    seconds : float
    solver : str
        What found it.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> proposal = cx.WorkingSet().propose(problem)
    >>> proposal.network.width, proposal.status.name, proposal.peak >= 0.5 * (1 - 1e-6)
    (2, 'SOLVED', True)
    """

    network: Network
    dual: FloatVector
    peak: float
    objective: float
    directions: FloatMatrix
    status: Status
    rounds: tuple[Round, ...]
    seconds: float
    solver: str

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        self.dual.setflags(write=False)
        self.directions.setflags(write=False)

    def __repr__(self) -> str:
        """One line: value, status, effort."""
        return (
            f"Proposal(objective={self.objective:.9g}, {self.status.name}, "
            f"{len(self.rounds)} rounds, {self.seconds:.2f} s, {self.solver})"
        )


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
        An element of ``-df`` at the fit: the candidate for a certificate.
    objective : float
        Value of the program at the blocks.
    status : Status
    iterations : int
    seconds : float
    solver : str
        Name and version.

    Examples
    --------
    >>> import arrangements as ar
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> program = cx.ConvexProgram(problem, ar.enumerate_patterns(problem.arrangement))
    >>> solution = cx.FullPattern().solve(program)
    >>> solution.positive.shape, round(solution.objective, 6), solution.status.name
    ((2, 1), 1.25, 'SOLVED')
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
