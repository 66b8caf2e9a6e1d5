"""Pricing: upper bounds on ``max |v.(Xu)_+|`` over the unit ball."""

from convex_program.pricing.cells import CellMultipliers, price_cells

__all__ = ["CellMultipliers", "price_cells"]
