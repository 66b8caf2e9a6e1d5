"""Pricing: upper bounds on ``max |v.(Xu)_+|`` over the unit ball."""

from convex_program.pricing.branch_and_bound import BranchAndBound, Pricing, PricingStatus
from convex_program.pricing.cells import CellMultipliers, price_cells
from convex_program.pricing.reduction import ReducedRows
from convex_program.pricing.signed import SignedRows, signed_rows

__all__ = [
    "BranchAndBound",
    "CellMultipliers",
    "Pricing",
    "PricingStatus",
    "ReducedRows",
    "SignedRows",
    "price_cells",
    "signed_rows",
]
