"""Solvers of the convex program: over a list of patterns, or over all without one."""

from convex_program.solvers.auto import Auto, Choice
from convex_program.solvers.base import DirectSolver, Solver
from convex_program.solvers.full_pattern import FullPattern
from convex_program.solvers.working_set import WorkingSet

__all__ = ["Auto", "Choice", "DirectSolver", "FullPattern", "Solver", "WorkingSet"]
