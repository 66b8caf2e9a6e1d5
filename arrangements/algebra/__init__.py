"""Algebra of an arrangement: freeness, modular chains, no-broken-circuit sets, distances of regions."""

from arrangements.algebra.broken_circuits import nbc_sets
from arrangements.algebra.distances import distance_enumerator, varchenko_matrix
from arrangements.algebra.freeness import Freeness, Verdict, freeness
from arrangements.algebra.modular import modular_chain

__all__ = [
    "Freeness",
    "Verdict",
    "distance_enumerator",
    "freeness",
    "modular_chain",
    "nbc_sets",
    "varchenko_matrix",
]
