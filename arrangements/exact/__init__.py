"""Exact arithmetic: reading numbers, linear algebra, cones and signs over the integers."""

from arrangements.exact.cones import (
    Inside,
    Outside,
    conic_combination,
    interior_point,
    push_across,
)
from arrangements.exact.linear import independent_columns, null_vector, rank, restrict
from arrangements.exact.modular import montgomery_residues, primes_above
from arrangements.exact.rational import (
    decimal_value,
    exact_value,
    primitive,
    primitive_of_integers,
    scaled_float,
)
from arrangements.exact.signs import IntegerMatrix, integer_matrix, magnitude, products

__all__ = [
    "Inside",
    "IntegerMatrix",
    "Outside",
    "conic_combination",
    "decimal_value",
    "exact_value",
    "independent_columns",
    "integer_matrix",
    "interior_point",
    "magnitude",
    "montgomery_residues",
    "null_vector",
    "primes_above",
    "primitive",
    "primitive_of_integers",
    "products",
    "push_across",
    "rank",
    "restrict",
    "scaled_float",
]
