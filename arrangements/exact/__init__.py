"""Exact arithmetic: reading numbers, linear algebra, cones and signs over the integers."""

from arrangements.exact.cones import (
    EmptyCone,
    Inside,
    Outside,
    conic_combination,
    interior_point,
    push_across,
)
from arrangements.exact.linear import (
    dot,
    independent_columns,
    negated,
    null_vector,
    rank,
    restrict,
)
from arrangements.exact.modular import montgomery_residues, primes_above
from arrangements.exact.rational import (
    decimal_value,
    exact_value,
    fraction_text,
    fraction_value,
    integer_text,
    integer_value,
    primitive,
    primitive_of_integers,
    scaled_float,
)
from arrangements.exact.signs import (
    IntegerMatrix,
    exact_signs,
    float_rows,
    integer_matrix,
    magnitude,
    products,
    rounding_bound,
)

__all__ = [
    "EmptyCone",
    "Inside",
    "IntegerMatrix",
    "Outside",
    "conic_combination",
    "decimal_value",
    "dot",
    "exact_signs",
    "exact_value",
    "float_rows",
    "fraction_text",
    "fraction_value",
    "independent_columns",
    "integer_matrix",
    "integer_text",
    "integer_value",
    "interior_point",
    "magnitude",
    "montgomery_residues",
    "negated",
    "null_vector",
    "primes_above",
    "primitive",
    "primitive_of_integers",
    "products",
    "push_across",
    "rank",
    "restrict",
    "rounding_bound",
    "scaled_float",
]
