"""Which solver for which problem, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import arrangements as ar
from convex_program.problem import TrainingProblem
from convex_program.solvers.base import DirectSolver, Solver
from convex_program.solvers.full_pattern import FullPattern
from convex_program.solvers.working_set import WorkingSet


@dataclass(frozen=True, slots=True)
class Choice:
    """A solver and the reason it was chosen.

    Parameters
    ----------
    solver : Solver or DirectSolver
    reason : str
    """

    solver: Solver | DirectSolver
    reason: str


@final
@dataclass(frozen=True, eq=False, slots=True)
class Auto:
    """Chooses between listing all patterns, which proves, and pricing, which scales.

    Parameters
    ----------
    most : int
        Cover's bound of the number of patterns up to which they are listed.
    listed : Solver
    direct : DirectSolver

    Notes
    -----
    =======================================  ============  ===========
    problem                                  solver        level
    =======================================  ============  ===========
    one that `direct` does not know          ``listed``    proved
    at most `most` patterns by Cover         ``listed``    proved
    more                                     ``direct``    rigorous
    =======================================  ============  ===========

    Where ``listed`` fails or is inaccurate, `global_optimum` asks ``direct`` for a second
    proposal, which is proved over the same list.
    """

    most: int = 2_000
    listed: Solver = FullPattern()  # noqa: RUF009 - settings only, never changed
    direct: DirectSolver = WorkingSet()  # noqa: RUF009 - settings only, never changed

    def choose(self, problem: TrainingProblem) -> Choice:
        """Return the solver for a problem, and why."""
        obstacle = self.direct.obstacle(problem)
        if obstacle:
            return Choice(self.listed, f"the patterns are listed: {obstacle.partition(';')[0]}")
        bound = ar.cover_number(problem.arrangement)
        if bound <= self.most:
            return Choice(
                self.listed, f"the patterns are listed: at most {bound:,} <= {self.most:,}"
            )
        return Choice(
            self.direct, f"no pattern is listed: there may be {bound:,} > {self.most:,} of them"
        )
