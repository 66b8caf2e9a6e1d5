"""Evidence: what shows that no neuron violates a dual vector."""

from convex_program.evidence.base import Evidence
from convex_program.evidence.listed_cells import ListedCells, require_complete
from convex_program.evidence.priced import Priced

__all__ = ["Evidence", "ListedCells", "Priced", "require_complete"]
