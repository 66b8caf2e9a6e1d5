"""What a solver of the convex program promises."""

from __future__ import annotations

from abc import ABC, abstractmethod

from convex_program.program import ConvexProgram
from convex_program.solution import Solution


class Solver(ABC):
    """A numerical method; final subclasses hold only their settings."""

    @abstractmethod
    def solve(self, program: ConvexProgram) -> Solution:
        """Solve the program over its patterns.

        Raises
        ------
        SolverError
            When nothing usable came back; a reduced accuracy is a status, not an error.
        """
