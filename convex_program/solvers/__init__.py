"""Solvers: numerical methods that propose a network and a dual vector."""

from convex_program.solvers.admm import ADMM
from convex_program.solvers.auto import Auto
from convex_program.solvers.base import Solver
from convex_program.solvers.feasibility import Feasibility, examine_blocks
from convex_program.solvers.full_pattern import FullPattern
from convex_program.solvers.vector import VectorWorkingSet
from convex_program.solvers.working_set import WorkingSet

__all__ = [
    "ADMM",
    "Auto",
    "Feasibility",
    "FullPattern",
    "Solver",
    "VectorWorkingSet",
    "WorkingSet",
    "examine_blocks",
]
