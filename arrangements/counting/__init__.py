"""Counting regions without enumerating them: bounds, exact counts, Betti numbers.

This room shares nothing with enumeration above `exact`: it is what complete lists are
checked against.
"""

from arrangements.counting.bounds import cover_number, region_bound
from arrangements.counting.front import algebraic_betti, betti_numbers, count_regions
from arrangements.counting.polynomial import (
    characteristic_polynomial,
    count_bounded_regions,
    count_relatively_bounded_regions,
    poincare_polynomial,
)

__all__ = [
    "algebraic_betti",
    "betti_numbers",
    "characteristic_polynomial",
    "count_bounded_regions",
    "count_regions",
    "count_relatively_bounded_regions",
    "cover_number",
    "poincare_polynomial",
    "region_bound",
]
