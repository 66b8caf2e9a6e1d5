"""What a solver promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import Executor

import numpy as np

import arrangements as ar
from convex_program.network import Network
from convex_program.problem import TrainingProblem
from convex_program.program import ConvexProgram
from convex_program.recover import recover_network
from convex_program.solution import Proposal, Solution


class Solver(ABC):
    """A numerical method for training problems; final subclasses hold only their settings.

    A solver proposes a network and a dual vector.  Whatever they are, bounds made from them are
    valid; a bad solver makes the gap larger, never wrong.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> solvers = (cx.Auto(), cx.FullPattern(), cx.WorkingSet())
    >>> [round(cx.global_optimum(problem, solver=solver).upper, 6) for solver in solvers]
    [1.25, 1.25, 1.25]
    """

    time_limit: float | None = None
    """Seconds for one proposal; None for as long as it takes."""

    several: bool = False
    """Whether problems with several outputs are known."""

    begins: bool = True
    """Whether a proposal can begin from a network."""

    def obstacle(self, problem: TrainingProblem) -> str:
        """Return why this problem cannot be solved, with the remedy; "" when it can."""
        if problem.outputs > 1 and not self.several:
            return (
                f"{self!r} knows one output, and the problem has {problem.outputs}; use Auto() or "
                "VectorWorkingSet()"
            )
        if not problem.exact_beta:
            return (
                "beta = 0 is no program with a penalty; global_optimum answers it without a solver"
            )
        if not problem.loss.finite:
            return (
                f"loss = {problem.loss!r} allows no error, which weights in floating point cannot "
                "keep to; global_optimum (convex-program solve) answers it without a solver"
            )
        return ""

    @abstractmethod
    def listing(self, problem: TrainingProblem) -> str:
        """Return why all patterns should be listed for this problem; "" when they need not."""

    @abstractmethod
    def within(self, seconds: float | None) -> Solver:
        """Return the same solver with at most that time limit."""

    def for_proof(self) -> Solver:
        """Return the same solver, looking for dual vectors that a claim can prove; itself where there is no difference."""
        return self

    def sharing(self, executor: Executor | None) -> Solver:
        """Return the same solver, its work shared by an executor; itself where it shares none."""
        del executor
        return self

    @abstractmethod
    def propose(
        self,
        problem: TrainingProblem,
        *,
        patterns: ar.PatternList | None = None,
        start: Network | Proposal | None = None,
        progress: ar.Listener = ar.silent,
    ) -> Proposal:
        """Find a good network and a dual vector.

        Parameters
        ----------
        problem : TrainingProblem
        patterns : PatternList, optional
            The cells; a solver that needs none leaves them alone.
        start : Network or Proposal, optional
            Where to begin: a network, or what a similar problem was left with.  It may save
            time; what is returned is valid whatever it is.
        progress : Listener, optional

        Raises
        ------
        ArgumentError
            When there is an obstacle or the start does not fit the problem, before any work.
        SolverError
            When nothing usable came back; a reduced accuracy is a status, not an error.
        """


def proposal_of(program: ConvexProgram, solution: Solution) -> Proposal:
    """Return what a solver of a program over listed patterns proposes: its network and its dual vector."""
    problem = program.problem
    network = recover_network(program, solution)
    return Proposal(
        network=network,
        dual=np.array(solution.dual),
        peak=np.inf,
        objective=problem.objective(network),
        directions=np.empty((0, problem.gauge.columns)),
        status=solution.status,
        rounds=(),
        seconds=solution.seconds,
        solver=solution.solver,
    )
