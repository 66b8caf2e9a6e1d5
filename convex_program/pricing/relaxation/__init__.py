"""A bound in any dimension: a doubly nonnegative relaxation, certified by one factorization."""

from convex_program.pricing.relaxation.method import SemidefiniteRelaxation

__all__ = ["SemidefiniteRelaxation"]
