"""What a solver of the convex program promises."""

from __future__ import annotations

from abc import ABC, abstractmethod

import arrangements as ar
from convex_program.network import Network
from convex_program.norms import FloatVector
from convex_program.problem import TrainingProblem
from convex_program.program import ConvexProgram
from convex_program.rigorous import RigorousCertificate
from convex_program.solution import DirectSolution, Solution


class Solver(ABC):
    """A numerical method over a list of patterns; final subclasses hold only their settings."""

    @abstractmethod
    def solve(self, program: ConvexProgram) -> Solution:
        """Solve the program over its patterns.

        Raises
        ------
        SolverError
            When nothing usable came back; a reduced accuracy is a status, not an error.
        """


class DirectSolver(ABC):
    """A method over *all* patterns that needs no list of them."""

    @abstractmethod
    def obstacle(self, problem: TrainingProblem) -> str:
        """Return why this problem cannot be solved, with the remedy; "" when it can."""

    @abstractmethod
    def solve(
        self,
        problem: TrainingProblem,
        *,
        start: Network | DirectSolution | None = None,
        progress: ar.Listener = ar.silent,
    ) -> DirectSolution:
        """Find a good network and a dual vector with a valid bound on its price.

        Parameters
        ----------
        problem : TrainingProblem
        start : Network or DirectSolution, optional
            Where to begin: a network, or what a similar problem was left with.  It may save
            time; what is returned is valid whatever it is.
        progress : Listener, optional

        Raises
        ------
        ArgumentError
            When there is an obstacle or the start does not fit the problem, before any work.
        """

    @abstractmethod
    def certify(self, problem: TrainingProblem, vector: FloatVector) -> RigorousCertificate:
        """Turn any dual vector into a certificate."""
