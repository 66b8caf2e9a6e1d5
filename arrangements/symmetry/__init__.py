"""Linear maps that permute the hyperplanes of an arrangement, and counting with their help."""

from arrangements.symmetry.count import count_by_symmetry
from arrangements.symmetry.group import SignedPermutation, Symmetries
from arrangements.symmetry.search import find_symmetries

__all__ = ["SignedPermutation", "Symmetries", "count_by_symmetry", "find_symmetries"]
