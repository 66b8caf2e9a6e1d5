"""Exact arithmetic: reading numbers, linear algebra, cones and signs over the integers."""

from arrangements.exact.bulk import primitive_rows
from arrangements.exact.cones import (
    EmptyCone,
    Inside,
    Outside,
    conic_combination,
    in_words,
    interior_point,
    push_across,
    rounded_inside,
)
from arrangements.exact.corners import Corners
from arrangements.exact.linear import (
    determinant,
    dot,
    independent_columns,
    negated,
    null_space,
    null_vector,
    rank,
    rational_solution,
    restrict,
)
from arrangements.exact.modular import Residues, is_prime, montgomery_residues, primes_above
from arrangements.exact.number_field import Element, NumberField
from arrangements.exact.plane import Directions
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
    square_root,
)
from arrangements.exact.reduction import Reduced, reduced_rows
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
    "Corners",
    "Directions",
    "Element",
    "EmptyCone",
    "Inside",
    "IntegerMatrix",
    "NumberField",
    "Outside",
    "Reduced",
    "Residues",
    "conic_combination",
    "decimal_value",
    "determinant",
    "dot",
    "exact_signs",
    "exact_value",
    "float_rows",
    "fraction_text",
    "fraction_value",
    "in_words",
    "independent_columns",
    "integer_matrix",
    "integer_text",
    "integer_value",
    "interior_point",
    "is_prime",
    "magnitude",
    "montgomery_residues",
    "negated",
    "null_space",
    "null_vector",
    "primes_above",
    "primitive",
    "primitive_of_integers",
    "primitive_rows",
    "products",
    "push_across",
    "rank",
    "rational_solution",
    "reduced_rows",
    "restrict",
    "rounded_inside",
    "rounding_bound",
    "scaled_float",
    "square_root",
]
