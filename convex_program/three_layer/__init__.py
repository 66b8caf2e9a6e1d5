"""Parallel sub-networks of three layers: convex program over tuples of patterns, bounds without listing them."""

from convex_program.three_layer.front import certify_three_layer, three_layer_optimum
from convex_program.three_layer.network import ParallelNetwork
from convex_program.three_layer.pricing import MaskedBranchAndBound, MaskedPricing
from convex_program.three_layer.problem import ThreeLayerProblem
from convex_program.three_layer.record import (
    ThreeLayerBracket,
    ThreeLayerOptimum,
    ThreeLayerVerdict,
)
from convex_program.three_layer.regularizers import (
    Cubes,
    Products,
    Regularizer,
    UnitFirstLayer,
)

__all__ = [
    "Cubes",
    "MaskedBranchAndBound",
    "MaskedPricing",
    "ParallelNetwork",
    "Products",
    "Regularizer",
    "ThreeLayerBracket",
    "ThreeLayerOptimum",
    "ThreeLayerProblem",
    "ThreeLayerVerdict",
    "UnitFirstLayer",
    "certify_three_layer",
    "three_layer_optimum",
]
