"""Evidence: what shows that no neuron violates a dual vector."""

from convex_program.evidence.base import Evidence
from convex_program.evidence.cone_tree import ConeTree, cone_tree
from convex_program.evidence.listed_cells import ListedCells, require_complete
from convex_program.evidence.priced import Priced

__all__ = ["ConeTree", "Evidence", "ListedCells", "Priced", "cone_tree", "require_complete"]
