"""Which solver for which problem, and why."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import final

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.problem import TrainingProblem
from convex_program.solution import Proposal
from convex_program.solvers.base import Solver
from convex_program.solvers.vector import VectorWorkingSet
from convex_program.solvers.working_set import WorkingSet


@final
class Auto(Solver):
    """The working set; then a proof over all patterns where they are few.

    Parameters
    ----------
    most : int
        Cover's bound of the number of patterns up to which they are listed.
    solver : Solver, optional
        What proposes; by default ``WorkingSet()``, and ``VectorWorkingSet()`` for several outputs.
    gap : float, optional
        Relative gap at which these stop; their own default else.
    time_limit : float, optional
        Seconds for one proposal.

    Notes
    -----
    ================================  ===================  ===========
    Cover's bound of the patterns     bound                level
    ================================  ===================  ===========
    at most `most`                    over a list of them  proved
    more, or several outputs          by pricing           rigorous
    ================================  ===================  ===========

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.global_optimum(problem, solver=cx.Auto(gap=1e-6))
    >>> best.level.value, best.relative_gap <= 1e-6
    ('proved', True)
    """

    several = True

    def __init__(
        self,
        most: int = 2_000,
        *,
        solver: Solver | None = None,
        gap: float | None = None,
        time_limit: float | None = None,
    ) -> None:
        if solver is not None and gap is not None:
            raise ArgumentError(f"gap = {gap} belongs to the solver: give it there, or no solver")
        self.most = most
        alone = WorkingSet() if gap is None else WorkingSet(gap)
        several = VectorWorkingSet() if gap is None else VectorWorkingSet(gap)
        self.solver = alone if solver is None else solver
        self.vector = several if solver is None else solver
        if time_limit is not None:
            self.solver = self.solver.within(time_limit)
            self.vector = self.vector.within(time_limit)
        self.time_limit = self.solver.time_limit

    def _chosen(self, problem: TrainingProblem) -> Solver:
        return self.solver if problem.outputs == 1 else self.vector

    def _with(self, solver: Solver, vector: Solver) -> Auto:
        changed = Auto(self.most, solver=solver)
        changed.vector = vector
        return changed

    def obstacle(self, problem: TrainingProblem) -> str:
        """Return what stands in the way of the solver that proposes."""
        return self._chosen(problem).obstacle(problem)

    def listing(self, problem: TrainingProblem) -> str:
        """Say whether the patterns are few enough to be listed, and a list of use."""
        if problem.outputs > 1:
            return ""
        bound = ar.cover_number(problem.arrangement)
        return f"at most {bound:,} <= {self.most:,} patterns" if bound <= self.most else ""

    def within(self, seconds: float | None) -> Auto:
        """Return the same with at most that time limit for each proposal."""
        return self._with(self.solver.within(seconds), self.vector.within(seconds))

    def for_proof(self) -> Auto:
        """Return the same with what proposes looking for what a claim can prove."""
        return self._with(self.solver.for_proof(), self.vector.for_proof())

    def sharing(self, executor: Executor | None) -> Auto:
        """Return the same with that executor for what proposes."""
        return self._with(self.solver.sharing(executor), self.vector.sharing(executor))

    def propose(
        self,
        problem: TrainingProblem,
        *,
        patterns: ar.PatternList | None = None,
        start: Network | Proposal | None = None,
        progress: ar.Listener = ar.silent,
    ) -> Proposal:
        """Let the working set propose."""
        return self._chosen(problem).propose(
            problem, patterns=patterns, start=start, progress=progress
        )

    def __repr__(self) -> str:
        """Say what it is."""
        return f"Auto(most={self.most:,}, solver={self.solver!r})"
