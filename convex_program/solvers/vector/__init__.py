"""The working set for several outputs."""

from convex_program.solvers.vector.working_set import VectorWorkingSet

__all__ = ["VectorWorkingSet"]
