"""Gated networks: gates fixed beforehand, weights optimal; and ReLU networks made from them."""

from convex_program.gated.decomposition import Decomposition
from convex_program.gated.front import gated_optimum
from convex_program.gated.gates import Gated
from convex_program.gated.network import GatedNetwork
from convex_program.gated.record import GatedOptimum

__all__ = ["Decomposition", "Gated", "GatedNetwork", "GatedOptimum", "gated_optimum"]
