"""Normalization after the activation, over the full batch and a list of patterns."""

from convex_program.normalization_after.evidence import OutputCells
from convex_program.normalization_after.front import (
    certify_normalization_after,
    normalization_after_optimum,
)
from convex_program.normalization_after.network import NormalizationAfterNetwork
from convex_program.normalization_after.output_cone import CellOutputs, OutputCone
from convex_program.normalization_after.problem import NormalizationAfterProblem
from convex_program.normalization_after.record import (
    NormalizationAfterBracket,
    NormalizationAfterOptimum,
    NormalizationAfterVerdict,
)

__all__ = [
    "CellOutputs",
    "NormalizationAfterBracket",
    "NormalizationAfterNetwork",
    "NormalizationAfterOptimum",
    "NormalizationAfterProblem",
    "NormalizationAfterVerdict",
    "OutputCells",
    "OutputCone",
    "certify_normalization_after",
    "normalization_after_optimum",
]
