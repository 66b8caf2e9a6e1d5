"""Networks of least weight through the data: no error allowed."""

from convex_program.interpolation.front import interpolating_optimum
from convex_program.interpolation.record import InterpolatingOptimum

__all__ = ["InterpolatingOptimum", "interpolating_optimum"]
