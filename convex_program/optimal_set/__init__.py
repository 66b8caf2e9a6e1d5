"""All optima of a training problem: directions, weights, widths."""

from convex_program.optimal_set.front import optimal_set
from convex_program.optimal_set.record import Answer, OptimalSet
from convex_program.optimal_set.weights import WeightPolytope

__all__ = ["Answer", "OptimalSet", "WeightPolytope", "optimal_set"]
