"""Arrangements whose rows hold real algebraic numbers: counted and listed exactly."""

from arrangements.algebraic.arrangement import AlgebraicArrangement
from arrangements.algebraic.patterns import AlgebraicPatterns, enumerate_algebraic

__all__ = ["AlgebraicArrangement", "AlgebraicPatterns", "enumerate_algebraic"]
