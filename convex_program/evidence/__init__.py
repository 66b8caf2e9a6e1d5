"""Evidence: what shows that no neuron violates a dual vector."""

from convex_program.evidence.base import Evidence
from convex_program.evidence.cone_tree import ConeTree, cone_tree
from convex_program.evidence.listed_cells import ListedCells, require_complete
from convex_program.evidence.pair_products import PairProducts, pair_products
from convex_program.evidence.priced import Priced
from convex_program.evidence.vector_tree import VectorConeTree, vector_cone_tree

__all__ = [
    "ConeTree",
    "Evidence",
    "ListedCells",
    "PairProducts",
    "Priced",
    "VectorConeTree",
    "cone_tree",
    "pair_products",
    "require_complete",
    "vector_cone_tree",
]
