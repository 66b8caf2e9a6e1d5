"""Listing every region: what a method promises, the methods, and the front function."""

from arrangements.enumeration.base import Batch, Method
from arrangements.enumeration.front import Cost, enumerate_patterns, plan_units, preview_cost
from arrangements.enumeration.incremental import Incremental

__all__ = [
    "Batch",
    "Cost",
    "Incremental",
    "Method",
    "enumerate_patterns",
    "plan_units",
    "preview_cost",
]
