"""Linear dependence among the rows: general position, circuits, chirotope, shattered sets."""

from arrangements.matroid.chirotope import Chirotope, chirotope
from arrangements.matroid.circuits import Circuit, Cocircuit, circuits, cocircuits
from arrangements.matroid.general_position import GeneralPosition, is_general_position
from arrangements.matroid.shattering import Shattering, is_shattered, largest_shattered_set

__all__ = [
    "Chirotope",
    "Circuit",
    "Cocircuit",
    "GeneralPosition",
    "Shattering",
    "chirotope",
    "circuits",
    "cocircuits",
    "is_general_position",
    "is_shattered",
    "largest_shattered_set",
]
