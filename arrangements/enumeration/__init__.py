"""Listing every region: what a method promises, the methods, and the front function."""

from arrangements.enumeration.auto import Auto
from arrangements.enumeration.base import Batch, Method
from arrangements.enumeration.front import Cost, enumerate_patterns, plan_units, preview_cost
from arrangements.enumeration.incremental import Incremental
from arrangements.enumeration.sweep import Sweep

__all__ = [
    "Auto",
    "Batch",
    "Cost",
    "Incremental",
    "Method",
    "Sweep",
    "enumerate_patterns",
    "plan_units",
    "preview_cost",
]
