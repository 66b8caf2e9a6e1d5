"""Pricing: upper bounds on ``max |v.phi(Xu)|`` over the unit ball."""

from convex_program.pricing.auto import AutoPricing, PricingChoice
from convex_program.pricing.base import Pricing, PricingMethod, PricingStatus
from convex_program.pricing.branch_and_bound import BranchAndBound
from convex_program.pricing.cells import CellMultipliers, price_cells
from convex_program.pricing.parcel import Parcel
from convex_program.pricing.reduction import ReducedRows
from convex_program.pricing.relaxation import SemidefiniteRelaxation
from convex_program.pricing.rows import AnchoredRows, DecayedRows, PricedRows, priced_rows
from convex_program.pricing.signed import SignedRows, signed_rows
from convex_program.pricing.spectral import SpectralBound
from convex_program.pricing.vector import VectorBranchAndBound, VectorPricing
from convex_program.pricing.weighted import WeightedRows, weighted_rows
from convex_program.pricing.zonotope import Zonotope

__all__ = [
    "AnchoredRows",
    "AutoPricing",
    "BranchAndBound",
    "CellMultipliers",
    "DecayedRows",
    "Parcel",
    "PricedRows",
    "Pricing",
    "PricingChoice",
    "PricingMethod",
    "PricingStatus",
    "ReducedRows",
    "SemidefiniteRelaxation",
    "SignedRows",
    "SpectralBound",
    "VectorBranchAndBound",
    "VectorPricing",
    "WeightedRows",
    "Zonotope",
    "price_cells",
    "priced_rows",
    "signed_rows",
    "weighted_rows",
]
