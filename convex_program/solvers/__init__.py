"""Solvers of the convex program over a list of patterns."""

from convex_program.solvers.base import Solver
from convex_program.solvers.full_pattern import FullPattern

__all__ = ["FullPattern", "Solver"]
