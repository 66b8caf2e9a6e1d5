"""Counting regions without enumerating them: bounds and exact counts.

This room shares nothing with enumeration above `exact`: it is what complete lists are
checked against.
"""

from arrangements.counting.bounds import cover_number, region_bound
from arrangements.counting.front import count_regions

__all__ = ["count_regions", "cover_number", "region_bound"]
